import { readFileSync } from 'node:fs';

/** The description of a service that lists trips; benchmarks run from the repository's root. */
export const WSDL = readFileSync('bench/xml/trips.wsdl', 'utf8');

export interface Trip {
  id: string;
  code: string;
  rider: string;
  total: string;
  minutes: number;
  shared: boolean;
  startedAt: string;
  city: string;
}

/** Trips that differ in every field, always the same ones. */
export function trips(count: number): Trip[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(9_000_000_000_000_000 + index),
    code: String(index).padStart(6, '0'),
    rider: `Rider number ${index}`,
    total: `${10 + (index % 90)}.${String(index % 100).padStart(2, '0')}`,
    minutes: 3 + (index % 57),
    shared: index % 3 === 0,
    startedAt: `2026-0${1 + (index % 9)}-1${index % 10}T08:${String(index % 60).padStart(2, '0')}:00Z`,
    city: ['Lisbon', 'Porto', 'Braga'][index % 3]!,
  }));
}

/** The answer that holds them, as a service would write it. */
export function answer(count: number): string {
  const records = trips(count).map((trip) => {
    const fields = Object.entries(trip).map(([name, value]) => `<t:${name}>${value}</t:${name}>`);
    return `<t:trip>${fields.join('')}</t:trip>`;
  });
  return (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
    `<t:ListTripsResponse xmlns:t="urn:bench:trips">${records.join('\n')}</t:ListTripsResponse></s:Body></s:Envelope>`
  );
}
