import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from 'soap';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as engineModule from '../../src/authoring.ts';
import { checkProject } from '../../src/graph/check.ts';
import { type ExampleGraph, example, generatedTypes, serveExample } from './graph.ts';

interface UsernameToken {
  readonly Username: string;
  readonly Password: { readonly $value: string };
  readonly Nonce: { readonly $value: string };
  readonly Created: string;
}

const hotels = [
  { code: 'BER7', name: 'Sieben', stars: 3, phone: '030 007' },
  { code: 'LIS1', name: 'Bica & Rio', stars: 4 },
];

const price = (value: string) => ({ attributes: { currency: 'EUR' }, $value: value });

/** The service, by the npm package `soap`; it lets nobody in but who knows the password. */
function hotelService(asked: string[]) {
  return {
    Hotels: {
      HotelsSoap: {
        GetHotels: ({ code }: { code: string | string[] }) => {
          asked.push('GetHotels');
          return { hotel: hotels.filter((hotel) => [code].flat().includes(hotel.code)) };
        },
        FindRooms: ({ hotelCode }: { hotelCode: string }) => {
          asked.push('FindRooms');
          return {
            room: [
              {
                roomType: `${hotelCode}-DBL`,
                pricePerNight: price('120.50'),
                free: 2,
                amenities: 'wifi 24h',
              },
            ],
          };
        },
        Book: ({ roomType }: { roomType: string }) => {
          asked.push('Book');
          if (roomType !== 'FULL') return { bookingNumber: '9007199254740993', total: price('241.00') };
          const detail = {
            BookingFault: { attributes: { xmlns: 'urn:example:hotels:v2' }, reason: 'FULL', roomsLeft: 0 },
          };
          throw { Fault: { faultcode: 'soap:Client', faultstring: 'secret text', detail } };
        },
      },
    },
  };
}

describe('the example hotels', () => {
  let server: Server;
  let graph: ExampleGraph;
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const wsdl = readFileSync(`${example('hotels')}/datasources/hotels.wsdl`, 'utf8');
    const listener = listen(server, '/hotels', hotelService(asked), wsdl);
    listener.authenticate = ({ UsernameToken: token }: { UsernameToken: UsernameToken }) => {
      const digest = createHash('sha1')
        .update(Buffer.from(token.Nonce.$value, 'base64'))
        .update(token.Created)
        .update('s3cret');
      return token.Username === 'anna' && token.Password.$value === digest.digest('base64');
    };
    graph = await serveExample('hotels', {
      HOTELS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      HOTELS_USER: 'anna',
      HOTELS_PASSWORD: 's3cret',
    });
  });
  afterAll(async () => {
    await graph.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('has no problems', async () => {
    const { problems } = await checkProject(example('hotels'), { engineModule, variables: {} });
    expect(problems).toEqual([]);
  });

  it('has types that are those of its contract', async () => {
    const { made, committed } = await generatedTypes('hotels');
    expect(made).toBe(committed);
  });

  it('asks for hotels in one request, and for the rooms of each', async () => {
    const rooms =
      'rooms(arrival: "2026-07-01", nights: 2) { type free amenities pricePerNight { amount currency } }';
    const answer = await graph.ask(
      `{ hotels(codes: ["LIS1", "XXX0", "BER7"]) { code name stars phone ${rooms} } }`,
    );
    const room = (code: string) => ({
      type: `${code}-DBL`,
      free: 2,
      amenities: ['wifi', '24h'],
      pricePerNight: { amount: '120.50', currency: 'EUR' },
    });
    expect(answer).toEqual({
      data: {
        hotels: [
          { code: 'LIS1', name: 'Bica & Rio', stars: 4, phone: null, rooms: [room('LIS1')] },
          null,
          { code: 'BER7', name: 'Sieben', stars: 3, phone: '030 007', rooms: [room('BER7')] },
        ],
      },
    });
    expect(asked.sort()).toEqual(['FindRooms', 'FindRooms', 'GetHotels']);
  });

  it('books, and says why it cannot without the words of the service', async () => {
    const book = (roomType: string) =>
      graph.ask(
        `mutation Book($roomType: String!) { book(stay: { hotelCode: "LIS1", arrival: "2026-07-01", nights: 2 }, roomType: $roomType, guest: "Ada") { number total { amount } } }`,
        { roomType },
      );
    expect(await book('DBL')).toEqual({
      data: { book: { number: '9007199254740993', total: { amount: '241.00' } } },
    });
    const full = await book('FULL');
    expect(full.errors?.[0]).toMatchObject({
      message: 'No such room is free then.',
      extensions: { code: 'CONFLICT', fault: { code: 'Client', detail: { roomsLeft: 0 } } },
    });
    expect(JSON.stringify(full)).not.toContain('secret text');
  });

  it('refuses what the schema of the service forbids, before it is sent', async () => {
    const before = asked.length;
    const { errors } = await graph.ask(
      '{ hotels(codes: ["LIS1"]) { rooms(arrival: "2026-07-01", nights: 0) { type } } }',
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(asked.length).toBe(before);
  });
});
