/**
 * Decoding answers in XML: ours, typed by the schema, against `fast-xml-parser` (untyped), `saxes` (events alone) and
 * `JSON.parse` of the same data; and whole calls against the `soap` package's, by the CPU time they take.
 * Medians, the contenders in turn.
 */
import { XMLParser } from 'fast-xml-parser';
import { SaxesParser } from 'saxes';
import { createClientAsync } from 'soap';
import { everyone } from '../src/caller.ts';
import { loadWsdl } from '../src/formats/wsdl/model.ts';
import type { SoapOperation } from '../src/formats/wsdl/operation.ts';
import type { CallContext } from '../src/operations/call.ts';
import { datasourceInfo } from '../src/operations/datasource.ts';
import type { Prepared } from '../src/operations/transport.ts';
import { noLog } from '../src/telemetry/log.ts';
import { noTrace } from '../src/telemetry/trace.ts';
import { request } from '../src/transports/soap/builders.ts';
import { soap } from '../src/transports/soap/soap.ts';
import { startProcess } from './support/child.ts';
import { answer, trips, WSDL, WSDL_FILE } from './xml/records.ts';

const LARGE = 5_000;
const ROUNDS = 21;
const CALL_ROUNDS = 12;

const model = await loadWsdl('trips.wsdl', () => WSDL);
const operation = model.operation({ name: 'ListTrips' });
const decoding = decodeFigures(operation);
const calls = await callFigures();
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
  for (let round = 0; round < ROUNDS + 6; round++) {
    for (const name of names) {
      const started = performance.now();
      contenders[name]();
      // The first six rounds warm up.
      if (round >= 6) samples[name].push(performance.now() - started);
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

/** CPU of this process for whole calls over loopback, through the transport: the service runs in another process. */
async function callFigures() {
  const service = await startProcess(['dist/bench/bench/xml/server.js'], { core: 1 });
  const figures: Record<string, number> = {};
  for (const [name, records, count] of [
    ['callSmall', 1, 2_500],
    ['call200', 200, 250],
  ] as const) {
    const address = `${service.url}/${records}`;
    const { call, close } = await ourCall(address);
    const client = await createClientAsync(`${address}?wsdl`, {}, address);
    const ours = async () => {
      const [outcome] = await call([{ first: records }], context());
      if (outcome instanceof Error) throw outcome;
    };
    const theirs = () => client.ListTripsAsync({ first: records }) as Promise<unknown>;
    const samples = { ours: [] as number[], soap: [] as number[] };
    for (let round = 0; round < CALL_ROUNDS; round++) {
      samples.ours.push(await cpuOf(ours, count));
      samples.soap.push(await cpuOf(theirs, count));
    }
    // The first third warms up: compilers work for seconds.
    const [oursUs, soapUs] = [
      median(samples.ours.slice(CALL_ROUNDS / 3)),
      median(samples.soap.slice(CALL_ROUNDS / 3)),
    ];
    console.log(`${name.padEnd(18)} ours ${oursUs.toFixed(0)} µs CPU, soap ${soapUs.toFixed(0)} µs CPU`);
    figures[name] = ratio(oursUs, soapUs);
    await close();
  }
  await service.stop();
  return figures;
}

/** The transport's call, as the engine prepares it, without policies. */
async function ourCall(url: string) {
  const operations = { trips: request<{ first: number }, unknown>('ListTrips') };
  const datasource = soap('trips', { wsdl: WSDL_FILE, url, operations });
  const transport = await datasource[datasourceInfo].open({ settings: { url }, log: noLog });
  const { name, spec } = datasource.trips.info;
  const { call } = transport.prepare(spec.spec, name) as unknown as Prepared<{ first: number }, unknown>;
  return { call, close: async () => transport.close?.() };
}

function context(): CallContext {
  return {
    caller: everyone,
    signal: new AbortController().signal,
    deadline: performance.now() + 30_000,
    requestId: 'benchmark',
    trace: noTrace,
  };
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
