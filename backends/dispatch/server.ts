import { Problem, problemReply } from '../shared/problem.ts';
import { type Reply, xml } from '../shared/reply.ts';
import {
  type ListenOptions,
  type Route,
  type RunningBackend,
  type ServiceRequest,
  startService,
} from '../shared/service.ts';
import { parseXml, type XmlElement } from '../shared/xml.ts';
import { dispatchMethods, faultCodes, type Method, RpcFault } from './methods.ts';
import { callMethod, faultValue, multicall, namesInside, withSystemMethods } from './system.ts';
import { malformed, readValue, type Value, writeValue } from './values.ts';

const path = '/RPC2';

/**
 * Starts `dispatch`, XML-RPC at `/RPC2`.
 *
 * @param options.now the clock that moves the drivers. @default the system's
 */
export function startDispatch(options: ListenOptions & { now?: () => Date }): Promise<RunningBackend> {
  const methods = withSystemMethods(dispatchMethods(options.now ?? (() => new Date())));
  return startService(
    {
      name: 'dispatch',
      route: (request) => findRoute(methods, request),
      refuse: (problem, { url }) =>
        url.pathname === path ? faultReply(asFault(problem)) : problemReply(problem),
    },
    options,
  );
}

function findRoute(methods: Readonly<Record<string, Method>>, request: ServiceRequest): Route {
  if (request.url.pathname !== path) throw new Problem(404, `XML-RPC is served at ${path}.`);
  if (request.method !== 'POST') {
    return {
      operations: ['(unknown)'],
      answer: () => problemReply(new Problem(405, 'Use POST.', { Allow: 'POST' })),
    };
  }
  const { name, parameters } = readCall(parseXml(request.body.toString()));
  const inner = name === multicall ? namesInside(parameters) : [];
  return {
    // Names of others' choosing would grow the count without bound.
    operations: [name, ...inner].map((called) => (Object.hasOwn(methods, called) ? called : '(unknown)')),
    answer: () => answer(methods, name, parameters),
  };
}

function answer(
  methods: Readonly<Record<string, Method>>,
  name: string,
  parameters: readonly Value[],
): Reply {
  try {
    const result = writeValue(callMethod(methods, name, parameters));
    return respond(`<params><param>${result}</param></params>`);
  } catch (error) {
    if (error instanceof RpcFault) return faultReply(error);
    throw error;
  }
}

/** `<methodCall>`: its name and parameters. */
function readCall(root: XmlElement): { name: string; parameters: Value[] } {
  const [nameElement, params, ...more] = root.children;
  if (root.name !== 'methodCall' || nameElement?.name !== 'methodName' || more.length > 0) {
    throw malformed('a <methodCall> with a <methodName> and <params> was expected');
  }
  if (params && params.name !== 'params') throw malformed('<params> was expected');
  const parameters = (params?.children ?? []).map((param) => {
    const [value] = param.children;
    if (param.name !== 'param' || !value || param.children.length > 1) {
      throw malformed('a <param> holds one <value>');
    }
    return readValue(value);
  });
  return { name: nameElement.text.trim(), parameters };
}

function asFault(problem: Problem): RpcFault {
  const codes: Record<number, number> = { 400: faultCodes.notWellFormed, 413: faultCodes.invalidCall };
  return new RpcFault(codes[problem.status] ?? faultCodes.internal, problem.message);
}

/** Faults are answered with status 200, as the specification demands. */
function faultReply(fault: RpcFault): Reply {
  return respond(`<fault>${writeValue(faultValue(fault))}</fault>`);
}

function respond(content: string): Reply {
  return xml(`<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>${content}</methodResponse>\n`);
}
