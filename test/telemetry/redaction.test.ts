import { describe, expect, it } from 'vitest';
import { redact, scrub } from '../../src/telemetry/redaction.ts';

describe('scrubbed text', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['connect postgres://user:pa55@db:5432/x failed', 'connect postgres://[redacted]@db:5432/x failed'],
    ['GET https://a.example/rides?key=1&id=2 gave 500', 'GET https://a.example/rides?[redacted] gave 500'],
    ['GET /rides?key=1 gave 500', 'GET /rides?[redacted] gave 500'],
    ['authorization: Bearer abc.def', 'authorization: [redacted]'],
    ['sent Bearer abcdef123', 'sent Bearer [redacted]'],
    ['"password": "pa55", "user": "u"', '"password": "[redacted]", "user": "u"'],
    ['DB_PASSWORD=pa55 HOST=x', 'DB_PASSWORD=[redacted] HOST=x'],
    ['Cookie: a=1; b=2\nHost: x', 'Cookie: [redacted]\nHost: x'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'token [redacted]'],
  ];
  for (const [text, clean] of cases)
    it(`hides what is secret in: ${text}`, () => expect(scrub(text)).toBe(clean));

  it('keeps what is none', () => {
    for (const text of ['Is it so? Yes.', 'column rides.status of 3 rows', 'status 500 after 12 ms'])
      expect(scrub(text)).toBe(text);
  });

  it('is short, and made in linear time', () => {
    for (const piece of ['a', '?', '://', 'password=', 'Bearer ', '/a?b ', 'x@']) {
      const begin = performance.now();
      expect(scrub(piece.repeat(1_000_000 / piece.length)).length).toBeLessThan(20_000);
      expect(performance.now() - begin, piece).toBeLessThan(200);
    }
  });
});

describe('redacted records', () => {
  it('hide members by their names and errors in depth', () => {
    const error = new Error('outer', { cause: new Error('inner secret=x1', { cause: 'apiKey: x2' }) });
    const text = JSON.stringify(
      redact({
        apiKey: 'x3',
        Authorization: 'x4',
        nested: [{ password: 'x5' }],
        headers: { a: 'x6' },
        error,
        big: 7n,
      }),
    );
    expect(text).not.toMatch(/x[1-6]/);
    expect(JSON.parse(text)).toMatchObject({
      big: '7',
      error: { name: 'Error', message: 'outer', cause: { message: 'inner secret=[redacted]' } },
    });
  });

  it('end, however deep or round a value is', () => {
    const round: Record<string, unknown> = {};
    round.self = round;
    expect(JSON.stringify(redact(round))).toContain('[deeper]');
  });
});
