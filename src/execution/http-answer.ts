import type { RunReport } from './http-run.ts';
import { matchesEtag } from './whole-answers/whole-answer.ts';

/** A request whose form was checked: method, media types, members of the body. */
export interface GraphQLHttpRequest {
  readonly method: 'GET' | 'POST';
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  /** The headers that decide about cross-site requests and about what the client has already; no others are needed. */
  readonly headers: GraphQLHttpHeaders;
}

export interface GraphQLHttpHeaders {
  readonly 'content-type': string | undefined;
  readonly 'x-apollo-operation-name': string | undefined;
  readonly 'apollo-require-preflight': string | undefined;
  readonly 'if-none-match': string | undefined;
}

export interface GraphQLHttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly cacheControl: string;
  /** Of what may be kept. */
  readonly etag?: string | undefined;
  /** In seconds, where the answer was kept. */
  readonly age?: number | undefined;
  /** `GET, POST` where the method was refused. */
  readonly allow?: string | undefined;
  /** Whether everybody would be answered the same. */
  readonly isPublic: boolean;
  readonly report: RunReport;
}

export const noStore = 'no-store';

/** The same without a body, where the client has it: RFC 9110 §15.4.5. Only for GET; a POST is answered whole. */
export function notModified(
  answer: GraphQLHttpAnswer,
  { method, headers }: GraphQLHttpRequest,
): GraphQLHttpAnswer {
  if (method !== 'GET' || answer.etag === undefined) return answer;
  return matchesEtag(headers['if-none-match'], answer.etag) ? { ...answer, status: 304, body: '' } : answer;
}
