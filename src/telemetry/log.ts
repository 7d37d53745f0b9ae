/** The few methods of a structured logger that the engine uses; `pino` has them. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const noLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
