/** A list endpoint: `GET /rides?ids=1,2` answers those rides, at once or after as many milliseconds as are said. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const takesMs = Number(process.argv[2] ?? 0);
const server = createServer((request, response) => {
  const ids = new URL(request.url as string, 'http://upstream').searchParams.get('ids') ?? '';
  const rides = ids.split(',').map((id) => ({
    id,
    status: 'ENROUTE',
    driverId: `driver-${id}`,
    riderId: `rider-${id}`,
    pickup: { latitude: 52.52, longitude: 13.405 },
    promisedMinutes: 7,
  }));
  response.setHeader('content-type', 'application/json');
  const answer = (): void => void response.end(JSON.stringify(rides));
  if (takesMs === 0) answer();
  else setTimeout(answer, takesMs);
});
server.listen(0, '127.0.0.1', () =>
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.once('SIGTERM', () => process.exit(0));
