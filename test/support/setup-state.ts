/** Before each file of tests: the servers that it starts as processes of their own get this by their environment. */
import { privateState } from './private-state.ts';

Object.assign(process.env, privateState());
