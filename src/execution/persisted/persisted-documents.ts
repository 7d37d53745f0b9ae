import { TributaryError } from '../../errors.ts';
import type { GraphQLHttpRequest } from '../http-answer.ts';
import type { HttpRun } from '../http-run.ts';
import type { AutomaticDocuments } from './automatic-documents.ts';
import { hashOf, type TrustedDocuments } from './trusted-documents.ts';

/** A request that says which document it means: by its text, by an id or by a hash. */
export class PersistedDocuments {
  readonly #trusted: TrustedDocuments;
  readonly #automatic: AutomaticDocuments | undefined;

  constructor(trusted: TrustedDocuments, automatic: AutomaticDocuments | undefined) {
    this.#trusted = trusted;
    this.#automatic = automatic;
  }

  /**
   * The request with the text of its document, at once where this process knows it.
   *
   * @throws TributaryError, or rejects with it: `PERSISTED_QUERY_NOT_FOUND`; `PERSISTED_QUERY_ONLY` for a text that is no
   * registered operation, to the letter, of a caller who may run those alone
   */
  resolve(request: GraphQLHttpRequest, run: HttpRun): GraphQLHttpRequest | Promise<GraphQLHttpRequest> {
    const { documentId, hash, query } = request;
    const registeredOnly = run.caller.registeredOnly === true;
    if (documentId !== undefined) return withText(request, this.#trusted.withId(documentId));
    if (query !== '') {
      if (registeredOnly && this.#trusted.withHash(hash ?? hashOf(query)) !== query)
        throw new TributaryError('PERSISTED_QUERY_ONLY');
      return request;
    }
    const trusted = this.#trusted.withHash(hash ?? '');
    if (trusted !== undefined || registeredOnly || this.#automatic === undefined || hash === undefined)
      return withText(request, trusted);
    return this.#automatic.find(hash).then((text) => withText(request, text));
  }

  /** Registers the document of a request that came with its hash, once it was found valid. */
  learn({ hash, query }: GraphQLHttpRequest, { caller }: HttpRun): void {
    if (hash === undefined || this.#automatic === undefined) return;
    if (caller.isAuthenticated !== true || caller.registeredOnly === true) return;
    if (this.#trusted.withHash(hash) === undefined) void this.#automatic.register(hash, query, caller);
  }
}

function withText(request: GraphQLHttpRequest, query: string | undefined): GraphQLHttpRequest {
  if (query === undefined) throw new TributaryError('PERSISTED_QUERY_NOT_FOUND');
  return { ...request, query };
}
