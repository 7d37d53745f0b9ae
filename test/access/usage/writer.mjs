/** Writes usage down as fast as it can, and acknowledges each event on the standard output after that; until it is killed. */
import { writeSync } from 'node:fs';
import { createJiti } from 'jiti';

const [directory, round] = process.argv.slice(2);
const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(new URL(path, import.meta.url).pathname);
const { openNodeDirectory } = await load('../../../src/access/usage/node-directory.ts');
const { UsageLog } = await load('../../../src/access/usage/usage-log.ts');
const { event } = await load('./used.ts');

const { node, path } = openNodeDirectory(directory);
const silent = () => {};
const log = new UsageLog({
  directory: path,
  strict: false,
  segmentBytes: 20_000,
  maxBytes: 1_000_000_000,
  log: { debug: silent, info: silent, warn: silent, error: silent },
});
for (let seq = 1; ; seq++) {
  const request = `${round}-${seq}`;
  log.append(event(seq, { id: `${round}${String(seq).padStart(25, '0')}`, node, request, at: Date.now() }));
  acknowledge(`${request}\n`);
}

/** A pipe that is full says so: whoever reads it is slower than we are. */
function acknowledge(line) {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}
