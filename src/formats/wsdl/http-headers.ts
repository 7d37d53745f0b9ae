import type { SoapVersion } from '../soap/names.ts';

/** The media type of an envelope of this version. */
export function mediaType(version: SoapVersion): string {
  return version === '1.1' ? 'text/xml' : 'application/soap+xml';
}

/**
 * The HTTP headers of a message, by lower-case name: its content type and its action.
 * Implements SOAP 1.1 §6.1.1 (`SOAPAction`) and SOAP 1.2 part 2 §7.1 (the `action` parameter).
 */
export function httpHeaders(
  contentType: string,
  version: SoapVersion,
  action: string,
): Readonly<Record<string, string>> {
  const safe = action.replace(/["\r\n]/g, encodeURIComponent);
  if (version === '1.1') return { 'content-type': contentType, soapaction: `"${safe}"` };
  return { 'content-type': safe === '' ? contentType : `${contentType}; action="${safe}"` };
}
