import { Decimal } from 'tributary';
import { hotels } from '../datasources/hotels.ts';
import type { Fields } from '../schema/types.generated.ts';

export { Decimal };

export const Query: Fields<'Query'> = {
  /** All codes are asked in one tick: one request of the bulk operation. */
  hotels: (_, { codes }, { load }) =>
    Promise.all(codes.map((hotelCode) => load(hotels.hotel, { hotelCode }))),
};

export const Mutation: Fields<'Mutation'> = {
  book: (_, { stay, roomType, guest }, { load }) =>
    load(hotels.book, { ...stay, nights: String(stay.nights), roomType, guest }),
};

export const Hotel: Fields<'Hotel'> = {
  phone: ({ phone }) => phone ?? null,
  rooms: ({ code }, { arrival, nights }, { load }) =>
    load(hotels.rooms, { hotelCode: code, arrival, nights: String(nights) }),
};

export const Room: Fields<'Room'> = {
  type: ({ roomType }) => roomType,
  amenities: ({ amenities }) => amenities ?? [],
};

export const Price: Fields<'Price'> = {
  amount: ({ value }) => value,
};

export const Booking: Fields<'Booking'> = {
  number: ({ bookingNumber }) => bookingNumber,
};
