import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../graph/load.ts';
import setup from '../support/build.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder: string;

beforeAll(async () => {
  await setup();
  folder = await mkdtemp(join(tmpdir(), 'tributary-admin-'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

/** Runs a command on a state database of this test, and reads the JSON that it prints. */
async function run<Answer = { readonly appId: string }>(...words: string[]): Promise<Answer> {
  return JSON.parse((await print(...words, '--json')).stdout) as Answer;
}

function print(...words: string[]) {
  return printFor(fixture('small-project'), ...words);
}

function printFor(project: string, ...words: string[]) {
  return promisify(execFile)(process.execPath, [main, ...words, '--project', project], {
    env: {
      ...process.env,
      STATE_URL: `sqlite:${join(folder, 'state.db')}`,
      TRIBUTARY_PEPPER: '1:a-pepper-of-this-test-long-enough-for-one',
    },
  });
}

async function refused(...words: string[]): Promise<string> {
  return await failureOf(print(...words));
}

async function failureOf(printed: Promise<unknown>): Promise<string> {
  const failed = (await printed.catch((thrown: unknown) => thrown)) as {
    code?: number;
    stderr?: string;
  };
  expect(failed.code).toBe(1);
  return failed.stderr ?? '';
}

// Each command is a process of its own.
describe('the commands of administrators', { timeout: 120_000 }, () => {
  it('make an app and a key, show the key once, rotate it and revoke it', async () => {
    const app = await run(
      'apps',
      'create',
      'Acme',
      '--plan',
      'partner',
      '--tenant',
      'acme',
      '--claims',
      'region=eu',
    );
    expect(app).toMatchObject({ name: 'Acme', plan: 'partner', tenant: 'acme', claims: { region: 'eu' } });
    expect(await run('apps', 'quota', app.appId)).toMatchObject({ used: 0, remaining: 1_000_000 });
    const { key, info } = await run<{ key: string; info: { keyId: string; expiresAt: string } }>(
      'keys',
      'create',
      app.appId,
      '--name',
      'first',
      '--expires-in',
      '30d',
    );
    expect(key).toMatch(/^trib_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
    expect(Date.parse(info.expiresAt)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    const rotated = (await run('keys', 'rotate', info.keyId, '--grace', '1h')) as { info: { keyId: string } };
    await run('keys', 'revoke', rotated.info.keyId, '--reason', 'a drill');
    const listed = (await print('keys', 'list', app.appId)).stdout;
    expect(listed).toContain('a drill');
    expect(listed).toContain(info.keyId);
    expect(listed).not.toContain(key);
  });

  it('change plans, switch things off and on, and leave it all in an audit log that is proved', async () => {
    expect(
      await run('plans', 'put', 'gold', '--audience', 'PARTNER', '--limit-per-minute', '600'),
    ).toMatchObject({
      audience: 'PARTNER',
      limitPerMinute: 600,
    });
    expect(await run('plans', 'put', 'gold', '--quota-units', 'none')).not.toHaveProperty('quotaUnits');
    const off = [
      'switch',
      'off',
      'datasource',
      'fleet',
      '--reason',
      'breached',
      '--for',
      '1h',
      '--mode',
      'serve-stale',
    ];
    expect(await run(...off)).toMatchObject({ id: 'datasource:fleet', mode: 'serve-stale' });
    expect((await print('switch', 'list')).stdout).toContain('breached');
    await run('switch', 'on', 'datasource', 'fleet');
    expect((await print('switch', 'list')).stdout).toBe('There are no switches.\n');
    expect(await run('audit', 'verify')).toMatchObject({ intact: true });
    const { entries } = await run<{ entries: { action: string }[] }>('audit', 'search', '--limit', '6');
    // What was only read is in it as well.
    const read = ['audit.verify', 'switch.list', 'switch.end', 'switch.list', 'switch.set', 'plan.put'];
    expect(entries.map(({ action }) => action)).toEqual(read);
  });

  it('A18: deny a token of an issuer that is known', async () => {
    const until = new Date(Date.now() + 300_000).toISOString();
    const deny = ['tokens', 'deny', 'some-jti', '--until', until, '--issuer'];
    expect(await run(...deny, 'tributary')).toMatchObject({ token: 'some-jti', deniedUntil: until });
    expect(await refused(...deny, 'nobody')).toBe(
      'There is no such issuer; there are `tributary`. (NOT_FOUND)\n',
    );
  });

  it('show what tokens are denied, page by page, and allow one again', async () => {
    const until = new Date(Date.now() + 300_000).toISOString();
    const denied = ['tokens', 'denied', '--by', 'administrators', '--limit', '1'];
    for (const jti of ['mistaken', 'stolen'])
      await run('tokens', 'deny', jti, '--until', until, '--issuer', 'tributary');
    const page = (await print(...denied)).stdout.split('\n');
    expect(page[0]).toMatch(/^token +issuer +deniedAt +deniedUntil +by$/);
    expect(page[1]).toMatch(/^stolen +http:\/\/127.0.0.1:4000 .* local:\S+$/);
    const [, after = ''] = /^There are more: --after (\S+) shows the next page\.$/.exec(page[2] ?? '') ?? [];
    const second = await run<{ denied: { token: string }[] }>(...denied, '--after', after);
    expect(second.denied).toMatchObject([{ token: 'mistaken', deniedUntil: until }]);
    const allow = ['tokens', 'allow', 'mistaken', '--issuer', 'tributary'];
    expect(await run(...allow)).toMatchObject({ token: 'mistaken', allowed: true });
    expect(await refused(...allow)).toBe('No such token of that issuer is denied. (NOT_FOUND)\n');
    expect((await print('tokens', 'denied')).stdout).not.toContain('mistaken');
  });

  it('say in a last line how to see the rest of a list, and only where there is more', async () => {
    for (const name of ['Rest one', 'Rest two']) await run('apps', 'create', name);
    const { apps, next } = await run<{ apps: { appId: string }[]; next: string }>(
      'apps',
      'list',
      '--limit',
      '1',
    );
    expect(apps.map(({ appId }) => appId)).toEqual([next]);
    const lines = (await print('apps', 'list', '--limit', '1')).stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe(`There are more: --after ${next} shows the next page.`);
    const rest = (await print('apps', 'list', '--after', next)).stdout;
    expect(rest).toContain('Rest two');
    expect(rest).not.toContain('There are more');
    const found = (await print('audit', 'search', '--limit', '1')).stdout.trimEnd().split('\n');
    expect(found[2]).toMatch(/^There are more: --before \d+ shows the next page\.$/);
  });

  it('O06: look in the graph project for a datasource that is switched off, or warn that nobody looked', async () => {
    const off = (name: string): string[] => ['switch', 'off', 'datasource', name, '--reason', 'breached'];
    expect(await refused(...off('flet'))).toBe(
      'There is no such datasource in the graph project; there are `fleet`. Where a server serves another graph, ask it with `--url`. (NOT_FOUND)\n',
    );
    expect((await print('switch', 'list')).stdout).toBe('There are no switches.\n');
    expect((await print(...off('fleet'))).stderr).not.toContain('Warning');
    await run('switch', 'on', 'datasource', 'fleet');
    const elsewhere = await printFor(folder, ...off('flet'), '--json');
    expect(elsewhere.stderr).toMatch(/^Warning: Nobody checked that there is a datasource `flet`.*`--url`/);
    expect(JSON.parse(elsewhere.stdout)).toMatchObject({ id: 'datasource:flet' });
    const broken = await mkdtemp(join(folder, 'broken-'));
    await mkdir(join(broken, 'datasources'));
    await writeFile(join(broken, 'datasources', 'fleet.ts'), "throw new Error('not today');\n");
    expect((await printFor(broken, ...off('flet'))).stderr).toContain('Warning: Nobody checked');
    expect(
      (await printFor(folder, 'switch', 'off', 'audience', 'OPEN', '--reason', 'flood')).stderr,
    ).not.toContain('Warning');
  });

  it('say in one line what is wrong, and fail', async () => {
    expect(await refused('apps', 'create', 'Acme', '--plan', 'none')).toBe(
      'There is no such plan; there are `gold`, `internal`, `open`, `partner`. (BAD_USER_INPUT)\n',
    );
    expect(await refused('keys', 'show', 'nobody')).toMatch(/\(NOT_FOUND\)\n$/);
    expect(await refused('switch', 'off', 'field', '--reason', 'whatever')).toContain('A name is needed');
    expect(await refused('keys', 'show', 'nobody')).toContain('12 characters after `trib_live_`');
    expect(await refused('keys', 'create', 'nobody')).toContain('There is no app of that id.');
    expect(await refused('apps', 'list', '--url', 'http://127.0.0.1:1')).toContain('TRIBUTARY_ADMIN_KEY');
  });
});
