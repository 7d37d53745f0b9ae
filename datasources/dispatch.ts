import { env, method, rpc, xmlrpc } from 'tributary';

export interface Position {
  readonly driverId: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly heading: number;
  readonly speedKmh: number;
  readonly updatedAt: string;
}

export interface NearbyDriver {
  readonly driverId: string;
  readonly distanceKm: number;
  readonly minutesAway: number;
}

/** Which driver, to which point. */
interface To {
  readonly driverId: string;
  readonly latitude: number;
  readonly longitude: number;
}

interface Around {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusKm: number;
  readonly limit: number;
}

/** Where drivers are and when they arrive: XML-RPC. Positions are old after a second, so nothing is kept. */
export const dispatch = xmlrpc('dispatch', {
  url: env('DISPATCH_URL', 'http://127.0.0.1:4103/RPC2'),
  timeoutMs: 2_000,
  operations: {
    position: method<{ driverId: string }, Position | null>('dispatch.position', {
      params: [rpc.string('driverId')],
      onFault: { 404: null },
      scope: 'public',
    }),
    minutesAway: method<To, number | null>('dispatch.minutesAway', {
      params: [rpc.string('driverId'), rpc.double('latitude'), rpc.double('longitude')],
      onFault: { 404: null },
      scope: 'public',
    }),
    nearbyDrivers: method<Around, readonly NearbyDriver[]>('dispatch.nearbyDrivers', {
      params: [rpc.double('latitude'), rpc.double('longitude'), rpc.double('radiusKm'), rpc.int('limit')],
      onFault: { '-32602': 'BAD_USER_INPUT' },
      scope: 'public',
    }),
  },
});
