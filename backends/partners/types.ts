/** What `partners` speaks of; on the wire it is XML. */

export interface Partner {
  /** `P01` */
  id: string;
  name: string;
  cityId: string;
}

/** What a partner says of a vehicle. */
export interface VehicleDescription {
  make: string;
  model: string;
  year: number;
  seats: number;
  dailyPrice: { amount: string; currency: string };
  features: readonly string[];
  note: string | null;
}

export interface PartnerVehicle extends VehicleDescription {
  partnerId: string;
  /** The key of a vehicle within its partner. */
  plate: string;
  /** Counts the changes, from 1. Its text in quotes is the entity tag. */
  version: number;
}

export const featureNames = ['CHILD_SEAT', 'WHEELCHAIR', 'PETS', 'BICYCLE'] as const;
