import { runBackend } from '../shared/run.ts';
import { startTariffs } from './server.ts';

/** The graph reads the same variables. The defaults are for the company on one machine, where nothing is secret. */
const credentials = {
  username: process.env.TARIFFS_USERNAME || 'tributary',
  password: process.env.TARIFFS_PASSWORD || 'demo',
};

await runBackend('tariffs', (options) => startTariffs({ ...options, credentials }));
