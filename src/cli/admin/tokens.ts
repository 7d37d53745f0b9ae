import { Command, Option } from 'commander';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';
import { type PageOptions, paged } from './paged.ts';

interface DenyOptions {
  readonly issuer: string;
  readonly until: string;
}

interface DeniedOptions extends PageOptions {
  readonly by?: string;
}

/** `tributary tokens`: JSON Web Tokens of this server and of identity providers. */
export function tokensCommand(): Command {
  return new Command('tokens')
    .description('Refuses tokens that have not expired, and allows them again.')
    .addCommand(
      adminCommand<DenyOptions>(
        'deny <id>',
        'Refuses a token, by its claim jti, everywhere within a second.',
        (console, { issuer, until }, token) => console.call('denyToken', { body: { token, issuer, until } }),
      )
        .requiredOption('--issuer <name>', 'the name of its issuer, or its claim iss')
        .requiredOption('--until <instant>', 'when it expires, its claim exp: 2026-01-31T12:00:00Z'),
    )
    .addCommand(
      paged(
        adminCommand<DeniedOptions>(
          'denied',
          'Lists the tokens that are refused, the newest first.',
          (console, { by, after, limit }) =>
            console.call('listDeniedTokens', { query: given({ by, after, limit }) }),
        ),
      ).addOption(
        new Option('--by <whom>', 'denied by administrators, or revoked by apps').choices([
          'administrators',
          'apps',
        ]),
      ),
    )
    .addCommand(
      adminCommand<Pick<DenyOptions, 'issuer'>>(
        'allow <id>',
        "Takes an administrator's denial back, everywhere within a second.",
        (console, { issuer }, token) => console.call('allowToken', { body: { token, issuer } }),
      ).requiredOption('--issuer <name>', 'the name of its issuer, or its claim iss'),
    );
}
