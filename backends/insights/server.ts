import { Problem } from '../shared/problem.ts';
import { json, type Reply } from '../shared/reply.ts';
import {
  type ListenOptions,
  type Route,
  type RunningBackend,
  type ServiceRequest,
  startService,
} from '../shared/service.ts';
import { committedModel as model } from './committed-model.ts';
import { churnRisk } from './model.ts';
import { type AtRiskQuery, readAsked, readAtRisk } from './requests.ts';
import { allScores, type Score } from './scores.ts';

/** Starts `insights`, REST/JSON: how likely riders are to leave, by a small model. */
export function startInsights(options: ListenOptions): Promise<RunningBackend> {
  const scores = allScores();
  const byRider = new Map(scores.map((score) => [score.riderId, score]));
  const routes: Readonly<Record<string, (request: ServiceRequest) => Reply>> = {
    'POST /scores': (request) => {
      const found = readAsked(request).flatMap(({ id, features }) => {
        if (features) return { riderId: id, churnRisk: churnRisk(features, model), features };
        return byRider.get(id) ?? [];
      });
      return json({ model: model.version, scores: found });
    },
    'GET /at-risk': ({ url }) => json({ model: model.version, ...atRisk(scores, readAtRisk(url)) }),
    'GET /model': () => json(model),
  };
  return startService({ name: 'insights', route: (request) => findRoute(routes, request) }, options);
}

function findRoute(
  routes: Readonly<Record<string, (request: ServiceRequest) => Reply>>,
  request: ServiceRequest,
): Route {
  const operation = `${request.method} /${request.segments.join('/')}`;
  const answer = Object.hasOwn(routes, operation) ? routes[operation] : undefined;
  if (!answer) throw new Problem(404, 'There is nothing to do at this path with this method.');
  return { operations: [operation], answer: () => answer(request) };
}

interface AtRiskPage {
  scores: readonly Score[];
  /** `cursors[i]` belongs to `scores[i]`. */
  cursors: readonly string[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** @param scores those most at risk first */
function atRisk(scores: readonly Score[], { threshold, first, after }: AtRiskQuery): AtRiskPage {
  const last = after === undefined ? -1 : scores.findIndex((score) => cursorOf(score) === after);
  if (after !== undefined && last === -1) throw new Problem(400, '"after" is no cursor of this list.');
  const rest = scores.slice(last + 1).filter((score) => score.churnRisk >= threshold);
  const page = rest.slice(0, first);
  return {
    scores: page,
    cursors: page.map(cursorOf),
    hasNextPage: rest.length > page.length,
    hasPreviousPage: last >= 0,
  };
}

function cursorOf({ riderId }: Score): string {
  return Buffer.from(riderId).toString('base64url');
}
