import type { Configurable } from '../../config/setting.ts';
import type { ErrorCode } from '../../errors.ts';
import type { DatasourceOptions, OperationSpecs } from '../../operations/datasource.ts';
import type { ForwardingOptions } from '../../operations/forwarding.ts';
import type { OperationOptions } from '../../operations/operation.ts';
import type { ConnectionOptions } from '../../wire/http-client.ts';
import type { SecurityOptions } from '../../wire/security.ts';
import type { HeaderSlotOf, ScalarNames, SlotOf } from './slots.ts';
import type { XmlAnswer, XmlBody } from './xml-options.ts';

/** One REST service. */
export interface RestOptions<Specs extends OperationSpecs>
  extends DatasourceOptions<Specs>,
    ConnectionOptions,
    SecurityOptions,
    ForwardingOptions {
  /**
   * Where the service is: `https://rides.example:8443/v2`. A base path is kept in front of every operation's path;
   * `user:password@` becomes basic authentication.
   */
  readonly baseUrl: Configurable;
  /** Sent with every request: `{ 'Accept-Language': 'en' }`. Credentials belong into `auth`. */
  readonly headers?: Readonly<Record<string, Configurable>>;
  /** What the readiness check asks for; any answer below 500 will do. @default '/health' */
  readonly healthPath?: string;
}

/** Which error an HTTP status stands for, or `null` where it stands for the answer `null`. */
export type StatusMap = Readonly<Record<number, StatusMeaning>>;

export type StatusMeaning = ErrorCode | SaidStatus | null;

/** An error in words of the operation's own: what the service says about it is not for clients. */
export interface SaidStatus {
  readonly code: ErrorCode;
  /** A sentence that clients read. */
  readonly message: string;
}

/** What every operation may say, whatever its method. */
export interface RequestOptions<I, O> extends OperationOptions<I, O> {
  /**
   * Query parameters by name. Values are input names, `csv`, `repeat`, `constant` or `env`.
   * @example { ids: csv('ids'), first: 'first', expand: constant('driver') }
   */
  readonly query?: Readonly<Record<string, SlotOf<I>>>;
  /** Headers by name, made of inputs, constants or settings. */
  readonly headers?: Readonly<Record<string, HeaderSlotOf<I>>>;
  /**
   * Where in the body the output is: a dotted path, `'page.rides'`, or a function; or the shape of a body in XML.
   * @default the whole body, in JSON
   */
  readonly answer?: string | ((body: unknown, input: I) => O) | XmlAnswer<O>;
  /**
   * What a status means where the defaults do not fit: `{ 404: null, 410: 'NOT_FOUND' }`; with words for the caller,
   * `{ 400: { code: 'BAD_USER_INPUT', message: '`after` is no cursor of this list.' } }`.
   * @default 401, 403 and 5xx: the service's fault; 404 and 410 `NOT_FOUND`; 409 and 412 `CONFLICT`; 429
   * `UPSTREAM_RATE_LIMITED`; 502 to 504 `UPSTREAM_UNAVAILABLE`; 400 and 422 of a write `BAD_USER_INPUT`
   */
  readonly onStatus?: StatusMap;
}

/** An operation that only reads, by GET. Inputs that nothing else takes are query parameters of their own name. */
export type ReadOptions<I, O> = RequestOptions<I, O>;

/**
 * The body: every input that nothing else takes, as JSON or as a form, or the declared ones alone; the others are query
 * parameters then.
 */
export type Body<I> =
  | 'json'
  | 'form'
  /** These inputs, each a member of its own name. */
  | { readonly as: 'json'; readonly inputs: readonly (keyof I & string)[] }
  /** The value of this one input is the whole body. */
  | { readonly as: 'json'; readonly whole: keyof I & string }
  /** Form members by name. */
  | { readonly as: 'form'; readonly inputs: Readonly<Record<string, SlotOf<I>>> }
  | XmlBody<I>;

/** An operation with a body. */
export interface BodyOptions<I, O> extends RequestOptions<I, O> {
  /** @default 'json' */
  readonly body?: Body<I>;
  /**
   * The input whose value makes a repeated write harmless, sent as the header `Idempotency-Key`; or which header it is
   * sent as. `true`: the input `idempotencyKey`.
   */
  readonly idempotencyKey?: IdempotencyKey<I>;
}

export type IdempotencyKey<I> =
  | ScalarNames<I>
  | { readonly input: ScalarNames<I>; readonly header: string }
  | ('idempotencyKey' extends ScalarNames<I> ? true : never);

/** A write; or a read that needs a body, such as a search. */
export type PostOptions<I, O> =
  | (BodyOptions<I, O> & { readonly kind?: 'write'; readonly cache?: never })
  | (BodyOptions<I, O> & { readonly kind: 'read' });

export type WriteOptions<I, O> = BodyOptions<I, O> & { readonly cache?: never };

/** DELETE has no body unless one is declared: inputs that nothing else takes are query parameters. */
export type RemoveOptions<I, O> = WriteOptions<I, O>;
