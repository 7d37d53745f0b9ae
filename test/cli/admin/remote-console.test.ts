import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { badInput } from '../../../src/access/inputs.ts';
import type { Caller } from '../../../src/caller.ts';
import { openRemoteConsole } from '../../../src/cli/admin/remote-console.ts';
import { AdminFile, adminRoute } from '../../../src/http/admin/route.ts';
import { openTestServer, type TestServer } from '../../http/test-graph.ts';

const admin: Caller = {
  id: 'admin',
  audience: 'INTERNAL',
  tenant: undefined,
  isAuthenticated: true,
  scopes: new Set(['admin:write']),
};
const routes = [
  adminRoute({
    name: 'changeThing',
    method: 'PATCH',
    path: '/things/{thing}',
    summary: 'Changes a thing.',
    parameters: z.strictObject({ thing: z.string().max(400) }),
    query: z.strictObject({ how: z.string() }),
    body: z.strictObject({ name: z.string() }),
    answer: 'The thing.',
    async handle({ parameters, query, body }) {
      if (body.name === 'wrong') throw badInput('A thing has another name.');
      return { ...parameters, ...query, ...body };
    },
  }),
  adminRoute({
    name: 'exportThings',
    method: 'GET',
    path: '/things.csv',
    summary: 'Gives the things as a file.',
    answer: 'A file.',
    handle: async () => new AdminFile('text/csv; charset=utf-8', 'things.csv', 'a,b\n'),
  }),
];

describe('a console on the API of a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    const callerOf = ({ headers }: { headers: NodeJS.Dict<string | string[]> }): Caller =>
      headers['x-api-key'] === 'good' ? admin : { id: 'anonymous', audience: 'OPEN', tenant: undefined };
    server = await openTestServer({}, { adminRoutes: routes, callerOf });
  });
  afterAll(() => server.close());

  const open = (url = server.adminUrl, key: string | undefined = 'good') => openRemoteConsole(url, key);

  it('asks the routes by their names, with every part in its place', async () => {
    const console = await open();
    const thing = `field:${'a'.repeat(150)}/?&.b`;
    const asked = { parameters: { thing }, query: { how: 'a b&c' }, body: { name: 'ä' } };
    expect(await console.call('changeThing', asked)).toEqual({ thing, how: 'a b&c', name: 'ä' });
    expect(await console.call('exportThings')).toBe('a,b\n');
    await expect(console.call('unheard')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('fails with what the server says', async () => {
    const console = await open();
    const asked = { parameters: { thing: 't' }, query: { how: 'x' }, body: { name: 'wrong' } };
    await expect(console.call('changeThing', asked)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'A thing has another name.',
    });
    await expect(open(server.adminUrl, 'bad')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('says what is wrong with its address, or that a key is missing', async () => {
    await expect(openRemoteConsole(server.adminUrl, undefined)).rejects.toThrow('TRIBUTARY_ADMIN_KEY');
    for (const url of ['127.0.0.1:4001', 'nowhere', 'ftp://127.0.0.1'])
      await expect(open(url)).rejects.toThrow('an address such as http://127.0.0.1:4001');
    await expect(open(server.url)).rejects.toThrow('on the listener for operators (ADMIN_PORT)');
    await expect(open('http://127.0.0.1:1')).rejects.toThrow('cannot be reached');
  });
});
