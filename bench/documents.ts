/**
 * How long the event loop stands still for one document: what is short and hostile is limited, parsed and validated as a
 * request does it. The longest of each family, and the worst of all.
 */
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { serverConfigSchema } from '../src/config/server-config.ts';
import { isTributaryError } from '../src/errors.ts';
import { limitDocument } from '../src/execution/document-limits.ts';
import { type HostileDocument, hostileDocuments, hostileSchema } from '../test/support/hostile-documents.ts';

const schema = buildSchema(hostileSchema);
const { limits } = serverConfigSchema.parse({});

interface Timed {
  readonly document: HostileDocument;
  readonly ms: number;
  readonly verdict: string;
}

const documents = hostileDocuments();
for (const document of documents) verdictOf(document);
const timed = documents.map((document): Timed => {
  const times: number[] = [];
  let verdict = '';
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now();
    verdict = verdictOf(document);
    times.push(performance.now() - begun);
  }
  return { document, ms: times.sort((a, b) => a - b)[1] as number, verdict };
});
timed.sort((a, b) => b.ms - a.ms);
console.log(`${documents.length} documents of up to 16 KB; the ten that take longest:`);
for (const { document, ms, verdict } of timed.slice(0, 10))
  console.log(
    `  ${ms.toFixed(1).padStart(7)} ms  ${document.name} (${document.text.length} characters): ${verdict}`,
  );
const worst = timed[0] as Timed;
console.log(JSON.stringify({ documents: documents.length, worstBlockMs: Math.round(worst.ms * 10) / 10 }));

/** What becomes of it: the code that it is refused with, or what validation says. */
function verdictOf({ text }: HostileDocument): string {
  try {
    limitDocument(text, limits);
    const problems = validate(schema, parse(text), specifiedRules);
    return problems.length === 0 ? 'valid' : `${problems.length} problem(s)`;
  } catch (thrown) {
    return isTributaryError(thrown) ? thrown.code : 'GRAPHQL_PARSE_FAILED';
  }
}
