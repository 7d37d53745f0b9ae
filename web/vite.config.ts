import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds GraphiQL to `dist/web`. The server serves it under `/graphiql/`, and nothing comes from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/graphiql/',
  plugins: [react()],
  // Workers of the editor are modules of their own, so that no script is inline.
  worker: { format: 'es' },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // Everything keeps a name and a hash of its own: the page's policy allows no `data:` scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6_000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Hints of libraries to a compiler that has run already; there are dozens.
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
});
