import { argument, bind, type FieldContext, parent } from 'tributary';
import { bad } from '../datasources/bad.ts';
import { good } from '../datasources/good.ts';

export const Query = {
  good: bind(good.item, { id: argument('id') }),
  bad: bind(bad.item, { id: argument('id') }),
  kept: bind(good.kept, { id: argument('id') }),
  own: bind(good.item, { id: argument('id') }),
  must: bind(bad.item, { id: argument('id') }),
  chain: bind(bad.link, { id: argument('id') }),
  throws: () => {
    throw new Error('CANARY thrown by a resolver at /CANARY/path');
  },
  blocks: (_: unknown, { ms }: { ms: number }) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return ms;
  },
};

export const Link = {
  next: bind(bad.link, { id: parent('id') }, { fanOut: 1 }),
};

export const Mutation = {
  write: (_: unknown, { id }: { id: string }, { load }: FieldContext) => load(bad.write, { id }),
};
