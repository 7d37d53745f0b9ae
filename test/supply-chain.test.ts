import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const { '': project, ...packages } = (
  JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
).packages;
const locked = Object.entries(packages).map(([path, entry]) => ({
  name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
  path,
  ...entry,
}));

/** What may not be older, and the flaw that ended with it. Several major versions: each has its own. */
const leastVersions: Readonly<Record<string, readonly [versions: readonly string[], flaw: string]>> = {
  '@apollo/server': [['5.5.0'], 'queries by GET with a simple content type'],
  cookie: [['0.7.0'], 'CVE-2024-47764: names and paths that end the header'],
  fastify: [['5.8.3'], 'CVE-2026-25223, CVE-2026-3635: content types with a tab; forged protocol and host'],
  'find-my-way': [['8.2.2', '9.0.1'], 'CVE-2024-45813: patterns of routes that backtrack'],
  graphql: [['16.8.1'], 'CVE-2023-26144: fields that overlap'],
  jose: [['4.15.5', '5.0.0'], 'CVE-2024-28176: inflated tokens'],
  jsonwebtoken: [['9.0.0'], 'CVE-2022-23540: tokens without a signature'],
  jws: [['3.2.3', '4.0.1'], 'CVE-2025-65945: secrets looked up by what is not verified'],
  mysql2: [['3.9.8'], 'CVE-2024-21512: prototypes changed by names of tables'],
  undici: [['6.24.0', '7.24.0'], 'CVE-2026-1525, CVE-2026-1528: two lengths; frames without end'],
};

function isAtLeast(version: string, least: readonly string[]): boolean {
  const parts = (text: string): number[] => text.split('-', 1)[0]?.split('.').map(Number) ?? [];
  const [major = 0, minor = 0, patch = 0] = parts(version);
  const [newest = 0] = parts(least.at(-1) as string);
  if (major > newest) return true;
  const same = least.map(parts).find(([each]) => each === major);
  if (same === undefined) return false;
  return minor > (same[1] ?? 0) || (minor === same[1] && patch >= (same[2] ?? 0));
}

describe('O07: what the project is built from', () => {
  it('comes from the registry, each package with its version and the hash of what it is', () => {
    expect(locked.length).toBeGreaterThan(500);
    for (const { path, version, integrity, resolved, link } of locked) {
      expect([path, link]).toEqual([path, undefined]);
      expect(version, path).toMatch(/^\d+\.\d+\.\d+/);
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      expect(resolved ?? 'https://registry.npmjs.org/', path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies }))
      expect([name, range]).toEqual([name, expect.stringMatching(/^\^?\d+\.\d+\.\d+$/)]);
    expect(project).toMatchObject({ dependencies, devDependencies });
  });

  it('runs nothing while it is installed', () => {
    expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const hooks = Object.keys(scripts).filter(
      (name) => /^(pre|post)/.test(name) || ['install', 'prepare'].includes(name),
    );
    expect(hooks).toEqual([]);
    // One prints an advertisement, the other would compile what it has ready for each platform.
    const running = locked.filter(({ hasInstallScript, dev }) => hasInstallScript === true && dev !== true);
    expect(running.map(({ name }) => name)).toEqual(['@apollo/protobufjs', '@photostructure/sqlite']);
    for (const platform of ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'win32-x64'])
      expect(existsSync(`${root}/node_modules/@photostructure/sqlite/prebuilds/${platform}`)).toBe(true);
  });

  it('has nothing older than where a flaw ended that would concern it', () => {
    const old = locked.flatMap(({ name, path, version = '' }) => {
      const [least, flaw] = leastVersions[name] ?? [];
      return least === undefined || isAtLeast(version, least) ? [] : [`${path} ${version}: ${flaw}`];
    });
    expect(old).toEqual([]);
    const names = new Set(locked.map(({ name }) => name));
    expect(Object.keys(leastVersions).filter((name) => !names.has(name))).toEqual([]);
    expect(isAtLeast('7.23.9', ['6.24.0', '7.24.0'])).toBe(false);
    expect(isAtLeast('6.24.0', ['6.24.0', '7.24.0'])).toBe(true);
    expect(isAtLeast('5.99.0', ['6.24.0', '7.24.0'])).toBe(false);
    expect(isAtLeast('8.0.0', ['6.24.0', '7.24.0'])).toBe(true);
  });

  // With `--omit dev` npm leaves out what is needed for tests as well, `graphql` itself for one.
  it('is listed by `npm run sbom`, without a network: every package with its hash', () => {
    const printed = execFileSync('npm', ['run', '--silent', 'sbom'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, npm_config_offline: 'true' },
      maxBuffer: 100_000_000,
    });
    const bill = JSON.parse(printed) as {
      bomFormat: string;
      components: {
        name: string;
        version: string;
        purl: string;
        hashes: { alg: string; content: string }[];
      }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    const listed = new Map(bill.components.map((part) => [`${part.name}@${part.version}`, part]));
    for (const { name, version, integrity } of locked) {
      const [hash] = listed.get(`${name}@${version}`)?.hashes ?? [];
      expect([name, hash?.alg]).toEqual([name, 'SHA-512']);
      expect(`sha512-${Buffer.from(hash?.content ?? '', 'hex').toString('base64')}`).toBe(integrity);
    }
  });
});
