import type { XmlWriter } from '../xml/writer.ts';
import type { ComplexType } from './components.ts';
import { ContentModel } from './content-model.ts';
import type { EncodeContext } from './context.ts';
import { encodeElement, isObject, own, type TypeEncoder } from './encode.ts';
import { ContentWriter, type WriteField, type WriteParticle, writeAnything } from './encode-content.ts';
import { printed, writeText } from './encode-simple.ts';
import { splitName } from './names.ts';
import type { Shape } from './shape.ts';
import { type SimpleCodec, simpleCodec } from './simple-codec.ts';

/** Writes objects as elements of a complex type. Unknown properties are an error that names the place. */
export class ComplexEncoder implements TypeEncoder {
  readonly name: string | undefined;
  readonly abstract: boolean;
  readonly needsAttributes: boolean;
  private readonly shape: Shape;
  private readonly codec: SimpleCodec | undefined;
  private readonly attributeCodecs: readonly SimpleCodec[];
  private readonly known: ReadonlySet<string>;
  private fields: readonly WriteField[] = [];
  private particle: WriteParticle | undefined;
  private model: ContentModel | undefined;
  private derived: ReadonlyMap<string, TypeEncoder> = new Map();

  constructor(type: ComplexType, shape: Shape) {
    this.name = type.name;
    this.abstract = type.abstract;
    this.shape = shape;
    this.needsAttributes = shape.attributes.some(({ use }) => use.required);
    this.codec = type.simpleContent === undefined ? undefined : simpleCodec(type.simpleContent);
    this.attributeCodecs = shape.attributes.map(({ use }) => simpleCodec(use.type));
    const { wildcard, anyAttribute, value, mixed, ordered } = shape;
    const isList = mixed !== undefined || ordered !== undefined;
    const inContent = isList ? [] : shape.elements.map(({ property }) => property);
    const others = [isList ? undefined : wildcard, anyAttribute, value, mixed, ordered].filter(
      (name) => name !== undefined,
    );
    this.known = new Set([
      ...inContent,
      ...shape.attributes.map(({ property }) => property),
      ...others,
      '$type',
    ]);
  }

  /** The second half of construction: types may hold themselves. */
  connect(
    fields: readonly WriteField[],
    particle: WriteParticle | undefined,
    derived: ReadonlyMap<string, TypeEncoder>,
  ): void {
    this.fields = fields;
    this.particle = particle;
    this.derived = derived;
    if (this.shape.ordered !== undefined && particle !== undefined)
      this.model = new ContentModel(particle, fields.length);
  }

  ofType(name: string): TypeEncoder | undefined {
    return this.derived.get(name);
  }

  encode(value: unknown, writer: XmlWriter, context: EncodeContext): void {
    const object = this.objectOf(value, writer);
    for (const key of Object.keys(object)) {
      if (this.known.has(key) || object[key] === undefined) continue;
      writer.path.push(key);
      throw writer.badInput('The property is unknown');
    }
    this.writeAttributes(object, writer);
    if (this.codec !== undefined) this.writeValue(object, writer, context);
    else if (this.shape.mixed !== undefined) this.writeMixed(object[this.shape.mixed], writer, context);
    else if (this.shape.ordered !== undefined) this.writeOrdered(object[this.shape.ordered], writer, context);
    else new ContentWriter(this.fields, this.shape.wildcard, object, writer, context).write(this.particle);
  }

  /** A bare value may stand for an object that has nothing but its text. */
  private objectOf(value: unknown, writer: XmlWriter): Record<string, unknown> {
    if (isObject(value)) return value;
    if (this.codec !== undefined && this.shape.value !== undefined) return { [this.shape.value]: value };
    throw writer.badInput('The value is no object');
  }

  private writeAttributes(object: Record<string, unknown>, writer: XmlWriter): void {
    for (const [index, { property, use }] of this.shape.attributes.entries()) {
      const value = own(object, property);
      writer.path.push(property);
      if (value !== undefined && value !== null) {
        writer.attribute(
          use.namespace,
          use.localName,
          printed(this.attributeCodecs[index]!, value, writer, use.fixed),
        );
      } else if (use.required) {
        if (use.fixed === undefined) throw writer.badInput('A value is required');
        writer.attribute(use.namespace, use.localName, use.fixed);
      }
      writer.path.pop();
    }
    if (this.shape.anyAttribute !== undefined)
      this.writeOtherAttributes(object[this.shape.anyAttribute], writer);
  }

  private writeOtherAttributes(others: unknown, writer: XmlWriter): void {
    if (others === undefined || others === null) return;
    writer.path.push(this.shape.anyAttribute!);
    if (!isObject(others)) throw writer.badInput('The value is no object');
    for (const [name, value] of Object.entries(others)) {
      const { namespace, localName } = splitName(name);
      const declared = this.shape.attributes.some(
        ({ use }) => use.localName === localName && use.namespace === namespace,
      );
      writer.path.push(name);
      if (declared) throw writer.badInput('The attribute has a property of its own');
      if (typeof value !== 'string') throw writer.badInput('The value is no text');
      writer.attribute(namespace, localName, value);
      writer.path.pop();
    }
    writer.path.pop();
  }

  private writeValue(object: Record<string, unknown>, writer: XmlWriter, context: EncodeContext): void {
    const codec = this.codec!;
    writer.path.push(this.shape.value!);
    if (object[this.shape.value!] === undefined) throw writer.badInput('A value is required');
    writeText(codec, printed(codec, object[this.shape.value!], writer), writer, context);
    writer.path.pop();
  }

  /** `['see ', { b: 'here' }, '.']`; the content model is not enforced on mixed content. */
  private writeMixed(content: unknown, writer: XmlWriter, context: EncodeContext): void {
    if (content === undefined || content === null) return;
    writer.path.push(this.shape.mixed!);
    for (const [index, item] of (Array.isArray(content) ? content : [content]).entries()) {
      writer.path.push(index);
      if (typeof item === 'string') writer.text(item);
      else this.writeMixedElement(item, writer, context);
      writer.path.pop();
    }
    writer.path.pop();
  }

  /** `[{ a: 1 }, { b: 'x' }, { a: 2 }]`, in an order that the content model allows. */
  private writeOrdered(content: unknown, writer: XmlWriter, context: EncodeContext): void {
    writer.path.push(this.shape.ordered!);
    const items = content === undefined || content === null ? [] : content;
    if (!Array.isArray(items)) throw writer.badInput('The value is no list');
    const numbers = items.map((item) => this.numberOf(item));
    for (const [index, item] of items.entries()) {
      writer.path.push(index);
      this.writeMixedElement(item, writer, context);
      writer.path.pop();
    }
    if (this.model?.allows(numbers) === false)
      throw writer.badInput('The elements stand in no order that the schema allows');
    writer.path.pop();
  }

  /** Of the element that an item names; unknown ones say so themselves. */
  private numberOf(item: unknown): number {
    const [property] = isObject(item) ? Object.keys(item) : [];
    const number = this.fields.findIndex((field) => field.property === property);
    return number === -1 ? this.fields.length : number;
  }

  private writeMixedElement(item: unknown, writer: XmlWriter, context: EncodeContext): void {
    const [property, ...more] = isObject(item) ? Object.keys(item) : [];
    if (property === undefined || more.length > 0)
      throw writer.badInput('An item is text or an object with one property');
    const value = (item as Record<string, unknown>)[property];
    writer.path.push(property);
    const field = this.fields.find((candidate) => candidate.property === property);
    if (field !== undefined) encodeElement(field.element, value, writer, context);
    else if (property === this.shape.wildcard) writeAnything(value, writer);
    else throw writer.badInput('The property is unknown');
    writer.path.pop();
  }
}
