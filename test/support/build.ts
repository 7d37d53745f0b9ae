import { fileURLToPath } from 'node:url';

/** Builds what is missing or stale before the first test: several start the compiled programs. */
export default async function setup(): Promise<void> {
  const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  const { build } = (await import(script)) as { build(options: object): Promise<unknown> };
  await build({});
}
