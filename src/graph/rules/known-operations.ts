import type { Problem } from '../../config/problems.ts';
import { operationsOf } from '../../operations/datasource.ts';
import type { DatasourceInfo } from '../../operations/operation.ts';
import { isBinding } from '../binding.ts';
import type { LoadedDatasource, LoadedField } from '../draft.ts';
import type { Rule } from './rule.ts';

/** A binding's operation exists, and its datasource is one that the server opens. */
export const bindingsNameKnownOperations: Rule = (draft) => unknownOperations(draft);

/** The same for entries that stand on no contract: where the contract is broken, this is still worth telling. */
export function unknownOperations({
  fields,
  datasources,
  isPartial,
}: {
  readonly fields: readonly Pick<LoadedField, 'coordinate' | 'place' | 'entry'>[];
  readonly datasources: readonly LoadedDatasource[];
  readonly isPartial: boolean;
}): readonly Problem[] {
  const open = new Set(datasources.map(({ info }) => info));
  return fields.flatMap(({ coordinate, place, entry }) => {
    if (!isBinding(entry)) return [];
    const operation: unknown = entry.operation;
    if (!isOperation(operation)) {
      return {
        place,
        subject: coordinate,
        message: 'The operation of the binding does not exist.',
        mend: `Mend its name. The operations are: ${datasources.flatMap(operationNames).join(', ')}.`,
      };
    }
    if (open.has(operation.info.datasource) || isPartial) return [];
    return {
      place,
      subject: coordinate,
      message: `The binding's operation \`${operation.info.name}\` belongs to a datasource that no file in \`datasources/\` exports.`,
      mend: `Export \`${operation.info.datasource.name}\` from a file in \`datasources/\`.`,
    };
  });
}

function isOperation(
  value: unknown,
): value is { readonly info: { readonly name: string; readonly datasource: DatasourceInfo } } {
  return typeof value === 'object' && value !== null && 'info' in value;
}

function operationNames({ datasource }: LoadedDatasource): readonly string[] {
  return operationsOf(datasource).map(({ info }) => info.name);
}
