import { env, get, merge, type Page, post, reshape, rest } from 'tributary';
import { onBadCursor } from './cursors.ts';

/** A rider's score. */
export interface RiderAtRisk {
  readonly riderId: string;
  /** From 0 to 1. */
  readonly churnRisk: number;
}

export type RiderAtRiskPage = Page<RiderAtRisk>;

interface Scores {
  readonly scores: readonly RiderAtRisk[];
}

interface AtRiskInput {
  readonly threshold: number;
  readonly first: number;
  readonly after?: string;
}

const scoresOfRiders = post<{ riderIds: readonly string[] }, Scores>('/scores', { kind: 'read' });

/** How likely riders are to leave: a model behind REST. A page of riders is one scoring call. It is for us alone to see. */
export const insights = rest('insights', {
  baseUrl: env('INSIGHTS_URL', 'http://127.0.0.1:4106'),
  timeoutMs: 2_000,
  operations: {
    churnRisk: reshape(
      merge(scoresOfRiders, {
        list: 'riderIds',
        key: 'riderId',
        answer: 'scores',
        match: 'riderId',
        max: 500,
        scope: 'audience',
        // The features behind a score are gathered once a day.
        cache: { ttlMs: 60_000, staleIfErrorMs: 600_000 },
      }),
      (score) => (score === null ? null : score.churnRisk),
    ),
    ridersAtRisk: get<AtRiskInput, RiderAtRiskPage>('/at-risk', {
      scope: 'audience',
      answer: pageOf,
      onStatus: onBadCursor,
    }),
  },
});

function pageOf(body: unknown): RiderAtRiskPage {
  const { scores: nodes, ...page } = body as Omit<RiderAtRiskPage, 'nodes'> & Scores;
  return { nodes, ...page };
}
