import { type GraphQLSchema, validateSchema } from 'graphql';
import { type Audience, audiences } from '../../caller.ts';
import type { Problem } from '../../config/problems.ts';
import { placeOfNode } from '../place-of-node.ts';
import { annotationsOf } from './annotations.ts';
import { exposedTo, type Misfit } from './exposed.ts';
import { filteredSchema } from './filtered-schema.ts';

/**
 * The contract of each audience, filtered from the one schema. An audience that does not see the query type has none.
 * `contractProblems` tells what is wrong; with problems, the schemas are of no use.
 */
export function contractsOf(schema: GraphQLSchema): ReadonlyMap<Audience, GraphQLSchema> {
  const contracts = new Map<Audience, GraphQLSchema>();
  for (const audience of audiences) {
    const filtered = filteredSchema(schema, exposedTo(schema, annotationsOf(schema), audience), audience);
    if (filtered !== undefined) contracts.set(audience, filtered);
  }
  return contracts;
}

/** Everything that an audience would see and could not make use of; what is wrong for several is told once. */
export function contractProblems(schema: GraphQLSchema): readonly Problem[] {
  const annotations = annotationsOf(schema);
  const found = new Map<string, { readonly misfit: Misfit; readonly audiences: Audience[] }>();
  for (const audience of audiences) {
    const exposed = exposedTo(schema, annotations, audience);
    const misfits = exposed.misfits.length > 0 ? exposed.misfits : misfitsOf(schema, audience);
    for (const misfit of misfits) {
      const key = `${misfit.subject} ${misfit.message}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { misfit, audiences: [audience] });
      else known.audiences.push(audience);
    }
  }
  return [
    ...annotations.conflicts,
    ...[...found.values()].map(({ misfit: { node, subject, message, mend }, audiences: whose }) => ({
      place: placeOfNode(node),
      subject,
      message: `For ${whose.map((each) => `\`${each}\``).join(' and ')}: ${message}`,
      mend,
    })),
  ];
}

/** What is not valid about a filtered schema: an interface whose field an object does not show, say. */
function misfitsOf(schema: GraphQLSchema, audience: Audience): readonly Misfit[] {
  const filtered = filteredSchema(schema, exposedTo(schema, annotationsOf(schema), audience), audience);
  if (filtered === undefined) return [];
  return validateSchema(filtered).map(({ message, nodes }) => ({
    node: nodes?.at(-1),
    subject: /\b\w+\.\w+/.exec(message)?.[0] ?? '',
    message,
    mend: 'Show or hide together what belongs together.',
  }));
}
