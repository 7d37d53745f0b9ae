import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startTariffs } from '../../backends/tariffs/server.ts';
import { postXml, textOf, withBackend } from './clients.ts';

const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const credentials = { username: 'ada', password: 'let me in' };
const secured = (options: { port: number }) => startTariffs({ ...options, credentials });

interface Token {
  username?: string;
  password?: string;
  nonce?: Buffer;
  created?: string;
  type?: string;
}

function envelope(token: Token | undefined): string {
  const {
    username = 'ada',
    password = 'let me in',
    nonce = randomBytes(16),
    type = '#PasswordDigest',
  } = token ?? {};
  const created = token?.created ?? new Date().toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  const header = `<s:Header><w:Security xmlns:w="${wsse}" s:mustUnderstand="1"><w:UsernameToken>
    <w:Username>${username}</w:Username><w:Password Type="${profile}${type}">${digest}</w:Password>
    <w:Nonce>${nonce.toString('base64')}</w:Nonce><u:Created xmlns:u="${wsu}">${created}</u:Created>
  </w:UsernameToken></w:Security></s:Header>`;
  return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">${token ? header : ''}<s:Body>
    <ListProducts xmlns="urn:ride-hailing:tariffs:v1"><cityId>LIS</cityId></ListProducts></s:Body></s:Envelope>`;
}

describe('tariffs with credentials', () => {
  test('answers who proves the password, each time with another nonce', () =>
    withBackend(secured, async (url) => {
      for (let index = 0; index < 2; index++) {
        const { status, root } = await postXml(`${url}/tariffs`, envelope({}));
        expect([status, textOf(root, 'seats') === undefined]).toEqual([200, false]);
      }
    }));

  test.each([
    ['no token', undefined],
    ['another password', { password: 'guess' }],
    ['another name', { username: 'eve' }],
    ['a password in plain text', { type: '#PasswordText' }],
    ['a token of yesterday', { created: new Date(Date.now() - 86_400_000).toISOString() }],
    ['a token without a time', { created: '' }],
    ['a token without a nonce', { nonce: Buffer.alloc(0) }],
  ] as const)('refuses %s, always with the same words', (_what, token) =>
    withBackend(secured, async (url) => {
      const { status, root } = await postXml(`${url}/tariffs`, envelope(token));
      expect(status).toBe(500);
      expect([textOf(root, 'faultcode'), textOf(root, 'faultstring')]).toEqual([
        'wsse:FailedAuthentication',
        'The security token could not be authenticated.',
      ]);
    }),
  );

  test('takes a nonce once', () =>
    withBackend(secured, async (url) => {
      const replayed = envelope({ nonce: Buffer.from('once and only') });
      expect((await postXml(`${url}/tariffs`, replayed)).status).toBe(200);
      expect((await postXml(`${url}/tariffs`, replayed)).status).toBe(500);
    }));
});
