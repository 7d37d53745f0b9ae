import { type ReactNode, useState } from 'react';
import { cityTime, isApproaching, money, words } from './format.ts';
import { graphql } from './generated/gql.ts';
import type { RideQuery } from './generated/graphql.ts';
import { useLive } from './live.ts';
import { LiveBar } from './live-bar.tsx';
import { Loading, Part, Problems } from './part.tsx';
import { type Path, type Problem, problemAt, problemsOf } from './problems.ts';
import { RouteSketch } from './route-sketch.tsx';

const rideQuery = graphql(`
  query Ride($id: ID!) {
    ride(id: $id) {
      id
      status
      product
      requestedAt
      distanceKm
      minutesAway
      isLate
      pickup { latitude longitude address }
      dropoff { latitude longitude address }
      city { name timeZone }
      driver {
        name
        rating
        vehicle { make model plate colour }
        position { latitude longitude heading speedKmh }
      }
      fare { total currency perKm { amount currency } surcharge { amount currency } }
      weather { summary temperatureCelsius windKmh }
      payment {
        status
        authorised { amount currency }
        captured { amount currency }
        refunded { amount currency }
      }
    }
  }
`);

const everyMs = 5_000;

export function RidePage({ id }: { readonly id: string }) {
  const [paused, setPaused] = useState(false);
  const live = useLive(rideQuery, { id }, { everyMs, paused });
  const ride = live.data?.ride;
  return (
    <section aria-labelledby="ride-title">
      <title>{id}</title>
      <div className="title">
        <h2 id="ride-title">{id}</h2>
        {ride && <span className={`status ${ride.status.toLowerCase()}`}>{words(ride.status)}</span>}
        <a href="#/">Back to the board</a>
      </div>
      <LiveBar live={live} paused={paused} onPause={setPaused} />
      <Problems problems={problemsOf(live.error)} />
      {live.data === undefined && live.fetching && <Loading what="the ride" />}
      {ride === null && problemAt(live.error, ['ride']) === undefined && <p>There is no such ride.</p>}
      {ride && <Ride ride={ride} problem={(...path) => problemAt(live.error, ['ride', ...path])} />}
    </section>
  );
}

interface RideProps {
  readonly ride: NonNullable<RideQuery['ride']>;
  readonly problem: (...path: Path) => Problem | undefined;
}

function Ride({ ride, problem }: RideProps) {
  return (
    <div className="ride">
      <figure>
        <RouteSketch
          pickup={ride.pickup}
          dropoff={ride.dropoff}
          driver={ride.driver?.position ?? undefined}
          approaching={isApproaching(ride.status)}
        />
        <figcaption>
          <Fact name="A, from">{ride.pickup.address}</Fact>
          <Fact name="B, to">{ride.dropoff.address}</Fact>
          <Fact name="▲ driver">
            <Part value={ride.driver?.position} problem={problem('driver', 'position')} none="no position">
              {({ speedKmh }) => `at ${speedKmh} km/h`}
            </Part>
          </Fact>
        </figcaption>
      </figure>
      <div className="cards">
        <Card title="Trip">
          <Fact name="Requested">
            {cityTime(ride.requestedAt, ride.city?.timeZone)}
            {ride.city && `, ${ride.city.name}`}
          </Fact>
          <Fact name="Product">{words(ride.product)}</Fact>
          <Fact name="Distance">{`${ride.distanceKm} km`}</Fact>
        </Card>
        <Card title="Driver">
          <Part value={ride.driver} problem={problem('driver')} none="None has been found yet.">
            {(driver) => (
              <>
                <Fact name="Name">{driver.name}</Fact>
                <Fact name="Rating">{`★ ${driver.rating}`}</Fact>
                <Fact name="Vehicle">
                  <Part value={driver.vehicle} problem={problem('driver', 'vehicle')}>
                    {({ make, model, plate, colour }) =>
                      [colour, make, model, plate].filter((each) => each !== null).join(' ')
                    }
                  </Part>
                </Fact>
                {isApproaching(ride.status) && (
                  <Fact name="Away">
                    <Part value={ride.minutesAway} problem={problem('minutesAway')}>
                      {(minutes) => `${minutes} min${ride.isLate === true ? ', late' : ''}`}
                    </Part>
                  </Fact>
                )}
              </>
            )}
          </Part>
        </Card>
        <Card title="Fare">
          <Part value={ride.fare} problem={problem('fare')}>
            {({ total, currency, perKm, surcharge }) => (
              <>
                <Fact name="Total">{money(total, currency)}</Fact>
                <Fact name="Per km">{money(perKm.amount, perKm.currency)}</Fact>
                {surcharge && <Fact name="Surcharge">{money(surcharge.amount, surcharge.currency)}</Fact>}
              </>
            )}
          </Part>
        </Card>
        <Card title="Payment">
          <Part value={ride.payment} problem={problem('payment')} none="Nothing was asked for yet.">
            {({ status, authorised, captured, refunded }) => (
              <>
                <Fact name="Status">{words(status)}</Fact>
                <Fact name="Authorised">{money(authorised.amount, authorised.currency)}</Fact>
                <Fact name="Captured">{money(captured.amount, captured.currency)}</Fact>
                <Fact name="Refunded">{money(refunded.amount, refunded.currency)}</Fact>
              </>
            )}
          </Part>
        </Card>
        <Card title="Weather">
          <Part value={ride.weather} problem={problem('weather')}>
            {({ summary, temperatureCelsius, windKmh }) => (
              <>
                <Fact name="Now">{summary}</Fact>
                <Fact name="Temperature">{`${temperatureCelsius}\u00a0°C`}</Fact>
                <Fact name="Wind">{`${windKmh} km/h`}</Fact>
              </>
            )}
          </Part>
        </Card>
      </div>
    </div>
  );
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <p className="fact">
      <span>{name}</span> <span>{children}</span>
    </p>
  );
}
