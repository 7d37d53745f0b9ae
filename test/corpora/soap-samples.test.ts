import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeReply, encodeCall } from '../../src/formats/wsdl/call.ts';
import { loadWsdl } from '../../src/formats/wsdl/model.ts';
import { corpus } from './shared.ts';
import { canonicalByName, difference, toOurInput } from './soap-habits.ts';
import { PLANS, type Plan } from './soap-sample-plans.ts';

const root = corpus('soap-samples');
const samples = root === undefined ? [] : readdirSync(root).sort();
const NONE: Plan = { why: '' };
const counts: Record<string, number> = {};
const count = (what: string) => {
  counts[what] = (counts[what] ?? 0) + 1;
};

describe.skipIf(root === undefined)('each SOAP sample', () => {
  afterAll(() => {
    console.log(`SOAP samples (${samples.length} folders):`);
    for (const [what, number] of Object.entries(counts).sort())
      console.log(`  ${String(number).padStart(3)} ${what}`);
    for (const sample of samples) {
      const plan = planOf(sample);
      if (plan !== NONE) console.log(`  ${sample}: ${plan.why}`);
    }
  });

  it.each(samples)('%s', async (sample) => {
    const plan = planOf(sample);
    const loading = load(sample);
    if (plan.refusesDescription !== undefined) {
      await expect(loading).rejects.toThrow(plan.refusesDescription);
      count('descriptions refused, as no XML with namespaces');
      return;
    }
    const operation = (await loading).operation({ name: sample.split('__')[0]! });
    const [input, request] = [file(sample, 'request.json'), file(sample, 'request.xml')];
    if (plan.refusesRequest !== undefined) {
      expect(() => encodeCall(operation, toOurInput(JSON.parse(String(input))))).toThrow(plan.refusesRequest);
      count('requests refused, as not what the schema allows');
    } else if (input !== undefined && request !== undefined) {
      const { body } = encodeCall(
        operation,
        plan.input ?? toOurInput(JSON.parse(String(input))),
        plan.options,
      );
      const expected = plan.mendExpected?.(String(request)) ?? String(request);
      expect(canonicalByName(String(body), plan.ignore)).toBe(canonicalByName(expected, plan.ignore));
      count(
        plan.ignore === undefined
          ? 'requests equal as canonical XML'
          : 'requests equal but for what the plan ignores',
      );
    }
    const [reply, value] = [file(sample, 'response.xml'), file(sample, 'response.json')];
    if (reply === undefined || value === undefined) return;
    // The files of the corpus have white space around the document, which a service would not send.
    const bytes = Buffer.from(String(reply).trim().replace(/\n/g, '\r\n'));
    const answer = decodeReply(operation, bytes, undefined, { requireAll: plan.requireAll });
    if (plan.refusesResponse !== undefined) {
      await expect(answer).rejects.toThrow(plan.refusesResponse);
      count('responses refused, as malformed or not what the schema allows');
      return;
    }
    const { body } = (await answer) as { body: unknown };
    const expected =
      plan.expected === undefined ? JSON.parse(String(value)) : plan.expected(JSON.parse(String(value)));
    if (expected === undefined) expect(body).toHaveProperty('xml');
    else expect(difference(body, expected)).toBeUndefined();
    count(
      plan.expected === undefined
        ? 'responses equal by value'
        : 'responses equal by value but for what the plan mends',
    );
  });
});

function planOf(sample: string): Plan {
  return Object.entries(PLANS).find(([start]) => sample.startsWith(start))?.[1] ?? NONE;
}

function load(sample: string) {
  return loadWsdl(`${root}${sample}/soap.wsdl`, (location) => {
    if (existsSync(location)) return readFileSync(location, 'utf8');
    // The corpus has flattened folders: `../platform/core.xsd` lies here as `soap.platform.core.xsd`.
    const name = location.split('/').at(-1)!;
    const flat = readdirSync(`${root}${sample}`).find((entry) => entry.endsWith(`.${name}`));
    if (flat === undefined) throw new Error(`No ${name}`);
    return readFileSync(`${root}${sample}/${flat}`, 'utf8');
  });
}

function file(sample: string, name: string): Buffer | undefined {
  const path = `${root}${sample}/${name}`;
  return existsSync(path) ? readFileSync(path) : undefined;
}
