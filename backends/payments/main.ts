import { runBackend } from '../shared/run.ts';
import { startPayments } from './server.ts';

await runBackend('payments', startPayments);
