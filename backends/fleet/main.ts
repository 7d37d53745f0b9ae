import { fleetBackend } from '../ports.ts';
import { seedFleet } from './seed.ts';

/** Seeds the configured database and ends: code 0 when it is full, 1 when it is not. */
if (process.argv.length > 2) {
  console.error(`fleet: there are no options here; ${fleetBackend.urlVariable} chooses the database.`);
  process.exitCode = 78;
} else {
  try {
    const { outcome, message } = await seedFleet(
      process.env[fleetBackend.urlVariable] || fleetBackend.defaultUrl,
    );
    if (outcome === 'unfinished') throw new Error(message);
    console.log(message);
  } catch (error) {
    console.error(`fleet: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
