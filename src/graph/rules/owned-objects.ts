import {
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type Audience, audiences } from '../../caller.ts';
import { isOwnerChecked, saysWhose } from '../access/owned.ts';
import type { Ownership } from '../access/rights.ts';
import { type Annotations, annotationsOf } from '../audiences/annotations.ts';
import { isBound, type LoadedField, type ProjectDraft } from '../draft.ts';
import { claimsIn } from '../input-reader.ts';
import { isMadeFromParent } from '../prefetch/bound-fields.ts';
import type { Rule } from './rule.ts';

/**
 * A list of an owned type is asked of its backend by the owner. Were the others' objects only taken out afterwards, the
 * size of a page, its cursors and its count would tell of them.
 */
export const ownedListsAskForTheOwner: Rule = ({ schema, fields, config }) => {
  if (schema === undefined) return [];
  const { of } = annotationsOf(schema);
  const properties = new Properties(schema, fields);
  return fields
    .filter(({ entry }) => !isMadeFromParent(entry))
    .filter((field) => isHeldToOwners(of, field, config))
    .flatMap((field) => {
      const { coordinate, place, entry } = field;
      const claims = isBound(field) ? claimsIn(field.entry.inputs) : [];
      const listed = [...properties.listedIn(field.field.type)].flatMap((name) => {
        const owner = of.get(name)?.owner;
        return owner === undefined ? [] : [[name, owner] as const];
      });
      return listed
        .filter(([, { claim }]) => !isOwnerChecked(entry) && !claims.includes(claim))
        .map(([name, { claim }]: readonly [string, Ownership]) => ({
          place,
          subject: coordinate,
          message: `It gives a list of \`${name}\`, whose objects have owners, and does not ask for the caller's own.`,
          mend: isBound(field)
            ? `Give the operation an optional input for the owner, from \`claim('${claim}')\`.`
            : `Bind an operation with an input from \`claim('${claim}')\`, or write \`ownerChecked(…)\` around a function that keeps to it.`,
        }));
    });
};

/** A write says whose the objects are that its arguments name: they are looked up before anything is written. */
export const writesSayWhose: Rule = ({ schema, fields, config }) => {
  const mutation = schema?.getMutationType();
  if (schema === undefined || !mutation) return [];
  const { of } = annotationsOf(schema);
  const owners = [...of.values()].flatMap(({ owner }) => owner ?? []);
  if (owners.length === 0) return [];
  return fields
    .filter(({ type, entry }) => type === mutation && !saysWhose(entry))
    .filter((field) => isHeldToOwners(of, field, config))
    .filter((field) => {
      const claims = isBound(field) ? claimsIn(field.entry.inputs) : [];
      return !owners.some(({ claim }) => claims.includes(claim));
    })
    .filter(({ field }) => field.args.some(({ type }) => namesObjects(getNamedType(type))))
    .map(({ coordinate, place }) => ({
      place,
      subject: coordinate,
      message: 'It writes, and an argument is an id: nothing says whether what it names is the caller’s own.',
      mend: "Write `owned('Ride', bind(rides.ride, { id: argument('id') }), …)` around the entry, or `ownerChecked(…)` where no owned object is named.",
    }));
};

/** Whether somebody sees the field for whom ownership counts. */
function isHeldToOwners(
  of: Annotations['of'],
  { coordinate, type }: LoadedField,
  { access }: ProjectDraft['config'],
): boolean {
  const sees = (audience: Audience): boolean =>
    [type.name, coordinate].every((each) => of.get(each)?.audiences?.has(audience) ?? true);
  return audiences.some(
    (audience) => sees(audience) && !(audience === 'INTERNAL' && access.everyOwnerScope === '*'),
  );
}

/** Whether a value of the type holds an id, itself or deeper. */
function namesObjects(type: GraphQLNamedType, seen = new Set<GraphQLNamedType>()): boolean {
  if (type.name === 'ID') return true;
  if (!isInputObjectType(type) || seen.has(type)) return false;
  seen.add(type);
  return Object.values(type.getFields()).some((field) => namesObjects(getNamedType(field.type), seen));
}

/** What comes with an object, without being asked for by itself. */
class Properties {
  readonly #schema: GraphQLSchema;
  readonly #asked: ReadonlySet<string>;

  constructor(schema: GraphQLSchema, fields: readonly LoadedField[]) {
    this.#schema = schema;
    this.#asked = new Set(
      fields.filter(({ entry }) => !isMadeFromParent(entry)).map(({ coordinate }) => coordinate),
    );
  }

  /** The names of the object types that stand in lists of a value, with all that comes with it. */
  listedIn(type: GraphQLOutputType): ReadonlySet<string> {
    const listed = new Set<string>();
    const seen = new Set<string>();
    const visit = (at: GraphQLOutputType, isWithin: boolean): void => {
      const isListed = isWithin || isList(at);
      const named = getNamedType(at);
      const types = isAbstractType(named)
        ? this.#schema.getPossibleTypes(named)
        : isObjectType(named)
          ? [named]
          : [];
      for (const object of types) {
        if (seen.has(`${object.name} ${isListed}`)) continue;
        seen.add(`${object.name} ${isListed}`);
        if (isListed) listed.add(object.name);
        for (const field of Object.values(object.getFields()))
          if (!this.#asked.has(`${object.name}.${field.name}`)) visit(field.type, isListed);
      }
    };
    visit(type, false);
    return listed;
  }
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}
