import { describe, expect, it } from 'vitest';
import { AnomalyWatch, idsIn } from '../../../src/access/anomalies/anomaly-watch.ts';
import type { Anomaly, Observation } from '../../../src/access/anomalies/observation.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const start = Date.UTC(2026, 0, 5, 9);

const calm: Observation = {
  at: start,
  audience: 'PARTNER',
  key: 'key000000001',
  app: 'app1',
  environment: 'live',
  address: '192.0.2.1',
  agent: 'client/1.0',
  location: 'header',
  hasOrigin: false,
  refusal: undefined,
  codes: [],
  operation: 'board',
  isIntrospection: false,
  units: 10,
  bytes: 2_000,
  ids: [],
};

/** A watch, and what it told. */
function watching() {
  const told: Anomaly[] = [];
  const watch = new AnomalyWatch({ report: (anomaly) => told.push(anomaly), clock: { now: () => start } });
  return { watch, told, signals: () => told.map(({ signal }) => signal) };
}

/** Half an hour of a client that asks twice a second, a little more or less, sometimes with a mistake. */
function normal(watch: AnomalyWatch, from = start, minutes = 30): number {
  let at = from;
  const end = from + minutes * minuteMs;
  for (let index = 0; at < end; index++) {
    at += 400 + ((index * 7_919) % 200);
    watch.observe({
      ...calm,
      at,
      operation: `operation${index % 40}`,
      bytes: 1_500 + ((index * 104_729) % 1_000),
      codes: index % 200 === 0 ? ['GRAPHQL_VALIDATION_FAILED'] : index % 90 === 0 ? ['FORBIDDEN'] : [],
      ids: index % 3 === 0 ? [String((index * 7_907) % 5_000)] : [],
    });
  }
  return at;
}

describe('O05: the watch for anomalies', () => {
  it('is silent on half an hour of normal use', () => {
    const { watch, told } = watching();
    normal(watch);
    expect(told).toEqual([]);
  });

  it('finds credential stuffing: many wrong keys from one address', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    const { key: _, app: __, ...nobody } = calm;
    for (let index = 0; index < 25; index++)
      watch.observe({
        ...nobody,
        key: `wrong${index}`,
        app: undefined,
        address: '203.0.113.9',
        at: at + index * secondMs,
        refusal: 'API_KEY_INVALID',
        codes: ['API_KEY_INVALID'],
      });
    expect(told.map(({ signal, subject }) => [signal, subject.name])).toContainEqual([
      'credential-stuffing',
      '203.0.113.9',
    ]);
    expect((told[0]?.at ?? 0) - at).toBeLessThan(minuteMs);
  });

  it('takes the addresses of one IPv6 network for one: a machine has as many there as it wants', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    for (let index = 0; index < 30; index++) {
      const address = `2001:db8:1:2::${index.toString(16)}`;
      watch.observe({ ...calm, at: at + index, address });
      const wrong = { key: `wrong${index}`, app: undefined, refusal: 'API_KEY_INVALID' } as const;
      watch.observe({ ...calm, ...wrong, at: at + index * secondMs, address, codes: ['API_KEY_INVALID'] });
    }
    const found = told.map(({ signal, subject }) => [signal, subject.name]);
    expect(found).toContainEqual(['credential-stuffing', '2001:db8:1:2::/64']);
    expect(found.map(([signal]) => signal)).not.toContain('many-addresses');
  });

  it('does not call one wrong key that is sent again and again stuffing', () => {
    const { watch, signals } = watching();
    for (let index = 0; index < 40; index++)
      watch.observe({ ...calm, app: undefined, at: start + index * secondMs, refusal: 'API_KEY_INVALID' });
    expect(signals()).not.toContain('credential-stuffing');
  });

  it('finds ids that are asked for one after the other', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    for (let index = 0; index < 250; index++)
      watch.observe({ ...calm, at: at + index * 200, operation: 'operation1', ids: [`ride-${index}`] });
    expect(told.map(({ signal }) => signal)).toEqual(expect.arrayContaining(['id-walk']));
    expect((told[0]?.at ?? 0) - at).toBeLessThan(minuteMs);
  });

  it('finds ids that are guessed', () => {
    const { watch, signals } = watching();
    for (let index = 0; index < 200; index++)
      watch.observe({
        ...calm,
        at: start + index * 500,
        ids: [`x${(index * 7_907) % 9_973}`],
        codes: ['NOT_FOUND'],
      });
    expect(signals()).toContain('id-walk');
  });

  it('finds ten times the bytes within a minute', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    for (let index = 0; index < 160; index++)
      watch.observe({ ...calm, at: at + index * 500, operation: 'operation1', bytes: 22_000 });
    const found = told.find(({ signal }) => signal === 'bytes-out');
    expect(found?.subject).toEqual({ kind: 'key', name: 'key000000001' });
    expect((found?.at ?? Number.POSITIVE_INFINITY) - at).toBeLessThan(minuteMs);
  });

  it('finds a rate far above the usual, and learns it once it is the habit', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    // Ninety minutes at twelve times the rate.
    for (let index = 0; index < 90 * 60 * 24; index++)
      watch.observe({ ...calm, at: at + (index * minuteMs) / (60 * 24), operation: 'operation1' });
    const times = told.filter(({ signal }) => signal === 'call-rate').map((anomaly) => anomaly.at - at);
    expect(times[0]).toBeLessThan(minuteMs);
    expect(times).toHaveLength(1);
  });

  it('tells within a minute of a rate, a cost and an amount that are unusual, whenever in a step they begin', () => {
    for (let offsetMs = 0; offsetMs < 10 * secondMs; offsetMs += 700) {
      const { watch, told } = watching();
      const at = Math.ceil(normal(watch) / (10 * secondMs)) * 10 * secondMs + offsetMs;
      for (let index = 0; index < 60 * 12; index++)
        watch.observe({ ...calm, at: at + index * 83, operation: 'operation1', units: 30, bytes: 6_000 });
      const late = Object.fromEntries(told.map((anomaly) => [anomaly.signal, anomaly.at - at]));
      expect(Object.keys(late).sort()).toEqual(['bytes-out', 'call-rate', 'cost']);
      for (const [signal, afterMs] of Object.entries(late))
        expect({ signal, offsetMs, isInTime: afterMs < minuteMs }).toEqual({
          signal,
          offsetMs,
          isInTime: true,
        });
    }
  });

  it('is silent on a job that asks a lot for half a minute', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    for (let index = 0; index < 30 * 12; index++)
      watch.observe({ ...calm, at: at + index * 83, operation: 'operation1' });
    normal(watch, at + 30 * secondMs);
    expect(told).toEqual([]);
  });

  it('finds use from many addresses at once', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    for (let index = 0; index < 25; index++)
      watch.observe({
        ...calm,
        at: at + index * secondMs,
        address: `198.51.100.${index}`,
        operation: 'operation1',
      });
    expect(told.map(({ signal }) => signal)).toContain('many-addresses');
  });

  it('notices a network and a program that a well-known key never came from', () => {
    const { watch, told } = watching();
    watch.observe(calm);
    const later = start + 31 * 24 * 60 * minuteMs;
    watch.observe({ ...calm, at: later });
    expect(told).toEqual([]);
    watch.observe({ ...calm, at: later + 1, address: '203.0.113.77', agent: 'curl/8' });
    expect(told).toMatchObject([{ signal: 'new-place', severity: 'notice' }]);
    // The same network again is no news.
    watch.observe({ ...calm, at: later + 20 * minuteMs, address: '203.0.113.78', agent: 'curl/8' });
    expect(told).toHaveLength(1);
  });

  it('finds a burst of documents that do not fit: somebody looks for hidden fields', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    for (let index = 0; index <= 31; index++)
      watch.observe({ ...calm, at: at + index * secondMs, codes: ['GRAPHQL_VALIDATION_FAILED'] });
    expect(told).toMatchObject([{ signal: 'schema-probing', subject: { kind: 'key' } }]);
  });

  it('notices introspection of the open contract beyond three times an hour', () => {
    const { watch, told } = watching();
    const nobody = {
      ...calm,
      key: undefined,
      app: undefined,
      audience: 'OPEN' as const,
      isIntrospection: true,
    };
    for (let index = 0; index < 3; index++) watch.observe({ ...nobody, at: start + index * minuteMs });
    expect(told).toEqual([]);
    watch.observe({ ...nobody, at: start + 4 * minuteMs });
    expect(told).toMatchObject([{ signal: 'introspection', subject: { kind: 'address' } }]);
  });

  it('finds a production key that runs operations it never ran', () => {
    const { watch, told } = watching();
    const at = normal(watch);
    for (let index = 0; index <= 11; index++)
      watch.observe({ ...calm, at: at + index * minuteMs, operation: `never-seen-${index}` });
    expect(told).toMatchObject([{ signal: 'new-operations' }]);
  });

  it('finds a key that is used after its end, an error burst, and a key in a URL', () => {
    const { watch, signals } = watching();
    for (let index = 0; index < 60; index++)
      watch.observe({
        ...calm,
        at: start + index * 500,
        refusal: 'API_KEY_REVOKED',
        codes: ['API_KEY_REVOKED'],
      });
    watch.observe({ ...calm, location: 'query' });
    expect(signals().sort()).toEqual(['ended-key-used', 'exposed-key', 'refused-requests']);
  });

  it('tells the same of the same subject once in ten minutes', () => {
    const { watch, told } = watching();
    for (let index = 0; index < 5; index++)
      watch.observe({ ...calm, at: start + index * minuteMs, location: 'query' });
    watch.observe({ ...calm, at: start + 11 * minuteMs, location: 'query' });
    expect(told).toHaveLength(2);
  });
});

describe('the ids of variables', () => {
  it('are texts and whole numbers under names that end in id', () => {
    expect(
      idsIn({ id: 'a1', rideIds: ['7', 8], name: 'x', paid: 'no', first: 10, nested: { id: 1 } }),
    ).toEqual(['a1', '7', '8']);
    expect(idsIn(undefined)).toEqual([]);
  });
});
