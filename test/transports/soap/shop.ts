import type { Asked } from '../xmlrpc/servers.ts';

export type { Answer, Asked, OpenedDatasource, RawServer } from '../xmlrpc/servers.ts';
export { opened, plain, rawServer } from '../xmlrpc/servers.ts';

export const shopWsdl = new URL('./shop.wsdl', import.meta.url);

/** An envelope of SOAP 1.1 around a body. */
export function envelope(body: string, header = ''): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" ' +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">' +
    `${header === '' ? '' : `<soap:Header>${header}</soap:Header>`}<soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

/** An envelope of SOAP 1.2. */
export function envelope12(body: string): string {
  return `<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><env:Body>${body}</env:Body></env:Envelope>`;
}

/** The answer to GetPrice. */
export function priced(content: string): string {
  return envelope(`<GetPriceResponse xmlns="urn:shop">${content}</GetPriceResponse>`);
}

/** A fault of SOAP 1.1. */
export function fault(code: string, text: string, detail = ''): string {
  return envelope(
    `<soap:Fault><faultcode>${code}</faultcode><faultstring>${text}</faultstring>${detail === '' ? '' : `<detail>${detail}</detail>`}</soap:Fault>`,
  );
}

/** The body of what was asked: from the first element in it to the last. */
export function bodyOf({ body }: Asked): string {
  return /<soap:Body>(.*)<\/soap:Body>/s.exec(body)?.[1] ?? '';
}
