import { defineConfig } from 'tributary';

export default defineConfig({ graphiql: false });
