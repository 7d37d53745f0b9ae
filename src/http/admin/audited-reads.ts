import type { Audit } from '../../access/audit/audit.ts';
import type { Database } from '../../access/state/database.ts';
import { withoutDriver } from '../../access/writer.ts';
import { codeOf } from '../../errors.ts';
import { AdminFile, type AdminRequest, type AdminRoute } from './route.ts';

export interface AuditedReadsOptions {
  readonly database: Database;
  readonly audit: Pick<Audit, 'append'>;
}

/**
 * The same routes; each that only reads leaves an entry in the audit log: who, what, of whom, and no value. It is answered when the entry
 * is written, and not at all where it cannot be: who saw what is what auditors ask first, and what is read lies in the same
 * database. What writes tells the log by itself.
 *
 * @throws TributaryError, as a rejection: `AUTH_UNAVAILABLE` where the log does not answer; what the route throws
 */
export function auditedReads(
  routes: readonly AdminRoute[],
  options: AuditedReadsOptions,
): readonly AdminRoute[] {
  return routes.map((route) => (route.method === 'GET' ? audited(route, options) : route));
}

type Asked = AdminRequest<unknown, unknown, unknown>;
type Result = 'ok' | 'denied' | 'failed';

function audited(route: AdminRoute, { database, audit }: AuditedReadsOptions): AdminRoute {
  // A route that says nothing is told by its name: none is left out.
  const { reads = route.name } = route;
  const tell = ({ actor, ...asked }: Asked, action: string, result: Result): Promise<void> =>
    database
      .transaction((transaction) =>
        audit.append(transaction, { actor, action, target: targetOf(asked), result }),
      )
      .catch((thrown: unknown) => {
        throw withoutDriver(thrown);
      });
  return {
    ...route,
    async handle(request) {
      let answer: unknown;
      try {
        answer = await route.handle(request);
      } catch (thrown) {
        await tell(request, reads, codeOf(thrown) === 'FORBIDDEN' ? 'denied' : 'failed');
        throw thrown;
      }
      await tell(request, answer instanceof AdminFile ? exportOf(reads) : reads, 'ok');
      return answer;
    },
  };
}

/** What leaves as a file is an export: `usage.read` becomes `usage.export`. */
function exportOf(action: string): string {
  return `${action.split('.', 1)[0]}.export`;
}

/** Whose data is read: what the path names, else what a search is for. */
function targetOf({ parameters, query }: Pick<Asked, 'parameters' | 'query'>): string {
  const { key, app, target, actor } = Object(query) as Readonly<Record<string, unknown>>;
  const named = [...Object.values(Object(parameters) as object), key, app, target, actor];
  return named.find(isId) ?? '';
}

/** In an incident a key or a token is at hand, and may be given for an id: it must not stand in the log. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w:.@+-]{1,100}$/.test(value) && !/tribs?_|^eyJ/.test(value);
}
