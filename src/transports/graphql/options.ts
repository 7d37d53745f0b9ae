import type { Configurable } from '../../config/setting.ts';
import type { DatasourceOptions, OperationSpecs } from '../../operations/datasource.ts';
import type { ForwardingOptions } from '../../operations/forwarding.ts';
import type { ConnectionOptions } from '../../wire/http-client.ts';
import type { SecurityOptions } from '../../wire/security.ts';
import type { ErrorMap } from './error-codes.ts';

/** One GraphQL server. */
export interface GraphQLOptions<Specs extends OperationSpecs>
  extends DatasourceOptions<Specs>,
    ConnectionOptions,
    SecurityOptions,
    ForwardingOptions {
  /** Where the server is: `https://catalog.example/graphql`; `user:password@` becomes basic authentication. */
  readonly url: Configurable;
  /**
   * The server's schema, as a file of SDL on this machine: documents and their inputs are held against it at the start and
   * before they are sent. Nothing is fetched.
   * @example new URL('./catalog.graphql', import.meta.url)
   * @default none: documents are checked for what can be told without one
   */
  readonly schema?: URL;
  /** Sent with every request: `{ 'Accept-Language': 'en' }`. Credentials belong into `auth`. */
  readonly headers?: Readonly<Record<string, Configurable>>;
  /** Lets many inputs of a query travel in one document, each under aliases of its own. @default true */
  readonly aliases?: boolean;
  /** The most inputs in one document. Servers that limit aliases need less. @default 50 */
  readonly maxInputs?: number;
  /** What errors mean, for all operations: `{ OUT_OF_STOCK: 'CONFLICT' }`. @default the usual codes as they are known */
  readonly onError?: ErrorMap;
  /** What the readiness check asks for by GET. @default asks `url` itself for `{ __typename }`; any answer below 500 will do */
  readonly healthPath?: string;
}

export const graphqlDefaults = { aliases: true, maxInputs: 50 } as const;
