import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createVerify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeCall } from '../../../src/formats/wsdl/call.ts';
import { canonicalizeElement } from '../../../src/formats/xml/canonical.ts';
import { DOCUMENT_END, ELEMENT_START, XmlReader } from '../../../src/formats/xml/reader.ts';
import { hasProgram, xmllint } from '../xml/judges.ts';
import { smallOperation } from './small-wsdl.ts';

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const clock = {
  now: () => new Date('2026-01-02T03:04:05.678Z'),
  nonce: () => Buffer.from('0123456789abcdef'),
};
const operation = await smallOperation({
  schema: '<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer" type="xsd:string"/>',
});

function required(program: string): boolean {
  if (hasProgram(program)) return true;
  if (process.env.TRIBUTARY_REQUIRE_SERVICES === '1') throw new Error(`${program} is required here`);
  console.warn(`skipped: ${program} is not installed`);
  return false;
}

describe('the security header', () => {
  const written = (security: object) => String(encodeCall(operation, 'x', { security, clock }).body);

  it('holds a user name and password as text', () => {
    const xml = written({ usernameToken: { username: 'a&b', password: 'p<' } });
    expect(xml).toContain('<wsse:Username>a&amp;b</wsse:Username>');
    expect(xml).toMatch(/#PasswordText">p&lt;<\/wsse:Password><wsu:Created>2026-01-02T03:04:05.678Z</);
    expect(xml).toContain('<wsse:Security soap:mustUnderstand="1">');
    expect(xml).not.toContain('Nonce');
  });

  it('holds a digest of nonce, time and password, and never the password', () => {
    const xml = written({ usernameToken: { username: 'a', password: 'secret', passwordType: 'digest' } });
    const digest = createHash('sha1')
      .update('0123456789abcdef2026-01-02T03:04:05.678Zsecret')
      .digest('base64');
    expect(xml).toContain(`#PasswordDigest">${digest}</wsse:Password>`);
    expect(xml).toContain(
      `#Base64Binary">${Buffer.from('0123456789abcdef').toString('base64')}</wsse:Nonce>`,
    );
    expect(xml).not.toContain('secret');
  });

  it('holds a time stamp with its end', () => {
    expect(written({ timestamp: { ttlMs: 60_000 } })).toMatch(
      /<wsu:Timestamp wsu:Id="Timestamp"><wsu:Created>2026-01-02T03:04:05.678Z<\/wsu:Created><wsu:Expires>2026-01-02T03:05:05.678Z<\/wsu:Expires>/,
    );
  });

  it('takes a new nonce for each message', () => {
    const body = () =>
      String(
        encodeCall(operation, 'x', {
          security: { usernameToken: { username: 'a', password: 'b', passwordType: 'digest' } },
        }).body,
      );
    const nonce = () => /Nonce[^>]*>([^<]+)</.exec(body())![1];
    expect(nonce()).not.toBe(nonce());
  });

  it('comes with WS-Addressing headers when they are asked for', () => {
    const xml = String(
      encodeCall(operation, 'x', { addressing: { messageId: 'urn:m', mustUnderstand: true } }).body,
    );
    expect(xml).toContain(
      '<wsa:To soap:mustUnderstand="1">http://127.0.0.1/ask</wsa:To><wsa:Action soap:mustUnderstand="1">urn:t#Ask</wsa:Action>',
    );
    expect(xml).toContain(
      '<wsa:ReplyTo soap:mustUnderstand="1"><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>',
    );
  });
});

describe('a signature', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-signature-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const hasOpenssl = required('openssl');
  if (hasOpenssl) {
    const arguments_ = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      file('key.pem'),
      '-out',
      file('cert.pem'),
      '-days',
      '2',
      '-subj',
      '/CN=tributary',
    ];
    execFileSync('openssl', arguments_, { stdio: 'ignore' });
  }
  const signed = (parts?: readonly ('Body' | 'Timestamp' | 'UsernameToken')[]) => {
    const signature = {
      privateKey: readFileSync(file('key.pem'), 'utf8'),
      certificate: readFileSync(file('cert.pem'), 'utf8'),
      parts,
    };
    const security = {
      signature,
      timestamp: { ttlMs: 60_000 },
      usernameToken: { username: 'u', password: 'p' },
    };
    return String(encodeCall(operation, 'x < y & é', { security }).body);
  };

  it.skipIf(!hasOpenssl)(
    'covers exactly the parts asked for, and each digest and the signature itself hold',
    () => {
      const xml = signed(['Body', 'Timestamp', 'UsernameToken']);
      const references = [...xml.matchAll(/<ds:Reference URI="#([^"]+)">.*?<ds:DigestValue>([^<]+)</g)];
      expect(references).toHaveLength(3);
      for (const [, id, digest] of references) {
        const canonical = elementWithId(xml, id!);
        expect(createHash('sha256').update(canonical).digest('base64')).toBe(digest);
      }
      const signedInfo = elementNamed(xml, 'SignedInfo');
      const value = /<ds:SignatureValue>([^<]+)</.exec(xml)![1]!;
      const key = new X509Certificate(readFileSync(file('cert.pem'))).publicKey;
      expect(createVerify('RSA-SHA256').update(signedInfo).verify(key, value, 'base64')).toBe(true);
      const certificate = /<wsse:BinarySecurityToken [^>]*>([^<]+)</.exec(xml)![1]!;
      expect(new X509Certificate(Buffer.from(certificate, 'base64')).subject).toBe('CN=tributary');
    },
  );

  it.skipIf(!hasOpenssl || !required('xmlsec1'))(
    'is accepted by xmlsec1, and refused once the body is changed',
    () => {
      const xml = signed();
      const verify = (document: string) => {
        writeFileSync(file('signed.xml'), document);
        const ids = ['Body', 'Timestamp', 'UsernameToken'].flatMap((name) => ['--id-attr:Id', name]);
        return spawnSync('xmlsec1', [
          '--verify',
          '--pubkey-cert-pem',
          file('cert.pem'),
          ...ids,
          file('signed.xml'),
        ]);
      };
      const result = verify(xml);
      expect(result.status, String(result.stderr)).toBe(0);
      expect(verify(xml.replace('x &lt; y', 'x &lt; z')).status).not.toBe(0);
    },
  );

  it.skipIf(!hasOpenssl || !required('xmllint'))('is over the same bytes that xmllint canonicalises', () => {
    const xml = signed();
    const inside = /<ds:SignedInfo[\s\S]*<\/ds:SignedInfo>/.exec(xml)![0];
    expect(elementNamed(xml, 'SignedInfo')).toBe(xmllint(['--exc-c14n'], inside));
  });

  it.skipIf(!hasOpenssl)('is refused for a part that the message has not', () => {
    const signature = {
      privateKey: readFileSync(file('key.pem'), 'utf8'),
      certificate: readFileSync(file('cert.pem'), 'utf8'),
      parts: ['Timestamp'] as const,
    };
    expect(() => encodeCall(operation, 'x', { security: { signature } })).toThrow(/no Timestamp to sign/);
  });
});

function elementWithId(xml: string, id: string): string {
  return find(xml, (reader) => reader.attribute(WSU, 'Id') === id);
}

function elementNamed(xml: string, localName: string): string {
  return find(xml, (reader) => reader.localName === localName);
}

function find(xml: string, matches: (reader: XmlReader) => boolean): string {
  const reader = new XmlReader(xml);
  for (let kind = reader.next(); kind !== DOCUMENT_END; kind = reader.next()) {
    if (kind === ELEMENT_START && matches(reader)) return canonicalizeElement(reader);
  }
  throw new Error(`Not there (${WSSE})`);
}
