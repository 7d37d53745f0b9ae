import type { Redis } from 'ioredis';
import type { RedisNodes } from './redis-nodes.ts';

/** A subscription that renews itself when its connection is lost. */
export interface RedisChannel {
  /** Whether messages arrive; what was sent while it is `false` is never heard. */
  readonly hears: boolean;
  /** Ends the connection, so that another one is made: for whoever finds that nothing arrives. */
  renew(): void;
  close(): void;
}

export interface ChannelListener {
  hear(channel: string, text: string): void;
  /** Called whenever `hears` has changed. */
  changed(hears: boolean): void;
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** Subscribes to channels, on a connection of its own. */
export function openChannel(
  nodes: Pick<RedisNodes, 'subscriber'>,
  channels: readonly string[],
  listener: ChannelListener,
): RedisChannel {
  return new Channel(nodes, channels, listener);
}

class Channel implements RedisChannel {
  hears = false;
  #closed = false;
  #client: Redis | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = firstPauseMs;
  readonly #nodes: Pick<RedisNodes, 'subscriber'>;
  readonly #channels: readonly string[];
  readonly #listener: ChannelListener;

  constructor(...[nodes, channels, listener]: Parameters<typeof openChannel>) {
    this.#nodes = nodes;
    this.#channels = channels;
    this.#listener = listener;
    void this.#connect();
  }

  renew(): void {
    this.#client?.disconnect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#client?.disconnect();
  }

  async #connect(): Promise<void> {
    const client = this.#nodes.subscriber();
    this.#client = client;
    client.on('error', () => {});
    client.once('end', () => this.#ended(client));
    client.on('message', (channel: string, text: string) => {
      if (this.#client === client) this.#listener.hear(channel, text);
    });
    try {
      await client.connect();
      await client.subscribe(...this.#channels);
      if (this.#closed) return;
      this.hears = true;
      this.#pauseMs = firstPauseMs;
      this.#listener.changed(true);
    } catch {
      client.disconnect();
    }
  }

  #ended(client: Redis): void {
    if (this.#client !== client) return;
    const heard = this.hears;
    this.hears = false;
    if (this.#closed) return;
    if (heard) this.#listener.changed(false);
    const pauseMs = this.#pauseMs * (0.5 + Math.random() / 2);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    this.#timer = setTimeout(() => void this.#connect(), pauseMs).unref();
  }
}
