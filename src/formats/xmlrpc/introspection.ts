import { runWhole } from '../xml/slices.ts';
import { readResponse } from './read-response.ts';
import type { XmlRpcValue } from './read-value.ts';
import { fixed } from './types.ts';
import { planCall, writeCall } from './write-call.ts';

/** Calls a method with parameters in order; rejects where the server answers a fault. */
export type Ask = (method: string, ...parameters: readonly unknown[]) => Promise<XmlRpcValue>;

/** Sends one document and gives the body of the answer. */
export type Post = (document: string) => Promise<{ body: Uint8Array; contentType?: string }>;

/** What a server says of one method. */
export interface MethodDescription {
  readonly name: string;
  /** Each a list of type names, the result first; empty where the server tells none. */
  readonly signatures: readonly (readonly string[])[];
  /** `''` where the server tells nothing. */
  readonly help: string;
}

const SYSTEM = 'system.';
/** Methods asked about at the same time. */
const CONCURRENCY = 8;

/**
 * Makes a calling function of a posting one. What it calls is decided by its caller: it writes nothing down.
 * Errors: `FormatError` for what is no XML-RPC; an `Error` naming the fault's code for a fault.
 */
export function askThrough(post: Post): Ask {
  return async (method, ...parameters) => {
    const document = writeCall(planCall(method, parameters.map(fixed)), {});
    const { body, contentType } = await post(document);
    const response = runWhole(readResponse(body, contentType));
    if ('fault' in response) throw new Error(`${method} answered the fault ${response.fault.code}`);
    return response.value;
  };
}

/**
 * All methods of a server with their signatures and help, `system.*` left out, in the server's order. A method of
 * which the server tells nothing, or answers a fault for, is listed with its name alone.
 * Source: https://xmlrpc-c.sourceforge.io/introspection.html
 */
export async function introspect(ask: Ask): Promise<readonly MethodDescription[]> {
  const names = (await listMethods(ask)).filter((name) => !name.startsWith(SYSTEM));
  const descriptions = new Array<MethodDescription>(names.length);
  let following = 0;
  const work = async (): Promise<void> => {
    for (let index = following++; index < names.length; index = following++) {
      descriptions[index] = await describe(ask, names[index]!);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return descriptions;
}

/** The names of all methods. An answer of another shape is an empty list. */
export async function listMethods(ask: Ask): Promise<readonly string[]> {
  return strings(await ask('system.listMethods'));
}

/**
 * The signatures of a method. Servers that tell none answer a string (`undef`, `signatures not supported`) or an empty
 * struct: an empty list. One signature that does not stand in a list of its own is one all the same.
 */
export async function methodSignature(ask: Ask, method: string): Promise<readonly (readonly string[])[]> {
  const answer = await ask('system.methodSignature', method);
  if (!Array.isArray(answer)) return [];
  if (answer.length > 0 && answer.every((type) => typeof type === 'string')) return [strings(answer)];
  return answer.filter(Array.isArray).map(strings);
}

/** The help text of a method; `''` where the server has none. */
export async function methodHelp(ask: Ask, method: string): Promise<string> {
  const answer = await ask('system.methodHelp', method);
  return typeof answer === 'string' ? answer : '';
}

async function describe(ask: Ask, name: string): Promise<MethodDescription> {
  const [signatures, help] = await Promise.allSettled([methodSignature(ask, name), methodHelp(ask, name)]);
  return {
    name,
    signatures: signatures.status === 'fulfilled' ? signatures.value : [],
    help: help.status === 'fulfilled' ? help.value : '',
  };
}

function strings(value: XmlRpcValue): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
