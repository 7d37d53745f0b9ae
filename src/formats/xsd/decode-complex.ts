import { canonicalizeElementSliced } from '../xml/canonical.ts';
import type { XmlName } from '../xml/names.ts';
import { ELEMENT_END, ELEMENT_START, TEXT, type XmlReader } from '../xml/reader.ts';
import { runWhole, type Sliced } from '../xml/slices.ts';
import type { ComplexType } from './components.ts';
import type { DecodeContext } from './context.ts';
import { needsScope, scopeOf, textReader } from './decode-simple.ts';
import { decodeElement, decodeElementSliced, pauseIfDue, skipSliced, type TypeDecoder } from './decoder.ts';
import { qualifiedName, XSI } from './names.ts';
import type { Shape } from './shape.ts';
import { type SimpleCodec, simpleCodec } from './simple-codec.ts';

type JsonObject = Record<string, unknown>;

/** A child element: its property and how its value is read. */
export interface ChildDecoder {
  /** Place in the schema's order. */
  readonly index: number;
  readonly property: string;
  readonly namespace: string;
  readonly localName: string;
  readonly repeated: boolean;
  readonly required: boolean;
  readonly chosen: boolean;
  readonly decoder: TypeDecoder;
}

interface AttributeDecoder {
  readonly property: string;
  readonly namespace: string;
  readonly localName: string;
  readonly codec: SimpleCodec;
  readonly required: boolean;
  readonly whenAbsent: string | undefined;
}

/** What a child's name says when it is nothing of the type's. */
const UNKNOWN = Symbol('unknown');

/**
 * Reads elements of a complex type into objects, one pass, no tree.
 *
 * Children are told by name, in any order. What the schema does not know is skipped (services grow), what it wants and
 * is not there is an error (`context.requireAll`), and one element where one may stand is one.
 */
export class ComplexDecoder implements TypeDecoder {
  readonly name: string | undefined;
  private readonly shape: Shape;
  private readonly attributes: readonly AttributeDecoder[];
  private readonly text: ReturnType<typeof textReader> | undefined;
  private readonly codec: SimpleCodec | undefined;
  private children: readonly ChildDecoder[] = [];
  private byLocalName = new Map<string, ChildDecoder[]>();
  private requiredCount = 0;
  private listed: readonly string[] = [];
  private derived: ReadonlyMap<string, TypeDecoder> = new Map();
  private long: boolean | undefined;

  constructor(type: ComplexType, shape: Shape) {
    this.name = type.name;
    this.shape = shape;
    this.codec = type.simpleContent === undefined ? undefined : simpleCodec(type.simpleContent);
    this.text = type.simpleContent === undefined ? undefined : textReader(type.simpleContent);
    this.attributes = shape.attributes.map(({ property, use }) => ({
      property,
      namespace: use.namespace,
      localName: use.localName,
      codec: simpleCodec(use.type),
      required: use.required,
      whenAbsent: use.default ?? use.fixed,
    }));
  }

  /** The second half of construction: types may hold themselves. */
  connect(children: readonly ChildDecoder[], derived: ReadonlyMap<string, TypeDecoder>): void {
    this.children = children;
    this.derived = derived;
    for (const child of children) {
      const same = this.byLocalName.get(child.localName);
      if (same === undefined) this.byLocalName.set(child.localName, [child]);
      else same.push(child);
    }
    this.requiredCount = children.filter(({ required }) => required).length;
    this.listed = children
      .filter(({ repeated, chosen }) => repeated && !chosen)
      .map(({ property }) => property);
  }

  ofType(name: string): TypeDecoder | undefined {
    return this.derived.get(name);
  }

  isLong(): boolean {
    if (this.long === undefined) {
      // A type that comes back to itself while this is being found out is long.
      this.long = true;
      this.long =
        this.shape.wildcard !== undefined ||
        this.shape.mixed !== undefined ||
        this.shape.ordered !== undefined ||
        this.children.some(({ repeated, decoder }) => repeated || decoder.isLong());
    }
    return this.long;
  }

  decode(reader: XmlReader, context: DecodeContext): unknown {
    const object = this.begin(reader, context);
    if (this.codec !== undefined) return this.readValue(object, reader, context);
    if (this.shape.mixed !== undefined) return this.readMixed(object, reader, context);
    if (this.shape.ordered !== undefined) return runWhole(this.readOrdered(object, reader, context));
    let required = 0;
    let highest = -1;
    while (reader.nextTag() === ELEMENT_START) {
      const child = this.childOf(reader.name);
      if (child === undefined) {
        if (this.shape.wildcard === undefined) reader.skipElement();
        else runWildcard(object, this.shape.wildcard, reader, context);
        continue;
      }
      const value = decodeElement(child.decoder, reader, context);
      if (child.index > highest && !child.repeated) {
        // In the schema's order, as nearly always: nothing stands there yet, and looking would cost as much as setting.
        object[child.property] = value;
        highest = child.index;
        if (child.required) required++;
      } else if (this.put(object, child, value, reader)) required++;
    }
    return this.finish(object, required, reader, context);
  }

  *decodeSliced(reader: XmlReader, context: DecodeContext): Sliced<unknown> {
    const object = this.begin(reader, context);
    if (this.codec !== undefined) return this.readValue(object, reader, context);
    if (this.shape.mixed !== undefined) return this.readMixed(object, reader, context);
    if (this.shape.ordered !== undefined) return yield* this.readOrdered(object, reader, context);
    let required = 0;
    while (reader.nextTag() === ELEMENT_START) {
      const child = this.childOf(reader.name);
      if (child === undefined) {
        if (this.shape.wildcard === undefined) yield* skipSliced(reader, context);
        else yield* readWildcard(object, this.shape.wildcard, reader, context);
        continue;
      }
      const value = child.decoder.isLong()
        ? yield* decodeElementSliced(child.decoder, reader, context)
        : decodeElement(child.decoder, reader, context);
      if (this.put(object, child, value, reader)) required++;
      if (reader.position >= context.pauseAt) yield* pauseIfDue(reader, context);
    }
    return this.finish(object, required, reader, context);
  }

  private begin(reader: XmlReader, context: DecodeContext): JsonObject {
    const object: JsonObject = {};
    if (this.attributes.length > 0 || this.shape.anyAttribute !== undefined)
      this.readAttributes(object, reader, context);
    return object;
  }

  private childOf(name: XmlName): ChildDecoder | undefined {
    if (name.noteOwner !== this) {
      name.note = this.findChild(name) ?? UNKNOWN;
      name.noteOwner = this;
    }
    return name.note === UNKNOWN ? undefined : (name.note as ChildDecoder);
  }

  /** By name; else by local name, where only one child has it: services take `elementFormDefault` and imports lightly. */
  private findChild(name: XmlName): ChildDecoder | undefined {
    const same = this.byLocalName.get(name.localName);
    if (same === undefined) return undefined;
    const exact = same.find(({ namespace }) => namespace === name.namespace);
    if (exact !== undefined || same.length > 1 || this.shape.wildcard !== undefined) return exact;
    return same[0];
  }

  /** Sets the child's value; answers whether it is a required one's first. */
  private put(object: JsonObject, child: ChildDecoder, value: unknown, reader: XmlReader): boolean {
    const { property } = child;
    const before = ownValue(object, property);
    if (child.repeated) {
      if (before !== undefined) {
        (before as unknown[]).push(value);
        return false;
      }
      object[property] = [value];
    } else {
      if (before !== undefined)
        throw reader.invalid(`The element '${child.localName}' stands more often than once`);
      object[property] = value;
    }
    return child.required;
  }

  private finish(
    object: JsonObject,
    required: number,
    reader: XmlReader,
    context: DecodeContext,
  ): JsonObject {
    if (required < this.requiredCount && context.requireAll) {
      const missing = this.children.find(
        (child) => child.required && ownValue(object, child.property) === undefined,
      );
      throw reader.invalid(`The element '${missing?.localName}' is missing in '${reader.localName}'`);
    }
    for (const property of this.listed) if (ownValue(object, property) === undefined) object[property] = [];
    return object;
  }

  private readAttributes(object: JsonObject, reader: XmlReader, context: DecodeContext): void {
    for (const attribute of this.attributes) {
      const text = reader.attribute(attribute.namespace, attribute.localName) ?? attribute.whenAbsent;
      if (text === undefined) {
        if (!attribute.required || !context.requireAll) continue;
        throw reader.invalid(`The attribute '${attribute.localName}' is missing on '${reader.localName}'`);
      }
      const value = attribute.codec.parse(text, reader);
      if (value === undefined) {
        throw reader.invalid(`The attribute '${attribute.localName}' is no ${attribute.codec.label}`);
      }
      object[attribute.property] = value;
    }
    if (this.shape.anyAttribute !== undefined)
      this.readOtherAttributes(object, this.shape.anyAttribute, reader);
  }

  private readOtherAttributes(object: JsonObject, property: string, reader: XmlReader): void {
    const others: Record<string, string> = {};
    for (let index = 0; index < reader.attributeCount; index++) {
      const { namespace, localName } = reader.attributeName(index);
      const known = this.attributes.some(
        (attribute) => attribute.localName === localName && attribute.namespace === namespace,
      );
      if (known || namespace === XSI || (namespace === '' && localName === '__proto__')) continue;
      others[qualifiedName(namespace, localName)] = reader.attributeValue(index);
    }
    if (Object.keys(others).length > 0) object[property] = others;
  }

  private readValue(object: JsonObject, reader: XmlReader, context: DecodeContext): JsonObject {
    const codec = this.codec!;
    const scope = needsScope(codec.type) ? scopeOf(reader) : reader;
    const value = codec.parse(this.text!(reader, context), scope);
    if (value === undefined) throw reader.invalid(`The text of '${reader.localName}' is no ${codec.label}`);
    object[this.shape.value!] = value;
    return object;
  }

  /** Elements in order: `[{ a: 1 }, { b: 'x' }, { a: 2 }]`. */
  private *readOrdered(object: JsonObject, reader: XmlReader, context: DecodeContext): Sliced<JsonObject> {
    const content: unknown[] = [];
    while (reader.nextTag() === ELEMENT_START) {
      const child = this.childOf(reader.name);
      if (child !== undefined)
        content.push({ [child.property]: yield* decodeElementSliced(child.decoder, reader, context) });
      else if (this.shape.wildcard === undefined) yield* skipSliced(reader, context);
      else content.push({ [this.shape.wildcard]: readItem(reader, context) });
      if (reader.position >= context.pauseAt) yield* pauseIfDue(reader, context);
    }
    object[this.shape.ordered!] = content;
    return object;
  }

  /** Text and elements in order: `['see ', { b: 'here' }, '.']`. */
  private readMixed(object: JsonObject, reader: XmlReader, context: DecodeContext): JsonObject {
    const content: unknown[] = [];
    for (let kind = reader.next(); kind !== ELEMENT_END; kind = reader.next()) {
      if (kind === TEXT) {
        const last = content.length - 1;
        if (typeof content[last] === 'string') content[last] += reader.text;
        else content.push(reader.text);
      } else if (kind === ELEMENT_START) {
        const child = this.childOf(reader.name);
        if (child !== undefined)
          content.push({ [child.property]: decodeElement(child.decoder, reader, context) });
        else if (this.shape.wildcard === undefined) reader.skipElement();
        else content.push({ [this.shape.wildcard]: readItem(reader, context) });
      }
    }
    object[this.shape.mixed!] = content;
    return object;
  }
}

/** An element may be called `constructor` or `toString`: what every object inherits is not there yet. */
function ownValue(object: JsonObject, property: string): unknown {
  const value = object[property];
  return typeof value === 'function' ? undefined : value;
}

function readItem(reader: XmlReader, context: DecodeContext): unknown {
  const found: JsonObject = {};
  runWildcard(found, 'any', reader, context);
  return (found.any as unknown[])[0];
}

/** An element that the schema leaves open: its name, and itself as text that stands on its own. */
function* readWildcard(
  object: JsonObject,
  property: string,
  reader: XmlReader,
  context: DecodeContext,
): Sliced<void> {
  const name = qualifiedName(reader.namespace, reader.localName);
  const xml = yield* canonicalizeElementSliced(
    reader,
    () => reader.position >= context.pauseAt && pauseNow(reader, context),
  );
  const items = object[property] as unknown[] | undefined;
  if (items === undefined) object[property] = [{ name, xml }];
  else items.push({ name, xml });
}

function runWildcard(object: JsonObject, property: string, reader: XmlReader, context: DecodeContext): void {
  const work = readWildcard(object, property, reader, context);
  while (!work.next().done) {
    // No pauses here.
  }
}

function pauseNow(reader: XmlReader, context: DecodeContext): boolean {
  context.pauseAt = reader.position + 16_384;
  return true;
}
