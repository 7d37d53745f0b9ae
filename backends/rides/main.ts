import { runBackend } from '../shared/run.ts';
import { startRides } from './server.ts';

await runBackend('rides', startRides);
