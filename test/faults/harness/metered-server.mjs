/**
 * A server of its own process whose requests are metered, for the tests that kill it: a small graph behind the real HTTP
 * listener, and the real usage log and shipper. `node metered-server.mjs STATE_URL USAGE_DIRECTORY`; prints its address when it is
 * ready, and stops in peace on SIGTERM.
 */
import { createJiti } from 'jiti';

const [stateUrl, directory] = process.argv.slice(2);
const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(new URL(path, import.meta.url).pathname);

const { openMeteredServer } = await load('./open-metered-server.ts');
const server = await openMeteredServer(stateUrl, directory);
process.once('SIGTERM', () => void server.close());
console.log(`ready ${server.url}`);
