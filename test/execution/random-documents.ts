import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
} from 'graphql';

/** A small generator of numbers, the same for the same seed. */
export function randomFrom(seed: number) {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const some = <Item>(items: readonly Item[]): Item[] => items.filter(() => below(2) === 0);
  return { below, pick, some };
}

export type Random = ReturnType<typeof randomFrom>;

export interface RandomDocument {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A document that is valid for a contract of the shop (`guarded-graph.ts`), with all that the language has for queries. */
export function randomDocument(schema: GraphQLSchema, random: Random): RandomDocument {
  const one = <Item>(most: number, yes: () => Item, no: () => Item): Item =>
    random.below(most) === 0 ? yes() : no();
  const [declared, fragments]: [string[], string[]] = [[], []];
  const variables: Record<string, unknown> = {};
  let names = 0;
  const newName = (kind: string): string => {
    names += 1;
    return `${kind}${names}`;
  };

  const variable = (type: string, value: unknown): string => {
    const name = newName('v');
    const isLeft = random.below(3) === 0;
    declared.push(`$${name}: ${type}${isLeft ? ` = ${JSON.stringify(value)}` : ''}`);
    if (!isLeft) variables[name] = value;
    return `$${name}`;
  };
  const valueFor = (name: string): unknown => {
    const id = (): string => random.pick(['o0', 'o1', 'o2', 'o3', 'a1', 'a2', 'x1', 'none']);
    if (name === 'ids') return [id(), id(), id()];
    if (name === 'first') return random.below(6);
    if (name === 'after') return random.pick([null, 'o1', 'o4']);
    return id();
  };
  const argument = ({ name, type }: GraphQLArgument): string => {
    const value = valueFor(name);
    return `${name}: ${one(
      3,
      () => variable(String(type), value),
      () => JSON.stringify(value),
    )}`;
  };
  /** Mostly nothing; else a condition, by a literal or a variable. */
  const directives = (): string => {
    if (random.below(6) > 0) return '';
    const value = random.below(2) === 0;
    const condition = one(
      2,
      () => variable('Boolean!', value),
      () => String(value),
    );
    return random.pick([`@include(if: ${condition})`, `@skip(if: ${condition})`]);
  };

  const fieldsOf = (type: GraphQLNamedType, depth: number): string => {
    if (!isObjectType(type)) {
      const inner = random
        .some(schema.getPossibleTypes(type as never))
        .map((each) => `... on ${each.name} ${directives()} { ${fieldsOf(each, depth - 1)} }`);
      return `__typename ${inner.join(' ')}`;
    }
    const fields = Object.values(type.getFields()).filter(
      ({ type: result, name }) => name !== 'find' && (depth > 0 || !isCompositeType(getNamedType(result))),
    );
    const chosen = random.some(fields).map(({ name, args, type: result }) => {
      const given = args.length > 0 ? `(${args.map(argument).join(', ')})` : '';
      const named = getNamedType(result);
      const below = isCompositeType(named) ? `{ ${fieldsOf(named, depth - 1)} }` : '';
      const field = `${newName(type.name.toLowerCase())}: ${name}${given} ${directives()} ${below}`;
      // Two that are one: they are merged.
      return one(
        8,
        () => `${field} ${field}`,
        () => field,
      );
    });
    return wrapped(type, `__typename ${chosen.join(' ')}`);
  };
  /** The same fields as they are, or in a fragment of one kind or the other. */
  const wrapped = (type: GraphQLNamedType, fields: string): string => {
    const kind = random.below(6);
    if (kind === 0) return `... ${directives()} { ${fields} }`;
    if (kind === 1) return `... on ${type.name} ${directives()} { ${fields} } __typename`;
    if (kind > 2) return fields;
    const name = newName('F');
    fragments.push(`fragment ${name} on ${type.name} { ${fields} }`);
    return `...${name} ${directives()} __typename`;
  };

  const query = schema.getQueryType() as GraphQLNamedType;
  const fields = `__typename ${fieldsOf(query, 4)}`;
  const head =
    declared.length > 0
      ? `query Q(${declared.join(', ')})`
      : one(
          2,
          () => 'query Q',
          () => '',
        );
  return { text: `${head} { ${fields} } ${fragments.join(' ')}`, variables };
}
