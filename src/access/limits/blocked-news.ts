import type { RedisLink } from '../../redis/redis-link.ts';

/** An address that one replica has blocked, for so long. */
export interface Blocked {
  readonly group: string;
  readonly forMs: number;
}

/** How replicas tell each other of blocked addresses. */
export interface BlockedNews {
  tell(blocked: Blocked): void;
  hear(listener: (blocked: Blocked) => void): void;
}

const longestGroup = 64;

/** News through Redis. What is lost on the way costs nothing but a few more tries: each replica notices by itself too. */
export function blockedNews(link: RedisLink, channel = 'tributary:blocked'): BlockedNews {
  return {
    tell: (blocked) => void link.run([{ words: ['publish', channel, JSON.stringify(blocked)] }]),
    hear(listener) {
      link.listen([channel], {
        hear: (_, text) => {
          const blocked = readBlocked(text);
          if (blocked !== undefined) listener(blocked);
        },
        changed: () => {},
      });
    },
  };
}

function readBlocked(text: string): Blocked | undefined {
  try {
    const { group, forMs } = Object(JSON.parse(text)) as Partial<Record<keyof Blocked, unknown>>;
    const isSound =
      typeof group === 'string' && group.length <= longestGroup && typeof forMs === 'number' && forMs > 0;
    return isSound ? { group, forMs } : undefined;
  } catch {
    return undefined;
  }
}
