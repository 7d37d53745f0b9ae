import { close, closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { TributaryError, toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { lineOf } from './event-line.ts';
import { segmentOf, segmentsIn, sizeOf } from './segments.ts';
import type { UsageEvent } from './usage-event.ts';

export interface UsageLogOptions {
  /** Of this node alone. */
  readonly directory: string;
  /** Whether an answer waits until its event is on the disk, so that it outlives the machine too. */
  readonly strict: boolean;
  readonly segmentBytes: number;
  /** Most bytes that wait to be shipped. */
  readonly maxBytes: number;
  readonly log: Log;
  /** Writes to a file; injected by tests to fill a disk. @default `writeSync` */
  readonly write?: (file: number, text: string) => number;
}

/** How long a write may stay in the machine's memory alone. */
const syncMs = 20;
/** A log that cannot be written to is tried again so often. */
const retryMs = 1_000;
/** So many events wait in memory while the log cannot be written to. */
const mostKept = 10_000;

/**
 * The log of one node, in segments of bounded size. A line is handed to the kernel in one write before the last byte of its
 * answer is sent, so that it outlives the process; it is on the disk within 20 ms, or before the answer in strict mode.
 *
 * What was written is never dropped. While the disk takes nothing, or `maxBytes` wait to be shipped, events are kept in
 * memory, up to 10,000; then they are lost, which is counted and told. A strict log refuses them instead.
 */
export class UsageLog {
  /** Events that could be kept nowhere. */
  lost = 0;
  readonly #options: UsageLogOptions;
  readonly #write: (file: number, text: string) => number;
  #number: number;
  #file: number;
  #position = 0;
  /** Whether something stands after `#position` that is no line. */
  #isTorn = false;
  /** Of the segments before this one. */
  #olderBytes = 0;
  /** Bytes of other nodes that wait on the same volume. */
  #othersBytes = 0;
  #fault: string | undefined;
  #retryAt = 0;
  #kept: string[] = [];
  readonly #retired: number[] = [];
  #waiting: Waiter[] = [];
  #dirty = false;
  #syncing = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @throws the system's error where the directory cannot be written to */
  constructor(options: UsageLogOptions) {
    this.#options = options;
    this.#write = options.write ?? ((file, text) => writeSync(file, text));
    const older = segmentsIn(options.directory);
    for (const segment of older) this.#olderBytes += sizeOf(segment);
    this.#number = (older.at(-1)?.number ?? 0) + 1;
    this.#file = this.#open(this.#number);
  }

  /** Where the next line will stand: the shipper reads no further. */
  get end(): { readonly segment: number; readonly position: number } {
    return { segment: this.#number, position: this.#position };
  }

  /** Bytes that wait to be shipped. */
  get bytes(): number {
    return this.#olderBytes + this.#position + this.#othersBytes;
  }

  /** Events that wait in memory because the disk takes none. */
  get kept(): number {
    return this.#kept.length;
  }

  /** Why nothing can be written; `undefined` where it can. */
  get fault(): string | undefined {
    return this.#fault ?? (this.#isFull() ? 'as much waits to be shipped as may' : undefined);
  }

  /**
   * Refuses work whose usage could not be written down; asked before an operation begins. Only a strict log refuses.
   *
   * @throws TributaryError `OVERLOADED`
   */
  check(): void {
    if (this.#options.strict && this.fault !== undefined && !this.#mayRetry()) throw unrecorded();
  }

  /**
   * Writes an event down. Strict: resolves when it is on the disk.
   *
   * @throws TributaryError, or rejects with it: `OVERLOADED` where a strict log cannot be written to
   */
  append(event: UsageEvent): void | Promise<void> {
    const line = lineOf(event);
    if (!this.#put(line)) return this.#options.strict ? Promise.reject(unrecorded()) : this.#keep(line);
    if (this.#options.strict) return this.#synced();
    this.#dirty = true;
    this.#timer ??= setTimeout(() => this.#sync(), syncMs).unref();
  }

  /** The shipper has removed segments of this node. */
  released(bytes: number): void {
    this.#olderBytes = Math.max(0, this.#olderBytes - bytes);
  }

  /** What other nodes, gone by now, have left on the same volume. */
  countOthers(bytes: number): void {
    this.#othersBytes = bytes;
  }

  /** Starts a new segment, so that all before it can be shipped and removed. */
  roll(): void {
    if (this.#position === 0) return;
    const next = this.#open(this.#number + 1);
    this.#retired.push(this.#file);
    this.#olderBytes += this.#position;
    this.#number += 1;
    this.#file = next;
    this.#position = 0;
    this.#dirty = true;
    this.#isTorn = false;
  }

  /** Writes what waits in memory, if the disk takes it again. */
  retry(): void {
    if (this.#kept.length > 0 && this.#mayRetry()) this.#flushKept();
  }

  /** Brings everything to the disk. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#kept.length > 0) this.#flushKept();
    this.#lose(this.#kept.length);
    await this.#synced();
    this.#closed = true;
    clearTimeout(this.#timer);
    closeSync(this.#file);
  }

  #open(number: number): number {
    return openSync(segmentOf(this.#options.directory, number).path, 'a', 0o600);
  }

  #isFull(): boolean {
    return this.bytes >= this.#options.maxBytes;
  }

  #mayRetry(): boolean {
    return !this.#isFull() && performance.now() >= this.#retryAt;
  }

  /** Whether the line was written. What waits in memory goes first. */
  #put(line: string): boolean {
    if (this.#closed) return false;
    if (this.#fault !== undefined || this.#kept.length > 0) {
      if (!this.#mayRetry() || !this.#flushKept()) return false;
    }
    return this.#writeLine(line);
  }

  #flushKept(): boolean {
    const kept = this.#kept;
    let written = 0;
    while (written < kept.length && this.#writeLine(kept[written] as string)) written += 1;
    this.#kept = kept.slice(written);
    return this.#kept.length === 0;
  }

  #writeLine(line: string): boolean {
    if (this.#isFull()) {
      this.#fail('as much waits to be shipped as may');
      return false;
    }
    const bytes = Buffer.byteLength(line);
    try {
      if (this.#isTorn || this.#position + bytes > this.#options.segmentBytes) this.roll();
      if (this.#write(this.#file, line) !== bytes) throw new Error('ENOSPC: a line was written in part');
    } catch (thrown) {
      this.#takeBack();
      this.#fail(toError(thrown).message.split(',', 1)[0] as string);
      return false;
    }
    this.#position += bytes;
    if (this.#fault !== undefined) {
      this.#fault = undefined;
      this.#options.log.info({}, 'The usage log can be written to again.');
    }
    return true;
  }

  /** Cuts off what was written of a line, so that the next one begins where a line begins. */
  #takeBack(): void {
    try {
      ftruncateSync(this.#file, this.#position);
    } catch {
      // The next line begins in a segment of its own; whoever reads this one leaves its end alone.
      this.#isTorn = true;
    }
  }

  #fail(reason: string): void {
    this.#retryAt = performance.now() + retryMs;
    if (this.#fault === undefined)
      this.#options.log.error(
        { reason, waitingBytes: this.bytes },
        this.#options.strict
          ? 'The usage log cannot be written to: requests are refused until it can.'
          : 'The usage log cannot be written to: usage is kept in memory, and lost when that is full.',
      );
    this.#fault = reason;
  }

  #keep(line: string): void {
    if (this.#kept.length < mostKept && !this.#closed) this.#kept.push(line);
    else this.#lose(1);
  }

  #lose(count: number): void {
    if (count === 0) return;
    if (this.lost === 0) this.#options.log.error({}, 'Usage is lost: the usage log cannot be written to.');
    this.lost += count;
  }

  #synced(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#syncing) this.#sync();
    });
  }

  /** Everything that was written so far reaches the disk together; what comes meanwhile goes with the next turn. */
  #sync(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#syncing || this.#closed) return;
    this.#syncing = true;
    this.#dirty = false;
    const waiting = this.#waiting.splice(0);
    const retired = this.#retired.splice(0);
    void this.#syncAll(retired).then((error) => {
      this.#syncing = false;
      if (error !== undefined) this.#fail(error.message.split(',', 1)[0] as string);
      for (const { resolve, reject } of waiting)
        error !== undefined && this.#options.strict ? reject(unrecorded()) : resolve();
      if (this.#waiting.length > 0) this.#sync();
      else if (this.#dirty) this.#timer ??= setTimeout(() => this.#sync(), syncMs).unref();
    });
  }

  async #syncAll(retired: readonly number[]): Promise<Error | undefined> {
    let failed: Error | undefined;
    for (const file of retired) {
      failed = (await synced(file)) ?? failed;
      close(file);
    }
    return (await synced(this.#file)) ?? failed;
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function synced(file: number): Promise<Error | undefined> {
  return new Promise((resolve) => fdatasync(file, (error) => resolve(error ?? undefined)));
}

function unrecorded(): TributaryError {
  return new TributaryError('OVERLOADED', 'Usage cannot be recorded at present.', { retryAfterMs: retryMs });
}
