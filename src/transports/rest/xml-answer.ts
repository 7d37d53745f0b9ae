import { TributaryError } from '../../errors.ts';
import { errorOfFormat } from '../../formats/format-error-codes.ts';
import type { XmlGives, XmlSelection } from '../../formats/xml-shape/shape.ts';
import type { CancelSignal } from '../../util/abort.ts';
import { atPath } from '../../util/at-path.ts';
import type { HttpAnswer } from '../../wire/http-client.ts';
import type { XmlCodecs } from './xml-codecs.ts';

/** What an operation with an answer in XML accepts. */
export const acceptedXml = 'application/xml, text/xml;q=0.9, application/*+xml;q=0.8';

/** Gives the value at once, or later where the body is long. */
export type XmlBodyReader = (answer: HttpAnswer, signal: CancelSignal) => unknown;

/**
 * Compiles how a body in XML is read. The reader throws `UPSTREAM_INVALID_RESPONSE` for a body that is not XML, not in its
 * encoding, cut short, has a DOCTYPE, or is not what the shape says.
 */
export function compileXmlAnswer(
  shape: XmlGives<unknown> | undefined,
  codecs: XmlCodecs,
  service: string,
): XmlBodyReader {
  if (shape?.kind === 'selection') {
    const { path, shape: root } = shape as XmlSelection<unknown>;
    const whole = compileXmlAnswer(root, codecs, service);
    // What the shape demands is there: what is missing may be.
    const select = (body: unknown): unknown => atPath(body, path) ?? null;
    return (answer, signal) => {
      const body = whole(answer, signal);
      return body instanceof Promise ? body.then(select) : select(body);
    };
  }
  const codec = codecs.of(shape);
  return ({ headers, body }, signal) => {
    const type = headers['content-type'];
    if (type !== undefined && !isXml(type)) throw unreadable(service, `The body is ${type}, not XML.`);
    const told = (thrown: unknown): never => {
      throw errorOfFormat(thrown, service);
    };
    try {
      const value = codec.read(body, type, signal);
      return value instanceof Promise ? value.catch(told) : value;
    } catch (thrown) {
      return told(thrown);
    }
  };
}

/** `application/xml`, `text/xml` and everything that ends in `+xml` (RFC 7303 §4.2), but for XHTML: an error page. */
function isXml(type: string): boolean {
  return (
    /^\s*(?:application\/xml|text\/xml|[\w.-]+\/[\w.!#$&^-]+\+xml)\s*(?:;|$)/i.test(type) &&
    !/^\s*application\/xhtml\+xml/i.test(type)
  );
}

function unreadable(service: string, detail: string): TributaryError {
  return new TributaryError('UPSTREAM_INVALID_RESPONSE', undefined, { service, detail });
}
