import { datasourceInfo, operationsOf, scopeOf } from '../../operations/datasource.ts';
import { forwardingProblems, sharedThoughForwarded } from '../../operations/forwarding-problems.ts';
import type { Rule } from './rule.ts';

/** What is the caller's is forwarded by names that may be, and what is answered to it is shared with nobody else. */
export const forwardedHeadersStayTheCallers: Rule = ({ datasources }) =>
  datasources.flatMap(({ file: place, datasource }) => {
    const info = datasource[datasourceInfo];
    const shared = operationsOf(datasource).filter(
      ({ info: { scope } }) => scope !== 'caller' && scopeOf(info) === 'caller',
    );
    return [
      ...forwardingProblems(info).map((problem) => ({ place, ...problem })),
      ...shared.map(({ info: { name: subject } }) => ({ place, subject, ...sharedThoughForwarded })),
    ];
  });
