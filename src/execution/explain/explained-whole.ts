import type { WholeAnswer } from '../whole-answers/whole-answer.ts';

/** The text of a whole answer with `extensions.explain`: no backend was asked. */
export function explainedWhole(
  { body, madeAt, freshUntil }: WholeAnswer,
  level: 'process' | 'redis',
  now: number,
): string {
  const wholeAnswer = {
    cache: 'fresh',
    level,
    ageMs: Math.max(0, Math.round(now - madeAt)),
    leftMs: Math.max(0, Math.round(freshUntil - now)),
  };
  const answer = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify({ ...answer, extensions: { explain: { wholeAnswer, calls: [] } } });
}
