import { Command } from 'commander';
import { ProblemsError } from '../config/problems.ts';
import { startTributary, type Tributary } from '../tributary.ts';
import { printProblems } from './print-problems.ts';

/** sysexits.h, EX_CONFIG: trying again without a change will not help. */
const badConfiguration = 78;

const signals = { SIGINT: 2, SIGTERM: 15 } as const;

export function startCommand(): Command {
  return new Command('start')
    .description('Serves a graph project until it is told to stop.')
    .argument('[directory]', 'folder of the graph project', '.')
    .action(start);
}

async function start(directory: string): Promise<void> {
  let tributary: Tributary;
  try {
    tributary = await startTributary({ directory });
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    printProblems(thrown.problems);
    process.exitCode = thrown.problems.every(({ mayPass }) => mayPass) ? 1 : badConfiguration;
    return;
  }
  stopOnSignal(tributary);
  if (tributary.config.tls !== undefined) process.on('SIGHUP', () => tributary.reloadCertificate());
  console.log(`metrics and health: ${tributary.adminUrl}`);
  console.log(`Tributary is ready: ${tributary.url}`);
}

/** The first signal lets what is in flight finish; the second one ends the process at once. */
function stopOnSignal(tributary: Tributary): void {
  let stopping = false;
  for (const [signal, number] of Object.entries(signals)) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + number);
      stopping = true;
      tributary.close().then(
        () => process.exit(0),
        (thrown: unknown) => {
          console.error(thrown);
          process.exit(1);
        },
      );
    });
  }
}
