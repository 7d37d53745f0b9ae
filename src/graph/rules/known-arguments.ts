import { getNamedType, isInputObjectType } from 'graphql';
import { isSource, type Sources } from '../binding.ts';
import { type BoundField, isBound } from '../draft.ts';
import type { Rule } from './rule.ts';

/** What a binding takes from the arguments, the field has in the contract. */
export const bindingsNameKnownArguments: Rule = ({ fields }) =>
  fields.filter(isBound).flatMap((bound) =>
    argumentPaths(bound.entry.inputs)
      .filter((path) => !hasArgument(bound, path))
      .map((path) => ({
        place: bound.place,
        subject: bound.coordinate,
        message: `The binding takes the argument \`${path}\`, which the field does not have.`,
        mend: argumentsOf(bound),
      })),
  );

function argumentPaths(sources: Sources): readonly string[] {
  return Object.values(sources).flatMap((source) => {
    if (!isSource(source)) return argumentPaths(source);
    return source.from === 'argument' ? [source.path] : [];
  });
}

function hasArgument({ field }: BoundField, path: string): boolean {
  const [name, ...members] = path.split('.');
  let type = field.args.find((argument) => argument.name === name)?.type;
  for (const member of members) {
    const input = getNamedType(type);
    type = isInputObjectType(input) ? input.getFields()[member]?.type : undefined;
  }
  return type !== undefined;
}

function argumentsOf({ field }: BoundField): string {
  if (field.args.length === 0) return 'Add the argument to the schema: the field has none.';
  const names = field.args.map(({ name }) => name).join(', ');
  return `Mend the name, or add the argument to the schema. The field has: ${names}.`;
}
