import { FormatError } from '../format-error.ts';
import {
  CHARACTER,
  ILLEGAL,
  isBlank,
  isWellFormed,
  NAME_CHAR,
  NAME_START,
  TEXT_STOP,
  VALUE_STOP,
  WHITESPACE,
} from './characters.ts';
import { giveBackCodeUnits, NO_UNITS, takeCodeUnits } from './code-units.ts';
import { readDeclaration, type XmlDeclaration } from './declaration.ts';
import { XML_LIMITS, type XmlLimits } from './limits.ts';
import { NameTable, type Prefix, type RawName, XML_NAMESPACE, XMLNS_NAMESPACE, XmlName } from './names.ts';
import { decodeReference } from './references.ts';

/** What `next()` stands on. */
export type XmlEvent = 0 | 1 | 2 | 3 | 4 | 5;
/** The document is complete and was well-formed to its last character. */
export const DOCUMENT_END = 0;
export const ELEMENT_START = 1;
export const ELEMENT_END = 2;
/** Character data up to the next markup; a CDATA section is a text event of its own (`isCdata`). */
export const TEXT = 3;
export const COMMENT = 4;
export const PROCESSING_INSTRUCTION = 5;

/** A start tag to come back to: see `XmlReader.bookmark`. */
export interface XmlBookmark {
  offset: number;
  bindings: readonly (readonly [prefix: string, namespace: string])[];
}

/** What a reader is given where it should not make it itself. */
export interface ReaderParts {
  /** Names of documents of the same kind, of a `NameTablePool`. */
  readonly names?: NameTable;
  /** Those of the source: `codeUnitsInSlices` takes a long document's. */
  readonly units?: Uint16Array;
}

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const AMPERSAND = 0x26;
const BANG = 0x21;
const QUESTION = 0x3f;
const CARRIAGE_RETURN = 0x0d;
const CLOSE_BRACKET = 0x5d;

/** White space and a start tag's name, prefix left out. */
const PEEKED_TAG = /[ \t\r\n]*<(?:[^\s:>/!?]+:)?([^\s:>/!?]+)/y;

/** From so many characters on V8 makes a slice a view. */
const SHORTEST_VIEW = 13;
/** What a kept value may keep with it. */
const CHUNK_CHARACTERS = 4_096;

const NOWHERE = new XmlName('', '');

/**
 * A strict pull reader for XML 1.0 with namespaces and without a DTD (any DOCTYPE is refused), over a decoded document.
 *
 * Promises: an event is given only after everything before it was found well-formed; strings are made only when
 * asked for; equal names are one `XmlName` object; what passes a limit or is not well-formed throws `FormatError`
 * (`invalid` or `tooLarge`) with line and column, and the reader is then of no further use.
 * Implements XML 1.0 (fifth edition) as a non-validating processor and Namespaces in XML 1.0 (third edition).
 *
 * @example
 * const reader = new XmlReader('<a x="1">text</a>');
 * reader.next();                  // ELEMENT_START
 * reader.name.localName;          // 'a'
 * reader.attribute('', 'x');      // '1'
 * reader.readText();              // 'text', and stands on the end tag
 */
export class XmlReader {
  /** The event that the reader stands on. */
  kind: XmlEvent | -1 = -1;
  /** Of the element that started or ended. */
  name: XmlName = NOWHERE;
  /** Open elements, the one that has just started included and the one that has just ended not. */
  depth = 0;
  /** What `<?xml …?>` said; `undefined` when there was none. */
  declaration: XmlDeclaration | undefined;
  /** Attributes of the start tag, namespace declarations not counted. */
  attributeCount = 0;
  /** Whether the text event is a CDATA section. */
  isCdata = false;
  readonly source: string;
  readonly limits: XmlLimits;

  /** The units of `source`; given back at the document's end, unless another reader has them too. */
  private units: Uint16Array = NO_UNITS;
  private unitsShared: boolean;
  private offset = 0;
  private readonly end: number;
  private readonly names: NameTable;
  /** Of the start tag before this one. */
  private previous: RawName;
  private readonly openRaw: RawName[] = [];
  private readonly openNames: XmlName[] = [];
  private readonly childCounts: number[] = [0];
  private selfClosing = false;
  private rootSeen = false;
  private readonly fragment: boolean;
  private tagStart = 0;
  private attributeTotal = 0;

  private textStart = 0;
  private textEnd = 0;
  private textValue: string | undefined;
  private target = '';

  /** A copy of part of the document, from which values are cut. */
  private chunk = '';
  private chunkStart = 0;
  private chunkEnd = 0;

  private readonly attributeRaw: RawName[] = [];
  private readonly attributeNames: XmlName[] = [];
  private readonly valueStarts: number[] = [];
  private readonly valueEnds: number[] = [];
  private readonly values: (string | undefined)[] = [];

  /** Undo log of namespace bindings: what a prefix meant before an element changed it, and that element's depth. */
  private readonly boundPrefixes: Prefix[] = [];
  private readonly boundBefore: (string | undefined)[] = [];
  private readonly boundDepths: number[] = [];

  constructor(
    source: string,
    limits: Partial<XmlLimits> = XML_LIMITS,
    { names = new NameTable(), units }: ReaderParts = {},
    from?: XmlBookmark,
  ) {
    this.names = names;
    this.previous = names.beforeRoot;
    this.limits =
      limits === XML_LIMITS || from !== undefined ? (limits as XmlLimits) : { ...XML_LIMITS, ...limits };
    this.source = source;
    this.end = source.length;
    this.fragment = from !== undefined;
    this.unitsShared = units !== undefined && from !== undefined;
    if (from !== undefined) {
      this.units = units ?? takeCodeUnits(source);
      this.offset = from.offset;
      for (const [prefix, namespace] of from.bindings) this.names.prefix(prefix).namespace = namespace;
      return;
    }
    if (source.length > this.limits.maxBytes) throw this.tooLarge('maxBytes', this.limits.maxBytes);
    if (!isWellFormed(source)) {
      throw this.failure('An unpaired surrogate is no character', loneSurrogate(source));
    }
    this.units = units ?? takeCodeUnits(source);
    if (this.units[0] === 0xfeff) this.offset = 1;
    if (source.startsWith('<?xml', this.offset) && !isNameAt(source, this.offset + 5)) {
      const { declaration, next } = readDeclaration(source, this.offset, (text, at) =>
        this.failure(text, at),
      );
      this.declaration = declaration;
      this.offset = next;
    }
  }

  /** Characters read so far: how far a long document has come. */
  get position(): number {
    return this.offset;
  }

  /** The namespace of `name`. */
  get namespace(): string {
    return this.name.namespace;
  }

  /** The local part of `name`. */
  get localName(): string {
    return this.name.localName;
  }

  /** The prefix of the element that has just started, as written; `''` without one. */
  get prefix(): string {
    return this.openRaw[this.depth - 1]?.prefix.text ?? '';
  }

  /** The characters of a text, comment or processing instruction event, references and line ends resolved. */
  get text(): string {
    this.textValue ??= this.slice(this.textStart, this.textEnd);
    return this.textValue;
  }

  /** The target of a processing instruction. */
  get instructionTarget(): string {
    return this.target;
  }

  /** `line 3, column 7` of a character offset (of where the reader stands, by default); both count from 1. */
  place(offset = this.offset): string {
    let line = 1;
    let lineStart = 0;
    for (let index = 0; index < offset && index < this.end; index++) {
      const code = this.source.charCodeAt(index);
      if (code === 0x0a || (code === CARRIAGE_RETURN && this.source.charCodeAt(index + 1) !== 0x0a)) {
        line++;
        lineStart = index + 1;
      }
    }
    return `line ${line}, column ${Math.min(offset, this.end) - lineStart + 1}`;
  }

  /** A `FormatError` of problem `invalid` at the start tag (or where the reader stands): for a reader of content. */
  invalid(message: string): FormatError {
    return this.failure(message, this.kind === ELEMENT_START ? this.tagStart : this.offset);
  }

  /**
   * Goes to the next event.
   * Errors: `FormatError` `invalid` (not well-formed, truncated, DOCTYPE) or `tooLarge` (a limit passed).
   */
  next(): XmlEvent {
    if (this.selfClosing) return this.closeElement();
    if (this.depth === 0) return this.nextOutsideRoot();
    const code = this.units[this.offset];
    if (code === LESS_THAN) return this.readMarkup();
    if (this.offset >= this.end) throw this.failure('The document ends inside an element');
    this.readTextRun();
    return this.kind as XmlEvent;
  }

  /**
   * Goes to the next start or end tag, or the document's end, over white space, comments and processing instructions.
   * Errors: as `next()`, and `invalid` when text stands where only elements may.
   */
  nextTag(): typeof ELEMENT_START | typeof ELEMENT_END | typeof DOCUMENT_END {
    for (;;) {
      if (!this.selfClosing && this.depth > 0) {
        this.skipWhitespace();
        // Nearly always a tag comes next.
        if (this.units[this.offset] === LESS_THAN) {
          const code = this.units[this.offset + 1];
          if (code === SLASH) return this.readEndTag();
          if (code !== BANG && code !== QUESTION) return this.readStartTag();
        }
      }
      const kind = this.next();
      if (kind <= ELEMENT_END) return kind as typeof ELEMENT_START;
      if (kind === TEXT && !isBlank(this.text)) {
        throw this.failure('Text stands where only elements are allowed', this.textStart);
      }
    }
  }

  /**
   * The text of the element that has just started, to its end tag; comments and instructions are left out.
   * Errors: as `next()`, and `invalid` when the element has child elements.
   */
  readText(): string {
    if (this.selfClosing) {
      this.closeElement();
      return '';
    }
    const { units } = this;
    const start = this.offset;
    let at = start;
    while ((CHARACTER[units[at]!]! & TEXT_STOP) === 0) at++;
    if (units[at] === LESS_THAN && units[at + 1] === SLASH) {
      this.offset = at;
      this.readEndTag();
      return this.slice(start, at);
    }
    return this.readMixedText();
  }

  /** Goes to the end tag of the element that has just started, checking all that lies between. */
  skipElement(): void {
    const outside = this.depth - 1;
    while (this.next() !== ELEMENT_END || this.depth !== outside) {
      // Everything on the way is checked by next().
    }
  }

  /** The attribute's value, or `undefined`; only while the reader stands on the start tag. */
  attribute(namespace: string, localName: string): string | undefined {
    for (let index = 0; index < this.attributeCount; index++) {
      const name = this.attributeNames[index]!;
      if (name.localName === localName && name.namespace === namespace) return this.attributeValue(index);
    }
    return undefined;
  }

  attributeName(index: number): XmlName {
    return this.attributeNames[index]!;
  }

  /** The prefix of an attribute as written; `''` without one. */
  attributePrefix(index: number): string {
    return this.attributeRaw[index]!.prefix.text;
  }

  attributeValue(index: number): string {
    const known = this.values[index];
    if (known !== undefined) return known;
    const value = this.slice(this.valueStarts[index]!, this.valueEnds[index]!);
    this.values[index] = value;
    return value;
  }

  /** What the element that has just started declares, in no particular order; `''` is the default namespace. */
  declarations(): [prefix: string, namespace: string][] {
    const found: [string, string][] = [];
    for (let index = this.boundDepths.length - 1; this.boundDepths[index] === this.depth; index--) {
      const prefix = this.boundPrefixes[index]!;
      found.push([prefix.text, prefix.namespace ?? '']);
    }
    return found;
  }

  /** What a prefix is bound to here (for QNames in content); `''` is the default namespace. */
  lookupNamespace(prefix: string): string | undefined {
    return this.names.lookup(prefix);
  }

  /** The local name of the start tag that comes next; `undefined` when something else does (white space apart). */
  peekLocalName(): string | undefined {
    PEEKED_TAG.lastIndex = this.offset;
    return this.selfClosing ? undefined : PEEKED_TAG.exec(this.source)?.[1];
  }

  /** All namespace bindings in force, `xml` left out. */
  namespacesInScope(): [prefix: string, namespace: string][] {
    return this.names.bindings();
  }

  /** Remembers the start tag that the reader stands on, for `at`. */
  bookmark(): XmlBookmark {
    // The bindings in force include the element's own: reading its start tag again declares the same.
    return { offset: this.tagStart, bindings: this.names.bindings() };
  }

  /** A reader of the bookmarked element alone, in the same document. */
  at(bookmark: XmlBookmark): XmlReader {
    // At the document's end there is nothing left to share.
    const units = this.units === NO_UNITS ? undefined : this.units;
    this.unitsShared = true;
    return new XmlReader(this.source, this.limits, units === undefined ? {} : { units }, bookmark);
  }

  private nextOutsideRoot(): XmlEvent {
    if (this.fragment && this.rootSeen) return this.finish();
    this.skipWhitespace();
    if (this.offset >= this.end) {
      if (!this.rootSeen) throw this.failure('The document has no root element');
      return this.finish();
    }
    if (this.units[this.offset] !== LESS_THAN) {
      throw this.failure(
        this.rootSeen ? 'Text stands after the root element' : 'The document does not start with an element',
      );
    }
    return this.readMarkup();
  }

  private finish(): typeof DOCUMENT_END {
    if (!this.unitsShared) giveBackCodeUnits(this.units);
    this.units = NO_UNITS;
    this.kind = DOCUMENT_END;
    return DOCUMENT_END;
  }

  private readMarkup(): XmlEvent {
    const code = this.units[this.offset + 1];
    if (code === SLASH && this.depth > 0) return this.readEndTag();
    if (code === BANG) return this.readDeclarationLike();
    if (code === QUESTION) return this.readInstruction();
    return this.readStartTag();
  }

  private readStartTag(): typeof ELEMENT_START {
    const depth = this.depth;
    if (depth === 0) {
      if (this.rootSeen) throw this.failure('A second root element stands after the first');
      this.rootSeen = true;
    }
    if (depth >= this.limits.maxDepth) throw this.tooLarge('maxDepth', this.limits.maxDepth);
    if (++this.childCounts[depth]! > this.limits.maxChildren)
      throw this.tooLarge('maxChildren', this.limits.maxChildren);
    this.childCounts[depth + 1] = 0;
    this.tagStart = this.offset++;
    const raw = this.readElementName();
    this.depth = depth + 1;
    this.openRaw[depth] = raw;
    this.attributeCount = 0;
    if (this.units[this.offset] === GREATER_THAN) this.offset++;
    else this.readAttributes();
    const name = raw.resolveElement(this.names);
    if (name === undefined)
      throw this.failure(`The prefix '${raw.prefix.text}' is not declared`, this.tagStart);
    this.openNames[depth] = name;
    this.name = name;
    this.kind = ELEMENT_START;
    return ELEMENT_START;
  }

  private readAttributes(): void {
    const { units } = this;
    this.names.tagSerial++;
    this.attributeTotal = 0;
    for (;;) {
      const spaced = this.skipWhitespace();
      const code = units[this.offset];
      if (code === GREATER_THAN) {
        this.offset++;
        break;
      }
      if (code === SLASH && units[this.offset + 1] === GREATER_THAN) {
        this.offset += 2;
        this.selfClosing = true;
        break;
      }
      if (this.offset >= this.end) throw this.failure('The document ends inside a start tag');
      if (!spaced) throw this.failure('White space is missing between the parts of a start tag');
      this.readAttribute();
    }
    this.resolveAttributes();
  }

  private readAttribute(): void {
    if (++this.attributeTotal > this.limits.maxAttributes)
      throw this.tooLarge('maxAttributes', this.limits.maxAttributes);
    const start = this.offset;
    const raw = this.readName();
    if (raw.lastTag === this.names.tagSerial)
      throw this.failure('An attribute stands twice in one start tag', start);
    raw.lastTag = this.names.tagSerial;
    this.skipWhitespace();
    if (this.units[this.offset] !== EQUALS) throw this.failure('An attribute has no value');
    this.offset++;
    this.skipWhitespace();
    const slot = this.attributeCount;
    this.readAttributeValue(slot);
    if (raw.declares !== undefined) this.bind(raw.declares, this.attributeValue(slot), start);
    else this.attributeRaw[this.attributeCount++] = raw;
  }

  private readAttributeValue(slot: number): void {
    const { source, units } = this;
    const quote = units[this.offset];
    if (quote !== 0x22 && quote !== 0x27) throw this.failure('An attribute value is not quoted');
    const start = this.offset + 1;
    let at = start;
    while ((CHARACTER[units[at]!]! & VALUE_STOP) === 0) at++;
    this.values[slot] = undefined;
    if (units[at] !== quote) {
      const close = source.indexOf(String.fromCharCode(quote), at);
      if (close === -1) throw this.failure('The document ends inside an attribute value', this.end);
      this.values[slot] = this.normaliseValue(start, close);
      at = close;
    }
    this.valueStarts[slot] = start;
    this.valueEnds[slot] = at;
    this.offset = at + 1;
  }

  /** Implements "Attribute-Value Normalization" for CDATA attributes (there are no others without a DTD), XML 1.0 §3.3.3. */
  private normaliseValue(start: number, end: number): string {
    const { source, units } = this;
    let value = '';
    let from = start;
    for (let at = start; at < end; at++) {
      const code = units[at]!;
      if ((CHARACTER[code]! & VALUE_STOP) === 0 || code === 0x22 || code === 0x27) continue;
      if (code === LESS_THAN) throw this.failure("'<' stands in an attribute value", at);
      if ((CHARACTER[code]! & ILLEGAL) !== 0) throw this.illegalCharacter(at);
      value += source.slice(from, at);
      if (code === AMPERSAND) {
        const reference = this.reference(at);
        value += reference.text;
        at = reference.last;
      } else {
        value += ' ';
        if (code === CARRIAGE_RETURN && units[at + 1] === 0x0a) at++;
      }
      from = at + 1;
    }
    return value + source.slice(from, end);
  }

  /** Implements the constraints on declarations, Namespaces in XML 1.0 §3 ("Reserved Prefixes and Namespace Names") and §5. */
  private bind(prefix: Prefix, namespace: string, at: number): void {
    if (prefix.text === 'xmlns') throw this.failure("The prefix 'xmlns' must not be declared", at);
    if ((prefix.text === 'xml') !== (namespace === XML_NAMESPACE)) {
      throw this.failure("The prefix 'xml' and its namespace belong to each other alone", at);
    }
    if (namespace === XMLNS_NAMESPACE) throw this.failure('The xmlns namespace must not be declared', at);
    if (namespace === '' && prefix.text !== '') throw this.failure('A prefix must not be undeclared', at);
    this.boundPrefixes.push(prefix);
    this.boundBefore.push(prefix.namespace);
    this.boundDepths.push(this.depth);
    prefix.namespace = this.names.namespace(namespace);
  }

  private resolveAttributes(): void {
    for (let index = 0; index < this.attributeCount; index++) {
      const raw = this.attributeRaw[index]!;
      const name = raw.resolveAttribute(this.names);
      if (name === undefined)
        throw this.failure(`The prefix '${raw.prefix.text}' is not declared`, this.tagStart);
      if (name.lastTag === this.names.tagSerial)
        throw this.failure('An attribute stands twice in one start tag', this.tagStart);
      name.lastTag = this.names.tagSerial;
      this.attributeNames[index] = name;
    }
  }

  private readEndTag(): typeof ELEMENT_END {
    const { units } = this;
    const { raw } = this.openRaw[this.depth - 1]!;
    if (!standsAt(raw, units, this.offset + 2)) throw this.mismatch();
    let at = this.offset + 2 + raw.length;
    while ((CHARACTER[units[at]!]! & WHITESPACE) !== 0) at++;
    if (units[at] !== GREATER_THAN) throw this.mismatch();
    this.offset = at + 1;
    return this.closeElement();
  }

  private mismatch(): FormatError {
    const close = this.source.indexOf('>', this.offset);
    if (close === -1) return this.failure('The document ends inside an end tag', this.end);
    return this.failure(`An end tag does not match the start tag '${this.openRaw[this.depth - 1]!.raw}'`);
  }

  private closeElement(): typeof ELEMENT_END {
    const depth = this.depth;
    let last = this.boundDepths.length - 1;
    while (last >= 0 && this.boundDepths[last] === depth) {
      this.boundPrefixes.pop()!.namespace = this.boundBefore.pop();
      this.boundDepths.pop();
      last--;
    }
    this.selfClosing = false;
    this.attributeCount = 0;
    this.depth = depth - 1;
    this.name = this.openNames[depth - 1]!;
    this.kind = ELEMENT_END;
    return ELEMENT_END;
  }

  /** Text up to the next '<': its value is left in the source when nothing in it needs resolving. */
  private readTextRun(): void {
    const { source, units } = this;
    this.textStart = this.offset;
    let value: string | undefined;
    let from = this.offset;
    let at = this.offset;
    for (; at < this.end; at++) {
      const code = units[at]!;
      if ((CHARACTER[code]! & TEXT_STOP) === 0) continue;
      if (code === LESS_THAN) break;
      if (code === AMPERSAND) {
        const reference = this.reference(at);
        value = (value ?? '') + source.slice(from, at) + reference.text;
        at = reference.last;
        from = at + 1;
      } else if (code === CARRIAGE_RETURN) {
        value = `${value ?? ''}${source.slice(from, at)}\n`;
        if (units[at + 1] === 0x0a) at++;
        from = at + 1;
      } else if (code === CLOSE_BRACKET) {
        if (source.startsWith(']]>', at)) throw this.failure("']]>' stands in text", at);
      } else throw this.illegalCharacter(at);
    }
    if (at >= this.end) throw this.failure('The document ends inside an element', this.end);
    this.textEnd = at;
    this.textValue = value === undefined ? undefined : value + source.slice(from, at);
    this.offset = at;
    this.isCdata = false;
    this.kind = TEXT;
  }

  /**
   * A part of the document that does not keep the document in memory. From 13 characters on V8 makes a slice a view of
   * what it was cut from: values are cut from copies of a few thousand characters, each made once for all values in it.
   */
  private slice(start: number, end: number): string {
    if (end - start < SHORTEST_VIEW) return this.source.slice(start, end);
    if (start < this.chunkStart || end > this.chunkEnd) {
      if (end - start > CHUNK_CHARACTERS) return copied(this.source.slice(start, end));
      this.chunkStart = start;
      this.chunkEnd = Math.min(start + CHUNK_CHARACTERS, this.end);
      this.chunk = copied(this.source.slice(start, this.chunkEnd));
    }
    return this.chunk.slice(start - this.chunkStart, end - this.chunkStart);
  }

  private readMixedText(): string {
    const outside = this.depth - 1;
    let value = '';
    for (;;) {
      const kind = this.next();
      if (kind === TEXT) value += this.text;
      else if (kind === ELEMENT_END && this.depth === outside) return value;
      else if (kind === ELEMENT_START)
        throw this.invalid(`The element '${this.localName}' stands where only text is allowed`);
    }
  }

  private readDeclarationLike(): XmlEvent {
    const source = this.source;
    if (source.startsWith('<!--', this.offset)) return this.readComment();
    if (source.startsWith('<![CDATA[', this.offset) && this.depth > 0) return this.readCdata();
    if (source.startsWith('<!DOCTYPE', this.offset))
      throw this.failure('A document type declaration (DOCTYPE) is refused');
    throw this.failure('Markup is malformed');
  }

  private readComment(): typeof COMMENT {
    const start = this.offset + 4;
    const close = this.source.indexOf('--', start);
    if (close === -1) throw this.failure('The document ends inside a comment', this.end);
    if (this.units[close + 2] !== GREATER_THAN) throw this.failure("'--' stands in a comment", close);
    this.setRaw(start, close);
    this.offset = close + 3;
    this.kind = COMMENT;
    return COMMENT;
  }

  private readCdata(): typeof TEXT {
    const start = this.offset + 9;
    const close = this.source.indexOf(']]>', start);
    if (close === -1) throw this.failure('The document ends inside a CDATA section', this.end);
    this.setRaw(start, close);
    this.offset = close + 3;
    this.isCdata = true;
    this.kind = TEXT;
    return TEXT;
  }

  private readInstruction(): typeof PROCESSING_INSTRUCTION {
    const start = this.offset;
    this.offset += 2;
    const target = this.readName().raw;
    if (target.includes(':'))
      throw this.failure('The target of a processing instruction holds a colon', start);
    if (target.toLowerCase() === 'xml') {
      throw this.failure('An XML declaration stands elsewhere than at the very start', start);
    }
    const close = this.source.indexOf('?>', this.offset);
    if (close === -1) throw this.failure('The document ends inside a processing instruction', this.end);
    const spaced = this.skipWhitespace();
    if (!spaced && this.offset !== close)
      throw this.failure('The target of a processing instruction is malformed', start);
    this.setRaw(this.offset, close);
    this.target = target;
    this.offset = close + 2;
    this.kind = PROCESSING_INSTRUCTION;
    return PROCESSING_INSTRUCTION;
  }

  /** Takes characters without references: checks them and resolves line ends ("End-of-Line Handling", XML 1.0 §2.11). */
  private setRaw(start: number, end: number): void {
    let returns = false;
    for (let at = start; at < end; at++) {
      const code = this.units[at]!;
      if ((CHARACTER[code]! & TEXT_STOP) === 0) continue;
      if ((CHARACTER[code]! & ILLEGAL) !== 0) throw this.illegalCharacter(at);
      if (code === CARRIAGE_RETURN) returns = true;
    }
    this.textStart = start;
    this.textEnd = end;
    this.textValue = returns ? this.source.slice(start, end).replace(/\r\n?/g, '\n') : undefined;
  }

  /** Elements mostly follow each other as they did before: a look at the one expected saves finding it. */
  private readElementName(): RawName {
    const { units, previous } = this;
    const expected = previous.followedBy;
    if (expected !== undefined && standsAt(expected.raw, units, this.offset)) {
      const end = this.offset + expected.raw.length;
      if ((CHARACTER[units[end]!]! & NAME_CHAR) === 0 && expected.raw.length <= this.limits.maxNameLength) {
        this.offset = end;
        this.previous = expected;
        return expected;
      }
    }
    const raw = this.readName();
    previous.followedBy = raw;
    this.previous = raw;
    return raw;
  }

  private readName(): RawName {
    const { units } = this;
    const start = this.offset;
    let at = start;
    let code = units[at]!;
    if ((CHARACTER[code]! & NAME_START) === 0) {
      if (at >= this.end) throw this.failure('The document ends inside markup', at);
      throw this.failure('A name is missing or starts with a character that no name starts with', at);
    }
    let hash = 0;
    do {
      hash = (Math.imul(hash, 31) + code) | 0;
      code = units[++at]!;
    } while ((CHARACTER[code]! & NAME_CHAR) !== 0);
    if (at - start > this.limits.maxNameLength)
      throw this.tooLarge('maxNameLength', this.limits.maxNameLength);
    this.offset = at;
    const known = this.names.cached(hash);
    if (known !== undefined && known.raw.length === at - start && standsAt(known.raw, units, start))
      return known;
    const name = this.names.raw(this.source.slice(start, at), hash);
    if (name === undefined) throw this.failure('A name has a misplaced colon', start);
    if (this.names.size > this.limits.maxNames) throw this.tooLarge('maxNames', this.limits.maxNames);
    return name;
  }

  private reference(at: number): { text: string; last: number } {
    const reference = decodeReference(this.source, at);
    if (typeof reference === 'string') throw this.failure(reference, at);
    return reference;
  }

  private skipWhitespace(): boolean {
    const { units } = this;
    let at = this.offset;
    while ((CHARACTER[units[at]!]! & WHITESPACE) !== 0) at++;
    const moved = at !== this.offset;
    this.offset = at;
    return moved;
  }

  private illegalCharacter(at: number): FormatError {
    const code = this.source.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
    return this.failure(`The character U+${code} is not allowed in XML`, at);
  }

  private failure(message: string, at = this.offset): FormatError {
    return new FormatError('invalid', `Invalid XML. ${message}`, {
      place: this.place(at),
    });
  }

  private tooLarge(limit: keyof XmlLimits, value: number): FormatError {
    return new FormatError('tooLarge', `The XML passes the limit ${limit} (${value})`, {
      place: this.place(),
    });
  }
}

/** A text that is a view of nothing larger: putting two together and taking one off again makes V8 copy. */
function copied(text: string): string {
  return text.length < SHORTEST_VIEW ? text : ` ${text}`.slice(1);
}

/** Whether a name, or what begins like it, stands at an offset. */
function standsAt(name: string, units: Uint16Array, at: number): boolean {
  let index = 0;
  while (index < name.length && name.charCodeAt(index) === units[at + index]) index++;
  return index === name.length;
}

function isNameAt(source: string, at: number): boolean {
  return (CHARACTER[source.charCodeAt(at)]! & NAME_CHAR) !== 0;
}

function loneSurrogate(source: string): number {
  return source.search(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
}
