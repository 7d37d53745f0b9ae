import { runBackend } from '../shared/run.ts';
import { startWeather } from './server.ts';

await runBackend('weather', startWeather);
