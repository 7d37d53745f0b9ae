import { createHash } from 'node:crypto';
import type { ServerConfig } from '../../config/server-config.ts';
import { canonical } from '../../util/canonical.ts';
import type { Pepper } from '../keys/pepper.ts';
import { type AuditNotes, server } from './audit-notes.ts';

/** What a server runs on, from its start to its end: nothing of it is read again. */
export interface Loaded {
  /** The whole contract, as `tributary schema` prints it. */
  readonly contract: string;
  readonly config: ServerConfig;
}

/**
 * Tells the audit log what a server that starts has loaded, each by 64 hexadecimal digits. Of the contract it is SHA-256, so that anybody
 * can tell which one it was. Options hold passwords, of which a plain hash would let guesses be tried: theirs is an HMAC under
 * the pepper, and tells whether they are the same as at another start.
 */
export function noteLoads(
  notes: Pick<AuditNotes, 'note'>,
  { contract, config }: Loaded,
  pepper: Pepper,
): void {
  const schema = createHash('sha256').update(contract).digest('hex');
  // Members that are functions, as the sender of mail is, have no text that means anything.
  const options = canonical(JSON.parse(JSON.stringify(config)));
  const hash = pepper.digest(pepper.version, `config ${options}`)?.toString('hex') ?? '';
  notes.note('load', { actor: server, action: 'schema.load', target: schema });
  notes.note('load', { actor: server, action: 'config.load', target: hash });
}
