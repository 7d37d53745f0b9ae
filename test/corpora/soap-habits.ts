import { SaxesParser } from 'saxes';

/** The JSON of the soap-samples is one client's habit (node-soap's); these turn it into what ours is compared with. */

type Json = Record<string, unknown>;

/** A request in node-soap's JSON as ours: attributes beside elements, `value` for text, `$type` for `xsi_type`, no prefixes. */
export function toOurInput(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toOurInput);
  if (typeof value !== 'object' || value === null) return value;
  const result: Json = {};
  for (const [key, inner] of Object.entries(value as Json)) {
    if (key === 'attributes' || key === '$attributes') Object.assign(result, attributes(inner as Json));
    else if (key === '$value' || key === 'theValue') result.value = inner;
    else result[withoutPrefix(key)] = toOurInput(inner);
  }
  return result;
}

function attributes(source: Json): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(source)) {
    if (key === 'xsi_type') {
      const { type, xmlns } = value as { type: string; xmlns: string };
      result.$type = `{${xmlns}}${type}`;
    } else if (!/:(type|nil)$/.test(key) && !key.startsWith('xmlns') && !key.startsWith('soapenv:'))
      result[withoutPrefix(key)] = value;
  }
  return result;
}

function withoutPrefix(key: string): string {
  return key.slice(key.indexOf(':') + 1);
}

/**
 * The first place where our value says other than node-soap's, or `undefined`. Not told apart: a number and its text
 * (node-soap rounds), a list of one and its item, nothing and null or an empty element (node-soap drops them), a date and its text.
 */
export function difference(ours: unknown, theirs: unknown, place = '$'): string | undefined {
  const left = plain(ours);
  const right = plain(toOurInput(theirs));
  if (isNothing(left) && isNothing(right)) return undefined;
  if (Array.isArray(left) || Array.isArray(right)) {
    const [a, b] = [asList(left), asList(right)];
    if (a.length !== b.length) return `${place}: ${a.length} items, not ${b.length}`;
    return firstOf(a.map((item, index) => difference(item, b[index], `${place}[${index}]`)));
  }
  if (isObject(left) && isObject(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return firstOf([...keys].map((key) => difference(left[key], right[key], `${place}.${key}`)));
  }
  return sameScalar(left, right)
    ? undefined
    : `${place}: ${JSON.stringify(left)}, not ${JSON.stringify(right)}`;
}

/** An object of nothing but a text is that text; `$type` is ours alone. */
function plain(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { $type: _, ...rest } = value;
  const keys = Object.keys(rest).filter((key) => !isNothing(rest[key]));
  return keys.length === 1 && keys[0] === 'value' ? rest.value : rest;
}

function sameScalar(left: unknown, right: unknown): boolean {
  const [a, b] = [String(left).trim(), String(right).trim()];
  if (a === b) return true;
  if (/^-?[0-9.]+$/.test(a) && /^-?[0-9.]+$/.test(b)) return Number(a) === Number(b);
  return (
    /^\d{4}-\d\d-\d\d/.test(a) &&
    Date.parse(a.length > 10 && !/Z|[+-]\d\d:\d\d$/.test(a) ? `${a}Z` : a) === Date.parse(b)
  );
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.every(isNothing);
  return isObject(value) && Object.values(value).every(isNothing);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isNothing(value) ? [] : [value];
}

function firstOf(results: (string | undefined)[]): string | undefined {
  return results.find((result) => result !== undefined);
}

/** What two requests may differ in and still count as one. */
export type Ignored = 'types' | 'ids' | 'namespaces' | 'order' | 'envelope' | 'header';

interface Node {
  text: string;
  children: Node[];
}

/**
 * Canonical XML with names in place of prefixes, read by saxes: element and attribute names with their namespaces, attributes sorted,
 * no white space between elements, `xsi:type` resolved to its name. What is ignored is left out.
 */
export function canonicalByName(xml: string, ignored: readonly Ignored[] = []): string {
  const stack: Node[] = [{ text: '', children: [] }];
  const parser = new SaxesParser({ xmlns: true });
  const name = (uri: string, local: string) => {
    if (ignored.includes('namespaces')) return local;
    return ignored.includes('envelope') && /soap/.test(uri) && /^(Envelope|Header|Body)$/.test(local)
      ? local
      : `{${uri}}${local}`;
  };
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.values(tag.attributes).filter(({ prefix, name: raw, local, uri }) => {
      if (prefix === 'xmlns' || raw === 'xmlns') return false;
      if (
        ignored.includes('types') &&
        (local === 'arrayType' || (local === 'type' && uri.endsWith('XMLSchema-instance')))
      )
        return false;
      return !(ignored.includes('ids') && local === 'Id');
    });
    const texts = attributes.map(({ uri, local, value }) => {
      const [prefix, type] = value.includes(':') ? value.split(':') : ['', value];
      const isType = local === 'type' && uri.endsWith('XMLSchema-instance');
      return `${name(uri, local)}="${isType ? `{${parser.resolve(prefix!) ?? ''}}${type}` : value}"`;
    });
    stack.push({ text: `${name(tag.uri, tag.local)} ${texts.sort().join(' ')}`, children: [] });
  });
  parser.on('closetag', (tag) => {
    const node = stack.pop()!;
    if (!(ignored.includes('header') && tag.local === 'Header')) stack.at(-1)!.children.push(node);
  });
  const text = (value: string) => {
    if (value.trim() !== '') stack.at(-1)!.children.push({ text: JSON.stringify(value), children: [] });
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.write(xml.trim()).close();
  return print(stack[0]!, ignored.includes('order'));
}

function print({ text, children }: Node, sorted: boolean): string {
  const inside = children.map((child) => print(child, sorted));
  if (sorted) inside.sort();
  return `<${text}>${inside.map((line) => `\n${line}`.replaceAll('\n', '\n  ')).join('')}`;
}
