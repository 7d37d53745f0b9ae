import { defineConfig } from 'tributary';

export default defineConfig({
  port: 0,
  adminPort: 0,
  graphiql: false,
  logLevel: 'info',
  limits: { maxRequests: 20, maxLagMs: 300, requestTimeoutMs: 10_000 },
});
