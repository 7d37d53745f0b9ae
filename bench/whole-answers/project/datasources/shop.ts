import { call, custom } from 'tributary';

export interface Article {
  readonly id: string;
  readonly title: string;
  readonly price: string;
}

const articles: readonly Article[] = Array.from({ length: 20 }, (_, index) => ({
  id: String(index),
  title: `Article number ${index}`,
  price: `${index}.99`,
}));

/** In the process: what is measured is all that stands before it. */
export const shop = custom('shop', {
  operations: {
    articles: call<Record<never, never>, readonly Article[]>(async () => [articles], {
      scope: 'public',
      cache: { ttlMs: 3_600_000 },
    }),
  },
});
