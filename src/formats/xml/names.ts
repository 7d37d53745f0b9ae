import { CHARACTER, NAME_START } from './characters.ts';

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** A resolved name: one object per (namespace, local name) and reader, so that equal names are the same object. */
export class XmlName {
  readonly namespace: string;
  readonly localName: string;
  /** Of the last start tag that had this attribute name: finds the same attribute twice without a set. */
  lastTag = 0;
  /** A decoder's note on this name: whose note, and what it found. Saves it a look-up per element. */
  noteOwner: unknown = undefined;
  note: unknown = undefined;

  constructor(namespace: string, localName: string) {
    this.namespace = namespace;
    this.localName = localName;
  }
}

/** A prefix and what it is bound to just now; `undefined` is unbound. */
export class Prefix {
  readonly text: string;
  namespace: string | undefined;

  constructor(text: string, namespace: string | undefined) {
    this.text = text;
    this.namespace = namespace;
  }
}

/** A name as written, prefix included, with what it resolved to last time. */
export class RawName {
  readonly raw: string;
  readonly localName: string;
  readonly prefix: Prefix;
  /** The prefix that this name declares when it is an attribute: `''` for `xmlns`, `a` for `xmlns:a`. */
  readonly declares: Prefix | undefined;
  lastTag = 0;
  /** Of the start tag that came after one of this name, last time. */
  followedBy: RawName | undefined;
  private element: XmlName | undefined;
  private attribute: XmlName | undefined;

  constructor(raw: string, localName: string, prefix: Prefix, declares: Prefix | undefined) {
    this.raw = raw;
    this.localName = localName;
    this.prefix = prefix;
    this.declares = declares;
  }

  /** The element's name under the bindings of this moment; `undefined` when its prefix is not bound. */
  resolveElement(names: NameTable): XmlName | undefined {
    const namespace = this.prefix.namespace;
    const known = this.element;
    if (known !== undefined && known.namespace === namespace) return known;
    if (namespace === undefined) return undefined;
    this.element = names.resolved(namespace, this.localName);
    return this.element;
  }

  /** The attribute's name: without a prefix it is in no namespace (Namespaces in XML 1.0 §6.2). */
  resolveAttribute(names: NameTable): XmlName | undefined {
    const namespace = this.prefix.text === '' ? '' : this.prefix.namespace;
    const known = this.attribute;
    if (known !== undefined && known.namespace === namespace) return known;
    if (namespace === undefined) return undefined;
    this.attribute = names.resolved(namespace, this.localName);
    return this.attribute;
  }
}

const CACHE_SLOTS = 512;

/**
 * All names and prefixes of a document, bounded by the reader's limits. A reader that is done has put every binding back, so
 * that the next document of the same service can be read with the same table: see `NameTablePool`.
 */
export class NameTable {
  /** Counts start tags with attributes, over all documents: `lastTag` compares with it. */
  tagSerial = 0;
  private readonly byRaw = new Map<string, RawName>();
  private readonly byResolved = new Map<string, XmlName>();
  private readonly prefixes = new Map<string, Prefix>();
  private readonly namespaces = new Map<string, string>();
  /** Direct-mapped by the hash of the characters: a repeated name costs neither a substring nor a look-up. */
  private readonly cache: (RawName | undefined)[] = new Array(CACHE_SLOTS).fill(undefined);

  /** Stands for what comes before the root: documents of a kind have the same one. */
  readonly beforeRoot: RawName;

  constructor() {
    this.prefixes.set('', new Prefix('', ''));
    this.prefixes.set('xml', new Prefix('xml', XML_NAMESPACE));
    this.prefixes.set('xmlns', new Prefix('xmlns', undefined));
    this.beforeRoot = new RawName('', '', this.prefix(''), undefined);
  }

  get size(): number {
    return this.byRaw.size;
  }

  /** Whether everything that is kept is few. */
  isSmall(limit: number): boolean {
    return this.byRaw.size <= limit && this.byResolved.size <= limit && this.namespaces.size <= limit;
  }

  prefix(text: string): Prefix {
    let prefix = this.prefixes.get(text);
    if (prefix === undefined) {
      prefix = new Prefix(text, undefined);
      this.prefixes.set(text, prefix);
    }
    return prefix;
  }

  /** One string object for each namespace, so that comparing two is comparing pointers. */
  namespace(text: string): string {
    let namespace = this.namespaces.get(text);
    if (namespace === undefined) {
      namespace = unsliced(text);
      this.namespaces.set(namespace, namespace);
    }
    return namespace;
  }

  /** What the prefix is bound to; `undefined` when it is not. */
  lookup(prefix: string): string | undefined {
    return this.prefixes.get(prefix)?.namespace;
  }

  /** All bindings in force, the two built-in prefixes left out. */
  bindings(): [prefix: string, namespace: string][] {
    const found: [string, string][] = [];
    for (const { text, namespace } of this.prefixes.values()) {
      if (namespace !== undefined && text !== 'xml' && (text !== '' || namespace !== ''))
        found.push([text, namespace]);
    }
    return found;
  }

  resolved(namespace: string, localName: string): XmlName {
    const key = `${localName} ${namespace}`;
    let name = this.byResolved.get(key);
    if (name === undefined) {
      name = new XmlName(namespace, localName);
      this.byResolved.set(key, name);
    }
    return name;
  }

  /** What the last name of this hash was: whether it is the same one is for the caller to see. */
  cached(hash: number): RawName | undefined {
    return this.cache[hash & (CACHE_SLOTS - 1)];
  }

  /** The entry for a name as written, or `undefined` when the text is no qualified name. */
  raw(written: string, hash: number): RawName | undefined {
    const text = unsliced(written);
    const entry = this.byRaw.get(text) ?? this.create(text);
    if (entry !== undefined) this.cache[hash & (CACHE_SLOTS - 1)] = entry;
    return entry;
  }

  private create(text: string): RawName | undefined {
    const colon = text.indexOf(':');
    let entry: RawName;
    if (colon === -1) {
      entry = new RawName(text, text, this.prefix(''), text === 'xmlns' ? this.prefix('') : undefined);
    } else {
      const local = text.slice(colon + 1);
      const startsWell = local.length > 0 && (CHARACTER[local.charCodeAt(0)]! & NAME_START) !== 0;
      if (colon === 0 || !startsWell || local.includes(':')) return undefined;
      const prefix = text.slice(0, colon);
      entry = new RawName(
        text,
        local,
        this.prefix(prefix),
        prefix === 'xmlns' ? this.prefix(local) : undefined,
      );
    }
    this.byRaw.set(text, entry);
    return entry;
  }
}

/** From 13 characters on, V8 makes a part of a string a view of the whole: a name would keep its document in memory. */
function unsliced(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Tables of more names than this are not kept: only a service that says something new all the time has them. */
const MAX_KEPT_NAMES = 1_000;
/** Documents read at the same time, as far as their tables are kept. */
const MAX_KEPT_TABLES = 4;

/** Name tables of one kind of document, handed from one reader to the next. */
export class NameTablePool {
  private readonly free: NameTable[] = [];

  take(): NameTable {
    return this.free.pop() ?? new NameTable();
  }

  /** Only after a document was read to its end: anything else leaves bindings behind. */
  giveBack(names: NameTable): void {
    if (names.isSmall(MAX_KEPT_NAMES) && this.free.length < MAX_KEPT_TABLES) this.free.push(names);
  }
}
