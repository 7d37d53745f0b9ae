import type { Log } from '../../src/telemetry/log.ts';

/** A log that remembers its records as one text each. */
export function openLogLines(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push(`${level} ${JSON.stringify(fields)} ${message}`);
    };
  return {
    lines,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  };
}
