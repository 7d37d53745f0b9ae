import { isBound } from '../draft.ts';
import type { Rule } from './rule.ts';

/** Only fields of the mutation type may write: all others are asked side by side, and as often as a client likes. */
export const onlyMutationsWrite: Rule = ({ schema, fields }) =>
  fields
    .filter(isBound)
    .filter(({ type, entry }) => type !== schema?.getMutationType() && entry.operation?.info.kind === 'write')
    .map(({ place, coordinate, entry }) => ({
      place,
      subject: coordinate,
      message: `The operation \`${entry.operation.info.name}\` writes, but the field is not one of the mutation type.`,
      mend: 'Bind a read, or move the field to the mutation type.',
    }));
