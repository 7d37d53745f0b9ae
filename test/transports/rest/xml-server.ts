import { httpServer, type TestServer } from '../../support/http-server.ts';

/** A service that keeps documents as they come, and gives them back; or one answer that a test has laid ready. */
export interface XmlServer extends TestServer {
  /** The next answers, whatever is asked; `undefined` ends that. */
  can(answer: Canned | undefined): void;
}

export interface Canned {
  readonly status?: number;
  readonly type?: string;
  readonly body: string | Buffer;
}

export const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

/** `/vehicles`, `/vehicles/{id}`: GET, POST, PUT and DELETE of XML. */
export async function xmlServer(): Promise<XmlServer> {
  const kept = new Map<string, string>();
  let canned: Canned | undefined;
  const server = await httpServer(({ method, url, body }, response) => {
    const send = (status: number, text?: string | Buffer, type = 'application/xml'): void => {
      if (text === undefined) response.writeHead(status).end();
      else response.writeHead(status, { 'content-type': type }).end(text);
    };
    if (canned !== undefined) return send(canned.status ?? 200, canned.body, canned.type);
    const { pathname, searchParams } = new URL(url, 'http://host');
    const id = decodeURIComponent(pathname.slice('/vehicles/'.length));
    const text = body.replace(declaration, '');
    if (pathname === '/vehicles' && method === 'POST') {
      const given = /id="([^"]*)"/.exec(body)?.[1] as string;
      kept.set(given, text);
      return send(201, declaration + text);
    }
    if (pathname === '/vehicles') {
      const ids = searchParams.get('ids')?.split(',');
      const found = [...kept].filter(([known]) => ids?.includes(known) ?? true).map(([, one]) => one);
      return send(200, `${declaration}<vehicles>${found.reverse().join('')}</vehicles>`);
    }
    if (!kept.has(id)) return send(404, '<error>no such vehicle</error>');
    if (method === 'PUT') kept.set(id, text);
    if (method === 'DELETE') {
      kept.delete(id);
      return send(204);
    }
    return send(200, kept.get(id));
  });
  return {
    ...server,
    can(answer) {
      canned = answer;
    },
  };
}
