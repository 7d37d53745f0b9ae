import { fileURLToPath } from 'node:url';

/**
 * Builds what is missing or stale before the first test: several start the compiled programs. While somebody is at work
 * on one corner, a build that fails must not keep the tests of all the others from running, so outside of CI it is only
 * said; what needs the compiled programs then fails, or runs against the last good ones.
 */
export default async function setup(): Promise<void> {
  const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  const { build } = (await import(script)) as { build(options: object): Promise<unknown> };
  try {
    await build({});
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(`The build failed:\n${(error as Error).message}`);
  }
}
