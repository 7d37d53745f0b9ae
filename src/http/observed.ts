import type { IncomingHttpHeaders } from 'node:http';
import { idsIn } from '../access/anomalies/anomaly-watch.ts';
import type { Observation } from '../access/anomalies/observation.ts';
import type { Credentials } from '../access/identity/credentials.ts';
import type { Caller } from '../caller.ts';
import type { AskedOperation } from '../execution/gate.ts';
import type { RunReport } from '../execution/http-run.ts';

/** A request that is over, as far as the watch for anomalies looks at it. */
export interface Over {
  readonly caller: Caller;
  readonly isIdentified: boolean;
  readonly credentials: Credentials | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly report: RunReport;
  readonly asked: AskedOperation | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly bytes: number;
}

/** The form of a key, with its environment and its public id. */
const keyForm = /^trib_(live|test)_([0-9A-Za-z]{12})_/;

/** What a request tells of itself: no credential, no value but ids. */
export function observationOf(over: Over, now: number): Observation {
  const { caller, isIdentified, credentials, headers, report, asked } = over;
  const key = credentials?.key;
  const form = key === undefined ? null : keyForm.exec(key.text);
  const agent = headers['user-agent'];
  return {
    at: now,
    audience: caller.audience,
    key: caller.key ?? form?.[2],
    app: caller.app,
    environment: form?.[1] as Observation['environment'],
    address: credentials?.address,
    agent: agent === undefined ? undefined : agent.slice(0, 200),
    location: key?.location,
    hasOrigin: credentials?.origin !== undefined,
    refusal: isIdentified ? undefined : report.codes[0],
    codes: report.codes,
    operation: report.document,
    isIntrospection:
      asked !== undefined &&
      (asked.coordinates.has('Query.__schema') || asked.coordinates.has('Query.__type')),
    units: asked?.cost ?? 0,
    bytes: over.bytes,
    ids: over.variables === undefined ? [] : idsIn(over.variables),
  };
}
