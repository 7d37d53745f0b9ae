import { constant } from '../../src/graph/binding.ts';
import { merge } from '../../src/operations/adapters/merge.ts';
import { orNull } from '../../src/operations/adapters/or-null.ts';
import { reshape } from '../../src/operations/adapters/reshape.ts';
import type { OperationSpec } from '../../src/operations/operation.ts';
import { get, post, remove } from '../../src/transports/rest/builders.ts';
import { csv, repeat } from '../../src/transports/rest/slots.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}
type InputOf<Spec> = Spec extends OperationSpec<infer I, infer _O> ? I : never;
type OutputOf<Spec> = Spec extends OperationSpec<infer _I, infer O> ? O : never;

interface Ride {
  readonly id: string;
  readonly riderId: string;
  readonly tags: readonly string[];
}

// Queries, headers and bodies name inputs that exist and that fit.
get<{ ids: readonly string[]; first?: number }, Ride[]>('/rides', {
  query: { ids: csv('ids'), id: repeat('ids'), first: 'first', expand: constant('driver') },
  headers: { 'X-First': 'first' },
});
// @ts-expect-error `frist` is no input
get<{ first?: number }, Ride[]>('/rides', { query: { first: 'frist' } });
// @ts-expect-error a list is sent by csv or repeat
get<{ ids: readonly string[] }, Ride[]>('/rides', { query: { ids: 'ids' } });
// @ts-expect-error `idz` is no input
get<{ ids: readonly string[] }, Ride[]>('/rides', { query: { ids: csv('idz') } });
// @ts-expect-error csv takes a list
get<{ id: string }, Ride[]>('/rides', { query: { id: csv('id') } });
// @ts-expect-error a header is made of one value
get<{ ids: readonly string[] }, Ride[]>('/rides', { headers: { 'X-Ids': 'ids' } });
// @ts-expect-error `ODD_CODE` is not in the table
get<{ id: string }, Ride>('/rides/{id}', { onStatus: { 418: 'ODD_CODE' } });
post<{ id: string; reason: string; idempotencyKey: string }, Ride>('/rides/{id}/cancellation', {
  idempotencyKey: true,
  body: { as: 'json', inputs: ['reason'] },
});
// @ts-expect-error there is no input `idempotencyKey`
post<{ id: string }, Ride>('/rides', { idempotencyKey: true });
// @ts-expect-error `raeson` is no input
post<{ reason: string }, Ride>('/rides', { body: { as: 'json', inputs: ['raeson'] } });
// @ts-expect-error a write is not cached
post<{ id: string }, Ride>('/rides', { scope: 'public', cache: { ttlMs: 1 } });
post<{ ids: readonly string[] }, Ride[]>('/rides/search', {
  kind: 'read',
  scope: 'public',
  cache: { ttlMs: 1 },
});
// @ts-expect-error a write is not cached
remove<{ id: string }, null>('/rides/{id}', { cache: { ttlMs: 1 } });

// merge: inputs and outputs are derived from the target.
const byIds = get<{ ids: readonly string[] }, Ride[]>('/rides', { query: { ids: csv('ids') } });
const ride = merge(byIds, {
  list: 'ids',
  key: 'id',
  match: 'id',
  max: 100,
  scope: 'public',
  cache: { ttlMs: 10 },
});
same<InputOf<typeof ride>, { readonly id: string }>(true);
same<OutputOf<typeof ride>, Ride | null>(true);
const annotated: OperationSpec<{ id: string }, Ride | null> = ride;
void annotated;
const ofRider = merge(byIds, { list: 'ids', key: 'riderId', match: 'riderId', many: true });
same<OutputOf<typeof ofRider>, Ride[]>(true);

const wrapped = get<{ ids: readonly number[]; locale?: string }, { page: { rides: Ride[] }; total: number }>(
  '/rides',
  {
    query: { ids: csv('ids') },
  },
);
const inPage = merge(wrapped, { list: 'ids', key: 'id', match: 'id', answer: 'page.rides' });
same<InputOf<typeof inPage>, { locale?: string; readonly id: number }>(true);
same<OutputOf<typeof inPage>, Ride | null>(true);
// @ts-expect-error `idz` is no input of the target
merge(byIds, { list: 'idz', key: 'id', match: 'id' });
// @ts-expect-error `locale` is no list
merge(wrapped, { list: 'locale', key: 'id', match: 'id', answer: 'page.rides' });
// @ts-expect-error `rideId` is no member of a ride
merge(byIds, { list: 'ids', key: 'id', match: 'rideId' });
// @ts-expect-error there is no list at `page.ridez`
merge(wrapped, { list: 'ids', key: 'id', match: 'id', answer: 'page.ridez' });
// @ts-expect-error the answer itself is no list
merge(wrapped, { list: 'ids', key: 'id', match: 'id' });

interface Leg {
  readonly rideId: string;
  readonly leg: number;
  readonly metres: string;
}
const legs = post<{ keys: readonly { rideId: string; leg: number }[] }, Leg[]>('/legs/search', {
  kind: 'read',
});
const leg = merge(legs, { list: 'keys', key: ['rideId', 'leg'], match: ['rideId', 'leg'] });
same<InputOf<typeof leg>, { rideId: string; leg: number }>(true);
same<OutputOf<typeof leg>, Leg | null>(true);
// @ts-expect-error the elements have no `ridId`
merge(legs, { list: 'keys', key: ['ridId', 'leg'], match: ['rideId', 'leg'] });
// @ts-expect-error one member for each of the key
merge(legs, { list: 'keys', key: ['rideId', 'leg'], match: ['rideId'] });

interface Estimate {
  readonly reference: string;
  readonly total: string;
}
const estimates = post<
  { requests: readonly { reference: string; from: string; to: string }[] },
  { estimates: Estimate[] }
>('/estimates', { kind: 'read' });
const estimate = merge(estimates, { list: 'requests', reference: 'reference', answer: 'estimates' });
same<InputOf<typeof estimate>, { from: string; to: string }>(true);
same<OutputOf<typeof estimate>, Estimate | null>(true);
// @ts-expect-error neither side has `ref`
merge(estimates, { list: 'requests', reference: 'ref', answer: 'estimates' });

// orNull and reshape
const maybe = orNull(get<{ id: string }, Ride>('/rides/{id}'));
same<OutputOf<typeof maybe>, Ride | null>(true);
const name = reshape(maybe, (found, { id }) => found?.id ?? id);
same<OutputOf<typeof name>, string>(true);
