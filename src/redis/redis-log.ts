/** What a connection tells of itself; the server's log has these methods. */
export interface RedisLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
