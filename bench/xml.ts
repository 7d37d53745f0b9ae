/**
 * Decoding answers in XML: ours, typed by the schema, against `fast-xml-parser` (untyped), `saxes` (events alone) and
 * `JSON.parse` of the same data; and whole calls against the `soap` package's, by the CPU time they take.
 * Medians, the contenders in turn.
 */
import { XMLParser } from 'fast-xml-parser';
import { SaxesParser } from 'saxes';
import { createClientAsync } from 'soap';
import { Pool } from 'undici';
import { decodeReply, encodeCall } from '../src/formats/wsdl/call.ts';
import { loadWsdl } from '../src/formats/wsdl/model.ts';
import type { SoapOperation } from '../src/formats/wsdl/operation.ts';
import { startProcess } from './support/child.ts';
import { answer, trips, WSDL } from './xml/records.ts';

const LARGE = 5_000;
const ROUNDS = 15;

const model = await loadWsdl('trips.wsdl', () => WSDL);
const operation = model.operation({ name: 'ListTrips' });
const decoding = decodeFigures(operation);
const calls = await callFigures(operation);
console.log(JSON.stringify({ ...calls, ...decoding }));

function decodeFigures(operation: SoapOperation) {
  const xml = answer(LARGE);
  const json = JSON.stringify(trips(LARGE));
  const contenders = {
    ours: () => operation.decode(xml),
    'JSON.parse': () => JSON.parse(json),
    'fast-xml-parser': () => new XMLParser({ parseTagValue: false }).parse(xml),
    saxes: () => readWithSaxes(xml),
  };
  const times = inTurn(contenders);
  console.log(
    `${LARGE} records, ${(xml.length / 1e6).toFixed(2)} MB of XML, ${(json.length / 1e6).toFixed(2)} MB of JSON`,
  );
  for (const [name, milliseconds] of Object.entries(times))
    console.log(`  ${name.padEnd(16)} ${milliseconds.toFixed(2)} ms`);
  return {
    decodeOverFastXmlParser: ratio(times.ours, times['fast-xml-parser']),
    decodeOverJson: ratio(times.ours, times['JSON.parse']),
    decodeOverSaxes: ratio(times.ours, times.saxes),
  };
}

function inTurn<Name extends string>(contenders: Record<Name, () => unknown>): Record<Name, number> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < ROUNDS + 3; round++) {
    for (const name of names) {
      const started = performance.now();
      contenders[name]();
      // The first rounds warm up.
      if (round >= 3) samples[name].push(performance.now() - started);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples[name])])) as Record<Name, number>;
}

function readWithSaxes(xml: string): number {
  let events = 0;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', () => events++);
  parser.on('text', () => events++);
  parser.on('closetag', () => events++);
  parser.write(xml).close();
  return events;
}

/** CPU of this process for whole calls over loopback: the service runs in another. */
async function callFigures(operation: SoapOperation) {
  const service = await startProcess(['dist/bench/bench/xml/server.js'], { core: 1 });
  const { url } = service;
  const pool = new Pool(url);
  const figures: Record<string, number> = {};
  for (const [name, records, count] of [
    ['callSmall', 1, 1_500],
    ['call200', 200, 300],
  ] as const) {
    const client = await createClientAsync(`${url}/?wsdl`, {}, `${url}/${records}`);
    const ours = async () => {
      const { headers, body } = encodeCall(operation, { first: records });
      const response = await pool.request({ path: `/${records}`, method: 'POST', headers, body });
      const bytes = Buffer.from(await response.body.arrayBuffer());
      return decodeReply(operation, bytes, String(response.headers['content-type']));
    };
    const theirs = () => client.ListTripsAsync({ first: records }) as Promise<unknown>;
    const samples = { ours: [] as number[], soap: [] as number[] };
    for (let round = 0; round < 9; round++) {
      samples.ours.push(await cpuOf(ours, count));
      samples.soap.push(await cpuOf(theirs, count));
    }
    // The first two rounds warm up.
    const [oursUs, soapUs] = [median(samples.ours.slice(2)), median(samples.soap.slice(2))];
    console.log(`${name.padEnd(18)} ours ${oursUs.toFixed(0)} µs CPU, soap ${soapUs.toFixed(0)} µs CPU`);
    figures[name] = ratio(oursUs, soapUs);
  }
  await pool.close();
  await service.stop();
  return figures;
}

async function cpuOf(call: () => Promise<unknown>, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < count; index++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function ratio(ours: number, theirs: number): number {
  return Math.round((ours / theirs) * 1_000) / 1_000;
}
