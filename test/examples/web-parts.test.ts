import { CombinedError } from '@urql/core';
import { describe, expect, it } from 'vitest';
import { daysBetween, money, shortDay } from '../../examples/web/src/format.ts';
import { problemAt, problemsOf } from '../../examples/web/src/problems.ts';
import { type Spot, sketch } from '../../examples/web/src/sketch.ts';

const frame = { width: 480, height: 300, margin: 44 };

describe('the sketch of a route', () => {
  it('has north above, east to the right, and one scale for both', () => {
    // As far apart as 0.1 degrees of latitude, at a place where a degree of longitude is half as long.
    const south = { latitude: 60, longitude: 10 };
    const { spots, gridKm, gridSize } = sketch(
      [south, { latitude: 60.1, longitude: 10 }, { latitude: 60, longitude: 10.2 }],
      frame,
    );
    const [start, north, east] = spots as [Spot, Spot, Spot];
    expect([north.x, east.y]).toEqual([start.x, start.y]);
    expect((east.x - start.x) / (start.y - north.y)).toBeCloseTo(1, 2);
    expect(start.y - north.y).toBeCloseTo(frame.height - 2 * frame.margin, 6);
    expect(((start.y - north.y) / gridSize) * gridKm).toBeCloseTo(11.132, 6);
  });

  it('keeps every point inside, and one point in the middle', () => {
    const { spots, gridKm } = sketch([{ latitude: 38.7, longitude: -9.1 }], frame);
    expect(spots).toEqual([{ x: 240, y: 150 }]);
    expect(gridKm).toBe(0.1);
    const apart = sketch(
      [
        { latitude: 38.7, longitude: -9.1 },
        { latitude: 38.71, longitude: -9.9 },
      ],
      frame,
    );
    for (const { x, y } of apart.spots) {
      expect(x).toBeGreaterThanOrEqual(frame.margin - 1e-6);
      expect(x).toBeLessThanOrEqual(frame.width - frame.margin + 1e-6);
      expect(Math.abs(y - 150)).toBeLessThan(150 - frame.margin);
    }
  });
});

describe('the problem of a null', () => {
  const error = new CombinedError({
    graphQLErrors: [
      { message: 'one', path: ['rides', 'nodes', 1, 'fare'], extensions: { code: 'A', service: 'tariffs' } },
      { message: 'two', path: ['rides', 'nodes', 2, 'driver', 'name'], extensions: { code: 'B' } },
      { message: 'one', path: ['rides', 'nodes', 3, 'fare'], extensions: { code: 'A', service: 'tariffs' } },
    ],
  });

  it('is the error of the field itself, or of one below or above it', () => {
    expect(problemAt(error, ['rides', 'nodes', 1, 'fare'])).toEqual({
      message: 'one',
      code: 'A',
      service: 'tariffs',
    });
    expect(problemAt(error, ['rides', 'nodes', 2, 'driver'])?.code).toBe('B');
    expect(problemAt(error, ['rides', 'nodes', 1, 'fare', 'total'])?.code).toBe('A');
  });

  it('is none where the error is of another field, of another row, or where there is no error', () => {
    expect(problemAt(error, ['rides', 'nodes', 1, 'driver'])).toBeUndefined();
    expect(problemAt(error, ['rides', 'nodes', 11, 'fare'])).toBeUndefined();
    expect(problemAt(undefined, ['rides'])).toBeUndefined();
  });

  it('is told once, however many fields have it', () => {
    expect(problemsOf(error).map(({ code }) => code)).toEqual(['A', 'B']);
    expect(problemsOf(new CombinedError({ networkError: new Error('secret address') }))).toEqual([
      { message: 'The server cannot be reached.', code: 'NETWORK_ERROR' },
    ]);
  });
});

describe('what is shown', () => {
  it('has every digit of an amount', () => {
    expect(money('9007199254740993.07', 'EUR')).toBe('€9,007,199,254,740,993.07');
  });

  it('has every day of a range, over the end of a month, and none of a range turned round', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(daysBetween('2024-03-01', '2024-02-28')).toEqual([]);
    expect(daysBetween('', '2024-02-28')).toEqual([]);
    expect(['2024-02-29', '2024-12-01'].map(shortDay)).toEqual(['29 Feb', '1 Dec']);
  });
});
