import { runBackend } from '../shared/run.ts';
import { startTariffs } from './server.ts';

await runBackend('tariffs', startTariffs);
