import { runBackend } from '../shared/run.ts';
import { startDispatch } from './server.ts';

await runBackend('dispatch', startDispatch);
