import { useState } from 'react';
import { useQuery } from 'urql';
import { day, daysBetween } from './format.ts';
import { graphql } from './generated/gql.ts';
import { Loading, Problems } from './part.tsx';
import { problemsOf } from './problems.ts';
import { StatisticsCharts } from './statistics-charts.tsx';

const newestQuery = graphql(`
  query NewestRide {
    rides(first: 1) {
      nodes { requestedAt }
    }
  }
`);

const statisticsQuery = graphql(`
  query Statistics($from: Date!, $to: Date!) {
    total: rideStatistics(from: $from, to: $to) {
      nodes {
        rides
        completed
        distanceKm
        fares { amount currency }
        averageFare { amount currency }
      }
    }
    perDay: rideStatistics(from: $from, to: $to, by: [DAY], first: 366) {
      nodes { day completed cancelled }
    }
    perCity: rideStatistics(from: $from, to: $to, by: [CITY]) {
      nodes {
        city { name }
        rides
        completed
        cancelled
        fares { amount currency }
      }
    }
  }
`);

const maxDays = 366;
const dayMs = 86_400_000;

/** Statistics of the thirty days up to the newest ride, until somebody chooses others. */
export function StatisticsPage() {
  const [{ data, error, fetching }] = useQuery({ query: newestQuery });
  const newest = data?.rides?.nodes[0]?.requestedAt;
  const [chosen, setChosen] = useState<{ readonly from: string; readonly to: string }>();
  const last = Date.parse(newest ?? '') || Date.now();
  const { from, to } = chosen ?? { from: day(last - 29 * dayMs), to: day(last) };
  const days = daysBetween(from, to).length;
  return (
    <section aria-labelledby="statistics-title">
      <title>Statistics of rides</title>
      <div className="title">
        <h2 id="statistics-title">Statistics</h2>
        <div className="range">
          <label>
            From{' '}
            <input
              type="date"
              value={from}
              max={to}
              onChange={(event) => setChosen({ from: event.target.value, to })}
            />
          </label>
          <label>
            to{' '}
            <input
              type="date"
              value={to}
              min={from}
              onChange={(event) => setChosen({ from, to: event.target.value })}
            />
          </label>
        </div>
      </div>
      {fetching && <Loading what="the newest day" />}
      {/* Where the server cannot be reached, the statistics say so themselves. */}
      {!fetching && error?.networkError === undefined && <Problems problems={problemsOf(error)} />}
      {!fetching && (days === 0 || days > maxDays) && (
        <p role="alert">{`Choose from one to ${maxDays} days, the first one first.`}</p>
      )}
      {!fetching && days > 0 && days <= maxDays && <Statistics key={`${from} ${to}`} from={from} to={to} />}
    </section>
  );
}

function Statistics({ from, to }: { readonly from: string; readonly to: string }) {
  const [{ data, error, fetching }] = useQuery({ query: statisticsQuery, variables: { from, to } });
  if (fetching) return <Loading what="the statistics" />;
  return (
    <>
      <Problems problems={problemsOf(error)} />
      {data && <StatisticsCharts data={data} error={error} days={daysBetween(from, to)} />}
    </>
  );
}
