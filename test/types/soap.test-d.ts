import { env } from '../../src/config/setting.ts';
import { merge } from '../../src/operations/adapters/merge.ts';
import type { OperationSpec } from '../../src/operations/operation.ts';
import { change, request } from '../../src/transports/soap/builders.ts';
import { soap } from '../../src/transports/soap/soap.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

interface Trip {
  readonly from: string;
  readonly reference: string;
}
interface Estimate {
  readonly total: string;
  readonly reference: string;
}

const fares = request<{ request: readonly Trip[] }, { estimate: Estimate[] }>('EstimateFares');
const fare = merge(fares, { list: 'request', reference: 'reference', answer: 'estimate' });
same<typeof fare, OperationSpec<{ readonly from: string }, Estimate | null>>(true);

// A header is made of an input that exists.
request<{ id: string; session: string }, string>('Get', { soapHeaders: { Session: 'session' } });
// @ts-expect-error `sesion` is no input
request<{ id: string; session: string }, string>('Get', { soapHeaders: { Session: 'sesion' } });

// A fault may mean null only where the output may be null.
request<{ id: string }, string | null>('Get', { onFault: { NotFound: null } });
// @ts-expect-error the output is never null
request<{ id: string }, string>('Get', { onFault: { NotFound: null } });
// @ts-expect-error there is no such code
request<{ id: string }, string>('Get', { onFault: { NotFound: 'GONE' } });

// A change is not kept.
change<{ id: string }, string>('Set', { timeoutMs: 100 });
// @ts-expect-error a change is not kept
change<{ id: string }, string>('Set', { scope: 'public', cache: { ttlMs: 1 } });

soap('tariffs', { wsdl: new URL('file:///a.wsdl'), url: env('TARIFFS_URL'), operations: { fare } });
// @ts-expect-error a description is needed
soap('tariffs', { url: env('TARIFFS_URL'), operations: { fare } });
// @ts-expect-error a password is missing
soap('tariffs', { wsdl: 'a.wsdl', auth: { username: 'a' }, operations: { fare } });
