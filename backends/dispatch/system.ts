import { checkParameters, faultCodes, type Method, RpcFault } from './methods.ts';
import { array, int, string, struct, type Value } from './values.ts';

/** Introspection and `system.multicall`, by the conventions that XML-RPC servers share. */

export const multicall = 'system.multicall';
const maxCalls = 1_000;

/** All methods: the given ones and those of `system` about them. */
export function withSystemMethods(methods: Readonly<Record<string, Method>>): Record<string, Method> {
  const all: Record<string, Method> = { ...methods };
  const find = (parameters: readonly Value[]): Method => {
    const [name] = parameters;
    return mustFindMethod(all, name?.type === 'string' ? name.value : '');
  };
  all['system.listMethods'] = {
    signature: ['array'],
    help: 'The names of all methods.',
    call: () => array(Object.keys(all).map(string)),
  };
  all['system.methodSignature'] = {
    signature: ['array', 'string'],
    help: 'The signatures of a method: each an array of types, the result first.',
    call: (parameters) =>
      array([array(find(parameters).signature.map((type) => string(typeNames[type] ?? type)))]),
  };
  all['system.methodHelp'] = {
    signature: ['string', 'string'],
    help: 'What a method does.',
    call: (parameters) => string(find(parameters).help),
  };
  all[multicall] = {
    signature: ['array', 'array'],
    help: 'Calls several methods: takes structs of methodName and params, gives each result in an array of one, or a fault.',
    call: (parameters) => {
      const calls = parameters[0]?.type === 'array' ? parameters[0].items : [];
      if (calls.length > maxCalls) {
        throw new RpcFault(faultCodes.invalidCall, `A multicall may hold ${maxCalls} calls.`);
      }
      return array(calls.map((call) => oneOfMany(all, call)));
    },
  };
  return all;
}

/** Calls a method by name. @throws RpcFault -32601, -32602, or the method's own. */
export function callMethod(
  methods: Readonly<Record<string, Method>>,
  name: string,
  parameters: readonly Value[],
): Value {
  const method = mustFindMethod(methods, name);
  checkParameters(name, method, parameters);
  return method.call(parameters);
}

/** The names inside a multicall, for counting; a broken call has none. */
export function namesInside(parameters: readonly Value[]): string[] {
  const calls = parameters[0]?.type === 'array' ? parameters[0].items : [];
  return calls.flatMap((call) => readCall(call)?.name ?? []);
}

/** A fault as the struct that stands in for a result, and inside `<fault>`. */
export function faultValue(fault: RpcFault): Value {
  return struct({ faultCode: int(fault.code), faultString: string(fault.message) });
}

function oneOfMany(methods: Readonly<Record<string, Method>>, value: Value): Value {
  try {
    const call = readCall(value);
    if (!call) {
      throw new RpcFault(faultCodes.invalidCall, 'A call is a struct of methodName and params.');
    }
    if (call.name === multicall) {
      throw new RpcFault(faultCodes.invalidCall, 'A multicall may not hold a multicall.');
    }
    return array([callMethod(methods, call.name, call.parameters)]);
  } catch (error) {
    if (error instanceof RpcFault) return faultValue(error);
    throw error;
  }
}

function readCall(value: Value): { name: string; parameters: readonly Value[] } | undefined {
  if (value.type !== 'struct') return undefined;
  const { methodName, params } = value.members;
  if (methodName?.type !== 'string' || params?.type !== 'array') return undefined;
  return { name: methodName.value, parameters: params.items };
}

function mustFindMethod(methods: Readonly<Record<string, Method>>, name: string): Method {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) throw new RpcFault(faultCodes.unknownMethod, 'There is no such method.');
  return method;
}

/** The names of types in signatures, where they differ from ours. */
const typeNames: Readonly<Record<string, string>> = { dateTime: 'dateTime.iso8601' };
