/**
 * Whole SOAP calls over loopback by the CPU time that they take: ours as the graph makes them, against the `soap` package's.
 * Both peers have 16 calls under way, as a server that serves many has; one call after the other is printed as well.
 */
import { callFigures } from './xml/call-figures.ts';

console.log(JSON.stringify(await callFigures()));
