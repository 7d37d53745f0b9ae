/** Who changes something. */
export interface Actor {
  /**
   * `operator`: whoever may use the command line or holds an internal credential; `user`: a person with the rights of their roles;
   * `system`: the server itself.
   */
  readonly type: 'operator' | 'user' | 'system';
  /** A user's id; the name of the operator's account; the part of the server. */
  readonly id: string;
  /** Where the request came from. @default nowhere: the server itself */
  readonly address?: string;
  /** What the client says that it is. */
  readonly agent?: string;
  readonly requestId?: string;
}
