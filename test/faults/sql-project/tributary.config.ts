import { defineConfig } from 'tributary';

export default defineConfig({ port: 0, adminPort: 0, graphiql: false });
