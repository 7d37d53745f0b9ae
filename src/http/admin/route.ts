import type { z } from 'zod';
import type { Actor } from '../../access/actor.ts';

/** What an administrator must have been granted: looking at things, or changing them. */
export type AdminScope = 'admin:read' | 'admin:write';

export interface AdminRequest<Parameters, Query, Body> {
  readonly parameters: Parameters;
  readonly query: Query;
  readonly body: Body;
  /** Who asks: what is done is told to the audit log under this name. */
  readonly actor: Actor;
}

/** A text that is no JSON: a file to keep. */
export class AdminFile {
  readonly mediaType: string;
  readonly name: string;
  readonly text: string;

  constructor(mediaType: string, name: string, text: string) {
    this.mediaType = mediaType;
    this.name = name;
    this.text = text;
  }
}

/**
 * One thing that administrators can do, as data: the server checks what comes in by it, and the OpenAPI description is
 * made from it.
 */
export interface AdminRoute<Parameters = unknown, Query = unknown, Body = unknown> {
  /** Unique: `createApp`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/admin`, with parameters in braces: `/apps/{app}/keys`. */
  readonly path: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** @default `admin:read` for GET, else `admin:write` */
  readonly scope?: AdminScope;
  /** What the audit log calls it where it only reads: `usage.read`. @default its name */
  readonly reads?: string;
  readonly parameters?: z.ZodType<Parameters>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** What comes back, in words. */
  readonly answer: string;
  /** @default 200; 201 where something was made */
  readonly status?: 200 | 201;
  /** The answer as JSON, or a file. Rejects with errors of the table. */
  handle(request: AdminRequest<Parameters, Query, Body>): Promise<unknown>;
}

/** A route whose types are those of its own schemas, for a list of routes of all kinds. */
export function adminRoute<Parameters, Query, Body>(route: AdminRoute<Parameters, Query, Body>): AdminRoute {
  return route as unknown as AdminRoute;
}

export function scopeOf({ scope, method }: AdminRoute): AdminScope {
  return scope ?? (method === 'GET' ? 'admin:read' : 'admin:write');
}
