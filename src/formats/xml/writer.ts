import { FormatError } from '../format-error.ts';
import { isNcName } from './characters.ts';
import { escapeAttribute, escapeText } from './escape.ts';
import { XML_NAMESPACE } from './names.ts';

/**
 * Writes one XML document, escaping everything. Namespaces get prefixes (`ns1`, `ns2`, … unless one is asked for)
 * and are all declared on the root, so a name without a namespace needs nothing.
 *
 * `path` is where in the caller's value the writer is; errors name it. Whoever writes a value pushes and pops it.
 * Errors: `FormatError` `badInput` with that place, for a character or a name that XML cannot hold.
 *
 * @example
 * const writer = new XmlWriter({ 'urn:fares': 'f' });
 * writer.start('urn:fares', 'fare');
 * writer.attribute('', 'currency', 'EUR');
 * writer.text('12.50');
 * writer.end();
 * writer.toString();   // <f:fare xmlns:f="urn:fares" currency="EUR">12.50</f:fare>
 */
export class XmlWriter {
  /** Property names and array indexes from the root of the caller's value. */
  readonly path: (string | number)[] = [];

  private readonly prefixes = new Map<string, string>([[XML_NAMESPACE, 'xml']]);
  private readonly wanted: Readonly<Record<string, string>>;
  private readonly open: string[] = [];
  private invented = 0;
  private rootName = '';
  private out = '';
  /** A start tag still lacks its `>`: attributes may come. */
  private tagOpen = false;

  /** `wantedPrefixes` maps namespaces to the prefixes they should get when they are used. */
  constructor(wantedPrefixes: Readonly<Record<string, string>> = {}) {
    this.wanted = wantedPrefixes;
  }

  /** Elements that are open. */
  get depth(): number {
    return this.open.length;
  }

  /** The place in the caller's value: `EstimateFares/request[2]/colour`. */
  get place(): string {
    return formatPlace(this.path);
  }

  start(namespace: string, localName: string): void {
    const name = this.qualify(namespace, localName);
    if (this.open.length === 0) {
      if (this.rootName !== '') throw this.badInput('A document has one root element');
      this.rootName = name;
    } else {
      this.closeTag();
      this.out += `<${name}`;
    }
    this.open.push(name);
    this.tagOpen = true;
  }

  attribute(namespace: string, localName: string, value: string): void {
    if (!this.tagOpen) throw new Error('An attribute follows content');
    this.out += ` ${this.qualify(namespace, localName)}="${this.escape(escapeAttribute, value)}"`;
  }

  text(value: string): void {
    if (value === '') return;
    this.closeTag();
    this.out += this.escape(escapeText, value);
  }

  end(): void {
    const name = this.open.pop()!;
    if (this.tagOpen) {
      this.out += '/>';
      this.tagOpen = false;
    } else this.out += `</${name}>`;
  }

  /** An element that holds text alone. */
  element(namespace: string, localName: string, text: string): void {
    this.start(namespace, localName);
    this.text(text);
    this.end();
  }

  /** Markup made by a writer of ours (`canonicalizeElement`, another `XmlWriter`), complete with its namespaces. Never a caller's text. */
  markup(xml: string): void {
    this.closeTag();
    this.out += xml;
  }

  /** `prefix:local` for a QName in content; the prefix is declared on the root. */
  qualify(namespace: string, localName: string): string {
    if (!isNcName(localName)) throw this.badInput('The name of an element or attribute is not an XML name');
    return namespace === '' ? localName : `${this.prefixFor(namespace)}:${localName}`;
  }

  /** The prefix of a namespace, declared on the root from now on. */
  prefixFor(namespace: string): string {
    const known = this.prefixes.get(namespace);
    if (known !== undefined) return known;
    const prefix =
      (Object.hasOwn(this.wanted, namespace) ? this.wanted[namespace] : undefined) ?? `ns${++this.invented}`;
    this.prefixes.set(namespace, prefix);
    return prefix;
  }

  /** The document without an XML declaration: it is to be encoded as UTF-8. */
  toString(): string {
    if (this.open.length > 0) throw new Error(`The element ${this.open.at(-1)} is not closed`);
    let declarations = '';
    for (const [namespace, prefix] of this.prefixes) {
      if (prefix !== 'xml') declarations += ` xmlns:${prefix}="${escapeAttribute(namespace)}"`;
    }
    return `<${this.rootName}${declarations}${this.out}`;
  }

  /** A `FormatError` of problem `badInput` at the place where the writer is. */
  badInput(message: string): FormatError {
    return new FormatError('badInput', message, { place: this.place });
  }

  private closeTag(): void {
    if (!this.tagOpen) return;
    this.out += '>';
    this.tagOpen = false;
  }

  private escape(how: (value: string, place: string) => string, value: string): string {
    try {
      return how(value, '');
    } catch {
      // Only a failure needs the place: it is asked for a second time.
      return how(value, this.place);
    }
  }
}

/** `EstimateFares/request[2]/colour` from property names and indexes. */
export function formatPlace(path: readonly (string | number)[]): string {
  let place = '';
  for (const step of path) {
    if (typeof step === 'number') place += `[${step}]`;
    else place += place === '' ? step : `/${step}`;
  }
  return place;
}
