import { Command } from 'commander';
import { TributaryError } from '../../errors.ts';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';
import { wholeNumber } from './values.ts';

interface SearchOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly from?: string;
  readonly until?: string;
  readonly before?: number;
  readonly limit?: number;
}

interface Anchor {
  readonly seq?: number;
  readonly hash?: string;
}

interface AuditPage {
  readonly rows: unknown;
  readonly next?: number;
}

/** `tributary audit`: who did what. */
export function auditCommand(): Command {
  return new Command('audit')
    .description('Reads and proves the audit log.')
    .addCommand(
      adminCommand<SearchOptions>(
        'search',
        'Searches the log, the newest first.',
        async (console, options) => {
          const { actor, action, target, from, until, before, limit } = options;
          const query = given({ actor, action, target, from, until, before, limit });
          const { rows, next } = (await console.call('searchAudit', { query })) as AuditPage;
          return { entries: rows, ...given({ next }) };
        },
      )
        .option('--actor <id>', 'who did it')
        .option('--action <action>', 'what: key.revoke')
        .option('--target <id>', 'to what')
        .option('--from <instant>', 'since when: 2026-01-31T00:00:00Z')
        .option('--until <instant>', 'before when')
        .option('--before <seq>', 'goes on below this entry', wholeNumber)
        .option('--limit <count>', 'how many', wholeNumber),
    )
    .addCommand(
      adminCommand<Anchor>(
        'verify',
        'Finds the first entry that is not as it was written.',
        async (console, { seq, hash }) => {
          const verdict = (await console.call('verifyAudit', { query: given({ seq, hash }) })) as Verdict;
          if (verdict.intact) return verdict;
          throw new TributaryError(
            'CONFLICT',
            `The audit log is broken at entry ${verdict.seq}: ${verdict.reason}.`,
          );
        },
      )
        .option('--seq <seq>', 'of an anchor that the log of the server told', wholeNumber)
        .option('--hash <hash>', 'of the same anchor'),
    );
}

type Verdict =
  | { readonly intact: true }
  | { readonly intact: false; readonly seq: number; readonly reason: string };
