import { describe, expect, it } from 'vitest';
import { runSliced, runWhole } from '../../../src/formats/xml/slices.ts';
import { envelope, smallOperation } from '../soap/small-wsdl.ts';

const RECORDS = 60_000;
const operation = await smallOperation({
  schema: `<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer"><xsd:complexType><xsd:sequence>
    <xsd:element name="page"><xsd:complexType><xsd:sequence><xsd:element name="record" minOccurs="0" maxOccurs="unbounded"><xsd:complexType><xsd:sequence>
      <xsd:element name="id" type="xsd:long"/><xsd:element name="name" type="xsd:string"/><xsd:element name="total" type="xsd:decimal"/>
    </xsd:sequence></xsd:complexType></xsd:element></xsd:sequence></xsd:complexType></xsd:element>
    <xsd:any minOccurs="0" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType></xsd:element>`,
});
const record = (index: number) =>
  `<t:record><t:id>${index}</t:id><t:name>Number ${index}</t:name><t:total>${index}.50</t:total></t:record>`;
const records = Array.from({ length: RECORDS }, (_, index) => record(index)).join('');

/** A few milliseconds, five times over: collecting garbage counts too. */
const BOUND_MS = 50;

/** The longest that anything else had to wait while the work went on: the processor time of a turn, not a busy machine's. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let [longest, last, isGoingOn] = [0, process.cpuUsage(), true];
  const turn = (): void => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.cpuUsage();
    if (isGoingOn) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isGoingOn = false;
  turn();
  return longest;
}

describe('a document of several megabytes', () => {
  const xml = envelope(`<t:Answer><t:page>${records}</t:page></t:Answer>`);

  it('is read in slices that let the event loop turn, with the same value', async () => {
    expect(xml.length).toBeGreaterThan(5e6);
    operation.decode(xml);
    const turns: number[] = [];
    let answer: unknown;
    for (let round = 0; round < 3; round++)
      turns.push(await longestTurn(async () => (answer = await operation.decodeSliced(xml))));
    expect(answer).toEqual(operation.decode(xml));
    // The best of three: garbage of the rounds before is collected in one of them.
    expect(Math.min(...turns)).toBeLessThan(BOUND_MS);
  });

  it('lets the event loop turn while it skips or keeps what the schema does not know, too', async () => {
    const unknown = envelope(
      `<t:Answer><t:page><t:record><t:id>1</t:id><t:name/><t:total>1</t:total></t:record><t:other>${records}</t:other></t:page><o:open xmlns:o="urn:o">${records}</o:open></t:Answer>`,
    );
    await operation.decodeSliced(unknown);
    const turns: number[] = [];
    for (let round = 0; round < 3; round++)
      turns.push(await longestTurn(() => operation.decodeSliced(unknown)));
    expect(Math.min(...turns)).toBeLessThan(BOUND_MS);
  });

  it('stops when its reader is no longer wanted', async () => {
    const controller = new AbortController();
    const reading = operation.decodeSliced(xml, {}, controller.signal);
    controller.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
  });

  it('is refused when it is cut, like any other', async () => {
    await expect(operation.decodeSliced(xml.slice(0, -20))).rejects.toMatchObject({ problem: 'invalid' });
  });
});

describe('work in slices', () => {
  function* work(): Generator<undefined, number> {
    let sum = 0;
    for (let index = 0; index < 100; index++) {
      sum += index;
      yield;
    }
    return sum;
  }

  it('gives the same result at once and in slices', async () => {
    expect(runWhole(work())).toBe(4_950);
    await expect(runSliced(work())).resolves.toBe(4_950);
  });
});
