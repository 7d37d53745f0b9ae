import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const proxy = {
  '/graphql': { target: process.env.TRIBUTARY_ORIGIN ?? 'http://127.0.0.1:4000', changeOrigin: true },
};

/**
 * Builds the page to `dist/`, with nothing inline and nothing from elsewhere, so that a strict content security policy
 * fits. While it is developed, `/graphql` leads to the server: the browser sees one origin, and CORS is not needed.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  server: {
    host: '127.0.0.1',
    proxy,
  },
  preview: {
    host: '127.0.0.1',
    proxy,
  },
  build: {
    emptyOutDir: true,
    // The policy allows no `data:` addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
