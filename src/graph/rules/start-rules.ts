import { everyAudienceHasAContract, fieldsNameTheirAudience } from './audience-contracts.ts';
import { cachedOperationsHaveScope } from './cached-operations.ts';
import { contractDirectivesMakeSense } from './contract-directives.ts';
import { forwardedHeadersStayTheCallers } from './forwarded-headers.ts';
import { bindingsNameKnownArguments } from './known-arguments.ts';
import { bindingsNameKnownOperations } from './known-operations.ts';
import { ownedListsAskForTheOwner, writesSayWhose } from './owned-objects.ts';
import { onlyMutationsWrite } from './reads-and-writes.ts';
import { rootFieldsHaveEntries } from './root-fields.ts';
import type { Rule } from './rule.ts';

/** What a project must keep to be served at all. */
export const startRules: readonly Rule[] = [
  rootFieldsHaveEntries,
  bindingsNameKnownOperations,
  bindingsNameKnownArguments,
  onlyMutationsWrite,
  cachedOperationsHaveScope,
  forwardedHeadersStayTheCallers,
  contractDirectivesMakeSense,
  everyAudienceHasAContract,
  fieldsNameTheirAudience,
  ownedListsAskForTheOwner,
  writesSayWhose,
];
