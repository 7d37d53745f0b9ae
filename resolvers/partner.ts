import { connection, type FieldContext, TributaryError } from 'tributary';
import {
  type PartnerVehicle as PartnerVehicleSource,
  partners,
  type VehicleDescription,
} from '../datasources/partners.ts';
import type { ChangeVehicleInput, Fields, RegisterVehicleInput } from '../schema/types.ts';

export const PartnerVehicle: Fields<'PartnerVehicle'> = {
  note: ({ note }) => note ?? null,
  features: ({ features }) => features as readonly Feature[],
};

type Feature = RegisterVehicleInput['features'][number];

export const PartnerVehicleConnection: Fields<'PartnerVehicleConnection'> = connection();

export async function registerVehicle(
  { note, ...vehicle }: RegisterVehicleInput,
  { load }: FieldContext,
): Promise<PartnerVehicleSource> {
  assertRanges(vehicle);
  const { partnerId, plate } = vehicle;
  try {
    return await load(partners.register, { ...vehicle, ...(note ? { note } : {}) });
  } catch (error) {
    throw (
      inWords(error, 'CONFLICT', `${partnerId} has a vehicle ${plate} already.`) ??
      inWords(error, 'NOT_FOUND', `There is no partner ${partnerId}.`) ??
      error
    );
  }
}

/**
 * The service takes vehicles whole: what is not mentioned is taken from the version that the caller knows. Asked again
 * after it was done, it answers what it did.
 */
export async function changeVehicle(
  { partnerId, plate, version, ...given }: ChangeVehicleInput,
  { load }: FieldContext,
): Promise<PartnerVehicleSource> {
  assertRanges(given);
  const present = await load(partners.vehicle, { partnerId, plate });
  if (present === null) throw new TributaryError('NOT_FOUND', `${partnerId} has no vehicle ${plate}.`);
  const { version: newest, ...vehicle } = present;
  const changed = { ...vehicle, ...changesOf(given) };
  if (newest === version + 1 && JSON.stringify(changed) === JSON.stringify(vehicle)) return present;
  if (newest !== version) throw new TributaryError('CONFLICT', stale(plate, version));
  try {
    return await load(partners.change, { ...changed, ifMatch: tagOf(version) });
  } catch (error) {
    throw inWords(error, 'CONFLICT', stale(plate, version)) ?? error;
  }
}

/** What is mentioned. A note alone may be taken away, by null. */
function changesOf({
  note,
  ...others
}: Omit<ChangeVehicleInput, 'partnerId' | 'plate' | 'version'>): Partial<VehicleDescription> {
  const mentioned = Object.entries(others).filter(([, value]) => value !== undefined && value !== null);
  return { ...Object.fromEntries(mentioned), ...(note === undefined ? {} : { note: note ?? undefined }) };
}

/** Done again, it is done: a vehicle that is gone already is what the caller wished for. */
export async function withdrawVehicle(
  { partnerId, plate, version }: { partnerId: string; plate: string; version: number },
  { load }: FieldContext,
): Promise<boolean> {
  try {
    await load(partners.withdraw, { partnerId, plate, ifMatch: tagOf(version) });
    return true;
  } catch (error) {
    throw (
      inWords(error, 'CONFLICT', stale(plate, version)) ??
      inWords(error, 'NOT_FOUND', `${partnerId} has no vehicle ${plate}.`) ??
      error
    );
  }
}

function assertRanges({ year, seats }: { year?: number | null; seats?: number | null }): void {
  for (const [name, value, least, greatest] of [
    ['year', year, 1980, 2100],
    ['seats', seats, 1, 60],
  ] as const)
    if (value != null && (value < least || value > greatest))
      throw new TributaryError(
        'BAD_USER_INPUT',
        `\`input.${name}\` must be from ${least} to ${greatest}, but is ${value}.`,
      );
}

function tagOf(version: number): string {
  return `"${version}"`;
}

function stale(plate: string, version: number): string {
  return `Version ${version} of ${plate} is not the newest one: somebody changed it. Read it again.`;
}

/** An error of this code, told in the field's own words; undefined for others. */
function inWords(error: unknown, code: TributaryError['code'], message: string): TributaryError | undefined {
  const isIt = error instanceof Error && (error as Partial<TributaryError>).code === code;
  return isIt ? new TributaryError(code, message, { cause: error }) : undefined;
}
