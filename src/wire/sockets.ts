import { Client, type Dispatcher, Pool } from 'undici';
import type { BaseUrl } from './base-url.ts';
import type { Connector } from './connector.ts';
import { Exchange, type Question, type RawAnswer } from './exchange.ts';

type Sent = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'headers' | 'body'>;

/** Repetitions that may be saved up, and how many each request adds: a service that resets all the time is not stale. */
const mostSaved = 10;
const savedPerRequest = 0.02;

/**
 * Sends requests over kept sockets. A service may close a kept socket at the moment in which we send: the request is then
 * neither refused nor answered, and a repeatable one is sent once more, at once, on a fresh socket (RFC 9112 §9.3.1).
 */
export function openSockets({ origin }: BaseUrl, connector: Connector, connections: number) {
  // The limits are ours: timers of undici may be a second late.
  const common = { connect: connector.connect, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 };
  const pool = new Pool(origin, { ...common, connections });

  let saved = mostSaved;

  const sendFresh = async (sent: Sent, question: Question): Promise<RawAnswer> => {
    const client = new Client(origin, common);
    try {
      return await new Promise<RawAnswer>((resolve, reject) => {
        client.dispatch(sent, new Exchange(question, resolve, reject));
      });
    } finally {
      void client.destroy();
    }
  };

  return {
    /** @param finish makes of an answer what the promise resolves with */
    send: <Answer>(
      sent: Sent,
      question: Question,
      repeatable: boolean,
      finish: (answer: RawAnswer) => Answer | Promise<Answer>,
    ): Promise<Answer> =>
      new Promise((resolve, reject) => {
        saved = Math.min(mostSaved, saved + savedPerRequest);
        const finished = (answer: RawAnswer) => resolve(finish(answer));
        const exchange = new Exchange(question, finished, (error) => {
          const isStale = exchange.wasCut && !exchange.answered && connector.lastClosedWasStale();
          if (!isStale || !repeatable || saved < 1) return reject(error);
          saved -= 1;
          sendFresh(sent, question).then(finished, reject);
        });
        pool.dispatch(sent, exchange);
      }),
    close: () => pool.close(),
  };
}
