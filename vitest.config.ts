import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      // One copy of the engine: tests, the graph project and the sources all mean the same files.
      { find: /^tributary$/, replacement: path('src/index.ts') },
      // One copy of graphql: its packages are loaded by Node as CommonJS, so our own imports must be too.
      { find: /^graphql$/, replacement: path('node_modules/graphql/index.js') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/fixtures/**'],
    // The compiled programs that some tests start.
    setupFiles: ['test/support/setup-state.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/temporary-files.ts'],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    // Most of the time goes by in processes that tests wait for.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Many bounds are times; a busy machine gets a second chance, and the report says which test needed it.
    retry: 1,
  },
});
