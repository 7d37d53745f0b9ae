/** The two versions of SOAP, told apart by the namespace of their envelope. */
export type SoapVersion = '1.1' | '1.2';

export const SOAP11_ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP12_ENVELOPE = 'http://www.w3.org/2003/05/soap-envelope';
export const SOAP11_ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/';
export const SOAP12_ENCODING = 'http://www.w3.org/2003/05/soap-encoding';
export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const WSA = 'http://www.w3.org/2005/08/addressing';
export const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';

/** Prefixes that readers of logs know; any other namespace gets `ns1`, `ns2`, … */
export const PREFIXES: Readonly<Record<string, string>> = {
  [SOAP11_ENVELOPE]: 'soap',
  [SOAP12_ENVELOPE]: 'soap',
  [SOAP11_ENCODING]: 'soapenc',
  [SOAP12_ENCODING]: 'soapenc',
  [WSSE]: 'wsse',
  [WSU]: 'wsu',
  [WSA]: 'wsa',
  'http://www.w3.org/2001/XMLSchema': 'xsd',
  'http://www.w3.org/2001/XMLSchema-instance': 'xsi',
  'http://www.w3.org/2004/08/xop/include': 'xop',
};

export function envelopeNamespace(version: SoapVersion): string {
  return version === '1.1' ? SOAP11_ENVELOPE : SOAP12_ENVELOPE;
}
