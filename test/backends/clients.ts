import type { ListenOptions, RunningBackend } from '../../backends/shared/service.ts';
import { parseXml, type XmlElement } from '../../backends/shared/xml.ts';

/** Small clients for the backends, and their life within a test. */

/** Starts a backend on a free port for the time of the work. */
export async function withBackend(
  start: (options: ListenOptions) => Promise<RunningBackend>,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const backend = await start({ port: 0 });
  try {
    await work(backend.url);
  } finally {
    await backend.close();
  }
}

/** GETs JSON, whatever the status. */
export async function getJson<T>(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: T }> {
  const response = await fetch(url, { headers });
  return { status: response.status, body: (await response.json()) as T };
}

export interface Calls {
  total: number;
  byOperation: Record<string, number>;
}

/** What `GET /calls` says. */
export async function callsOf(url: string): Promise<Calls> {
  return (await getJson<Calls>(`${url}/calls`)).body;
}

/** Sets faults for every counted request. */
export async function setFaults(url: string, faults: unknown): Promise<Response> {
  return fetch(`${url}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
}

/** POSTs XML and reads the answer. */
export async function postXml(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; root: XmlElement }> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/xml; charset=utf-8', ...headers },
  });
  const text = await response.text();
  return { status: response.status, text, root: parseXml(text) };
}

/** All elements of a name below another, in document order. */
export function findAll(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...findAll(child, name),
  ]);
}

/** The text of the only element of a name. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return findAll(element, name)[0]?.text;
}
