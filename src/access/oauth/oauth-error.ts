/** What a request to the token endpoint is refused with: RFC 6749 §5.2, RFC 7009 §2.2.1. */
const errors = {
  invalid_request: [400, 'The request is not well-formed.'],
  invalid_client: [401, 'The client is not known, or its secret is wrong.'],
  invalid_scope: [400, 'The client may not have one of these scopes.'],
  unauthorized_client: [400, 'The token was not issued to this client.'],
  unsupported_grant_type: [400, '`grant_type` must be `client_credentials`.'],
  rate_limited: [429, 'The client asks for tokens too often: one is good until it expires.'],
  temporarily_unavailable: [503, 'Clients cannot be verified at present.'],
} as const satisfies Record<string, readonly [number, string]>;

export type OAuthErrorCode = keyof typeof errors;

export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  readonly status: number;
  /** Whether the answer names the scheme `Basic`. */
  readonly asksForBasic: boolean;

  /** When to ask again, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: OAuthErrorCode,
    description: string = errors[code][1],
    { asksForBasic = false, retryAfterMs }: { asksForBasic?: boolean; retryAfterMs?: number } = {},
  ) {
    super(description);
    this.code = code;
    this.status = errors[code][0];
    this.asksForBasic = asksForBasic;
    this.retryAfterMs = retryAfterMs;
  }
}
