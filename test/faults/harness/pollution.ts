import { afterEach, expect } from 'vitest';

const prototypes = { Object, Array, Function, String, Number, Boolean, Map, Set, Promise, Error, Buffer };
const clean = snapshot();

/** Whoever imports this file has it checked, after each of its tests, that no prototype was polluted. */
afterEach(() => {
  expect(snapshot()).toEqual(clean);
});

function snapshot(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(prototypes).map(([name, { prototype }]) => [
      name,
      Reflect.ownKeys(prototype).map(String).join(),
    ]),
  );
}
