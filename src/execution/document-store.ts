import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

const mostCharacters = 32_000_000;

/** Keeps documents that were parsed and found valid, so that the same text need not be again. */
export interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * A bounded store: the least recently used documents leave.
 *
 * @param maxDocuments most documents, and at most 32 million characters of their text
 */
export function documentStore(maxDocuments: number): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    max: maxDocuments,
    maxSize: mostCharacters,
    sizeCalculation: (document) => 1 + (document.loc?.source.body.length ?? 0),
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}
