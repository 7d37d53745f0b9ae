/** Where the endpoints are, below the address that clients reach this server by. */
export const oauthPaths = {
  token: '/oauth/token',
  revoke: '/oauth/revoke',
  keys: '/.well-known/jwks.json',
  metadata: '/.well-known/oauth-authorization-server',
} as const;

/** "Authorization Server Metadata", RFC 8414 §2. */
export function serverMetadata(issuer: string): object {
  const base = issuer.replace(/\/$/, '');
  const methods = ['client_secret_basic', 'client_secret_post'];
  return {
    issuer,
    token_endpoint: base + oauthPaths.token,
    token_endpoint_auth_methods_supported: methods,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    revocation_endpoint: base + oauthPaths.revoke,
    revocation_endpoint_auth_methods_supported: methods,
    jwks_uri: base + oauthPaths.keys,
  };
}
