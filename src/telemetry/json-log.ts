import { type DestinationStream, destination, pino } from 'pino';
import type { Log } from './log.ts';
import { redact } from './redaction.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface JsonLog extends Log {
  /** Whether summaries of this level are written at all. */
  summarizes(level: 'info' | 'warn' | 'error'): boolean;
  /**
   * Writes a record that is known to hold no secret and at least one field, with a message that needs no escapes: the
   * summary of a request, on the hot path. Only where `summarizes` says so.
   */
  summary(level: 'info' | 'warn' | 'error', fields: object, message: string): void;
  /** Resolves when everything told so far is written, or when its reader takes longer than two seconds. */
  flush(): Promise<void>;
}

const mostWaitingBytes = 16_777_216;
/** Records are written together: each write wakes a thread, which costs more than making the record. */
const writeAtBytes = 32_768;
const mostInOneWriteBytes = 65_536;
const writeEveryMs = 50;
const flushLimitMs = 2_000;

/** Writes to a file descriptor without ever blocking; what a reader is too slow for waits, and above 16 MB is dropped. */
export function logDestination(fd: number, onDrop: () => void = () => {}): DestinationStream {
  return new Gathered(fd, onDrop);
}

/** Gathers records before they are handed on: the package measures all that waits anew for each that comes. */
class Gathered implements DestinationStream {
  readonly #stream: ReturnType<typeof destination>;
  #text = '';

  constructor(fd: number, onDrop: () => void) {
    this.#stream = destination({
      fd,
      sync: false,
      minLength: writeAtBytes,
      maxWrite: mostInOneWriteBytes,
      maxLength: mostWaitingBytes,
    });
    this.#stream.on('drop', (text) => {
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) onDrop();
    });
  }

  write(record: string): void {
    this.#text += record;
    if (this.#text.length >= writeAtBytes) this.#handOn();
  }

  flush(done?: (error?: Error | null) => void): void {
    this.#handOn();
    this.#stream.flush(done);
  }

  #handOn(): void {
    if (this.#text === '') return;
    this.#stream.write(this.#text);
    this.#text = '';
  }
}

/**
 * A log of one JSON record a line, each with `time` (ISO 8601), `level` and `msg`. Secrets are taken out of every record.
 * Records are written within 50 ms; a reader that is slow delays no request: they wait in memory.
 *
 * @param level the least severe record that is written
 * @param stream where they go; the standard output unless told otherwise
 */
export function openJsonLog(level: LogLevel, stream: DestinationStream = logDestination(1)): JsonLog {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: timeText,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  let due: NodeJS.Timeout | undefined;
  const written = (): void => {
    clearTimeout(due);
    due = undefined;
  };
  const writeSoon = (): void => {
    due ??= setTimeout(() => {
      written();
      logger.flush();
    }, writeEveryMs).unref();
  };
  const write = (severity: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void => {
    if (!logger.isLevelEnabled(severity)) return;
    logger[severity](redact(fields) as object, message);
    writeSoon();
  };
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
    summarizes: (severity) => logger.isLevelEnabled(severity),
    summary(severity, fields, message) {
      // As the package writes it, without asking each member what it is.
      const members = JSON.stringify(fields).slice(1, -1);
      stream.write(`{"level":"${severity}"${timeText()},${members},"msg":"${message}"}\n`);
      writeSoon();
    },
    flush: () =>
      new Promise((resolve) => {
        written();
        const timer = setTimeout(resolve, flushLimitMs);
        logger.flush(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

let timedAt = 0;
let lastTime = '';

/** The time of a record, made once a millisecond. */
function timeText(): string {
  const now = Date.now();
  if (now !== timedAt) {
    timedAt = now;
    lastTime = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastTime;
}
