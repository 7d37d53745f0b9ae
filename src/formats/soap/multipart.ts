import { randomBytes } from 'node:crypto';
import { FormatError } from '../format-error.ts';

/** One part of a MIME message. */
export interface MimePart {
  /** Without its angle brackets. */
  readonly contentId: string | undefined;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const MAX_PARTS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
const LINE_END = Buffer.from('\r\n');

/**
 * Reads a `multipart/related` message; the root part (that of `start`, else the first) comes first.
 * Errors: `FormatError` `invalid` for a message that is cut or malformed, `tooLarge` for more parts than is sane.
 * Implements RFC 2046 §5.1 and RFC 2387.
 */
export function readMultipart(bytes: Uint8Array, contentType: string | undefined): MimePart[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boundary = parameterOf(contentType, 'boundary') ?? leadingBoundary(buffer);
  if (boundary === undefined) throw invalid('has no boundary');
  const parts = split(buffer, boundary).map(readPart);
  if (parts.length === 0) throw invalid('has no parts');
  const start = withoutBrackets(parameterOf(contentType, 'start'));
  const root = parts.findIndex(({ contentId }) => start !== undefined && contentId === start);
  return root > 0 ? [parts[root]!, ...parts.slice(0, root), ...parts.slice(root + 1)] : parts;
}

/** Whether a message is multipart: by its header, or by its first line where a server forgets the header. */
export function isMultipart(bytes: Uint8Array, contentType: string | undefined): boolean {
  if (/^\s*multipart\//i.test(contentType ?? '')) return true;
  if (bytes[0] === 0x3c) return false;
  return (
    leadingBoundary(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 512))) !==
    undefined
  );
}

/**
 * Writes a `multipart/related` message; the first part is its root.
 * Implements RFC 2387, XOP §4 (`startInfo` given) and SOAP Messages with Attachments §3.
 */
export function writeMultipart(
  parts: readonly (MimePart & { contentId: string })[],
  options: { type: string; startInfo?: string; boundary?: string },
): { contentType: string; body: Buffer } {
  const boundary = options.boundary ?? `part-${randomBytes(18).toString('hex')}`;
  const chunks: Buffer[] = [];
  for (const { contentId, contentType, body } of parts) {
    chunks.push(
      Buffer.from(
        `--${boundary}\r\nContent-Type: ${headerValue(contentType)}\r\nContent-Transfer-Encoding: binary\r\n` +
          `Content-ID: <${headerValue(contentId)}>\r\n\r\n`,
      ),
      Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      LINE_END,
    );
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  const info = options.startInfo === undefined ? '' : `; start-info="${options.startInfo}"`;
  const contentType = `multipart/related; type="${options.type}"; start="<${parts[0]!.contentId}>"${info}; boundary="${boundary}"`;
  return { contentType, body: Buffer.concat(chunks) };
}

/** A parameter of a header value, quoted or not. */
export function parameterOf(header: string | undefined, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(
    header ?? '',
  );
  return match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2];
}

/** The bodies between the boundary lines, headers included. */
function split(buffer: Buffer, boundary: string): Buffer[] {
  const marker = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  let at = nextBoundary(buffer, marker, 0);
  while (at !== -1) {
    const after = at + marker.length;
    if (buffer[after] === 0x2d && buffer[after + 1] === 0x2d) return parts;
    const start = buffer.indexOf('\n', after) + 1;
    const end = start === 0 ? -1 : nextBoundary(buffer, marker, start - 1);
    if (end === -1) break;
    if (parts.length >= MAX_PARTS)
      throw new FormatError('tooLarge', `The MIME message passes the limit of ${MAX_PARTS} parts`);
    const lineEnd = buffer[end - 2] === 0x0d ? 2 : 1;
    parts.push(buffer.subarray(start, Math.max(start, end - lineEnd)));
    at = end;
  }
  throw invalid('is cut: its last boundary is missing');
}

/** The next boundary at the start of a line. */
function nextBoundary(buffer: Buffer, marker: Buffer, from: number): number {
  for (let at = buffer.indexOf(marker, from); at !== -1; at = buffer.indexOf(marker, at + 1)) {
    if (at === 0 || buffer[at - 1] === 0x0a) return at;
  }
  return -1;
}

function readPart(part: Buffer): MimePart {
  const { headers, body } = splitHeaders(part);
  const header = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(headers)?.[1]?.trim();
  return {
    contentId: withoutBrackets(header('Content-ID')),
    contentType: header('Content-Type') ?? 'text/plain',
    body: decodeTransfer(body, header('Content-Transfer-Encoding')?.toLowerCase() ?? 'binary'),
  };
}

function splitHeaders(part: Buffer): { headers: string; body: Buffer } {
  if (part[0] === 0x0d && part[1] === 0x0a) return { headers: '', body: part.subarray(2) };
  if (part[0] === 0x0a) return { headers: '', body: part.subarray(1) };
  const [long, short] = [part.indexOf('\r\n\r\n'), part.indexOf('\n\n')];
  const isLong = long !== -1 && (short === -1 || long < short);
  const end = isLong ? long : short;
  if (end === -1 || end > MAX_HEADER_BYTES) throw invalid('has a part without a body');
  const headers = part
    .toString('utf8', 0, end)
    .replace(/\r?\n[ \t]+/g, ' ')
    .replace(/\r/g, '');
  return { headers, body: part.subarray(end + (isLong ? 4 : 2)) };
}

function decodeTransfer(body: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64');
  if (encoding !== 'quoted-printable') return body;
  const text = body
    .toString('latin1')
    .replace(/(?<![ \t])[ \t]*\r?\n/g, '\n')
    .replace(/=\n/g, '');
  return Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function leadingBoundary(buffer: Buffer): string | undefined {
  const start = buffer.toString('latin1', 0, Math.min(buffer.length, 512));
  return /^\s*--([^\s<>]{1,200})[ \t]*\r?\n(?=[A-Za-z-]+:)/.exec(start)?.[1];
}

function withoutBrackets(text: string | undefined): string | undefined {
  return text?.replace(/^<|>$/g, '');
}

/** A header's value cannot hold a line end: whoever chose it would choose the next header too. */
function headerValue(text: string): string {
  if (/[\r\n]/.test(text))
    throw new FormatError('badInput', 'The media type or id of an attachment holds a line end');
  return text;
}

function invalid(what: string): FormatError {
  return new FormatError('invalid', `The MIME message ${what}`);
}
