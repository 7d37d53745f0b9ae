import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { badInput } from '../inputs.ts';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** 32 MB and about 100 ms for each attempt (OWASP's smallest choice of scrypt with p = 1 is half of that). */
const cost = { N: 32_768, r: 8, p: 1 } as const;
const maxMemoryBytes = 67_108_864;
const digestBytes = 32;
const least = 12;
const most = 200;

/** At most so many at once: the threads that work them out serve files and names as well. */
const limit = pLimit(2);

/** `scrypt$N$r$p$salt$digest`. Rejects with `BAD_USER_INPUT` a password that is too short or too long. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < least || password.length > most)
    throw badInput(`A password has ${least} to ${most} characters.`);
  const salt = randomBytes(16);
  const digest = await digestOf(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), digest.toString('base64url')].join(
    '$',
  );
}

/** Takes as long for somebody who has no password, so that nobody learns who has one. */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt = '', digest = ''] = (stored ?? nobodys).split('$');
  const expected = Buffer.from(digest, 'base64url');
  const actual = await digestOf(password.slice(0, most + 1), Buffer.from(salt, 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(actual, expected) && stored !== undefined;
}

const nobodys = `scrypt$${cost.N}$${cost.r}$${cost.p}$AAAAAAAAAAAAAAAAAAAAAA$${Buffer.alloc(digestBytes).toString('base64url')}`;

function digestOf(password: string, salt: Buffer, parameters: ScryptOptions): Promise<Buffer> {
  return limit(() =>
    derive(password.normalize('NFKC'), salt, digestBytes, { ...parameters, maxmem: maxMemoryBytes }),
  );
}
