import { runBackend } from '../shared/run.ts';
import { startInsights } from './server.ts';

await runBackend('insights', startInsights);
