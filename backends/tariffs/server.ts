import { readFileSync } from 'node:fs';
import { Problem, problemReply } from '../shared/problem.ts';
import { type Reply, xml } from '../shared/reply.ts';
import {
  type ListenOptions,
  type Route,
  type RunningBackend,
  type ServiceRequest,
  startService,
} from '../shared/service.ts';
import { escapeXml, parseXml, type XmlElement } from '../shared/xml.ts';
import {
  asSoapFault,
  readEnvelope,
  SoapFault,
  tariffsNamespace,
  writeEnvelope,
  writeFault,
} from './envelope.ts';
import { TariffRefusal } from './fares.ts';
import { operations, writeFaultDetail } from './operations.ts';
import { type Credentials, isSecurityHeader, usernameTokenCheck } from './security.ts';

const path = '/tariffs';
const wsdl = readFileSync(new URL('./tariffs.wsdl', import.meta.url), 'utf8');

export interface TariffsOptions extends ListenOptions {
  /** Who may ask: every request then needs a UsernameToken of theirs. @default anybody */
  readonly credentials?: Credentials;
}

type Check = (envelope: XmlElement) => void;

/** Starts `tariffs`, SOAP 1.1 at `/tariffs` as `tariffs.wsdl` describes it. */
export function startTariffs({ credentials, ...options }: TariffsOptions): Promise<RunningBackend> {
  const check = credentials && usernameTokenCheck(credentials);
  return startService(
    {
      name: 'tariffs',
      route: (request) => findRoute(request, check),
      refuse: (problem, { url }) =>
        url.pathname === path && !url.search ? faultReply(asSoapFault(problem)) : problemReply(problem),
    },
    options,
  );
}

function findRoute(request: ServiceRequest, check: Check | undefined): Route {
  const { method, url } = request;
  if (url.pathname !== path) throw new Problem(404, `SOAP is served at ${path}.`);
  if (method === 'GET' && url.search.toLowerCase() === '?wsdl') {
    return { operations: ['GET /tariffs?wsdl'], answer: () => xml(wsdlFor(request.headers.host)) };
  }
  if (method !== 'POST') {
    return {
      operations: ['(unknown)'],
      answer: () => problemReply(new Problem(405, 'Use POST, or GET with ?wsdl.', { Allow: 'GET, POST' })),
    };
  }
  return soapRoute(request, check);
}

function soapRoute(request: ServiceRequest, check: Check | undefined): Route {
  try {
    if (!/^text\/xml\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new SoapFault('Client', 'A SOAP 1.1 request is text/xml.');
    }
    const envelope = parseXml(request.body.toString());
    const call = readEnvelope(envelope, check ? isSecurityHeader : undefined);
    check?.(envelope);
    const operation =
      call.namespace === tariffsNamespace && Object.hasOwn(operations, call.name)
        ? operations[call.name]
        : undefined;
    if (!operation) throw new SoapFault('Client', 'The Body holds no operation of the WSDL.');
    checkAction(request.headers.soapaction, call.name);
    return { operations: [call.name], answer: () => answer(call.name, () => operation(call)) };
  } catch (error) {
    if (!(error instanceof SoapFault)) throw error;
    return { operations: ['(unknown)'], answer: () => faultReply(error) };
  }
}

/** The header may be missing or empty (SOAP 1.1 §6.1.1), but it must not contradict the body. */
function checkAction(header: string | string[] | undefined, operation: string): void {
  const action = String(header ?? '').replace(/^"(.*)"$/, '$1');
  if (action !== '' && action !== `${tariffsNamespace}#${operation}`) {
    throw new SoapFault('Client', `The SOAPAction is not that of ${operation}.`);
  }
}

function answer(operation: string, work: () => string): Reply {
  try {
    const response = `${operation}Response`;
    return xml(
      writeEnvelope(
        `<${response} xmlns="${tariffsNamespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
          `${work()}</${response}>`,
      ),
    );
  } catch (error) {
    if (error instanceof TariffRefusal) {
      return faultReply(new SoapFault('Client', error.message, writeFaultDetail(error)));
    }
    if (error instanceof SoapFault) return faultReply(error);
    throw error;
  }
}

/** A fault has status 500 whoever is to blame (SOAP 1.1 §6.2). */
function faultReply(fault: SoapFault): Reply {
  return xml(writeFault(fault), 500);
}

/** The WSDL with the address that the client itself used. */
function wsdlFor(host: string | undefined): string {
  if (!host || !/^[\w.:[\]-]+$/.test(host)) throw new Problem(400, 'The Host header is no host.');
  return wsdl.replace(/location="[^"]*"/, `location="http://${escapeXml(host)}${path}"`);
}
