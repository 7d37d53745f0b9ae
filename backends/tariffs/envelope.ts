import type { Problem } from '../shared/problem.ts';
import { attribute, escapeXml, type XmlElement } from '../shared/xml.ts';

/** SOAP 1.1 envelopes: takes the call out of one, puts answers and faults into others. */

export const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
export const securityNamespace =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const tariffsNamespace = 'urn:ride-hailing:tariffs:v1';

/** A SOAP Fault (SOAP 1.1 §4.4). */
export class SoapFault extends Error {
  /** `FailedAuthentication` is WS-Security's own (SOAP Message Security 1.0 §12). */
  readonly code: 'VersionMismatch' | 'MustUnderstand' | 'Client' | 'Server' | 'FailedAuthentication';
  /** XML of the `detail` element's content. */
  readonly detail: string;

  constructor(code: SoapFault['code'], message: string, detail = '') {
    super(message);
    this.name = 'SoapFault';
    this.code = code;
    this.detail = detail;
  }
}

/**
 * The one element in the body.
 *
 * @param isUnderstood whether a header that must be understood is
 * @throws SoapFault VersionMismatch for another envelope, MustUnderstand for a header that asks for it and is not
 *   understood, Client for anything else that is no call.
 */
export function readEnvelope(
  root: XmlElement,
  isUnderstood: (block: XmlElement) => boolean = () => false,
): XmlElement {
  if (root.name !== 'Envelope' || root.namespace !== soapNamespace) {
    throw new SoapFault('VersionMismatch', 'A SOAP 1.1 Envelope was expected.');
  }
  const part = (name: string): XmlElement | undefined =>
    root.children.find((child) => child.name === name && child.namespace === soapNamespace);
  const obliging = part('Header')?.children.find(
    (block) =>
      ['1', 'true'].includes(attribute(block, 'mustUnderstand', soapNamespace) ?? '') && !isUnderstood(block),
  );
  if (obliging) throw new SoapFault('MustUnderstand', `The header ${obliging.name} is not understood.`);
  const [call, ...more] = part('Body')?.children ?? [];
  if (!call || more.length > 0) throw new SoapFault('Client', 'The Body must hold one element.');
  return call;
}

export function writeEnvelope(body: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${soapNamespace}">` +
    `<soap:Body>${body}</soap:Body></soap:Envelope>\n`
  );
}

export function writeFault(fault: SoapFault): string {
  const detail = fault.detail === '' ? '' : `<detail>${fault.detail}</detail>`;
  return writeEnvelope(
    `<soap:Fault>${writeCode(fault.code)}` +
      `<faultstring>${escapeXml(fault.message)}</faultstring>${detail}</soap:Fault>`,
  );
}

function writeCode(code: SoapFault['code']): string {
  if (code !== 'FailedAuthentication') return `<faultcode>soap:${code}</faultcode>`;
  return `<faultcode xmlns:wsse="${securityNamespace}">wsse:${code}</faultcode>`;
}

/** A refusal of HTTP's (too large, no XML …) in SOAP's words: the client is to blame below 500. */
export function asSoapFault(problem: Problem): SoapFault {
  return new SoapFault(problem.status < 500 ? 'Client' : 'Server', problem.message);
}
