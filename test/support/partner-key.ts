import type { VerifiedKey } from '../../src/access/keys/verified-key.ts';

/** What is known of the key of a partner, once it was verified. */
export const partnerKey: VerifiedKey = {
  keyId: 'partner-key',
  appId: 'partner-app',
  environment: 'live',
  audience: 'PARTNER',
  tenant: 'acme',
  scopes: new Set(),
  claims: {},
  plan: 'partner',
  locations: new Set(['header', 'query', 'body']),
  addresses: [],
  origins: [],
  registeredOnly: false,
};
