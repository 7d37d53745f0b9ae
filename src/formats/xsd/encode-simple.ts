import type { XmlWriter } from '../xml/writer.ts';
import type { SimpleType } from './components.ts';
import type { EncodeContext } from './context.ts';
import type { TypeEncoder } from './encode.ts';
import { Problem, type SimpleCodec, simpleCodec } from './simple-codec.ts';

const XOP = 'http://www.w3.org/2004/08/xop/include';

/** An encoder of elements that hold text of a simple type. */
export function simpleEncoder(type: SimpleType, fixed?: string): TypeEncoder {
  const codec = simpleCodec(type);
  return {
    name: type.name,
    abstract: false,
    encode(value, writer, context) {
      writeText(codec, printed(codec, value, writer, fixed), writer, context);
    },
    ofType: () => undefined,
  };
}

/** The text of a simple value; every facet of its type is checked. */
export function printed(codec: SimpleCodec, value: unknown, writer: XmlWriter, fixed?: string): string {
  const text = codec.print(value, writer);
  if (text instanceof Problem) throw writer.badInput(`The value ${text.text}`);
  if (fixed !== undefined && text !== fixed)
    throw writer.badInput('The value is not the only one allowed here');
  return text;
}

/** Text as content, or an `xop:Include` in its place when its bytes travel beside the document. XOP §3.1. */
export function writeText(codec: SimpleCodec, text: string, writer: XmlWriter, context: EncodeContext): void {
  const attach = codec.type.builtin.family === 'base64Binary' ? context.attach : undefined;
  const contentId = attach?.(text);
  if (contentId === undefined) {
    writer.text(text);
    return;
  }
  writer.start(XOP, 'Include');
  writer.attribute('', 'href', `cid:${encodeURIComponent(contentId)}`);
  writer.end();
}
