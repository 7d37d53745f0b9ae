import { type DestinationStream, destination, pino } from 'pino';
import type { Log } from './log.ts';
import { redact } from './redaction.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface JsonLog extends Log {
  /** Writes a record that is known to hold no secret: the summary of a request, on the hot path. */
  summary(level: 'info' | 'warn' | 'error', fields: object, message: string): void;
  /** Resolves when everything told so far is written, or when its reader takes longer than two seconds. */
  flush(): Promise<void>;
}

const mostWaitingBytes = 16_777_216;
const flushLimitMs = 2_000;

/** Writes to a file descriptor without ever blocking; what a reader is too slow for waits, and above 16 MB is dropped. */
export function logDestination(fd: number, onDrop: () => void = () => {}): DestinationStream {
  // With a least length of 0 the stream's own `flush` would not wait for what is being written.
  const stream = destination({ fd, sync: false, minLength: 1, maxLength: mostWaitingBytes });
  stream.on('drop', onDrop);
  return stream;
}

/**
 * A log of one JSON record a line, each with `time` (ISO 8601), `level` and `msg`. Secrets are taken out of every record.
 * A reader that is slow delays no request: records wait in memory.
 *
 * @param level the least severe record that is written
 * @param stream where they go; the standard output unless told otherwise
 */
export function openJsonLog(level: LogLevel, stream: DestinationStream = logDestination(1)): JsonLog {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const write = (severity: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void => {
    if (logger.isLevelEnabled(severity)) logger[severity](redact(fields) as object, message);
  };
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
    summary: (severity, fields, message) => logger[severity](fields, message),
    flush: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, flushLimitMs);
        logger.flush(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
