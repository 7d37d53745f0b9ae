import { Command } from 'commander';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';
import { type PageOptions, paged } from './paged.ts';
import { pairs, wholeNumber, words } from './values.ts';

interface AppOptions {
  readonly name?: string;
  readonly plan?: string;
  readonly tenant?: string;
  readonly scopes?: readonly string[];
  readonly claims?: Readonly<Record<string, string>>;
  readonly maxKeys?: number;
}

/** `tributary apps`: the consumers of the API. */
export function appsCommand(): Command {
  return new Command('apps')
    .description('Makes and changes the apps that use the API.')
    .addCommand(
      paged(
        adminCommand<PageOptions>('list', 'Lists the apps.', (console, { after, limit }) =>
          console.call('listApps', { query: given({ after, limit }) }),
        ),
      ),
    )
    .addCommand(
      adminCommand('show <app>', 'Shows an app.', (console, _, app) =>
        console.call('getApp', { parameters: { app } }),
      ),
    )
    .addCommand(
      adminCommand('quota <app>', 'Tells what is left of the quota of an app.', async (console, _, app) => {
        const answer = (await console.call('showQuota', { parameters: { app } })) as { quota: unknown };
        return answer.quota ?? { units: 'unlimited' };
      }),
    )
    .addCommand(
      withChanges(
        adminCommand<AppOptions>('create <name>', 'Makes an app.', (console, options, name) =>
          console.call('createApp', { body: { ...bodyOf(options), name } }),
        ),
      ),
    )
    .addCommand(
      withChanges(
        adminCommand<AppOptions>('change <app>', 'Changes an app.', (console, options, app) =>
          console.call('changeApp', { parameters: { app }, body: bodyOf(options) }),
        ),
      ).option('--name <name>', 'its new name'),
    )
    .addCommand(
      adminCommand('close <app>', 'Closes an app for ever: its keys are refused.', (console, _, app) =>
        console.call('closeApp', { parameters: { app }, body: {} }),
      ),
    );
}

function withChanges(command: Command): Command {
  return command
    .option('--plan <plan>', 'the plan that it is on')
    .option('--tenant <tenant>', 'the organisation that its callers belong to')
    .option('--scopes <scopes>', 'what it is granted beside its plan, parted by commas', words)
    .option('--claims <claims>', 'what @owner compares: name=value, parted by commas', pairs)
    .option('--max-keys <count>', 'how many keys it may have', wholeNumber);
}

function bodyOf({ name, plan, tenant, scopes, claims, maxKeys }: AppOptions): Record<string, unknown> {
  return given({ name, plan, tenant, scopes, claims, maxKeys });
}
