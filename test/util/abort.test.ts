import { describe, expect, it } from 'vitest';
import { Cancellation, signalOf } from '../../src/util/abort.ts';

describe('a cancellation', () => {
  it('tells each listener once, with the first reason, and none that has left', () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const first = (): void => void told.push('first');
    const second = (): void => void told.push('second');
    const left = (): void => void told.push('left');
    for (const listener of [first, second, left, first]) cancellation.addEventListener('abort', listener);
    cancellation.removeEventListener('abort', left);
    expect(() => cancellation.throwIfAborted()).not.toThrow();
    const reason = new Error('enough');
    cancellation.abort(reason);
    cancellation.abort(new Error('too late'));
    expect(told).toEqual(['first', 'second']);
    expect(cancellation.reason).toBe(reason);
    expect(() => cancellation.throwIfAborted()).toThrow(reason);
  });

  it('has the reason that a controller of Node has, where none is given', () => {
    const [ours, nodes] = [new Cancellation(), new AbortController()];
    ours.abort();
    nodes.abort();
    expect(ours.signal.reason).toBeInstanceOf(DOMException);
    expect((ours.signal.reason as Error).name).toBe((nodes.signal.reason as Error).name);
  });

  it('does not tell who begins to listen when it is over', () => {
    const cancellation = new Cancellation();
    let calls = 0;
    cancellation.addEventListener('abort', () => cancellation.addEventListener('abort', () => calls++));
    cancellation.abort();
    expect(calls).toBe(0);
  });
});

describe('a true signal', () => {
  it('is the one given, where that is true already', () => {
    const { signal } = new AbortController();
    expect(signalOf(signal)).toBe(signal);
  });

  it('is aborted with its cancellation, for the same reason, before and after it was made', () => {
    const cancellation = new Cancellation();
    const before = signalOf(cancellation.signal);
    expect(before.aborted).toBe(false);
    const reason = new Error('enough');
    cancellation.abort(reason);
    for (const signal of [before, signalOf(cancellation.signal)]) {
      expect(signal).toBeInstanceOf(AbortSignal);
      expect(signal.reason).toBe(reason);
    }
  });
});
