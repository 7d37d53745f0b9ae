/** `npm run bench -- fuzz-xml SECONDS [SEED]`: reads mutated, cut and hostile XML for so long; a failure prints the seed and the document. */
import { fuzzXml } from '../test/formats/xml/fuzz.ts';

const seconds = Number(process.argv[2] ?? 600);
const seed = process.argv[3] === undefined ? undefined : Number(process.argv[3]);
console.log(JSON.stringify(await fuzzXml(seconds * 1_000, seed)));
