import type { CallContext } from '../../operations/call.ts';
import { forwardedTo } from '../../operations/forwarded.ts';
import type { Forwarding } from '../../operations/forwarding.ts';
import type { Headers } from '../../wire/header-values.ts';
import type { HttpClient } from '../../wire/http-client.ts';
import { type GraphQLAnswer, graphqlResponse, readAnswer } from './answer.ts';
import type { WrittenVariables } from './variables.ts';

/** Sends documents to one address. */
export interface GraphQLClient {
  /**
   * Posts a document with its variables, and reads the answer. Rejects with the HTTP client's errors and those of
   * `readAnswer`.
   */
  ask(question: Question, context: CallContext): Promise<GraphQLAnswer>;
}

export interface Question {
  /** The document, as JSON. */
  readonly document: string;
  readonly operationName: string | undefined;
  readonly variables: WrittenVariables;
  /** Whether it only reads, and may be sent again where a kept connection turns out to be closed. */
  readonly repeatable: boolean;
}

export interface ClientOptions {
  readonly service: string;
  readonly http: HttpClient;
  /** Path and query of the address. */
  readonly path: string;
  /** Sent with every request; names in lower case. */
  readonly headers: Headers;
  readonly forwarding: Forwarding | undefined;
}

export function graphqlClient({ service, http, path, headers, forwarding }: ClientOptions): GraphQLClient {
  return {
    async ask({ document, operationName, variables, repeatable }, context) {
      const { signal, trace, forwarded, returned, requestId } = context;
      const traceparent = trace.traceparent();
      const name = operationName === undefined ? '' : `"operationName":${JSON.stringify(operationName)},`;
      const values = variables.map(([variable, json]) => `${JSON.stringify(variable)}:${json}`).join(',');
      const answer = await http.request({
        method: 'POST',
        path,
        headers: {
          accept: `${graphqlResponse}, application/json;q=0.9`,
          ...headers,
          'content-type': 'application/json; charset=utf-8',
          'x-request-id': requestId,
          ...(traceparent !== undefined && { traceparent }),
          ...(forwarding !== undefined && forwardedTo(forwarding, forwarded)),
        },
        body: `{${name}"query":${document},"variables":{${values}}}`,
        signal,
        repeatable,
      });
      if (forwarding !== undefined) returned?.take(forwarding, answer.headers);
      return readAnswer(answer, service);
    },
  };
}
