import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { env } from '../../../src/config/setting.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import { request } from '../../../src/transports/soap/builders.ts';
import { type SoapOptions, soap } from '../../../src/transports/soap/soap.ts';
import { envelope, type OpenedDatasource, opened, type RawServer, rawServer, shopWsdl } from './shop.ts';

const operations = {
  echo: request<{ text: string }, { text: string }>('Echo', {
    soapHeaders: { Session: { value: { token: 't' } } },
  }),
};

let server: RawServer;
let open: OpenedDatasource;

/** Sends one request and gives its envelope. */
async function sent(options: Partial<SoapOptions<typeof operations>>): Promise<string> {
  server = await rawServer(() => envelope('<EchoResponse xmlns="urn:shop"><text>hi</text></EchoResponse>'));
  const shop = soap('shop', {
    wsdl: shopWsdl,
    url: server.url.replace('//', '//anna:secret@'),
    operations,
    ...options,
  });
  open = await opened(shop);
  expect(await open.ask(shop.echo, { text: 'hi' })).toEqual([{ text: 'hi' }]);
  return server.asked[0]!.body;
}

afterEach(async () => {
  await open?.close();
  await server?.close();
});

const inside = (xml: string, name: string) =>
  new RegExp(`<wsse:${name}[^>]*>([^<]*)</wsse:${name}>`).exec(xml)?.[1];
const created = (xml: string) => /<wsu:Created>([^<]*)<\/wsu:Created>/.exec(xml)?.[1];

describe('WS-Security', () => {
  it('sends a name and a password, from the environment', async () => {
    const xml = await sent({
      security: { usernameToken: { username: 'anna', password: env('SHOP_PASSWORD', 'a<b') } },
    });
    expect(inside(xml, 'Username')).toBe('anna');
    expect(inside(xml, 'Password')).toBe('a&lt;b');
    expect(xml).toMatch(/<wsse:Security soap:mustUnderstand="1">/);
    expect(xml).toContain('<ns1:Session>'.replace('ns1', /<(ns\d+):Session>/.exec(xml)![1]!));
  });

  it('sends a digest in place of the password, another in each message', async () => {
    const security = {
      usernameToken: { username: 'anna', password: env('SHOP_PASSWORD', 'secret'), passwordType: 'digest' },
    } as const;
    const first = await sent({ security });
    const nonce = Buffer.from(inside(first, 'Nonce') ?? '', 'base64');
    const expected = createHash('sha1')
      .update(nonce)
      .update(created(first)!)
      .update('secret')
      .digest('base64');
    expect(inside(first, 'Password')).toBe(expected);
    expect(first).not.toContain('secret');
    await open.close();
    await server.close();
    expect(inside(await sent({ security }), 'Nonce')).not.toBe(inside(first, 'Nonce'));
  });

  it('says until when the message is good', async () => {
    const xml = await sent({ security: { timestamp: { ttlMs: 60_000 } } });
    const expires = /<wsu:Expires>([^<]*)</.exec(xml)?.[1];
    expect(Date.parse(expires!) - Date.parse(created(xml)!)).toBe(60_000);
  });

  it.each<[object, RegExp]>([
    [{ timestamp: { ttlMs: 0 } }, /`security.timestamp.ttlMs` must be/],
    [
      { signature: { privateKey: env('SHOP_KEY', 'hunter2'), certificate: 'x' } },
      /`security.signature.privateKey` must be PEM/,
    ],
    [{ usernameToken: { username: 'a', password: env('SHOP_PASSWORD') } }, /SHOP_PASSWORD/],
    [
      { usernameToken: { username: 'a', password: 'hunter2' } },
      /`security.usernameToken.password` is a secret/,
    ],
  ])('that cannot be written stops the start: %j', async (security, message) => {
    server = await rawServer(() => '');
    const shop = soap('shop', { wsdl: shopWsdl, url: server.url, operations, security });
    const start = openEngine([shop], { variables: {} });
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.not.toThrow(/hunter2/);
  });
});

describe('WS-Addressing', () => {
  it('names the address without its credentials, the action, and a new id', async () => {
    const xml = await sent({ addressing: true });
    expect(xml).toContain(`<wsa:To>${server.url}/shop</wsa:To>`);
    expect(xml).toContain('<wsa:Action>urn:shop#Echo</wsa:Action>');
    expect(xml).toMatch(/<wsa:MessageID>urn:uuid:[0-9a-f-]{36}<\/wsa:MessageID>/);
    expect(xml).not.toContain('secret');
  });

  it('names what the datasource says', async () => {
    const xml = await sent({ addressing: { to: 'urn:elsewhere', action: 'urn:act', replyTo: 'http://me/' } });
    expect(xml).toContain('<wsa:To>urn:elsewhere</wsa:To>');
    expect(xml).toContain('<wsa:Action>urn:act</wsa:Action>');
    expect(xml).toContain('<wsa:Address>http://me/</wsa:Address>');
  });
});

const opensslIsThere = spawnSync('openssl', ['version']).status === 0;
if (!opensslIsThere)
  console.log('skipped: signatures (openssl, which makes the certificate, is not on the path)');

describe.skipIf(!opensslIsThere)('a signature', () => {
  interface Verifier {
    loadSignature(node: unknown): void;
    checkSignature(xml: string): boolean;
  }
  const require = createRequire(import.meta.url);
  const { SignedXml } = require('xml-crypto') as { SignedXml: new (options: object) => Verifier };
  const { DOMParser } = require('@xmldom/xmldom') as {
    DOMParser: new () => {
      parseFromString(
        xml: string,
        type: string,
      ): { getElementsByTagNameNS(namespace: string, name: string): unknown[] };
    };
  };
  let folder: string;
  let key: string;
  let certificate: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    key = join(folder, 'key.pem');
    certificate = join(folder, 'certificate.pem');
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=test'],
      ...['-keyout', key, '-out', certificate],
    ]);
    if (made.status !== 0) throw new Error(made.stderr.toString());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function isValid(xml: string): boolean {
    const document = new DOMParser().parseFromString(xml, 'text/xml');
    const [signature] = Array.from(
      document.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature'),
    );
    const verifier = new SignedXml({ publicCert: readFileSync(certificate, 'utf8'), idMode: 'wssecurity' });
    verifier.loadSignature(signature);
    try {
      return verifier.checkSignature(xml);
    } catch {
      return false;
    }
  }

  it('of body and timestamp holds for another implementation, and for nothing but what was sent', async () => {
    const xml = await sent({
      security: {
        timestamp: { ttlMs: 60_000 },
        signature: { privateKey: env('SHOP_KEY', key), certificate },
      },
    });
    expect(isValid(xml)).toBe(true);
    expect(isValid(xml.replace(/(Echo><[^>]*>)hi/, '$1ho'))).toBe(false);
    expect(isValid(xml.replace('<wsu:Expires>2', '<wsu:Expires>3'))).toBe(false);
  });

  it('may be made with PEM from the environment, of chosen parts', async () => {
    const xml = await sent({
      security: {
        usernameToken: { username: 'anna', password: env('SHOP_PASSWORD', 'secret') },
        signature: {
          privateKey: env('SHOP_KEY', readFileSync(key, 'utf8')),
          certificate: env('SHOP_CERTIFICATE', readFileSync(certificate, 'utf8')),
          parts: ['Body', 'UsernameToken', { namespace: 'urn:shop', localName: 'Session' }],
        },
      },
    });
    expect(xml.match(/<ds:Reference /g)).toHaveLength(3);
    expect(isValid(xml)).toBe(true);
    expect(isValid(xml.replace('>anna<', '>bert<'))).toBe(false);
  });
});
