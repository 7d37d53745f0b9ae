import type { Facets, SimpleType } from './components.ts';
import { dateOrder } from './dates.ts';
import { compareDecimals, withoutTrailingZeros } from './decimals.ts';
import { splitName } from './names.ts';

/**
 * What is wrong with a value under the facets of its type, in words; `undefined` when nothing is.
 * `text` is its lexical form with white space normalised, `value` its JSON form.
 * Implements "Constraining Facets", XML Schema Part 2 §4.3.
 */
export function facetProblem(type: SimpleType, text: string, value: unknown): string | undefined {
  const { facets } = type;
  const patterns = facets.patterns;
  if (patterns?.some((group) => !group.some((pattern) => pattern.test(text))))
    return 'does not match the pattern of its type';
  if (
    facets.enumeration !== undefined &&
    !facets.enumeration.some((allowed) => sameValue(type, allowed, value))
  ) {
    return `is not one of ${facets.enumeration
      .slice(0, 20)
      .map((item) => JSON.stringify(item))
      .join(', ')}`;
  }
  return (
    lengthProblem(type, facets, text, value) ??
    rangeProblem(type, facets, value) ??
    digitsProblem(facets, text)
  );
}

/** Whether a type has any facet to check. */
export function hasFacets({ facets }: SimpleType): boolean {
  return Object.keys(facets).length > 0;
}

function sameValue(type: SimpleType, allowed: unknown, value: unknown): boolean {
  if (allowed === value) return true;
  if (type.variety === 'list') return JSON.stringify(allowed) === JSON.stringify(value);
  const exact = type.builtin.family === 'decimal' && typeof allowed === 'string' && typeof value === 'string';
  return exact && compareDecimals(allowed, value) === 0;
}

function lengthProblem(type: SimpleType, facets: Facets, text: string, value: unknown): string | undefined {
  const { length, minLength, maxLength } = facets;
  if (length === undefined && minLength === undefined && maxLength === undefined) return undefined;
  const size = sizeOf(type, text, value);
  if (size === undefined) return undefined;
  if (length !== undefined && size !== length) return `has length ${size}, not ${length}`;
  if (minLength !== undefined && size < minLength) return `is shorter than ${minLength}`;
  return maxLength !== undefined && size > maxLength ? `is longer than ${maxLength}` : undefined;
}

/** Characters, items or bytes, as the type counts. */
function sizeOf(type: SimpleType, text: string, value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  switch (type.builtin.family) {
    case 'string':
      return /[\ud800-\udbff]/.test(text) ? [...text].length : text.length;
    case 'hexBinary':
      return text.length / 2;
    case 'base64Binary':
      return Buffer.byteLength(text, 'base64');
    default:
      return undefined;
  }
}

function rangeProblem(type: SimpleType, facets: Facets, value: unknown): string | undefined {
  const { minInclusive, maxInclusive, minExclusive, maxExclusive } = facets;
  const below = (bound: unknown, orEqual: boolean) => {
    const order = compareValues(type, value, bound);
    return order !== undefined && (order < 0 || (orEqual && order === 0));
  };
  const above = (bound: unknown, orEqual: boolean) => {
    const order = compareValues(type, value, bound);
    return order !== undefined && (order > 0 || (orEqual && order === 0));
  };
  if (minInclusive !== undefined && below(minInclusive, false)) return `is less than ${String(minInclusive)}`;
  if (maxInclusive !== undefined && above(maxInclusive, false))
    return `is greater than ${String(maxInclusive)}`;
  if (minExclusive !== undefined && below(minExclusive, true))
    return `is not greater than ${String(minExclusive)}`;
  if (maxExclusive !== undefined && above(maxExclusive, true))
    return `is not less than ${String(maxExclusive)}`;
  return undefined;
}

function compareValues(type: SimpleType, left: unknown, right: unknown): number | undefined {
  if (type.builtin.family === 'date') {
    const [a, b] = [dateOrder(type.builtin.name, String(left)), dateOrder(type.builtin.name, String(right))];
    return a === undefined || b === undefined ? undefined : a - b;
  }
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (type.builtin.family === 'float') return floatOf(left) - floatOf(right);
  return type.builtin.family === 'decimal' ? compareDecimals(String(left), String(right)) : undefined;
}

function floatOf(value: unknown): number {
  return Number(String(value).replace('INF', 'Infinity'));
}

function digitsProblem({ totalDigits, fractionDigits }: Facets, text: string): string | undefined {
  if (totalDigits === undefined && fractionDigits === undefined) return undefined;
  const [whole = '', fraction = ''] = text.replace(/^[+-]?0*/, '').split('.');
  const significant = withoutTrailingZeros(fraction);
  if (fractionDigits !== undefined && significant.length > fractionDigits)
    return `has more than ${fractionDigits} fraction digits`;
  if (totalDigits !== undefined && whole.length + significant.length > totalDigits)
    return `has more than ${totalDigits} digits`;
  return undefined;
}

/** The last part of a type's name, for messages: `xsd:int`, `Colour`. */
export function typeLabel(type: SimpleType): string {
  if (type.name === undefined)
    return type.variety === 'atomic' ? `xsd:${type.builtin.name}` : `a ${type.variety}`;
  const { namespace, localName } = splitName(type.name);
  return namespace === 'http://www.w3.org/2001/XMLSchema' ? `xsd:${localName}` : localName;
}
