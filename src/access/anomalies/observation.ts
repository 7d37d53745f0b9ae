import type { Audience } from '../../caller.ts';
import type { ErrorCode } from '../../errors.ts';

/** What one request tells about whoever sent it. Nothing in it is a secret. */
export interface Observation {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly audience: Audience;
  /** Public id of the key; of a wrong one too, where it has the form of a key. */
  readonly key: string | undefined;
  readonly app: string | undefined;
  /** `live` keys belong to production. */
  readonly environment: 'live' | 'test' | undefined;
  readonly address: string | undefined;
  readonly agent: string | undefined;
  /** Where the key stood. */
  readonly location: 'header' | 'query' | 'body' | undefined;
  /** The page of a browser sent it. */
  readonly hasOrigin: boolean;
  /** The key was refused, and which way. */
  readonly refusal: ErrorCode | undefined;
  /** Codes of the answer, each once. */
  readonly codes: readonly ErrorCode[];
  /** First characters of the document's hash. */
  readonly operation: string | undefined;
  readonly isIntrospection: boolean;
  readonly units: number;
  /** Bytes of the answer. */
  readonly bytes: number;
  /** Ids that the variables of the request name, in order. */
  readonly ids: readonly string[];
}

/** Whom an anomaly is about. */
export interface Subject {
  readonly kind: 'key' | 'app' | 'address';
  readonly name: string;
}

/** Something that does not look like the use of the API that was seen so far. */
export interface Anomaly {
  readonly signal: Signal;
  /** A `notice` is for the record, an `alert` for somebody to look at. */
  readonly severity: 'notice' | 'alert';
  readonly subject: Subject;
  /** When it was found: milliseconds since the epoch. */
  readonly at: number;
  /** The figures that it was found by. */
  readonly figures: Readonly<Record<string, number>>;
}

export type Signal =
  | 'call-rate'
  | 'cost'
  | 'bytes-out'
  | 'refused-requests'
  | 'credential-stuffing'
  | 'ended-key-used'
  | 'schema-probing'
  | 'introspection'
  | 'new-operations'
  | 'id-walk'
  | 'new-place'
  | 'many-addresses'
  | 'exposed-key';

/** Looks at requests one by one; what it remembers is bounded. */
export interface Detector {
  observe(observation: Observation): void;
}

export type Report = (
  signal: Signal,
  severity: Anomaly['severity'],
  subject: Subject,
  figures: Anomaly['figures'],
) => void;
