import { audiences } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import { badInput, checkedText } from '../inputs.ts';
import type { Database } from '../state/database.ts';
import type { SwitchTarget } from './switch.ts';

const id = /^[0-9A-Za-z]{12}$/;
const hash = /^(?:[0-9a-f]{12}|[0-9a-f]{64})$/;
const coordinate = /^[_A-Za-z]\w*\.[_A-Za-z]\w*$/;

/**
 * The name of what is to be switched off, as the board finds it. In an incident a name that nothing has would look as if
 * something had been done, and a key that is pasted whole would stand in the audit log.
 *
 * @throws TributaryError `BAD_USER_INPUT`, which does not repeat it
 */
export function checkedSwitchName(target: SwitchTarget, name: string): string {
  switch (target) {
    case 'writes':
      return '*';
    case 'key':
      if (id.test(name)) return name;
      throw badInput('A key is named by its id: the 12 characters after `trib_live_` or `trib_test_` alone.');
    case 'operation':
      if (hash.test(name.toLowerCase())) return name.toLowerCase();
      throw badInput(
        'An operation is named by its SHA-256: all 64 digits, or the first 12 as the log has them.',
      );
    case 'field':
      if (coordinate.test(name)) return name;
      throw badInput('A field is named by its type and itself: `Ride.driver`.');
    case 'audience': {
      const audience = audiences.find((each) => each === name.toUpperCase());
      if (audience !== undefined) return audience;
      throw badInput(`An audience is one of ${audiences.join(', ')}.`);
    }
    default:
      return checkedText(`The name of ${target === 'app' ? 'an app' : 'a datasource'}`, name);
  }
}

const tables = {
  key: 'SELECT key_id FROM keys WHERE key_id = ?',
  app: 'SELECT app_id FROM apps WHERE app_id = ?',
};

/** Rejects with `NOT_FOUND` where there is no such key or app; of all else the state database knows nothing. */
export async function proveSwitchable(database: Database, target: SwitchTarget, name: string): Promise<void> {
  if (target !== 'key' && target !== 'app') return;
  const [row] = await database.all(tables[target], [name]);
  if (row === undefined) throw new TributaryError('NOT_FOUND', `There is no ${target} \`${name}\`.`);
}
