import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate as inflateZlib } from 'node:zlib';
import { TributaryError } from '../errors.ts';

type Inflate = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const codings: Readonly<Record<string, Inflate>> = {
  gzip: promisify(gunzip) as Inflate,
  'x-gzip': promisify(gunzip) as Inflate,
  deflate: promisify(inflateZlib) as Inflate,
  br: promisify(brotliDecompress) as Inflate,
};

/** What is sent as `Accept-Encoding` where compressed answers are welcome. */
export const acceptedCodings = 'gzip, deflate, br';

/**
 * Undoes the content coding of a body (RFC 9110 §8.4). Stops as soon as more than `maxBytes` have come out, so that a
 * small body that inflates to gigabytes costs no more than an honest one.
 *
 * @param coding the header `Content-Encoding`
 * @throws `UPSTREAM_RESPONSE_TOO_LARGE`; `UPSTREAM_INVALID_RESPONSE` for an unknown coding or a body that is not in it
 */
export async function inflate(
  body: Buffer,
  coding: string,
  maxBytes: number,
  service: string,
): Promise<Buffer> {
  const name = coding.trim().toLowerCase();
  if (name === 'identity' || name === '' || body.length === 0) return body;
  const undo = Object.hasOwn(codings, name) ? codings[name] : undefined;
  if (undo === undefined) throw unreadable(service, `The body has the content coding ${coding}.`);
  try {
    return await undo(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(service, maxBytes);
    throw unreadable(service, `The body is not in its content coding ${coding}.`, cause);
  }
}

export function tooLarge(service: string, maxBytes: number): TributaryError {
  const detail = `The body is larger than ${maxBytes} bytes.`;
  return new TributaryError('UPSTREAM_RESPONSE_TOO_LARGE', undefined, { service, detail });
}

function unreadable(service: string, detail: string, cause?: unknown): TributaryError {
  return new TributaryError('UPSTREAM_INVALID_RESPONSE', undefined, { service, detail, cause });
}
