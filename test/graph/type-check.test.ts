import { describe, expect, it } from 'vitest';
import { coordinateAt, placeOfEntry } from '../../src/graph/entry-places.ts';
import { readDiagnostics } from '../../src/graph/type-check.ts';

const text = `import { bind } from 'tributary';

const driver = 1;

export const Ride: Fields<'Ride'> = {
  driver: bind(fleet.driver, {
    id: parent('driverId'),
  }),
  async isLate({ driver }) {
    return driver;
  },
  short,
};

export const City: Fields<'City'> = { weather: bind(weather.current, {}) };
`;

describe('places in resolver files', () => {
  it('are the line of the entry, or of the export, or the file', () => {
    expect(placeOfEntry('r.ts', text, 'Ride', 'driver')).toBe('r.ts:6');
    expect(placeOfEntry('r.ts', text, 'Ride', 'isLate')).toBe('r.ts:9');
    expect(placeOfEntry('r.ts', text, 'Ride', 'short')).toBe('r.ts:12');
    expect(placeOfEntry('r.ts', text, 'City', 'weather')).toBe('r.ts:15');
    expect(placeOfEntry('r.ts', text, 'Ride', 'elsewhere')).toBe('r.ts:5');
    expect(placeOfEntry('r.ts', text, 'Nothing', 'x')).toBe('r.ts');
  });

  it('give a line its coordinate', () => {
    expect([3, 5, 6, 7, 10, 12].map((line) => coordinateAt(text, line))).toEqual([
      undefined,
      'Ride',
      'Ride.driver',
      'Ride.driver',
      'Ride.isLate',
      'Ride.short',
    ]);
  });
});

describe('what the compiler prints', () => {
  it.each([
    ["'tributary' or its", 'Install it: `npm install tributary`.'],
    ["'../datasources/x.ts' or its", 'Mend the path, or write the file.'],
  ])('of a module that is missing, %s, says what to do', (module, mend) => {
    const line = `resolvers/ride.ts(1,1): error TS2307: Cannot find module ${module} corresponding type declarations.`;
    expect(readDiagnostics(line, () => text)).toMatchObject([{ mend }]);
  });

  it('becomes problems of the project, without those of other files', () => {
    const output = [
      "resolvers/ride.ts(7,5): error TS2322: Type 'A' is not assignable to type 'B'.",
      "  Type 'null' is not assignable to type 'string'.",
      '../engine/src/x.ts(1,1): error TS1005: `;` expected.',
      "error TS5023: Unknown compiler option 'strickt'.",
    ].join('\n');
    expect(readDiagnostics(output, () => text)).toEqual([
      {
        place: 'resolvers/ride.ts:7:5',
        subject: 'Ride.driver',
        message: "Type 'A' is not assignable to type 'B' (TS2322).",
        mend: 'Make the types fit.',
      },
      {
        place: 'tsconfig.json',
        message: "Unknown compiler option 'strickt' (TS5023).",
        mend: 'Mend the compiler settings.',
      },
    ]);
  });
});
