import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestServer, type TestServer } from './test-graph.ts';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const required = process.env.TRIBUTARY_REQUIRE_SERVICES === '1';
const hasBrowser = existsSync(browserPath);
if (!hasBrowser && !required)
  console.log(
    `skipped: the tests of the page, because there is no Chromium at ${browserPath} (CHROMIUM_PATH).`,
  );

const readyQuery = '# The ready query.\nquery Board {\n  hello\n  thing(id: 7) {\n    name\n  }\n}\n';

describe('the page', () => {
  let folder: string;
  let server: TestServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-web-'));
    await build({
      configFile: fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url)),
      logLevel: 'error',
      build: { outDir: folder },
    });
    server = await openTestServer({ graphiql: true, graphiqlQuery: readyQuery }, { webFolder: folder });
  }, 120_000);
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('L09: is not there where the audience of callers without credentials has none', async () => {
    const closed = await openTestServer({ graphiql: ['PARTNER', 'INTERNAL'] }, { webFolder: folder });
    const asBrowser = await fetch(`${closed.url}/graphql`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(asBrowser.status).toBe(404);
    expect((await fetch(`${closed.url}/`, { headers: { accept: 'text/html' } })).status).toBe(404);
    await closed.close();
    const shown = await openTestServer({ graphiql: ['OPEN'] }, { webFolder: folder });
    expect((await fetch(`${shown.url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(200);
    await shown.close();
  });

  it('is served to browsers that open the endpoint, and to nobody else', async () => {
    const asBrowser = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(asBrowser.status).toBe(200);
    expect(asBrowser.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = asBrowser.headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    const html = await asBrowser.text();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
    expect(html).not.toMatch(/https?:\/\//);
    const asClient = await fetch(`${server.url}/graphql`, { headers: { accept: 'application/json' } });
    expect(asClient.headers.get('content-type')).toContain('application/json');
  });

  it('is where a browser is led that opens the address without a path, and nobody else', async () => {
    const asked = (accept: string, method = 'GET') =>
      fetch(`${server.url}/`, { method, headers: { accept }, redirect: 'manual' });
    const asBrowser = await asked('text/html,*/*;q=0.8');
    expect([asBrowser.status, asBrowser.headers.get('location')]).toEqual([302, '/graphql']);
    expect(asBrowser.headers.get('vary')).toBe('accept');
    expect(asBrowser.headers.get('x-content-type-options')).toBe('nosniff');
    for (const other of [
      await asked('application/json'),
      await asked('*/*'),
      await asked('text/html', 'POST'),
    ])
      expect([other.status, await other.json()]).toMatchObject([
        404,
        { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
      ]);
  });

  it('has files with hashes in their names that browsers keep for ever', async () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    const script = /src="(\/graphiql\/assets\/[^"]+-[\w-]{8}\.js)"/.exec(html)?.[1];
    const response = await fetch(`${server.url}${script}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    await response.arrayBuffer();
  });

  it('lets nobody read files beside its own', async () => {
    for (const path of ['..%2findex.html', '%2e%2e/%2e%2e/package.json', '../index.html', 'missing.js']) {
      const response = await fetch(`${server.url}/graphiql/assets/${path}`);
      expect(response.status, path).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type'), path).toContain('application/json');
      expect(await response.text(), path).not.toContain('<');
    }
  });

  it('is not there when the option is off', async () => {
    const plain = await openTestServer({ graphiql: false }, { webFolder: folder });
    try {
      const response = await fetch(`${plain.url}/graphql`, { headers: { accept: 'text/html' } });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
      expect((await fetch(`${plain.url}/graphiql/settings.json`)).status).toBe(404);
    } finally {
      await plain.close();
    }
  });

  it.runIf(hasBrowser || required)(
    'opens in Chromium on the ready query, runs it and shows the answer, from our own files alone',
    async () => {
      const profile = mkdtempSync(join(tmpdir(), 'tributary-chromium-'));
      const context = await openChromium(profile);
      try {
        const requested: string[] = [];
        const complaints: string[] = [];
        const page = await context.newPage();
        context.on('request', (request) => requested.push(request.url()));
        page.on('console', (message) => {
          if (message.type() === 'error') complaints.push(message.text());
        });
        page.on('pageerror', (error) => complaints.push(String(error)));
        await page.goto(`${server.url}/graphql`);
        await page.getByText('# The ready query.').waitFor();
        await page.getByRole('button', { name: /execute query/i }).click();
        await page
          .getByRole('region', { name: /result/i })
          .getByText('"thing 7"')
          .waitFor();
        const picture = join(process.env.TRIBUTARY_SCREENSHOTS ?? profile, 'graphiql.png');
        await page.screenshot({ path: picture });
        expect(await colours(page, picture)).toBeGreaterThan(20);
        expect(requested.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual(
          [],
        );
        expect(requested.filter((url) => url.includes('worker')).length).toBeGreaterThan(0);
        expect(complaints).toEqual([]);
      } finally {
        await context.close();
        rmSync(profile, { recursive: true, force: true });
      }
    },
    90_000,
  );
});

function openChromium(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** How many colours a picture has, counted by the browser itself: a page that shows nothing has one or two. */
async function colours(page: Page, picture: string): Promise<number> {
  const source = `data:image/png;base64,${readFileSync(picture).toString('base64')}`;
  return page.evaluate<number>(`(async () => {
    const image = new Image();
    image.src = ${JSON.stringify(source)};
    await image.decode();
    const drawing = new OffscreenCanvas(image.width, image.height).getContext('2d');
    drawing.drawImage(image, 0, 0);
    const { data } = drawing.getImageData(0, 0, image.width, image.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
}
