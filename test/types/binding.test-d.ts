import { argument, bind, constant, ifPresent, parent } from '../../src/graph/binding.ts';
import type { Field } from '../../src/graph/fields.ts';
import type { Operation } from '../../src/operations/operation.ts';

interface Driver {
  readonly id: string;
  readonly name: string;
}

interface Ride {
  readonly id: string;
  readonly driverId: string | null;
  readonly ownerId: string;
  readonly pickup: { readonly latitude: number };
  readonly drop: { readonly latitude: number } | null;
}

declare const fleet: {
  readonly driver: Operation<{ id: string }, Driver | null>;
  readonly must: Operation<{ id: string }, Driver>;
  readonly opt: Operation<{ id: string; limit?: number }, Driver>;
  readonly lat: Operation<{ lat: number }, Driver>;
  readonly none: Operation<Record<never, never>, Driver>;
};

type Nullable<Arguments = Record<never, never>> = Field<Driver | null, Ride, Arguments>;
type NonNull<Arguments = Record<never, never>> = Field<Driver, Ride, Arguments>;

// What fits.
export const ok: Nullable = bind(fleet.driver, { id: parent('ownerId') });
export const ok2: Nullable = bind(fleet.driver, { id: ifPresent(parent('driverId')) });
export const ok3: NonNull = bind(fleet.must, { id: parent('ownerId') });
export const ok4: NonNull<{ first?: number | null }> = bind(fleet.opt, {
  id: parent('ownerId'),
  limit: argument('first'),
});
export const ok5: NonNull = bind(fleet.lat, { lat: parent('pickup.latitude') });
export const ok6: Nullable = bind(fleet.lat, { lat: ifPresent(parent('drop.latitude')) });
export const ok7: Nullable = bind(fleet.opt, { id: parent('ownerId'), limit: constant(3) });
export const ok8: Nullable = bind(fleet.none, {});
export const ok9: Nullable = (ride, _, { load }) =>
  ride.driverId ? load(fleet.must, { id: ride.driverId }) : null;

// What does not.
// @ts-expect-error
export const bad1: Nullable = bind(fleet.driver, { id: parent('driverId') });
// @ts-expect-error
export const bad2: NonNull = bind(fleet.driver, { id: parent('ownerId') });
// @ts-expect-error
export const bad3: Nullable = bind(fleet.driver, { id: parent('ownerID') });
// @ts-expect-error
export const bad4: Nullable = bind(fleet.drver, { id: parent('ownerId') });
// @ts-expect-error
export const bad5: Nullable = bind(fleet.driver, {});
// @ts-expect-error
export const bad6: Nullable = bind(fleet.driver, { id: parent('ownerId'), x: parent('ownerId') });
// @ts-expect-error
export const bad7: Nullable = bind(fleet.driver, { id: argument('idd') });
// @ts-expect-error
export const bad8: NonNull = bind(fleet.must, { id: ifPresent(parent('driverId')) });
// @ts-expect-error
export const bad9: Nullable = bind(fleet.lat, { lat: parent('ownerId') });
// @ts-expect-error
export const bad10: Nullable = bind(fleet.lat, { lat: parent('drop.latitude') });
// @ts-expect-error
export const bad11: Nullable = bind(fleet.opt, { id: parent('ownerId'), limit: constant('x') });
// @ts-expect-error
export const bad12: Nullable<{ n: string | null }> = bind(fleet.driver, { id: argument('n') });
// @ts-expect-error
export const bad13: Nullable = bind(fleet.opt, { id: parent('ownerId'), limit: parent('nope') });
declare const t: {
  fare: Operation<{ from: { latitude: number; longitude?: number }; product: string | undefined }, Driver>;
};
export const ok10: NonNull = bind(t.fare, {
  from: { latitude: parent('pickup.latitude'), longitude: constant(2) },
  product: parent('ownerId'),
});
export const ok11: Nullable = bind(t.fare, {
  from: { latitude: ifPresent(parent('drop.latitude')), longitude: constant(2) },
  product: parent('ownerId'),
});
// @ts-expect-error
export const bad14: NonNull = bind(t.fare, {
  from: { latitude: parent('pickup.latitud') },
  product: parent('ownerId'),
});
// @ts-expect-error
export const bad15: NonNull = bind(t.fare, { from: {}, product: parent('ownerId') });
export const bad16: NonNull = bind(t.fare, {
  // @ts-expect-error
  from: { latitude: parent('pickup.latitude'), x: constant(1) },
  product: parent('ownerId'),
});
// @ts-expect-error
export const bad17: NonNull = bind(t.fare, {
  from: { latitude: ifPresent(parent('drop.latitude')), longitude: constant(2) },
  product: parent('ownerId'),
});
