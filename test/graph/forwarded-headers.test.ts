import { expect, it } from 'vitest';
import type { ProjectDraft } from '../../src/graph/draft.ts';
import { forwardedHeadersStayTheCallers } from '../../src/graph/rules/forwarded-headers.ts';
import { startRules } from '../../src/graph/rules/start-rules.ts';
import { get } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';

const item = (scope?: 'public' | 'caller') => get<{ id: string }, object>('/items/{id}', scope && { scope });

function told(...datasources: readonly ReturnType<typeof rest>[]) {
  const draft = {
    datasources: datasources.map((datasource) => ({ file: 'datasources/shop.ts', datasource })),
  };
  return forwardedHeadersStayTheCallers(draft as unknown as ProjectDraft);
}

it('tells of names that may not be forwarded and of answers that would be shared, with place and mend', () => {
  const shop = rest('shop', {
    baseUrl: 'http://a.test',
    forward: { authorization: true, headers: ['Cookie'] },
    returns: ['Set-Cookie'],
    operations: { shared: item('public'), own: item('caller'), unsaid: item() },
  });
  const problems = told(shop as never);
  expect(problems.map(({ place, subject }) => [place, subject])).toEqual([
    ['datasources/shop.ts', 'shop'],
    ['datasources/shop.ts', 'shop'],
    ['datasources/shop.ts', 'shop.shared'],
  ]);
  for (const { message, mend } of problems) expect(`${message} ${mend}`).toMatch(/^[A-Z`].*\. [A-Z].*\.$/);
});

it('is silent where nothing is forwarded, or only what may be; and stands among the rules of a start', () => {
  const plain = rest('plain', { baseUrl: 'http://a.test', operations: { shared: item('public') } });
  const fine = rest('fine', {
    baseUrl: 'http://a.test',
    forward: { headers: ['accept-language'] },
    returns: ['x-left'],
    operations: { own: item() },
  });
  expect(told(plain as never, fine as never)).toEqual([]);
  expect(startRules).toContain(forwardedHeadersStayTheCallers);
});
