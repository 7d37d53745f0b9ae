import { describe, expect, test } from 'vitest';
import { createClient } from 'xmlrpc';
import { minutesAway, positionAt } from '../../backends/dispatch/positions.ts';
import { startDispatch } from '../../backends/dispatch/server.ts';
import { readValue, type Value, writeValue } from '../../backends/dispatch/values.ts';
import { cityAround } from '../../backends/shared/cities.ts';
import { driverHomes } from '../../backends/shared/drivers.ts';
import { parseXml } from '../../backends/shared/xml.ts';
import { callsOf, postXml, textOf, withBackend } from './clients.ts';

/** A client by other hands, so that our reading of XML-RPC is not judged by ourselves. */
function caller(url: string): (method: string, ...parameters: unknown[]) => Promise<unknown> {
  const client = createClient({ url: `${url}/RPC2` });
  return (method, ...parameters) =>
    new Promise((resolve, reject) => {
      client.methodCall(method, parameters, (error: unknown, value: unknown) =>
        error ? reject(error) : resolve(value),
      );
    });
}

describe('positions', () => {
  test('are the same for the same second and move with the clock', () => {
    const home = driverHomes[0] as (typeof driverHomes)[number];
    const at = (milliseconds: number) => positionAt(home, new Date(1_750_000_000_000 + milliseconds));
    expect(at(0)).toEqual(at(999));
    expect(at(0)).not.toEqual(at(1_000));
    expect(cityAround(at(0))?.id).toBe(home.cityId);
  });

  test('give minutes that stay for a whole minute and then change in time', () => {
    const minute = Date.UTC(2025, 5, 30, 12, 0);
    const point = { latitude: 38.72, longitude: -9.14 };
    const at = (time: number) => driverHomes.map((home) => minutesAway(home, point, new Date(time)));
    expect(at(minute)).toEqual(at(minute + 59_999));
    expect(at(minute)).not.toEqual(at(minute + 60_000));
    expect(Math.min(...at(minute))).toBeGreaterThanOrEqual(1);
  });
});

describe('dispatch', () => {
  test('answers every method to a stock client', () =>
    withBackend(startDispatch, async (url) => {
      const call = caller(url);
      const position = (await call('dispatch.position', 'D0001')) as Record<string, unknown>;
      expect(Object.keys(position)).toEqual([
        'driverId',
        'latitude',
        'longitude',
        'heading',
        'speedKmh',
        'updatedAt',
      ]);
      expect(position.updatedAt).toBeInstanceOf(Date);
      expect(await call('dispatch.minutesAway', 'D0001', 52.5, 13.4)).toBeGreaterThanOrEqual(1);
      const near = (await call('dispatch.nearbyDrivers', 52.52, 13.4, 5.5, 7)) as { distanceKm: number }[];
      expect(near).toHaveLength(7);
      const distances = near.map(({ distanceKm }) => distanceKm);
      expect(distances).toEqual([...distances].sort((a, b) => a - b));
      // JavaScript cannot say 5.0: an int where a double belongs is taken.
      expect(await call('dispatch.minutesAway', 'D0001', 52, 13)).toBeGreaterThanOrEqual(1);
    }));

  test('describes itself', () =>
    withBackend(startDispatch, async (url) => {
      const call = caller(url);
      const names = (await call('system.listMethods')) as string[];
      expect(names).toEqual(expect.arrayContaining(['dispatch.position', 'system.multicall']));
      for (const name of names) expect(await call('system.methodHelp', name)).toMatch(/\w+ .*\.$/);
      expect(await call('system.methodSignature', 'dispatch.minutesAway')).toEqual([
        ['int', 'string', 'double', 'double'],
      ]);
    }));

  test('runs many calls in one request and counts them by name', () =>
    withBackend(startDispatch, async (url) => {
      const one = (methodName: string, ...params: unknown[]) => ({ methodName, params });
      const results = (await caller(url)('system.multicall', [
        one('dispatch.minutesAway', 'D0002', 38.7, -9.1),
        one('dispatch.position', 'nobody'),
        one('dispatch.position', 'D0003'),
        one('system.multicall', []),
        one('no.such'),
        { methodName: 'dispatch.position' },
      ])) as unknown[];
      expect(results[0]).toEqual([expect.any(Number)]);
      expect(results[1]).toEqual({ faultCode: 404, faultString: 'There is no such driver.' });
      expect(results[2]).toEqual([expect.objectContaining({ driverId: 'D0003' })]);
      expect(results.slice(3).map((fault) => (fault as { faultCode: number }).faultCode)).toEqual([
        -32_600, -32_601, -32_600,
      ]);
      expect(await callsOf(url)).toEqual({
        total: 1,
        byOperation: {
          'system.multicall': 2,
          'dispatch.minutesAway': 1,
          'dispatch.position': 2,
          '(unknown)': 1,
        },
      });
    }));

  test('has a fault for each way to be wrong, with status 200', () =>
    withBackend(startDispatch, async (url) => {
      const call = caller(url);
      const fault = (code: number) => expect.objectContaining({ faultCode: code });
      await expect(call('dispatch.position', 'D9999')).rejects.toEqual(fault(404));
      await expect(call('dispatch.position', 1)).rejects.toEqual(fault(-32_602));
      await expect(call('dispatch.position')).rejects.toEqual(fault(-32_602));
      await expect(call('dispatch.minutesAway', 'D0001', 91.5, 0)).rejects.toEqual(fault(-32_602));
      await expect(call('dispatch.nearbyDrivers', 1, 1, 5, 101)).rejects.toEqual(fault(-32_602));
      await expect(call('toString')).rejects.toEqual(fault(-32_601));
      for (const body of ['', 'hello', '<methodCall>', '<methodCall/>', '<!DOCTYPE a><methodCall/>']) {
        const { status, root } = await postXml(`${url}/RPC2`, body);
        expect([status, textOf(root, 'int')]).toEqual([200, '-32700']);
      }
      expect((await fetch(`${url}/RPC2`)).status).toBe(405);
    }));

  test('refuses a multicall of more than 1,000', () =>
    withBackend(startDispatch, async (url) => {
      const calls = Array.from({ length: 1_001 }, () => ({ methodName: 'system.listMethods', params: [] }));
      await expect(caller(url)('system.multicall', calls)).rejects.toEqual(
        expect.objectContaining({ faultCode: -32_600 }),
      );
    }));
});

describe('values', () => {
  test('survive being written and read, each with its type', () => {
    const all: Value = {
      type: 'array',
      items: [
        { type: 'int', value: -5 },
        { type: 'double', value: 5 },
        { type: 'double', value: 1e-7 },
        { type: 'boolean', value: true },
        { type: 'string', value: '  <&>"\' 🚕 00123\n\t' },
        { type: 'dateTime', value: '20250630T18:00:00' },
        { type: 'nil' },
        {
          type: 'struct',
          members: { '<&>': { type: 'string', value: '' }, __proto: { type: 'int', value: 1 } },
        },
      ],
    };
    expect(readValue(parseXml(writeValue(all)))).toEqual(all);
  });

  test.each([
    '<int>1.5</int>',
    '<int>2147483648</int>',
    '<double>1e5</double>',
    '<boolean>true</boolean>',
    '<odd/>',
  ])('refuse %s', (typed) => {
    expect(() => readValue(parseXml(`<value>${typed}</value>`))).toThrow('This is no XML-RPC call');
  });
});
