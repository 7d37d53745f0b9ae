import { afterAll, beforeAll } from 'vitest';
import { contractTables, describeDatabase } from '../../contracts/database.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

await describeWithState('a state database', (open) => {
  let state: TestState;
  beforeAll(async () => {
    state = await open();
  });
  afterAll(() => state.drop());

  describeDatabase('a database of its own', () => state.connect({ migrations: [contractTables] }));
});
