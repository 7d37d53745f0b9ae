import { parseArgs } from 'node:util';
import { TakenOver } from './books.ts';
import { GraphError, openGraph } from './graph.ts';
import { progressTo } from './progress.ts';
import { writeRejectedFile } from './rejected-file.ts';
import { runEtl } from './run.ts';
import { defaultUrl, openWarehouse } from './warehouse/open.ts';

const help = `npm run etl -- [--url URL] [--rejected FILE] [--page-size N]

Collects cities, weather, drivers, rides with their fares and imported trips from the served graph, and loads what is new
into the warehouse. Killed and started again it goes on where it was.

  --url URL         the graph's endpoint (TRIBUTARY_URL, http://127.0.0.1:4000/graphql)
  --rejected FILE   where the records that cannot be loaded are written (.data/etl-rejected.ndjson)
  --page-size N     records of one page, 1 to 200 (200)

WAREHOUSE_DATABASE_URL is the warehouse (${defaultUrl}); TRIBUTARY_API_KEY is sent as X-API-Key.`;

/** Codes: 0 loaded, 1 stopped half way, 78 the command line. */
async function main(): Promise<number> {
  let options: { url?: string; rejected?: string; 'page-size'?: string; help?: boolean };
  try {
    options = parseArgs({
      options: {
        url: { type: 'string' },
        rejected: { type: 'string' },
        'page-size': { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    console.error(`etl: ${(error as Error).message}\n\n${help}`);
    return 78;
  }
  const pageSize = Number(options['page-size'] ?? 200);
  if (options.help === true || !Number.isInteger(pageSize) || pageSize < 1 || pageSize > 200) {
    console.error(help);
    return options.help === true ? 0 : 78;
  }
  return await load(
    options.url ?? (process.env.TRIBUTARY_URL || 'http://127.0.0.1:4000/graphql'),
    options.rejected ?? '.data/etl-rejected.ndjson',
    pageSize,
  );
}

async function load(url: string, rejectedPath: string, pageSize: number): Promise<number> {
  const progress = progressTo(console.log);
  try {
    const graph = openGraph({ url, apiKey: process.env.TRIBUTARY_API_KEY });
    const database = await openWarehouse(process.env.WAREHOUSE_DATABASE_URL || defaultUrl);
    try {
      const { number, resumed, counts, total } = await runEtl(graph, database, progress, { pageSize });
      console.log(`\nrun ${number}${resumed ? ', gone on with after it was stopped' : ''}`);
      progress.table(counts);
      const reasons = await writeRejectedFile(database, rejectedPath);
      const words = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
      console.log(`rejected, of this and earlier runs: ${words}; see ${rejectedPath}`);
      console.log(`loaded ${total.loaded} of ${total.read}`);
    } finally {
      await database.close();
    }
    return 0;
  } catch (error) {
    console.error(`etl: ${(error as Error).message}`);
    if (error instanceof GraphError)
      console.error('etl: `npm start` serves the graph. What was loaded stays; start again to go on.');
    else if (!(error instanceof TakenOver))
      console.error('etl: what was loaded stays; start again to go on.');
    return 1;
  }
}

process.exitCode = await main();
