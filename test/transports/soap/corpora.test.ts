import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { request } from '../../../src/transports/soap/builders.ts';
import { soap } from '../../../src/transports/soap/soap.ts';
import { envelope, fault, type OpenedDatasource, opened, plain, type RawServer, rawServer } from './shop.ts';

const wsdl = new URL('../../../../shared/corpora/wsdl/checkVatService.wsdl', import.meta.url);
const isThere = existsSync(fileURLToPath(wsdl));
if (!isThere)
  console.log('skipped: a description from the field (the corpora are not beside the repository)');

const NAMESPACE = 'urn:ec.europa.eu:taxud:vies:services:checkVat:types';

describe.skipIf(!isThere)('the VAT service of the European Commission, bound as docs/soap.md says', () => {
  let server: RawServer;
  let open: OpenedDatasource;

  async function check(answer: string) {
    server = await rawServer(() => answer);
    const vat = soap('vat', {
      wsdl,
      url: server.url,
      onFault: { INVALID_INPUT: 'BAD_USER_INPUT', MS_UNAVAILABLE: 'UPSTREAM_UNAVAILABLE' },
      operations: {
        check: request<{ countryCode: string; vatNumber: string }, { valid: boolean; name: string | null }>(
          'checkVat',
        ),
      },
    });
    open = await opened(vat);
    return (await open.ask(vat.check, { vatNumber: '00123', countryCode: 'PT' })).map(plain)[0];
  }

  afterEach(async () => {
    await open.close();
    await server.close();
  });

  it('answers a number', async () => {
    const answer = `<checkVatResponse xmlns="${NAMESPACE}"><countryCode>PT</countryCode><vatNumber>00123</vatNumber><requestDate>2026-11-23+01:00</requestDate><valid>false</valid><name>---</name><address xsi:nil="true"/></checkVatResponse>`;
    expect(await check(envelope(answer))).toEqual({
      countryCode: 'PT',
      vatNumber: '00123',
      requestDate: '2026-11-23+01:00',
      valid: false,
      name: '---',
      address: null,
    });
    const [asked] = server.asked;
    expect(asked?.path).toBe('/taxation_customs/vies/services/checkVatService');
    expect(asked?.body.replace(/ns\d+:/g, '')).toContain(
      '<checkVat><countryCode>PT</countryCode><vatNumber>00123</vatNumber></checkVat>',
    );
  });

  it('answers its own codes as the words of a fault', async () => {
    expect(await check(fault('soap:Server', 'INVALID_INPUT'))).toBe('BAD_USER_INPUT');
  });
});
