import { operationsOf } from '../../operations/datasource.ts';
import type { Rule } from './rule.ts';

/** A cached operation says whom an answer may be shared among, and only reads are cached. */
export const cachedOperationsHaveScope: Rule = ({ datasources }) =>
  datasources.flatMap(({ file, datasource }) =>
    operationsOf(datasource).flatMap(({ info: { name, kind, cache, scope } }) => {
      if (cache === undefined) return [];
      const problem = { place: file, subject: name };
      if (kind === 'write')
        return { ...problem, message: 'A write cannot be cached.', mend: 'Take `cache` away.' };
      if (scope !== undefined) return [];
      return {
        ...problem,
        message: 'The operation is cached, but nothing says whom an answer may be shared among.',
        mend: 'Add `scope`: `public`, `audience`, `tenant` or `caller`.',
      };
    }),
  );
