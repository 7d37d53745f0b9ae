import type { Migration } from './migration.ts';
import { audit1 } from './migrations/audit-1.ts';
import { changes1 } from './migrations/changes-1.ts';
import { oauth1 } from './migrations/oauth-1.ts';
import { oauth2 } from './migrations/oauth-2.ts';
import { oauth3 } from './migrations/oauth-3.ts';
import { registry1 } from './migrations/registry-1.ts';
import { switches1 } from './migrations/switches-1.ts';
import { usage1 } from './migrations/usage-1.ts';

/** Every migration, in the order in which a new database takes them. New ones are added at the end. */
export const migrations: readonly Migration[] = [
  changes1,
  audit1,
  switches1,
  oauth1,
  registry1,
  usage1,
  oauth2,
  oauth3,
];
