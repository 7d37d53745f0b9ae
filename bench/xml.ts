/**
 * Decoding answers in XML: ours, typed by the schema, against `fast-xml-parser` (untyped), `saxes` (events alone) and
 * `JSON.parse` of the same data; and whole calls against the `soap` package's, by the CPU time they take with 16 under way
 * for both, and with one after the other. Medians, the contenders in turn.
 */
import { XMLParser } from 'fast-xml-parser';
import { SaxesParser } from 'saxes';
import { loadWsdl } from '../src/formats/wsdl/model.ts';
import type { SoapOperation } from '../src/formats/wsdl/operation.ts';
import { callFigures } from './xml/call-figures.ts';
import { answer, trips, WSDL } from './xml/records.ts';

const LARGE = 5_000;
const ROUNDS = 21;

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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function ratio(ours: number, theirs: number): number {
  return Math.round((ours / theirs) * 1_000) / 1_000;
}
