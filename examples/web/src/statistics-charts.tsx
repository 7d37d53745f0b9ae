import { type ReactNode, useMemo } from 'react';
import type { CombinedError } from 'urql';
import { BarChart } from './bar-chart.tsx';
import { count, money, shortDay } from './format.ts';
import type { StatisticsQuery } from './generated/graphql.ts';
import { Part } from './part.tsx';
import { problemAt } from './problems.ts';

const completedColour = '#0b7285';
const cancelledColour = '#e8590c';

interface StatisticsChartsProps {
  readonly data: StatisticsQuery;
  readonly error: CombinedError | undefined;
  /** All days that were asked for: those without rides have no group, and a bar of no height. */
  readonly days: readonly string[];
}

export function StatisticsCharts({ data, error, days }: StatisticsChartsProps) {
  const total = data.total?.nodes[0];
  return (
    <>
      {data.total?.nodes.length === 0 && (
        <p className="notice">
          There are no rides in these days. An empty warehouse is filled by <code>npm run etl</code>.
        </p>
      )}
      <div className="figures">
        <Figure name="rides">
          <Part value={total} problem={problemAt(error, ['total'])}>
            {({ rides }) => count(rides)}
          </Part>
        </Figure>
        <Figure name="completed">
          <Part value={total} problem={problemAt(error, ['total'])}>
            {({ rides, completed }) => `${Math.round((100 * completed) / rides)} %`}
          </Part>
        </Figure>
        <Figure name="fares">
          <Part value={total} problem={problemAt(error, ['total'])}>
            {({ fares }) => money(fares.amount, fares.currency)}
          </Part>
        </Figure>
        <Figure name="a ride, on average">
          <Part value={total?.averageFare} problem={problemAt(error, ['total'])}>
            {({ amount, currency }) => money(amount, currency)}
          </Part>
        </Figure>
      </div>
      <div className="charts">
        <section className="card">
          <h3>Rides per day</h3>
          <Part value={data.perDay?.nodes} problem={problemAt(error, ['perDay'])}>
            {(groups) => <PerDay groups={groups} days={days} />}
          </Part>
        </section>
        <section className="card">
          <h3>Rides per city</h3>
          <Part value={data.perCity?.nodes} problem={problemAt(error, ['perCity', 'nodes'])}>
            {(groups) => <PerCity groups={groups} />}
          </Part>
        </section>
      </div>
    </>
  );
}

type Groups<Name extends 'perDay' | 'perCity'> = NonNullable<StatisticsQuery[Name]>['nodes'];

interface PerDayProps {
  readonly groups: Groups<'perDay'>;
  readonly days: readonly string[];
}

function PerDay({ groups, days }: PerDayProps) {
  const rows = useMemo(() => {
    const found = new Map(groups.map((group) => [group.day, group]));
    return days.map((name) => ({
      name,
      completed: found.get(name)?.completed ?? 0,
      cancelled: found.get(name)?.cancelled ?? 0,
    }));
  }, [groups, days]);
  return <Rides rows={rows} of="day" />;
}

function PerCity({ groups }: { readonly groups: Groups<'perCity'> }) {
  const rows = useMemo(
    () => groups.map(({ city, ...group }) => ({ name: city?.name ?? 'unknown city', ...group })),
    [groups],
  );
  return <Rides rows={rows} of="city" across />;
}

interface RidesProps {
  readonly rows: readonly { readonly name: string; readonly completed: number; readonly cancelled: number }[];
  readonly of: 'day' | 'city';
  readonly across?: boolean;
}

/** The chart, and the same numbers as a table for those whom a picture does not serve. */
function Rides({ rows, of, across = false }: RidesProps) {
  const labels = useMemo(() => rows.map(({ name }) => (of === 'day' ? shortDay(name) : name)), [rows, of]);
  const series = useMemo(
    () => [
      { name: 'completed', colour: completedColour, values: rows.map(({ completed }) => completed) },
      { name: 'cancelled', colour: cancelledColour, values: rows.map(({ cancelled }) => cancelled) },
    ],
    [rows],
  );
  return (
    <>
      <BarChart
        summary={`Rides of each ${of}, completed and cancelled. The numbers are in the table below.`}
        labels={labels}
        series={series}
        across={across}
      />
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{of}</th>
              <th scope="col">completed</th>
              <th scope="col">cancelled</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, completed, cancelled }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="number">{count(completed)}</td>
                <td className="number">{count(cancelled)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <p className="figure">
      <strong>{children}</strong>
      <span>{name}</span>
    </p>
  );
}
