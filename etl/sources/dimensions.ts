import { hasRate } from '../exchange-rates.ts';
import { connectionPage, listPage, type Source } from '../source.ts';
import { instantOf } from '../times.ts';
import { Check, Problem } from '../validate.ts';
import { star } from '../warehouse/tables.ts';

/** What rides are told by: cities and drivers. Where they have changed, the warehouse follows. */

interface City {
  readonly id: string;
  readonly name: string | null;
  readonly country: string | null;
  readonly currency: string | null;
  readonly timeZone: string | null;
}

export const cities: Source = {
  name: 'cities',
  query: 'cities.graphql',
  variables: {},
  order: 'whole',
  pageOf: (data) => listPage(data, 'cities'),
  idOf: (record) => (record as City).id,
  table: star.cities,
  read(record) {
    const city = record as City;
    const check = new Check();
    const row = [
      city.id,
      check.text('name', city.name),
      check.text('country', city.country),
      check.take(knownCurrency(check.text('currency', city.currency))),
      check.take(knownZone(check.text('timeZone', city.timeZone))),
    ];
    return check.problems.length > 0 ? check.problems : (row as string[]);
  },
  otherwise: () => 'load',
};

function knownCurrency(currency: string | undefined): string | Problem | undefined {
  if (currency === undefined || hasRate(currency)) return currency;
  return new Problem('UNKNOWN_CURRENCY', 'The currency has no rate here.');
}

function knownZone(timeZone: string | undefined): string | Problem | undefined {
  if (timeZone === undefined) return undefined;
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone });
    return timeZone;
  } catch {
    return new Problem('BAD_TIME', 'timeZone is none of the IANA time zone database.');
  }
}

interface Driver {
  readonly id: string;
  readonly name: string | null;
  readonly joinedOn: string | null;
  readonly city: { readonly id: string } | null;
}

export const drivers: Source = {
  name: 'drivers',
  query: 'drivers.graphql',
  variables: {},
  order: 'whole',
  pageOf: (data) => connectionPage(data, 'drivers'),
  idOf: (record) => (record as Driver).id,
  table: star.drivers,
  read(record, known) {
    const driver = record as Driver;
    const check = new Check();
    const cityId = check.text('city', driver.city?.id);
    const row = [
      driver.id,
      check.text('name', driver.name),
      check.take(cityId === undefined || known.cities.has(cityId) ? cityId : unknownCity()),
      check.text('joinedOn', driver.joinedOn),
    ];
    return check.problems.length > 0 ? check.problems : (row as string[]);
  },
  otherwise: () => 'load',
};

interface Observation {
  readonly id: string;
  readonly weather: {
    readonly summary: string;
    readonly temperatureCelsius: number;
    readonly windKmh: number;
    readonly observedAt: string;
  } | null;
}

/** What the weather is now, each time somebody collects it. */
export const weather: Source = {
  name: 'weather',
  query: 'weather.graphql',
  variables: {},
  order: 'whole',
  pageOf: (data) => listPage(data, 'cities'),
  idOf: (record) => (record as Observation).id,
  table: star.weather,
  read(record, known) {
    const { id, weather: seen } = record as Observation;
    const check = new Check();
    if (!known.cities.has(id)) check.take(unknownCity());
    const summary = check.text('weather.summary', seen?.summary);
    const at = check.text('weather.observedAt', seen?.observedAt);
    const observedAt = at && check.take(instantOf('weather.observedAt', at, 'UTC', known.now));
    if (check.problems.length > 0 || seen === null) return check.problems;
    const tenths = [seen.temperatureCelsius, seen.windKmh].map((value) => Math.round(value * 10));
    return [id, observedAt as string, summary as string, ...tenths];
  },
  otherwise: () => 'load',
};

function unknownCity(): Problem {
  return new Problem('UNKNOWN_CITY', 'The city is none of ours.');
}
