import { useState } from 'react';
import { cityTime, isApproaching, money, words } from './format.ts';
import { graphql } from './generated/gql.ts';
import type { BoardQuery, RideStatus } from './generated/graphql.ts';
import { useLive } from './live.ts';
import { LiveBar } from './live-bar.tsx';
import { Loading, Part, Problems } from './part.tsx';
import { rideAddress } from './place.ts';
import { type Problem, problemAt, problemsOf } from './problems.ts';

const boardQuery = graphql(`
  query Board($first: Int!, $status: RideStatus) {
    rides(first: $first, status: $status) {
      nodes {
        id
        status
        product
        requestedAt
        minutesAway
        city { name timeZone }
        driver { name rating vehicle { make model plate } }
        fare { total currency }
        weather { summary temperatureCelsius }
        payment { status }
      }
    }
  }
`);

const statuses: readonly RideStatus[] = [
  'REQUESTED',
  'ASSIGNED',
  'ARRIVING',
  'IN_PROGRESS',
  'COMPLETED',
  'CANCELLED',
];

const first = 25;
const everyMs = 5_000;

export function Board() {
  const [status, setStatus] = useState<RideStatus>();
  const [paused, setPaused] = useState(false);
  return (
    <section aria-labelledby="board-title">
      <title>Rides</title>
      <div className="title">
        <h2 id="board-title">Newest rides</h2>
        <label>
          Status{' '}
          <select
            value={status ?? ''}
            onChange={(event) => setStatus(statuses.find((each) => each === event.target.value))}
          >
            <option value="">all</option>
            {statuses.map((each) => (
              <option key={each} value={each}>
                {words(each)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Rides key={status ?? ''} status={status} paused={paused} onPause={setPaused} />
    </section>
  );
}

interface RidesProps {
  readonly status: RideStatus | undefined;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
}

function Rides({ status, paused, onPause }: RidesProps) {
  const live = useLive(boardQuery, { first, status: status ?? null }, { everyMs, paused });
  const rides = live.data?.rides?.nodes;
  return (
    <>
      <LiveBar live={live} paused={paused} onPause={onPause} />
      <Problems problems={problemsOf(live.error)} />
      {rides === undefined && live.fetching && <Loading what="the board" />}
      {rides?.length === 0 && <p>There are no such rides.</p>}
      {rides !== undefined && rides.length > 0 && (
        <table className="board">
          <thead>
            <tr>
              {['Ride', 'Status', 'Requested', 'Driver', 'Away', 'Fare', 'Weather', 'Payment'].map((name) => (
                <th
                  key={name}
                  scope="col"
                  className={name === 'Away' || name === 'Fare' ? 'number' : undefined}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rides.map((ride, index) => (
              <Row
                key={ride.id}
                ride={ride}
                problem={(field) => problemAt(live.error, ['rides', 'nodes', index, field])}
              />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

type BoardRide = NonNullable<BoardQuery['rides']>['nodes'][number];

interface RowProps {
  readonly ride: BoardRide;
  readonly problem: (field: keyof BoardRide) => Problem | undefined;
}

function Row({ ride, problem }: RowProps) {
  return (
    <tr>
      <th scope="row">
        <a href={rideAddress(ride.id)}>{ride.id}</a>
        <small>{words(ride.product)}</small>
      </th>
      <td data-name="Status">
        <span className={`status ${ride.status.toLowerCase()}`}>{words(ride.status)}</span>
      </td>
      <td data-name="Requested">
        <time dateTime={ride.requestedAt}>{cityTime(ride.requestedAt, ride.city?.timeZone)}</time>
        <small>
          <Part value={ride.city} problem={problem('city')}>
            {(city) => city.name}
          </Part>
        </small>
      </td>
      <td data-name="Driver">
        <Part value={ride.driver} problem={problem('driver')}>
          {({ name, rating, vehicle }) => (
            <>
              <span>
                {name} <span title="mean of the riders' stars">★ {rating}</span>
              </span>
              {vehicle && (
                <small>
                  {vehicle.make} {vehicle.model}, {vehicle.plate}
                </small>
              )}
            </>
          )}
        </Part>
      </td>
      <td data-name="Away" className="number">
        <Part value={isApproaching(ride.status) ? ride.minutesAway : null} problem={problem('minutesAway')}>
          {(minutes) => `${minutes} min`}
        </Part>
      </td>
      <td data-name="Fare" className="number">
        <Part value={ride.fare} problem={problem('fare')}>
          {({ total, currency }) => money(total, currency)}
        </Part>
      </td>
      <td data-name="Weather">
        <Part value={ride.weather} problem={problem('weather')}>
          {({ summary, temperatureCelsius }) => `${summary}, ${temperatureCelsius}\u00a0°C`}
        </Part>
      </td>
      <td data-name="Payment">
        <Part value={ride.payment} problem={problem('payment')}>
          {(payment) => words(payment.status)}
        </Part>
      </td>
    </tr>
  );
}
