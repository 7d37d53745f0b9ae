import type { Log } from '../../telemetry/log.ts';

/**
 * What is known of a server's `system.multicall`: tried on the first batch, used from then on, left alone for good once
 * asking singly did better. One for a datasource.
 */
export class MulticallUse {
  private state: 'untried' | 'works' | 'left alone';
  private readonly service: string;
  private readonly log: Log;

  constructor(service: string, offered: boolean, log: Log) {
    this.service = service;
    this.log = log;
    this.state = offered ? 'untried' : 'left alone';
  }

  get isWorthTrying(): boolean {
    return this.state !== 'left alone';
  }

  /** Whether it never worked: then a failure may be the method's and not the server's. */
  get isUntried(): boolean {
    return this.state === 'untried';
  }

  worked(): void {
    if (this.state === 'untried') this.state = 'works';
  }

  /** Asking singly did better than the multicall. */
  failed(reason: string): void {
    if (this.state === 'left alone') return;
    this.state = 'left alone';
    this.log.warn(
      { datasource: this.service, reason },
      "system.multicall does not work here: every input is a request of its own from now on. `multicall: 'never'` in the datasource says so from the start.",
    );
  }
}
