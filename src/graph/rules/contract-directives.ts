import { type GraphQLSchema, getNamedType, isInterfaceType, isListType, isObjectType } from 'graphql';
import type { Problem } from '../../config/problems.ts';
import { type Annotation, annotationsOf } from '../audiences/annotations.ts';
import { placeOfNode } from '../place-of-node.ts';
import type { Rule } from './rule.ts';

/** What the directives of the contract say makes sense, as far as their types cannot tell. */
export const contractDirectivesMakeSense: Rule = ({ schema }) => {
  if (schema === undefined) return [];
  const { of } = annotationsOf(schema);
  return [...of].flatMap(([coordinate, annotation]) =>
    [...senselessIn(annotation), ...senselessSize(schema, coordinate, annotation)].map(
      (problem): Problem => ({ place: placeOf(schema, coordinate), subject: coordinate, ...problem }),
    ),
  );
};

type Senseless = Pick<Problem, 'message' | 'mend'>;

function* senselessIn({ scopes, weight, owner }: Annotation): Iterable<Senseless> {
  if (scopes?.some((all) => all.length === 0))
    yield {
      message: '`@requiresScopes` has an empty list of scopes, which would let everybody in.',
      mend: 'Name a scope in it, or take the list away.',
    };
  if (weight !== undefined && weight < 0)
    yield { message: '`@cost` has a negative weight.', mend: 'Write a whole number from 0.' };
  if (owner && (owner.field === '' || owner.claim === ''))
    yield {
      message: '`@owner` names no property, or no claim.',
      mend: 'Name the property of the source shape, and the claim: `tenant`, say.',
    };
}

function* senselessSize(
  schema: GraphQLSchema,
  coordinate: string,
  { listSize }: Annotation,
): Iterable<Senseless> {
  const [typeName = '', fieldName = ''] = coordinate.split('.');
  const type = schema.getType(typeName);
  if (listSize === undefined || !(isObjectType(type) || isInterfaceType(type))) return;
  const field = type.getFields()[fieldName];
  if (field === undefined) return;
  const { assumedSize, slicingArguments, sizedFields } = listSize;
  if (assumedSize !== undefined && assumedSize < 0)
    yield { message: '`@listSize` has a negative `assumedSize`.', mend: 'Write a whole number from 0.' };
  for (const name of slicingArguments.filter(
    (each) => !field.args.some((argument) => argument.name === each),
  ))
    yield {
      message: `\`@listSize\` names the slicing argument \`${name}\`, which the field does not have.`,
      mend: `Mend the name. The field has: ${field.args.map((argument) => argument.name).join(', ')}.`,
    };
  const result = getNamedType(field.type);
  const below = isObjectType(result) || isInterfaceType(result) ? result.getFields() : {};
  for (const name of sizedFields.filter((each) => !isList(below[each]?.type)))
    yield {
      message: `\`@listSize\` names the sized field \`${name}\`, which is no list of \`${result.name}\`.`,
      mend: 'Mend the name: it is that of a list of the object that the field gives.',
    };
}

function isList(type: unknown): boolean {
  return isListType(type) || isListType((type as { ofType?: unknown } | undefined)?.ofType);
}

function placeOf(schema: GraphQLSchema, coordinate: string): string {
  const [typeName = '', rest = ''] = coordinate.split('.');
  const type = schema.getType(typeName);
  const members = type && 'getFields' in type ? type.getFields() : {};
  return placeOfNode(members[rest.split('(')[0] ?? '']?.astNode ?? type?.astNode);
}
