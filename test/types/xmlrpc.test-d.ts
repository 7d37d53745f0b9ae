import { env } from '../../src/config/setting.ts';
import { array, fixed, int, optional, string, struct } from '../../src/formats/xmlrpc/types.ts';
import type { OperationSpec } from '../../src/operations/operation.ts';
import { method, procedure } from '../../src/transports/xmlrpc/builders.ts';
import { xmlrpc } from '../../src/transports/xmlrpc/xmlrpc.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

// Parameters name inputs that exist, typed or not.
const get = method<{ id: string; limit?: number }, string>('get', {
  params: [fixed('v2'), 'id', optional(int('limit'))],
  result: struct({ id: string() }),
});
same<typeof get, OperationSpec<{ id: string; limit?: number }, string>>(true);
// @ts-expect-error `ids` is no input
method<{ id: string }, string>('get', { params: ['ids'] });
// @ts-expect-error `ids` is no input
method<{ id: string }, string>('get', { params: [array('ids', int())] });
// @ts-expect-error a parameter that is no struct needs a name
const nameless: string = int().name;
void nameless;

// A fault may mean null only where the output may be null.
method<{ id: string }, string | null>('get', { params: ['id'], onFault: { 404: null } });
// @ts-expect-error the output is never null
method<{ id: string }, string>('get', { params: ['id'], onFault: { 404: null } });
// @ts-expect-error there is no such code
method<{ id: string }, string>('get', { params: ['id'], onFault: { 404: 'GONE' } });

// A write is neither kept nor batched.
procedure<{ id: string }, boolean>('set', { params: ['id'], timeoutMs: 100 });
// @ts-expect-error a write is not kept
procedure<{ id: string }, boolean>('set', { params: ['id'], scope: 'public', cache: { ttlMs: 1 } });
// @ts-expect-error a write does not travel in a multicall
procedure<{ id: string }, boolean>('set', { params: ['id'], batch: true });

xmlrpc('shop', { url: env('SHOP_URL'), auth: { token: env('TOKEN') }, operations: { get } });
// @ts-expect-error a password is missing
xmlrpc('shop', { url: 'http://shop', auth: { username: 'a' }, operations: { get } });
// @ts-expect-error there is no such way
xmlrpc('shop', { url: 'http://shop', multicall: 'sometimes', operations: { get } });
