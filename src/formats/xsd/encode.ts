import type { XmlWriter } from '../xml/writer.ts';
import type { EncodeContext } from './context.ts';
import { XSI } from './names.ts';

/** Writes values of one type as the attributes and content of an element whose start tag is open. */
export interface TypeEncoder {
  /** `{namespace}local`, when the type has a name. */
  readonly name: string | undefined;
  readonly abstract: boolean;
  /** An element of the type cannot do without attributes, not even as nil: null has none. */
  readonly needsAttributes?: boolean;
  encode(value: unknown, writer: XmlWriter, context: EncodeContext): void;
  /** What `$type` asks for, or `undefined` when it names no type that may stand here. */
  ofType(name: string): TypeEncoder | undefined;
}

/** An element to write. */
export interface ElementEncoder {
  readonly namespace: string;
  readonly localName: string;
  readonly nillable: boolean;
  /** The only text it may have. */
  readonly fixed: string | undefined;
  readonly type: TypeEncoder;
}

/**
 * Writes one element: `null` as `xsi:nil`, an object with `$type` as that derived type.
 * Errors: `FormatError` `badInput` with the writer's place, for anything the schema does not allow.
 */
export function encodeElement(
  element: ElementEncoder,
  value: unknown,
  writer: XmlWriter,
  context: EncodeContext,
): void {
  writer.start(element.namespace, element.localName);
  if (value === null) {
    if (!element.nillable && !context.encoded) throw writer.badInput('The value must not be null');
    if (element.type.needsAttributes)
      throw writer.badInput('The value must not be null: its type requires attributes');
    writer.attribute(XSI, 'nil', 'true');
  } else {
    const type = chooseType(element.type, value, writer);
    if (type !== element.type || context.encoded) writeTypeName(type, writer);
    type.encode(value, writer, context);
  }
  writer.end();
}

function chooseType(declared: TypeEncoder, value: unknown, writer: XmlWriter): TypeEncoder {
  const asked = isObject(value) ? value.$type : undefined;
  if (asked === undefined || asked === declared.name) {
    if (declared.abstract) throw writer.badInput('The type is abstract: $type must name one derived from it');
    return declared;
  }
  const type = typeof asked === 'string' ? declared.ofType(asked) : undefined;
  if (type === undefined || type.abstract)
    throw writer.badInput('The value of $type names no type that may stand here');
  return type;
}

function writeTypeName(type: TypeEncoder, writer: XmlWriter): void {
  if (type.name === undefined) return;
  const close = type.name.indexOf('}');
  const namespace = close === -1 ? '' : type.name.slice(1, close);
  writer.attribute(XSI, 'type', writer.qualify(namespace, type.name.slice(close + 1)));
}

/** A JSON object, as input has them: no list, no null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A property of the value itself: an element may be called `constructor`, which every object inherits. */
export function own(object: Record<string, unknown>, property: string): unknown {
  return Object.hasOwn(object, property) ? object[property] : undefined;
}
