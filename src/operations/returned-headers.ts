import type { IncomingHttpHeaders } from 'node:http';
import { isHeaderValue } from '../util/header-text.ts';
import type { Forwarding } from './forwarding.ts';

const longestValue = 1_024;
const mostHeaders = 32;

/**
 * Gathers the headers of services' answers that one request's answer gets: those that their datasources allow, of calls
 * that were made for this request alone. The last one of a name counts.
 */
export class ReturnedHeaders {
  #values: Map<string, string> | undefined;

  /** A value that is no text, too long, or cannot be a header's is left out. */
  take({ returns }: Forwarding, headers: IncomingHttpHeaders): void {
    for (const name of returns) {
      const value = headers[name];
      if (typeof value !== 'string' || value.length > longestValue || !isHeaderValue(value)) continue;
      this.#set(name, value);
    }
  }

  takeFrom({ list }: { readonly list: readonly string[] }): void {
    for (let at = 0; at < list.length; at += 2) this.#set(list[at] as string, list[at + 1] as string);
  }

  /** Names and values by turns. */
  get list(): readonly string[] {
    return this.#values === undefined ? none : [...this.#values].flat();
  }

  #set(name: string, value: string): void {
    this.#values ??= new Map();
    if (this.#values.size < mostHeaders || this.#values.has(name)) this.#values.set(name, value);
  }
}

const none: readonly string[] = [];
