import type { RunReport } from './http-run.ts';
import { matchesEtag } from './whole-answers/whole-answer.ts';

/** A request whose form was checked: method, media types, members of the body. */
export interface GraphQLHttpRequest {
  readonly method: 'GET' | 'POST';
  /** The text of the document; empty where `documentId` or `hash` says which one is meant. */
  readonly query: string;
  /** Of a registered operation. */
  readonly documentId?: string | undefined;
  /** SHA-256 of the text, in hexadecimal digits; where the text is there too, it is its hash. */
  readonly hash?: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  /** The headers that decide about cross-site requests and about what the client has already; no others are needed. */
  readonly headers: GraphQLHttpHeaders;
  /** What it was read from, where an equal text would be an equal request. */
  readonly text?: string | undefined;
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
  /** Headers that services gave for this request: names and values by turns. */
  readonly returned?: readonly string[] | undefined;
  readonly report: RunReport;
}

export const noStore = 'no-store';

/** An answer that was kept, and how old it is. */
export interface KeptAnswer {
  /** The same object for as long as the same answer is kept. */
  readonly answer: GraphQLHttpAnswer;
  /** In seconds. */
  readonly age: number;
}

/** Whether the client has the answer: RFC 9110 §15.4.5. Only for GET; a POST is answered whole. */
export function isNotModified(
  { etag }: GraphQLHttpAnswer,
  method: string | undefined,
  ifNoneMatch: string | undefined,
): boolean {
  return method === 'GET' && etag !== undefined && matchesEtag(ifNoneMatch, etag);
}

/** The same without a body, where the client has it. */
export function notModified(
  answer: GraphQLHttpAnswer,
  { method, headers }: GraphQLHttpRequest,
): GraphQLHttpAnswer {
  return isNotModified(answer, method, headers['if-none-match'])
    ? { ...answer, status: 304, body: '' }
    : answer;
}
