import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Backends,
  backendNames,
  type Graph,
  seedFleet,
  startBackends,
  startGraph,
  startNode,
  variablesOf,
} from '../support/reference-graph.ts';
import { example } from './graph.ts';
import { serveWeb, type WebServer } from './web-server.ts';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const required = process.env.TRIBUTARY_REQUIRE_SERVICES === '1';
const hasBrowser = existsSync(browserPath);
if (!hasBrowser && !required)
  console.log(
    `skipped: the tests of the example page, because there is no Chromium at ${browserPath} (CHROMIUM_PATH).`,
  );

interface Board {
  readonly data: {
    readonly rides: {
      readonly nodes: readonly {
        readonly id: string;
        readonly driver: { readonly name: string } | null;
        readonly fare: { readonly total: string } | null;
        readonly weather: { readonly summary: string } | null;
      }[];
    };
  };
}

it('has the types that its operations and the contract give', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // As deep as the page itself, so that the contract and the packages are where it looks for them.
  const examples = await mkdtemp(join(root, '.drift-'));
  try {
    const copy = join(examples, 'web');
    await mkdir(join(copy, 'src'), { recursive: true });
    await symlink(join(example('web'), 'codegen.yml'), join(copy, 'codegen.yml'));
    for (const file of await readdir(join(example('web'), 'src')))
      if (file.endsWith('.tsx')) await symlink(join(example('web'), 'src', file), join(copy, 'src', file));
    const codegen = join(root, 'node_modules/.bin/graphql-codegen');
    await promisify(execFile)(codegen, ['--config', 'codegen.yml'], { cwd: copy });
    for (const file of ['gql.ts', 'graphql.ts', 'index.ts']) {
      const [made, committed] = await Promise.all(
        [copy, example('web')].map((folder) => readFile(join(folder, 'src/generated', file), 'utf8')),
      );
      expect(committed, file).toBe(made);
    }
  } finally {
    await rm(examples, { recursive: true });
  }
}, 60_000);

describe.runIf(hasBrowser || required)('the example page, in Chromium', () => {
  let folder: string;
  let backends: Backends;
  let graph: Graph;
  let web: WebServer;
  let context: BrowserContext;
  const requested: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-example-web-'));
    const outDir = join(folder, 'built');
    await build({
      configFile: join(example('web'), 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir },
    });
    backends = await startBackends();
    const variables = {
      ...variablesOf(backends),
      FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
      WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, 'warehouse.db')}`,
    };
    await seedFleet(variables);
    graph = await startGraph({ ...variables, STATE_URL: `sqlite:${join(folder, 'state.db')}` });
    const etl = startNode(['dist/etl/main.js', '--rejected', join(folder, 'rejected.ndjson')], {
      ...variables,
      TRIBUTARY_URL: graph.url,
    });
    expect([await etl.ended, etl.lines.at(-1)]).toEqual([0, expect.anything()]);
    web = await serveWeb(outDir, graph.url);
    context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: browserPath,
      headless: true,
      viewport: { width: 1280, height: 900 },
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat([
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ]),
    });
    context.on('request', (request) => requested.push(request.url()));
    context.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(String(error.error())));
  }, 180_000);
  afterAll(async () => {
    await context?.close();
    await web?.close();
    await graph?.process.stop();
    if (backends) await Promise.all(backendNames.map((name) => backends[name].process.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (hash = ''): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`${web.url}/${hash}`);
    return page;
  };
  const picture = (page: Page, name: string) =>
    page.screenshot({ path: join(process.env.TRIBUTARY_SCREENSHOTS ?? folder, name) });
  const rowsOf = (page: Page) => page.locator('table.board tbody tr');

  it('shows the board as the graph answers it', async () => {
    const page = await open();
    await rowsOf(page).first().waitFor();
    const { data } = await graph.ask<Board>(
      '{ rides(first: 25) { nodes { id driver { name } fare { total } weather { summary } } } }',
    );
    const texts = await rowsOf(page).allTextContents();
    expect(texts).toHaveLength(25);
    for (const [index, { id, driver, fare, weather }] of data.rides.nodes.entries())
      for (const part of [id, driver?.name ?? '–', fare?.total ?? '–', weather?.summary ?? '–'])
        expect(texts[index]).toContain(part);
    await picture(page, 'board.png');
    await page.getByLabel('Status').selectOption('CANCELLED');
    await page.locator('.status.cancelled').nth(24).waitFor();
    expect(await page.locator('.status:not(.cancelled)').count()).toBe(0);
    await page.close();
  }, 60_000);

  it('opens a ride by keyboard, with route, driver, fare, weather and payment', async () => {
    const page = await open();
    await page.getByLabel('Status').selectOption('ASSIGNED');
    await page.locator('.status.assigned').first().waitFor();
    const link = rowsOf(page).first().getByRole('link');
    const id = (await link.textContent()) as string;
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: id }).waitFor();
    expect(await page.evaluate('[document.activeElement.tagName, document.title]')).toEqual(['MAIN', id]);
    await page.getByRole('img', { name: /pickup A, the dropoff B and the driver/ }).waitFor();
    expect(await page.locator('.sketch .car').getAttribute('transform')).toMatch(
      /^translate\(\d[\d.]* \d[\d.]*\) rotate\(\d+\)$/,
    );
    for (const [card, text] of [
      ['Driver', /★ \d\.\d\d.*Away\s*\d+ min/s],
      ['Fare', /Total.*\d\.\d\d/s],
      ['Weather', /Temperature.*°C/s],
      ['Payment', /Nothing was asked for yet|Captured/],
    ] as const)
      expect(await page.getByRole('region', { name: card }).textContent(), card).toMatch(text);
    await picture(page, 'ride.png');
    await page.goBack();
    await rowsOf(page).first().waitFor();
    await page.close();
  }, 60_000);

  it('says so where there is no such ride', async () => {
    const page = await open('#/rides/RIDE-999999');
    await page.getByText('There is no such ride.').waitFor();
    await page.close();
  });

  it('draws the statistics, with the numbers of the graph in a table', async () => {
    const page = await open('#/statistics');
    await page.locator('canvas').nth(1).waitFor();
    for (const index of [0, 1]) expect(await coloursOf(page, index), `chart ${index}`).toEqual([true, true]);
    const [from, to] = await Promise.all(
      ['From', 'to'].map((label) => page.getByLabel(label, { exact: true }).inputValue()),
    );
    const { data } = await graph.ask<{
      data: {
        rideStatistics: {
          nodes: readonly { city: { name: string }; completed: number; cancelled: number }[];
        };
      };
    }>(
      `query ($from: Date!, $to: Date!) { rideStatistics(from: $from, to: $to, by: [CITY]) {
        nodes { city { name } completed cancelled }
      } }`,
      { from, to },
    );
    await page.getByText('As a table').nth(1).click();
    const cells = await page.locator('.charts .card:nth-child(2) tbody tr').allInnerTexts();
    expect(cells.map((row) => row.replaceAll(',', '').split(/\s+/))).toEqual(
      data.rideStatistics.nodes.map(({ city, completed, cancelled }) => [
        city.name,
        String(completed),
        String(cancelled),
      ]),
    );
    expect(cells).toHaveLength(3);
    await page.getByText('As a table').nth(1).click();
    await picture(page, 'statistics.png');
    await page.getByLabel('From', { exact: true }).fill('2024-01-01');
    await page.getByText('Choose from one to 366 days').waitFor();
    await page.close();
  }, 60_000);

  it('asks again every five seconds, and rests while nobody looks and while it is paused', async () => {
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(web.url);
    await rowsOf(page).first().waitFor();
    const idle = () => page.locator('button:enabled', { hasText: 'Refresh' }).waitFor();
    const asked = () => web.asked.filter(({ operationName }) => operationName === 'Board').length;
    const again = async (doing: () => Promise<void>) => {
      await idle();
      const response = page.waitForResponse('**/graphql');
      await doing();
      await response;
      await idle();
    };
    const aMinute = async () => {
      await page.clock.runFor(60_000);
      // What the page asked in that time has reached the server before this has.
      await page.evaluate(
        `fetch('/graphql', { method: 'POST', body: '{"query":"{ __typename }"}' }).then((answer) => answer.text())`,
      );
    };
    await again(() => page.clock.runFor(5_000));
    await see(page, 'hidden');
    const whenHidden = asked();
    await aMinute();
    expect(asked()).toBe(whenHidden);
    await again(async () => {
      await see(page, 'visible');
      await page.clock.runFor(1);
    });
    expect(asked()).toBe(whenHidden + 1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await aMinute();
    expect(asked()).toBe(whenHidden + 1);
    await page.close();
  }, 60_000);

  it('fits a narrow screen', async () => {
    const page = await context.newPage();
    await page.setViewportSize({ width: 360, height: 1100 });
    for (const [hash, ready] of [
      ['', 'table.board tbody tr'],
      ['#/rides/RIDE-005000', '.sketch'],
      ['#/statistics', 'canvas'],
    ] as const) {
      await page.goto(`${web.url}/${hash}`);
      await page.locator(ready).first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth'), hash).toBeLessThanOrEqual(360);
      await picture(page, `narrow-${hash.split('/')[1] ?? 'board'}.png`);
    }
    await page.close();
  }, 60_000);

  it('has asked nobody but its own server, and broken no rule of the strict policy', () => {
    expect(requested.length).toBeGreaterThan(10);
    expect(requested.filter((url) => !url.startsWith(`${web.url}/`))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('sends the key that was typed, and keeps it nowhere', async () => {
    const page = await open();
    await rowsOf(page).first().waitFor();
    await page.getByLabel('API key').fill('trib_not_a_key');
    const response = page.waitForResponse('**/graphql');
    await page.keyboard.press('Enter');
    await response;
    expect(web.asked.at(-1)).toEqual({ operationName: 'Board', apiKey: 'trib_not_a_key' });
    expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([
      0,
      0,
      '',
    ]);
    expect(page.url()).not.toContain('trib_');
    await page.getByRole('button', { name: 'Forget it' }).click();
    await rowsOf(page).first().waitFor();
    expect(web.asked.at(-1)).toEqual({ operationName: 'Board', apiKey: undefined });
    await page.close();
  }, 60_000);

  it('keeps the rest of the page where a backend is down, and says which part is missing', async () => {
    const page = await open();
    await rowsOf(page).first().waitFor();
    expect(await page.getByText('unavailable').count()).toBe(0);
    await backends.payments.process.stop('SIGKILL');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.locator('td[data-name="Payment"] .problem').nth(24).waitFor();
    expect(await page.locator('td:not([data-name="Payment"]) .problem').count()).toBe(0);
    expect(await page.getByRole('status').textContent()).toMatch(/^payments: .+ UPSTREAM_\w+$/);
    await picture(page, 'board-without-payments.png');
    const fare = rowsOf(page).first().locator('td[data-name="Fare"]');
    expect(await fare.textContent()).toMatch(/\d\.\d\d/);
    await rowsOf(page).first().getByRole('link').click();
    const payment = page.getByRole('region', { name: 'Payment' });
    await payment.getByText('unavailable').waitFor();
    expect(await page.getByRole('region', { name: 'Fare' }).textContent()).toMatch(/\d\.\d\d/);
    await page.close();
  }, 60_000);

  it('keeps the last board while the server itself cannot be reached', async () => {
    const page = await open();
    await rowsOf(page).first().waitFor();
    web.down = true;
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('The server cannot be reached.').waitFor();
    await page.getByText('Cut off, trying again').waitFor();
    expect(await rowsOf(page).count()).toBe(25);
    web.down = false;
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('The server cannot be reached.').waitFor({ state: 'detached' });
    await page.close();
  }, 60_000);

  it('says once that the statistics cannot be had', async () => {
    web.down = true;
    const page = await open('#/statistics');
    await page.getByText('The server cannot be reached.').first().waitFor();
    await expect.poll(() => page.getByText('Loading').count()).toBe(0);
    expect(await page.getByText('The server cannot be reached.').count()).toBe(1);
    web.down = false;
    await page.close();
  }, 60_000);
});

/** What a browser does to a page when its tab is left or seen again. */
function see(page: Page, state: 'hidden' | 'visible'): Promise<unknown> {
  return page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}

/** Whether the colours of the completed and of the cancelled rides are seen on a chart, each on a hundred pixels at least. */
function coloursOf(page: Page, index: number): Promise<readonly [boolean, boolean]> {
  return page.evaluate<readonly [boolean, boolean]>(`(() => {
    const canvas = document.querySelectorAll('canvas')[${index}];
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return [[11, 114, 133], [232, 89, 12]].map((colour) => {
      let pixels = 0;
      for (let at = 0; at < data.length; at += 4)
        if (colour.every((part, index) => data[at + index] === part)) pixels += 1;
      return pixels >= 100;
    });
  })()`);
}
