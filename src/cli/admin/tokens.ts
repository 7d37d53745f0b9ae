import { Command } from 'commander';
import { adminCommand } from './admin-command.ts';

interface DenyOptions {
  readonly issuer: string;
  readonly until: string;
}

/** `tributary tokens`: JSON Web Tokens of this server and of identity providers. */
export function tokensCommand(): Command {
  return new Command('tokens').description('Refuses tokens that have not expired.').addCommand(
    adminCommand<DenyOptions>(
      'deny <id>',
      'Refuses a token, by its claim jti, everywhere within a second.',
      (console, { issuer, until }, token) => console.call('denyToken', { body: { token, issuer, until } }),
    )
      .requiredOption('--issuer <name>', 'the name of its issuer, or its claim iss')
      .requiredOption('--until <instant>', 'when it expires, its claim exp: 2026-01-31T12:00:00Z'),
  );
}
