import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ClientAddress } from '../access/identity/address.ts';
import { oauthPaths, serverMetadata } from '../access/oauth/metadata.ts';
import type { OAuthAnswer, OAuthRequest, TokenEndpoint } from '../access/oauth/token-endpoint.ts';
import { TributaryError } from '../errors.ts';

export interface OAuthOptions {
  /** The address that clients reach this server by. */
  readonly issuer: string;
  readonly endpoint: Pick<TokenEndpoint, 'token' | 'revoke'>;
  /** The keys that its tokens are verified with: a JSON Web Key Set. */
  readonly keys: () => object;
  /** Tells where a request came from. @default nobody is asked */
  readonly addressOf?: ClientAddress;
}

const maxFormBytes = 8_192;
const form = 'application/x-www-form-urlencoded';
/** Others keep the keys for so long: a key is published a day before it signs. */
const keptByOthers = 'public, max-age=300';

/** Serves the OAuth 2.0 endpoints, the keys, and what describes them. Forms are read here alone. */
export function serveOAuth(
  app: FastifyInstance,
  { issuer, endpoint, keys, addressOf = () => '' }: OAuthOptions,
): void {
  const metadata = serverMetadata(issuer);
  app.get(oauthPaths.metadata, (_request, reply) =>
    reply.header('cache-control', keptByOthers).send(metadata),
  );
  app.get(oauthPaths.keys, (_request, reply) => reply.header('cache-control', keptByOthers).send(keys()));
  app.register(async (forms) => {
    forms.removeAllContentTypeParsers();
    forms.addContentTypeParser(form, { parseAs: 'string', bodyLimit: maxFormBytes }, (_request, body, done) =>
      done(null, body),
    );
    forms.addContentTypeParser('*', (_request, _body, done) => done(notAForm()));
    const serve = (url: string, answer: (asked: OAuthRequest) => Promise<OAuthAnswer>): void => {
      forms.post(url, async (request, reply) => send(reply, await answer(askedBy(request, addressOf))));
    };
    serve(oauthPaths.token, (asked) => endpoint.token(asked));
    serve(oauthPaths.revoke, (asked) => endpoint.revoke(asked));
  });
}

function askedBy({ headers, body, raw }: FastifyRequest, addressOf: ClientAddress): OAuthRequest {
  const { authorization } = headers;
  const address = addressOf(raw.socket.remoteAddress, raw.headers['x-forwarded-for']?.toString());
  delete raw.headers.authorization;
  if (typeof body !== 'string') throw notAForm();
  return { authorization, body, address };
}

function notAForm(): TributaryError {
  return new TributaryError('UNSUPPORTED_MEDIA_TYPE', `The body must be \`${form}\`.`);
}

function send(reply: FastifyReply, { status, headers, body }: OAuthAnswer): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .send(body ?? '');
}
