/**
 * Documents that are short and take long: to parse, to validate, or to execute. Each family is made in several sizes, up to
 * so many characters. They fit `hostileSchema`, so that nothing but their effort is wrong with them.
 */
export interface HostileDocument {
  /** What it is made of, and how much. */
  readonly name: string;
  readonly text: string;
}

export const hostileSchema = /* GraphQL */ `
  type Query { hello: String, child: Node, node(id: ID): Node, any: Any, one: Either }
  interface Any { id: ID, child: Node, any: Any }
  type Node implements Any { id: ID, a: String, b: String, c(x: Int): String, child: Node, any: Any, one: Either, list: [Node!] }
  type Leaf implements Any { id: ID, a: String, b: String, c(x: Int): String, child: Node, any: Any }
  union Either = Node | Leaf
`;

/** Makes one document of a family; `size` is what is repeated. */
type Family = (size: number) => string;

const times = (count: number, piece: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => piece(index)).join('');

const families: Readonly<Record<string, Family>> = {
  'one field, again and again': (n) => `{ ${'hello '.repeat(n)}}`,
  '__typename, again and again': (n) => `{ ${'__typename '.repeat(n)}}`,
  'an object, again and again': (n) => `{ ${'child{a} '.repeat(n)}}`,
  'the same alias of one field': (n) => `{ ${'x:hello '.repeat(n)}}`,
  aliases: (n) => `{ ${times(n, (i) => `a${i}:hello `)}}`,
  'aliases of objects': (n) => `{ ${times(n, (i) => `a${i}:child{a b} `)}}`,
  'aliases of __schema': (n) => `{ ${times(n, (i) => `a${i}:__schema{types{name}} `)}}`,
  'repeats that nest, as wide as deep': (n) => repeats(Math.max(1, Math.round(Math.sqrt(n)))),
  'a doubling at each level': (n) => `{ ${doubled(Math.max(1, Math.floor(Math.log2(n + 1))))} }`,
  'fields that differ in their arguments': (n) =>
    `{ child { ${times(n, (i) => `c(x:${i % 2 === 0 ? 1 : 1}) `)}} }`,
  'conflicts of arguments': (n) => `{ child { ${times(n, (i) => `c(x:${i}) `)}} }`,
  'fragments with aliased fields, all spread in one place': (n) => {
    const many = Math.max(1, Math.round(Math.sqrt(n)));
    return `{ child { ${times(many, (i) => `...F${i} `)}} } ${times(
      many,
      (i) => `fragment F${i} on Node { ${times(many, (j) => `f${j}:a `)}} `,
    )}`;
  },
  'fragments that spread the next one twice': (n) =>
    `{ child { ...F0 } } ${times(n, (i) => `fragment F${i} on Node { ${i + 1 < n ? `x:child{...F${i + 1}} y:child{...F${i + 1}}` : 'a'} } `)}`,
  'fragments that spread all after them': (n) => {
    const many = Math.max(1, Math.round(Math.sqrt(n)));
    return `{ child { ...F0 } } ${times(
      many,
      (i) => `fragment F${i} on Node { a b child { id ${times(many - i - 1, (j) => `...F${i + j + 1} `)}} } `,
    )}`;
  },
  'a chain of fragments': (n) =>
    `{ child { ...F0 } } ${times(n, (i) => `fragment F${i} on Node { ${i + 1 < n ? `child { ...F${i + 1} }` : 'a'} } `)}`,
  'a cycle of fragments': (n) =>
    `{ child { ...F0 } } ${times(n, (i) => `fragment F${i} on Node { child { ...F${(i + 1) % n} ...F${(i + 2) % n} } } `)}`,
  'fragments that nobody spreads': (n) =>
    `{ hello } ${times(n, (i) => `fragment F${i} on Node { a b child { a } } `)}`,
  'one fragment, spread again and again': (n) =>
    `{ ${times(n, () => 'child{...F} ')}} fragment F on Node { a b child { a b child { a b } } }`,
  'inline fragments inside each other': (n) =>
    `{ child { ${'... on Node { '.repeat(n)}a${' }'.repeat(n)} } }`,
  'inline fragments beside each other': (n) => `{ child { ${'... on Node { a b child { a } } '.repeat(n)}} }`,
  'inline fragments of types that exclude each other': (n) =>
    `{ any { ${times(n, (i) => `... on ${i % 2 === 0 ? 'Node' : 'Leaf'} { child { a b } c(x:1) } `)}} }`,
  'unions of objects that meet': (n) =>
    `{ one { ${times(n, (i) => `... on ${i % 2 === 0 ? 'Node' : 'Leaf'} { x: child { y: child { a } } } `)}} }`,
  'directives on one field': (n) => `{ hello ${'@include(if:true) '.repeat(n)}}`,
  'directives that are not known': (n) => `{ hello ${'@aa '.repeat(n)}}`,
  'directives on many fields': (n) => `{ ${times(n, () => 'hello @skip(if:false) ')}}`,
  'depth of fields': (n) => `{ ${'child{'.repeat(n)}a${'}'.repeat(n)} }`,
  'lists of the introspection inside each other': (n) =>
    `{ __schema { types { ${'fields { type { '.repeat(n)}name${' } }'.repeat(n)} } } }`,
  'the introspection by fragments': (n) =>
    `{ __schema { types { ...T0 } } } ${times(n, (i) => `fragment T${i} on __Type { fields { name type { ${i + 1 < n ? `...T${i + 1}` : 'name'} } } } `)}`,
  'types of types': (n) => `{ __type(name:"Node") { ${'ofType { '.repeat(n)}name${' }'.repeat(n)} } }`,
  'operations beside each other': (n) => times(n, (i) => `query Q${i} { child { a b } } `),
  'operations that share fragments': (n) => {
    const many = Math.max(1, Math.round(Math.sqrt(n)));
    return `${times(many, (i) => `query Q${i}($v:Int) { child { ...F0 c(x:$v) } } `)}${times(
      many,
      (i) => `fragment F${i} on Node { a ${i + 1 < many ? `...F${i + 1}` : 'c(x:$v)'} } `,
    )}`;
  },
  'variables that nobody uses': (n) => `query(${times(n, (i) => `$v${i}:Int `)}) { hello }`,
  'variables that are not declared': (n) => `{ child { ${times(n, (i) => `c${i}:c(x:$v${i}) `)}} }`,
  'fields that are not known': (n) => `{ ${times(n, (i) => `nnode${i} `)}}`,
  'fragments that are not known': (n) => `{ ${times(n, (i) => `...Nodes${i} `)}}`,
  'arguments of one field': (n) => `{ node(${times(n, () => 'id:"1" ')}) { a } }`,
  'a list inside a list': (n) => `{ node(id: ${'['.repeat(n)}${']'.repeat(n)}) { a } }`,
  'an object inside an object': (n) => `{ node(id: ${'{a:'.repeat(n)}1${'}'.repeat(n)}) { a } }`,
  'members of one object': (n) => `{ node(id: {${times(n, () => 'a:1 ')}}) { a } }`,
  'types inside lists': (n) => `query($v: ${'['.repeat(n)}Int${']'.repeat(n)}) { hello }`,
  braces: (n) => '{'.repeat(n),
  brackets: (n) => `{ node(id: ${'['.repeat(n)}`,
  'empty comments': (n) => '#\n'.repeat(n),
  commas: (n) => `{ hello ${','.repeat(n)} }`,
};

/** Wider at each level, with equal names: each field meets all of its level. */
function repeats(width: number): string {
  let inner = 'a '.repeat(width);
  for (let level = 0; level < Math.min(width, 20); level += 1)
    inner = `${'child{a} '.repeat(width)}child{${inner}} `;
  return `{ child { ${inner}} }`;
}

function doubled(levels: number): string {
  let inner = 'a';
  for (let level = 0; level < Math.min(levels, 12); level += 1) inner = `child{${inner}} child{${inner}}`;
  return inner;
}

const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384];

/** Every family in every size, as long as it has at most so many characters. */
export function hostileDocuments(maxCharacters = 16_384): readonly HostileDocument[] {
  return Object.entries(families).flatMap(([family, make]) =>
    sizes
      .map((size) => ({ name: `${family}, ${size}`, text: make(size) }))
      .filter(({ text }) => text.length <= maxCharacters),
  );
}
