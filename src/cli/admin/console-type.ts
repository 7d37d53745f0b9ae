import type { AskedOfRoute } from '../../http/admin/call-route.ts';

/** Does what the routes of the API for administrators do, by their names. */
export interface Console {
  /** What the route answers. Rejects with a `TributaryError`. */
  call(name: string, asked?: AskedOfRoute): Promise<unknown>;
  close(): Promise<void>;
}
