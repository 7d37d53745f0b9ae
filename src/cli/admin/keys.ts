import { Command, Option } from 'commander';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';
import { duration, words } from './values.ts';

interface KeyOptions {
  readonly name?: string;
  readonly environment?: string;
  readonly kind?: string;
  readonly scopes?: readonly string[];
  readonly locations?: readonly string[];
  readonly addresses?: readonly string[];
  readonly origins?: readonly string[];
  readonly expiresIn?: number;
}

const graces = ['0', '1h', '24h', '7d', 'compromised'];

/** `tributary keys`: the credentials of apps. */
export function keysCommand(): Command {
  return new Command('keys')
    .description("Makes, rotates and revokes apps' keys.")
    .addCommand(
      adminCommand('list <app>', 'Lists the keys of an app.', (console, _, app) =>
        console.call('listKeys', { parameters: { app } }),
      ),
    )
    .addCommand(
      adminCommand('show <key>', 'Shows what may be shown of a key, by its id.', (console, _, key) =>
        console.call('getKey', { parameters: { key } }),
      ),
    )
    .addCommand(
      withLimits(
        adminCommand<KeyOptions>('create <app>', 'Makes a key. It is shown once.', (console, options, app) =>
          console.call('createKey', {
            parameters: { app },
            body: {
              name: 'key',
              ...bodyOf(options),
              ...given({ kind: options.kind, environment: options.environment }),
            },
          }),
        ),
      )
        .addOption(new Option('--environment <environment>', 'where it works').choices(['live', 'test']))
        .addOption(
          new Option('--kind <kind>', 'client: a secret to get OAuth tokens with').choices(['api', 'client']),
        ),
    )
    .addCommand(
      withLimits(
        adminCommand<KeyOptions>(
          'change <key>',
          'Changes the name or the limits of a key.',
          (console, options, key) =>
            console.call('changeKey', { parameters: { key }, body: bodyOf(options) }),
        ),
      ),
    )
    .addCommand(
      adminCommand<{ grace: string }>(
        'rotate <key>',
        'Makes the successor of a key. It is shown once.',
        (console, { grace }, key) => console.call('rotateKey', { parameters: { key }, body: { grace } }),
      ).addOption(
        new Option('--grace <time>', 'how long the old one goes on to work').choices(graces).default('24h'),
      ),
    )
    .addCommand(
      adminCommand<{ reason: string }>(
        'revoke <key>',
        'Revokes a key, everywhere within a second.',
        (console, { reason }, key) => console.call('revokeKey', { parameters: { key }, body: { reason } }),
      ).requiredOption('--reason <text>', 'why, for those who find it later'),
    );
}

function withLimits(command: Command): Command {
  return command
    .option('--name <name>', 'what people call it')
    .option('--scopes <scopes>', "of the app's scopes, parted by commas", words)
    .option('--locations <places>', 'where it may be given: header, query, body', words)
    .option('--addresses <blocks>', 'CIDR blocks that it may be used from', words)
    .option('--origins <origins>', 'origins of pages that may use it', words)
    .option('--expires-in <time>', 'when it ends: 30d', duration);
}

function bodyOf({
  name,
  scopes,
  locations,
  addresses,
  origins,
  expiresIn,
}: KeyOptions): Record<string, unknown> {
  const expiresAt = expiresIn === undefined ? undefined : new Date(Date.now() + expiresIn).toISOString();
  return given({ name, scopes, locations, addresses, origins, expiresAt });
}
