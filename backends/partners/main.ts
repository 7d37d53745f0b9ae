import { runBackend } from '../shared/run.ts';
import { startPartners } from './server.ts';

await runBackend('partners', startPartners);
