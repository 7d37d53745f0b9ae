/** One whole HTTP answer. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  contentType?: string;
  body: string;
}

/** A JSON answer. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

/** An XML answer. */
export function xml(body: string, status = 200): Reply {
  return { status, contentType: 'text/xml; charset=utf-8', body };
}
