import type { Builtin, ReadScope, Whitespace, WriteScope } from './builtins.ts';
import type { SimpleType } from './components.ts';
import { facetProblem, hasFacets, typeLabel } from './facets.ts';
import { normalizeWhitespace } from './whitespace.ts';

/**
 * Text to JSON and back for one simple type.
 *
 * Reading is lenient where values stay right: facets are not checked (services send more than their enumerations
 * say), except where a union must tell its members apart. Writing checks everything.
 */
export interface SimpleCodec {
  readonly label: string;
  readonly type: SimpleType;
  /** The JSON value, or `undefined` when the text is not of the type. */
  parse(text: string, scope: ReadScope): unknown;
  /** The text, or what is wrong with the value. */
  print(value: unknown, scope: WriteScope): string | Problem;
}

/** What is wrong with a value, to stand after "The value". */
export class Problem {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const codecs = new WeakMap<SimpleType, SimpleCodec>();

/** The codec of a simple type, one a type. */
export function simpleCodec(type: SimpleType): SimpleCodec {
  let codec = codecs.get(type);
  if (codec === undefined) {
    codec = make(type);
    codecs.set(type, codec);
  }
  return codec;
}

function make(type: SimpleType): SimpleCodec {
  if (type.variety === 'list') return listCodec(type);
  return type.variety === 'union' ? unionCodec(type) : atomicCodec(type);
}

function atomicCodec(type: SimpleType): SimpleCodec {
  const { builtin, whitespace } = type;
  const label = typeLabel(type);
  const checked = hasFacets(type);
  return {
    label,
    type,
    parse: parserOf(builtin, whitespace),
    print(value, scope) {
      const printed = builtin.print(value, scope);
      if (printed === undefined) return new Problem(`is no ${label}`);
      const text = normalizeWhitespace(printed, whitespace);
      if (!checked) return text;
      const json = builtin.family === 'QName' ? value : builtin.parse(text, NO_SCOPE);
      const problem = facetProblem(type, text, json);
      return problem === undefined ? text : new Problem(problem);
    },
  };
}

/** These types have no value with white space in it: text that is one needs no look for any. */
const BLANKLESS: ReadonlySet<string> = new Set(['boolean', 'decimal', 'float', 'date', 'hexBinary']);

function parserOf({ parse, family }: Builtin, whitespace: Whitespace): SimpleCodec['parse'] {
  if (whitespace === 'preserve') return parse;
  if (!BLANKLESS.has(family)) return (text, scope) => parse(normalizeWhitespace(text, whitespace), scope);
  return (text, scope) => parse(text, scope) ?? parse(normalizeWhitespace(text, whitespace), scope);
}

function listCodec(type: SimpleType): SimpleCodec {
  const item = simpleCodec(type.item!);
  const label = `a list of ${item.label}`;
  return {
    label,
    type,
    parse(text, scope) {
      const normal = normalizeWhitespace(text, 'collapse');
      if (normal === '') return [];
      const values = normal.split(' ').map((part) => item.parse(part, scope));
      return values.includes(undefined) ? undefined : values;
    },
    print(value, scope) {
      if (!Array.isArray(value)) return new Problem(`is no ${label.slice(2)}`);
      const texts: string[] = [];
      for (const part of value) {
        const text = item.print(part, scope);
        if (typeof text !== 'string') return text;
        if (text === '' || /\s/.test(text))
          return new Problem('has an item that is empty or holds white space');
        texts.push(text);
      }
      const text = texts.join(' ');
      const problem = facetProblem(type, text, value);
      return problem === undefined ? text : new Problem(problem);
    },
  };
}

function unionCodec(type: SimpleType): SimpleCodec {
  const members = type.members.map(simpleCodec);
  const label =
    type.name === undefined ? members.map((member) => member.label).join(' or ') : typeLabel(type);
  return {
    label,
    type,
    parse(text, scope) {
      for (const member of members) {
        const value = member.parse(text, scope);
        if (value === undefined) continue;
        if (facetProblem(member.type, normalizeWhitespace(text, member.type.whitespace), value) === undefined)
          return value;
      }
      // A value that no member has is still a text.
      return text;
    },
    print(value, scope) {
      for (const member of members) {
        const text = member.print(value, scope);
        if (typeof text !== 'string') continue;
        const problem = facetProblem(type, text, value);
        return problem === undefined ? text : new Problem(problem);
      }
      return new Problem(`is no ${label}`);
    },
  };
}

const NO_SCOPE: ReadScope = { lookupNamespace: () => '' };
