import { column, columns, env, expression, input, list, type Page, sql } from 'tributary';

/** What the statistics may be grouped by. */
export type Grouping = 'DAY' | 'MONTH' | 'COUNTRY' | 'CITY' | 'PRODUCT' | 'DRIVER';

/** The place of a group in the order of all groups: `''` (days: 0) where it is not grouped by that. */
export interface GroupKey {
  /** 20250630 */
  readonly dateKey: number;
  /** `2025-06` */
  readonly monthKey: string;
  readonly countryKey: string;
  readonly cityKey: string;
  readonly productKey: string;
  readonly driverKey: string;
}

/** One group: whole numbers over its rides, and what it is grouped by. */
export interface StatisticsGroup extends GroupKey {
  readonly month: string | null;
  readonly country: string | null;
  readonly cityId: string | null;
  readonly product: 'ECONOMY' | 'COMFORT' | 'XL' | null;
  /** Null also for the rides without a driver. */
  readonly driverId: string | null;
  readonly rides: number;
  readonly completed: number;
  readonly distanceMetres: string;
  readonly fareCents: string;
}

export type StatisticsPage = Page<StatisticsGroup>;

interface StatisticsInput {
  /** The first and the last day, as 20250630. */
  readonly from: number;
  readonly to: number;
  readonly cityId?: string | null;
  readonly byDay: boolean;
  readonly byMonth: boolean;
  readonly byCountry: boolean;
  readonly byCity: boolean;
  readonly byProduct: boolean;
  readonly byDriver: boolean;
  /** Only groups behind this one. */
  readonly afterDate: number;
  readonly afterMonth: string;
  readonly afterCountry: string;
  readonly afterCity: string;
  readonly afterProduct: string;
  readonly afterDriver: string;
  readonly first: number;
}

const group = columns({
  dateKey: column.int('date_key'),
  monthKey: 'month',
  countryKey: 'country',
  cityKey: 'city_id',
  productKey: 'product_id',
  driverKey: 'driver_id',
  month: expression("NULLIF(month, '')"),
  country: expression("NULLIF(country, '')"),
  cityId: expression("NULLIF(city_id, '')"),
  product: expression("NULLIF(product_id, '')"),
  driverId: expression("NULLIF(NULLIF(driver_id, ''), 'NONE')"),
  rides: column.int(expression('COUNT(*)')),
  completed: column.int(expression('SUM(completed)')),
  distanceMetres: column.bigint(expression('SUM(distance_metres)')),
  fareCents: column.bigint(expression('SUM(fare_eur_cents)')),
});

/**
 * The star schema that `npm run etl` fills: SQLite by default, PostgreSQL or MariaDB by URL. Sums are of whole metres and
 * cents, so they are exact in every database. What is not grouped by is one constant, so that one statement serves every
 * grouping; pages go on behind the last group's key.
 */
export const warehouse = sql('warehouse', {
  url: env('WAREHOUSE_DATABASE_URL', 'sqlite:.data/warehouse.db'),
  timeoutMs: 5_000,
  operations: {
    statistics: list<StatisticsInput, StatisticsGroup>({ scope: 'public', cache: { ttlMs: 10_000 } })`
      SELECT ${group} FROM (
        SELECT
          CASE WHEN ${input('byDay', 'boolean')} THEN facts.date_key ELSE 0 END AS date_key,
          CASE WHEN ${input('byMonth', 'boolean')} THEN dates.month ELSE '' END AS month,
          CASE WHEN ${input('byCountry', 'boolean')} THEN cities.country ELSE '' END AS country,
          CASE WHEN ${input('byCity', 'boolean')} THEN facts.city_id ELSE '' END AS city_id,
          CASE WHEN ${input('byProduct', 'boolean')} THEN facts.product_id ELSE '' END AS product_id,
          CASE WHEN ${input('byDriver', 'boolean')} THEN facts.driver_id ELSE '' END AS driver_id,
          completed, distance_metres, fare_eur_cents
        FROM fact_rides facts
          JOIN dim_date dates ON dates.date_key = facts.date_key
          JOIN dim_city cities ON cities.city_id = facts.city_id
        WHERE facts.date_key BETWEEN ${input('from', 'int')} AND ${input('to', 'int')}
          AND (${input('cityId', 'text')} IS NULL OR facts.city_id = ${input('cityId', 'text')})
      ) chosen
      WHERE (date_key, month, country, city_id, product_id, driver_id) >
        (${input('afterDate', 'int')}, ${input('afterMonth', 'text')}, ${input('afterCountry', 'text')},
         ${input('afterCity', 'text')}, ${input('afterProduct', 'text')}, ${input('afterDriver', 'text')})
      GROUP BY date_key, month, country, city_id, product_id, driver_id
      ORDER BY date_key, month, country, city_id, product_id, driver_id
      LIMIT ${input('first', 'int')}`,
  },
});
