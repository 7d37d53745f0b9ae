import { createHash } from 'node:crypto';
import { type GraphQLSchema, parse, validate } from 'graphql';

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The registered operations that fit the contract of one audience: an id of another audience is no id. */
export class TrustedDocuments {
  readonly #byId = new Map<string, string>();
  readonly #byHash = new Map<string, string>();

  constructor(schema: GraphQLSchema, manifest: ReadonlyMap<string, string>) {
    for (const [id, text] of manifest) {
      if (!fits(schema, text)) continue;
      this.#byId.set(id, text);
      this.#byHash.set(hashOf(text), text);
    }
  }

  withId(id: string): string | undefined {
    return this.#byId.get(id);
  }

  withHash(hash: string): string | undefined {
    return this.#byHash.get(hash);
  }
}

function fits(schema: GraphQLSchema, text: string): boolean {
  try {
    return validate(schema, parse(text)).length === 0;
  } catch {
    return false;
  }
}
