import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../../../src/transports/soap/builders.ts';
import { soap } from '../../../src/transports/soap/soap.ts';
import { type OpenedDatasource, opened, plain } from './shop.ts';

const perlIsThere = spawnSync('perl', ['-MSOAP::Transport::HTTP', '-e', '1']).status === 0;
if (!perlIsThere && process.env.TRIBUTARY_REQUIRE_SERVICES === '1')
  throw new Error("Perl's SOAP::Lite (libsoap-lite-perl) is required here");
if (!perlIsThere)
  console.warn("skipped: a service of Perl's SOAP::Lite (libsoap-lite-perl is not installed)");

/** It knows no description: what it answers has the types that Perl's values look like. */
const SERVER = String.raw`
use strict; use warnings; use SOAP::Lite; use SOAP::Transport::HTTP;
package Shop;
sub echo { my ($class, $text) = @_; return SOAP::Data->name(text => $text) }
sub sum {
  my ($class, $numbers) = @_;
  my $sum = 0; $sum += $_ for @$numbers;
  return SOAP::Data->name(sum => { count => scalar @$numbers, sum => $sum, numbers => $numbers, missing => undef });
}
sub fail { die SOAP::Fault->faultcode('Client.Gone')->faultstring('Gone.')->faultdetail(bless { id => 7 }, 'Missing') }
package main;
my $daemon = SOAP::Transport::HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => 0)->dispatch_to('Shop');
$| = 1; print $daemon->sockport, "\n"; $daemon->handle;
`;

describe.skipIf(!perlIsThere)("Perl's SOAP::Lite as a server, rpc/encoded", () => {
  let server: ChildProcess;
  let open: OpenedDatasource;
  const bind = (url: string) =>
    soap('perl', {
      wsdl: new URL('./perl.wsdl', import.meta.url),
      url,
      // It serves one connection at a time.
      connections: 1,
      onFault: { Missing: 'NOT_FOUND' },
      operations: {
        echo: request<{ text: string }, string>('echo', { answer: 'text' }),
        sum: request<{ numbers: readonly string[] }, unknown>('sum', { answer: 'sum' }),
        fail: request<{ text: string }, string>('fail', { answer: 'text' }),
      },
    });
  let shop: ReturnType<typeof bind>;

  beforeAll(async () => {
    server = spawn('perl', ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = (await once(server.stdout!, 'data')) as [Buffer];
    shop = bind(`http://127.0.0.1:${port.toString().trim()}`);
    open = await opened(shop);
  });

  afterAll(async () => {
    await open.close();
    server.kill();
  });

  it('gives back any text that it is sent: it writes what is not ASCII as base64', async () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .map((any) => any.replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ''));
    await fc.assert(
      fc.asyncProperty(text, async (sent) => {
        expect((await open.ask(shop.echo, { text: sent })).map(plain)).toEqual([sent]);
      }),
      { numRuns: 60, examples: [['Malmö €'], ['007'], ['1e5'], ['1.10']] },
    );
  });

  it('reads our arrays, and we read its structs, whose members have no order, by the types of the description', async () => {
    const numbers = ['1', '2', '9007199254740993'];
    expect(await open.ask(shop.sum, { numbers })).toEqual([
      { count: 3, sum: '9007199254740996', numbers, missing: null },
    ]);
    expect(await open.ask(shop.sum, { numbers: [] })).toEqual([
      { count: 0, sum: '0', numbers: [], missing: null },
    ]);
  });

  it('answers faults whose detail the description does not know', async () => {
    const [error] = await open.ask(shop.fail, { text: '' });
    expect(plain(error)).toBe('NOT_FOUND');
    expect(error).toMatchObject({ shown: { fault: { code: 'Client.Gone' } } });
  });
});
