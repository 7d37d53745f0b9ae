import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../access/actor.ts';
import type { AuditNotes } from '../../access/audit/audit-notes.ts';
import type { SwitchBoard } from '../../access/switches/switch-board.ts';
import type { Caller } from '../../caller.ts';
import { codeOf, errorTable, TributaryError } from '../../errors.ts';
import type { Callers } from '../callers.ts';
import { requestIdOf } from '../request-headers.ts';

export interface AdminActors {
  readonly callers: Callers;
  /** Whose key or app is switched off administers nothing either. @default nobody's is */
  readonly switches?: Pick<SwitchBoard, 'refusesCredentials'> | undefined;
  /** Told of whoever is refused. @default nobody is */
  readonly notes?: Pick<AuditNotes, 'note'> | undefined;
}

/** What is asked for: the name of the route, and the scope that it takes. */
export interface AdminAsk {
  readonly name: string;
  readonly scope: string;
}

/**
 * Who asks. Whoever may not is told nothing but that, and the audit log is told of them: `admin.login` where nobody knows who it
 * was, `admin.denied` where somebody is known and may not.
 *
 * @throws TributaryError, as a rejection: `CSRF_BLOCKED`, `UNAUTHENTICATED`, `FORBIDDEN`, and those of callers and switches
 */
export async function actorOf(
  { raw, headers }: FastifyRequest,
  { callers, switches, notes }: AdminActors,
  { name, scope }: AdminAsk,
): Promise<Actor> {
  // A browser says where a page's request comes from; operators' tools do not.
  if (headers.origin !== undefined)
    throw new TributaryError('CSRF_BLOCKED', 'Requests of browsers are not accepted here.');
  const agent = headers['user-agent'];
  const from = {
    ...(agent === undefined ? {} : { agent }),
    requestId: requestIdOf(headers['x-request-id']),
  };
  let address = raw.socket.remoteAddress ?? '';
  let caller: Caller | undefined;
  try {
    const credentials = callers.take(raw);
    address = credentials.address;
    caller = await callers.identify(credentials);
    proveOperator(caller, scope, switches);
    // The scope makes an operator of whoever has it: users of ours are limited to their groups.
    return { type: 'operator', id: caller.user ?? caller.id, address, ...from };
  } catch (thrown) {
    const action = refusals.get(errorTable[codeOf(thrown)].status);
    const id = caller?.isAuthenticated === true ? (caller.user ?? caller.id) : '';
    const result = action === 'admin.login' ? 'failed' : 'denied';
    // Not an operator, so that nothing that may be told this actor takes it for one.
    if (action !== undefined)
      notes?.note(action, { actor: { type: 'user', id, address, ...from }, action, target: name, result });
    throw thrown;
  }
}

/** A limit or a database that is down says nothing of who it was. */
const refusals = new Map([
  [401, 'admin.login'],
  [403, 'admin.denied'],
] as const) as ReadonlyMap<number, 'admin.login' | 'admin.denied'>;

function proveOperator(caller: Caller, scope: string, switches: AdminActors['switches']): void {
  if (caller.isAuthenticated !== true)
    throw new TributaryError('UNAUTHENTICATED', 'Administrators need an internal API key or token.');
  if (caller.audience !== 'INTERNAL' || !grants(caller, scope))
    throw new TributaryError('FORBIDDEN', `The scope \`${scope}\` is needed, of an internal app or user.`);
  const blocked = switches?.refusesCredentials(caller);
  if (blocked !== undefined) throw blocked;
}

/** Who may change things may look at them. */
function grants({ scopes }: Caller, scope: string): boolean {
  return scopes !== undefined && (scopes.has(scope) || scopes.has('admin:write'));
}
