import type { XmlReader } from '../xml/reader.ts';
import { builtin } from '../xsd/builtins.ts';
import type { ComplexDecoder } from '../xsd/decode-complex.ts';
import { longDecoder, shortDecoder, type TypeDecoder } from '../xsd/decoder.ts';
import { normalizeWhitespace } from '../xsd/whitespace.ts';

type JsonObject = Record<string, unknown>;

/** What holds for the members of an object beyond what its decoder knows. */
export interface MemberRules {
  /** Properties that are never null, though an element may always say that it is nil. */
  readonly neverNull: readonly string[];
  /** Properties that are lists whose items are never null. */
  readonly lists: readonly string[];
}

/** A decoder whose objects keep the rules of their members, so that they are what the shape's type says. */
export function checkedDecoder(inner: ComplexDecoder, { neverNull, lists }: MemberRules): TypeDecoder {
  const checked = (value: unknown, reader: XmlReader): JsonObject => {
    const object = value as JsonObject;
    for (const property of neverNull) if (object[property] === null) throw nil(property, reader);
    for (const property of lists) {
      // A list inside an element that is missing, or nil.
      if (!Array.isArray(object[property])) object[property] = [];
      else if (object[property].includes(null)) throw nil(property, reader);
    }
    return object;
  };
  return {
    name: undefined,
    decode: (reader, context) => checked(inner.decode(reader, context), reader),
    *decodeSliced(reader, context) {
      return checked(yield* inner.decodeSliced(reader, context), reader);
    },
    isLong: () => inner.isLong(),
    ofType: () => undefined,
  };
}

/** A decoder that gives one property of an object alone. */
export function propertyDecoder(inner: TypeDecoder, property: string): TypeDecoder {
  return longDecoder(undefined, function* (reader, context) {
    return ((yield* inner.decodeSliced(reader, context)) as JsonObject)[property];
  });
}

/** A decoder of text of a built-in type. `emptyIsNull`: an empty text is `null`, for types of which it is no value. */
export function scalarDecoder(type: string, emptyIsNull: boolean): TypeDecoder {
  const { parse, whitespace } = builtin(type)!;
  return shortDecoder(undefined, (reader) => {
    const text = normalizeWhitespace(reader.readText(), whitespace);
    const value = parse(text, reader);
    if (value === undefined && text === '' && emptyIsNull) return null;
    if (value === undefined) throw reader.invalid(`The text of '${reader.localName}' is no ${type}`);
    return value;
  });
}

function nil(property: string, reader: XmlReader): Error {
  return reader.invalid(`The element of '${property}' in '${reader.localName}' must not be nil`);
}
