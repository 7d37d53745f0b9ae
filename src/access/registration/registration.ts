import { createHash, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { TributaryError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { Actor } from '../actor.ts';
import { type App, createApp } from '../apps/apps.ts';
import { badInput, checkedEmail, checkedText } from '../inputs.ts';
import { createKey, type MadeKey } from '../keys/keys.ts';
import type { Pepper } from '../keys/pepper.ts';
import type { KeyEnvironment } from '../keys/verified-key.ts';
import { networkOf } from '../network-of.ts';
import { addMember, createGroup } from '../people/groups.ts';
import { createUser, type User } from '../people/users.ts';
import type { Database } from '../state/database.ts';
import { type Step, type Writer, withoutDriver } from '../writer.ts';
import { type Attempts, openAttempts } from './attempts.ts';
import type { Mail, MailSender } from './mail.ts';

/** What somebody has who has registered and confirmed it: themselves, a group of their own, an app on the plan `open`, a key. */
export interface Registered {
  readonly user: User;
  readonly app: App;
  readonly key: MadeKey;
}

/** Anybody may register for the open plan. */
export interface Registration {
  /**
   * Sends a code to the address. Whether somebody has registered with it already is told to nobody but them: the answer and the work
   * are the same.
   *
   * @param address where the request came from
   * @throws TributaryError `BAD_USER_INPUT`; `RATE_LIMITED` for more than five an hour from one address; `AUTH_UNAVAILABLE`
   */
  register(email: string, name: string, address: string): Promise<void>;
  /**
   * Makes what the code was sent for. A code works once, for a day.
   *
   * @throws TributaryError `BAD_USER_INPUT` for a code that is unknown, used or too old: one text; `RATE_LIMITED`
   */
  confirm(code: string, address: string): Promise<Registered>;
}

export interface RegistrationOptions {
  readonly database: Database;
  readonly writer: Writer;
  readonly pepper: Pepper;
  readonly mail: MailSender;
  /** Of the server that the key is for. */
  readonly environment: KeyEnvironment;
  readonly clock: Clock;
  readonly log: Log;
}

const dayMs = 86_400_000;
const triesAnHour = 5;
const confirmationsAnHour = 30;
const mailsAnHour = 3;
const maxPending = 10_000;

export function openRegistration(options: RegistrationOptions): Registration {
  const { clock } = options;
  const tries = openAttempts(triesAnHour, clock);
  const confirmations = openAttempts(confirmationsAnHour, clock);
  const mails = openAttempts(mailsAnHour, clock);
  return {
    async register(email, name, address) {
      const to = checkedEmail(email);
      const checkedName = checkedText('A name', name);
      limit(tries, address);
      const code = randomBytes(24).toString('base64url');
      const isKnown = await keep(code, to, checkedName, options).catch((thrown: unknown) => {
        throw withoutDriver(thrown);
      });
      // Nobody is to fill somebody else's mailbox, from however many addresses.
      if (mails.count(to) > 0) return;
      await options.mail.send(isKnown ? knownAlready(to) : invitation(to, code)).catch(() => {
        options.log.error({}, 'A mail to somebody who registers could not be sent.');
      });
    },
    async confirm(code, address) {
      limit(confirmations, address);
      const actor: Actor = { type: 'system', id: 'registration', address };
      return await options.writer.write({ actor, action: 'user.register' }, async (step) => {
        const registered = await redeem(code, actor, step, options);
        const { user, app, key } = registered;
        return { result: registered, target: user.userId, after: { user, app, key: key.info } };
      });
    },
  };
}

/** @returns whether somebody has registered with the address */
async function keep(
  code: string,
  email: string,
  name: string,
  { database, clock }: RegistrationOptions,
): Promise<boolean> {
  const now = Math.floor(clock.now());
  return await database.transaction(async (transaction) => {
    await transaction.run('DELETE FROM confirmations WHERE expires_at <= ?', [now]);
    const [pending] = await transaction.all<{ count: number }>('SELECT COUNT(*) AS count FROM confirmations');
    if ((pending?.count ?? 0) >= maxPending) throw new TributaryError('OVERLOADED');
    const [user] = await transaction.all('SELECT user_id FROM users WHERE email = ?', [email]);
    await transaction.run(
      'INSERT INTO confirmations (token_hash, email, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?)',
      [hashOf(code), email, name, now, now + dayMs],
    );
    return user !== undefined;
  });
}

async function redeem(
  code: string,
  actor: Actor,
  step: Step,
  { pepper, environment }: RegistrationOptions,
): Promise<Registered> {
  const [row] = await step.database.all<{ email: string; name: string; expires_at: number }>(
    'DELETE FROM confirmations WHERE token_hash = ? RETURNING email, name, expires_at',
    [hashOf(code)],
  );
  const [known] = await step.database.all('SELECT user_id FROM users WHERE email = ?', [row?.email ?? '']);
  if (row === undefined || row.expires_at <= step.now || known !== undefined)
    throw badInput('The code is not known, was used, or is more than a day old.');
  const user = await createUser(step, row.email, row.name);
  const group = await createGroup(step, row.name);
  await addMember(step, group.groupId, user.userId, 'owner');
  const app = await createApp(
    step.database,
    { name: `${row.name}'s app`.slice(0, 100), groupId: group.groupId, plan: 'open', maxKeys: 5 },
    step.now,
  );
  await step.publish('app', app.appId);
  const key = await createKey(step, pepper, actor, app, { name: 'First key', environment });
  return { user, app, key };
}

/** IPv6 by its network: one machine has more addresses there than could be remembered. */
function limit(attempts: Attempts, address: string): void {
  const waitMs = attempts.count(isIPv6(address) ? networkOf(address) : address);
  if (waitMs > 0) throw new TributaryError('RATE_LIMITED', undefined, { retryAfterMs: waitMs });
}

/** 192 random bits need no salt. */
function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

function invitation(to: string, code: string): Mail {
  return {
    to,
    subject: 'Confirm your registration',
    text: `Somebody, you we hope, has registered this address to use the API.\n\nThe code that confirms it, once and within a day:\n\n${code}\n\nIf it was not you, do nothing.`,
  };
}

function knownAlready(to: string): Mail {
  return {
    to,
    subject: 'You are registered already',
    text: 'Somebody, you we hope, has registered this address to use the API. You did that before: go on with the account that you have.\n\nIf it was not you, do nothing.',
  };
}
