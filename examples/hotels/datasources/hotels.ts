import { change, env, merge, request, soap } from 'tributary';

export interface Hotel {
  readonly code: string;
  readonly name: string;
  /** Nil in the answer is null here; an element that may be absent is an optional member. */
  readonly stars: number | null;
  readonly phone?: string;
}

/** A decimal with an attribute: the text beside the attribute is `value`, with all its digits. */
export interface Price {
  readonly value: string;
  readonly currency: string;
}

export interface Room {
  readonly roomType: string;
  readonly pricePerNight: Price;
  readonly free: number;
  readonly amenities?: readonly string[];
}

interface Stay {
  readonly hotelCode: string;
  readonly arrival: string;
  readonly nights: string;
}

export interface Booking {
  /** An xsd:long: text, because a number would lose digits. */
  readonly bookingNumber: string;
  readonly total: Price;
}

/** The bulk operation: fifty codes at most, answers in any order. */
const hotelsByCode = request<{ code: readonly string[] }, { hotel: readonly Hotel[] }>('GetHotels');

/** The reservation system of a hotel chain: SOAP, by its WSDL. */
export const hotels = soap('hotels', {
  wsdl: new URL('./hotels.wsdl', import.meta.url),
  url: env('HOTELS_URL', 'http://127.0.0.1:8088'),
  security: {
    usernameToken: {
      username: env('HOTELS_USER', 'tributary'),
      password: env('HOTELS_PASSWORD', 'for-the-demo-only'),
      passwordType: 'digest',
    },
    timestamp: { ttlMs: 60_000 },
  },
  operations: {
    hotel: merge(hotelsByCode, {
      list: 'code',
      key: 'hotelCode',
      match: 'code',
      answer: 'hotel',
      max: 50,
      scope: 'public',
      cache: { ttlMs: 60_000 },
    }),
    rooms: request<Stay, readonly Room[]>('FindRooms', { answer: 'room' }),
    book: change<Stay & { roomType: string; guest: string }, Booking>('Book', {
      onFault: {
        BookingFault: {
          member: 'reason',
          means: {
            FULL: { code: 'CONFLICT', message: 'No such room is free then.', show: ['roomsLeft'] },
            UNKNOWN_HOTEL: 'NOT_FOUND',
          },
        },
      },
    }),
  },
});
