import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

export const maxBodyBytes = 1_000_000;

/**
 * Reads a request's whole body.
 *
 * @throws Problem 413 as soon as it is larger than 1 MB; the connection is closed after the answer.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const tooLarge = () =>
    new Problem(413, `A body may have ${maxBodyBytes} bytes at most.`, { Connection: 'close' });
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBodyBytes) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
