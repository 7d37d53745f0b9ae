import type { FormatError } from '../format-error.ts';
import { ELEMENT_START, type XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import type { XmlWriter } from '../xml/writer.ts';
import { builtin } from '../xsd/builtins.ts';
import { DecoderCompiler } from '../xsd/compile-decoder.ts';
import { EncoderCompiler } from '../xsd/compile-encoder.ts';
import type { ComplexType, ElementDeclaration, Type } from '../xsd/components.ts';
import type { DecodeContext, EncodeContext } from '../xsd/context.ts';
import { anyDecoder } from '../xsd/decode-any.ts';
import { simpleDecoder } from '../xsd/decode-simple.ts';
import { decodeElement, decodeElementSliced } from '../xsd/decoder.ts';
import { encodeElement } from '../xsd/encode.ts';
import { qualifiedName, splitName, XSD } from '../xsd/names.ts';
import { ANY_TYPE, type Resolver } from '../xsd/resolve.ts';
import { builtinType } from '../xsd/simple-types.ts';
import type { BoundMessage, HeaderPart, Part } from './bindings.ts';

/** What stands in a body or a header: one element, or (`element` undefined) the body's own content as a type. */
export interface MessageShape {
  readonly element: ElementDeclaration | undefined;
  readonly type: Type;
}

/** Writes and reads what stands in the body of one message. */
export interface BodyCodec {
  readonly shape: MessageShape;
  readonly encoded: boolean;
  /** Into the open body. */
  write(value: unknown, writer: XmlWriter, context: EncodeContext): void;
  /** From the body's start tag to its end tag. */
  read(reader: XmlReader, context: DecodeContext): unknown;
  /** As `read`, pausing where the body is long. */
  readSliced(reader: XmlReader, context: DecodeContext): Sliced<unknown>;
}

/** Writes and reads one header block. */
export interface HeaderCodec {
  readonly property: string;
  readonly element: ElementDeclaration;
  write(value: unknown, writer: XmlWriter): void;
  /** From the block's start tag to its end tag. */
  read(reader: XmlReader): unknown;
}

/** Reads an element that says its type itself, one of XML Schema's or a map. */
export function readAnything(reader: XmlReader, context: DecodeContext): unknown {
  return decodeElement(ANYTHING, reader, context);
}

const ANYTHING = anyDecoder(ANY_TYPE.name, (name) => {
  const { namespace, localName } = splitName(name);
  return namespace === XSD && builtin(localName) !== undefined
    ? simpleDecoder(builtinType(localName))
    : undefined;
});

/** Compiles the codecs of one operation: what it does not reach is not compiled. */
export class MessageCompiler {
  private readonly resolver: Resolver;
  private readonly decoders: DecoderCompiler;
  private readonly encoders: EncoderCompiler;

  /** `keepOrder`: as `shapeOf` takes it. */
  constructor(resolver: Resolver, keepOrder: boolean) {
    this.resolver = resolver;
    this.decoders = new DecoderCompiler(resolver, keepOrder);
    this.encoders = new EncoderCompiler(resolver, keepOrder);
  }

  /** `wrapper` is the name of the rpc wrapper; answers may call theirs anything. */
  body(message: BoundMessage, style: 'document' | 'rpc', wrapper: string): BodyCodec {
    if (style === 'rpc') return this.rpc(message, wrapper);
    const [first, ...more] = message.parts;
    const declared =
      first?.element === undefined || more.length > 0 ? undefined : this.partElement(first, message.encoded);
    if (declared !== undefined) return this.elementBody(declared, message.encoded, true);
    const type =
      first?.type !== undefined && more.length === 0
        ? this.resolver.type(first.type)
        : this.partsType(message);
    return this.containerBody(type, message.encoded);
  }

  header({ part, namespace, encoded }: HeaderPart): HeaderCodec {
    const element = this.partElement(part, part.element === undefined || encoded, namespace);
    const encoder = this.encoders.element(element);
    const decoder = this.decoders.element(element);
    return {
      property: element.localName,
      element,
      write: (value, writer) => encodeElement(encoder, value, writer, { encoded }),
      read: (reader) =>
        decodeElement(decoder, reader, { requireAll: false, pauseAt: Number.POSITIVE_INFINITY }),
    };
  }

  /** Reads one element of a fault's detail; the property is its name. */
  faultDetail(part: Part): {
    property: string;
    element: ElementDeclaration;
    read(reader: XmlReader, context: DecodeContext): unknown;
  } {
    const element = this.partElement(part, true);
    const decoder = this.decoders.element(element);
    return {
      property: element.localName,
      element,
      read: (reader, context) => decodeElement(decoder, reader, context),
    };
  }

  private rpc(message: BoundMessage, wrapper: string): BodyCodec {
    const type = this.partsType(message);
    const element: ElementDeclaration = {
      ...LOCAL,
      namespace: message.namespace,
      localName: wrapper,
      type: () => type,
    };
    return this.elementBody(element, message.encoded, false);
  }

  private elementBody(element: ElementDeclaration, encoded: boolean, named: boolean): BodyCodec {
    const encoder = this.encoders.element(element);
    const decoder = this.decoders.element(element);
    // Asked for once, so that the element lets go of its schema.
    element.substitutes();
    return {
      shape: { element, type: element.type() },
      encoded,
      // The wrapper itself is of no type that could be said.
      write: (value, writer, context) => {
        if (named || !context.encoded) encodeElement(encoder, value, writer, context);
        else {
          writer.start(element.namespace, element.localName);
          encoder.type.encode(value, writer, context);
          writer.end();
        }
      },
      read(reader, context) {
        enterElement(reader, element, named);
        const value = decodeElement(decoder, reader, context);
        while (reader.nextTag() === ELEMENT_START) reader.skipElement();
        return value;
      },
      *readSliced(reader, context) {
        enterElement(reader, element, named);
        const value = yield* decodeElementSliced(decoder, reader, context);
        while (reader.nextTag() === ELEMENT_START) reader.skipElement();
        return value;
      },
    };
  }

  private containerBody(type: Type, encoded: boolean): BodyCodec {
    const encoder = this.encoders.type(type);
    const decoder = this.decoders.type(type);
    return {
      shape: { element: undefined, type },
      encoded,
      write: (value, writer, context) => encoder.encode(value, writer, context),
      read: (reader, context) => decoder.decode(reader, context),
      readSliced: (reader, context) => decoder.decodeSliced(reader, context),
    };
  }

  /** The parts of a message as the elements of one object. */
  private partsType({ parts, encoded }: BoundMessage): ComplexType {
    const particles = parts.map((part) => {
      const element = this.partElement(part, encoded);
      return { kind: 'element' as const, min: 1, max: 1, element };
    });
    return {
      kind: 'complex',
      name: undefined,
      abstract: false,
      mixed: false,
      attributes: [],
      anyAttribute: false,
      content: { kind: 'sequence', min: 1, max: 1, particles },
      simpleContent: undefined,
      arrayItem: undefined,
      base: undefined,
      derived: () => [],
    };
  }

  private partElement(part: Part, nillable: boolean, namespace = ''): ElementDeclaration {
    if (part.element !== undefined) {
      const element = this.resolver.element(part.element);
      if (element !== undefined) return element;
      this.resolver.set.warn(
        `The part ${part.name} names the element ${part.element}, which is not defined: it is read as xsd:anyType`,
      );
      const close = part.element.indexOf('}');
      const [namespace, localName] =
        close === -1 ? ['', part.element] : [part.element.slice(1, close), part.element.slice(close + 1)];
      return { ...LOCAL, namespace, localName, nillable, type: () => ANY_TYPE };
    }
    const type = this.resolver.type(part.type ?? qualifiedName(XSD, 'anyType'));
    return { ...LOCAL, namespace, localName: part.name, nillable, type: () => type };
  }
}

const LOCAL = {
  namespace: '',
  nillable: false,
  abstract: false,
  default: undefined,
  fixed: undefined,
  substitutes: () => [],
} as const;

/** To the element that must stand in the body; `named`: by its own name. */
function enterElement(reader: XmlReader, element: ElementDeclaration, named: boolean): void {
  goToRoot(reader);
  if (reader.kind !== ELEMENT_START)
    throw reader.invalid(`The body is empty where '${element.localName}' is expected`);
  if (named && !isElement(reader, element)) throw unexpected(reader, element);
}

/** To the element that is the message: independent elements that others refer to may stand before it (SOAP 1.1 §5.6). */
function goToRoot(reader: XmlReader): void {
  while (reader.nextTag() === ELEMENT_START) {
    if (reader.attribute('http://schemas.xmlsoap.org/soap/encoding/', 'root') !== '0') return;
    reader.skipElement();
  }
}

/** An answer without any namespace is told by its local name alone. */
function isElement(reader: XmlReader, element: ElementDeclaration): boolean {
  if (reader.localName !== element.localName) return false;
  return reader.namespace === element.namespace || reader.namespace === '';
}

function unexpected(reader: XmlReader, element: ElementDeclaration): FormatError {
  return reader.invalid(
    `The body holds '${reader.localName}' (or one of another namespace) where '${element.localName}' is expected`,
  );
}
