import { describe, expect, it } from 'vitest';
import { TributaryError } from '../../src/errors.ts';
import type { Call } from '../../src/operations/call.ts';
import { Loader } from '../../src/operations/loader.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { Described } from '../../src/operations/outcome.ts';
import { contextOf, operationOf, recordingCall } from '../support/operations.ts';

interface Id {
  readonly id: string | number;
}

const article: Operation<Id, string> = { info: operationOf() };
const order: Operation<Id, string> = { info: operationOf({ name: 'shop.order', kind: 'write' }) };

function loaderOver(call: Call<Id, string>): Loader {
  return new Loader({ call: () => call as never }, contextOf());
}

describe('the loader', () => {
  it('makes one batch of all that is asked in one tick, and asks equal inputs once', async () => {
    const { call, asked } = recordingCall(({ id }: Id) => `article ${id}`);
    const loader = loaderOver(call);
    const answers = await Promise.all(['a', 'b', 'a'].map((id) => loader.load(article, { id })));
    expect(answers).toEqual(['article a', 'article b', 'article a']);
    expect(asked).toEqual([[{ id: 'a' }, { id: 'b' }]]);
    await loader.load(article, { id: 'b' });
    expect(asked).toHaveLength(1);
  });

  it('rejects only the input that failed', async () => {
    const failure = new TributaryError('NOT_FOUND');
    const loader = loaderOver(async (inputs) => inputs.map(({ id }) => (id === 'b' ? failure : `${id}`)));
    const settled = await Promise.allSettled(['a', 'b'].map((id) => loader.load(article, { id })));
    expect(settled).toMatchObject([{ value: 'a' }, { reason: { code: 'NOT_FOUND' } }]);
  });

  it('gives the value of an answer that its backend described', async () => {
    const loader = loaderOver(async (inputs) => inputs.map(() => new Described('value', {})));
    expect(await loader.load(article, { id: 1 })).toBe('value');
  });

  it('asks again after it was renewed', async () => {
    const { call, asked } = recordingCall(({ id }: Id) => `${id}`);
    const loader = loaderOver(call);
    await loader.load(article, { id: 1 });
    loader.renew();
    await loader.load(article, { id: 1 });
    expect(asked).toHaveLength(2);
  });

  it('lets writes pass by: each is called once, when asked', async () => {
    const { call, asked } = recordingCall(({ id }: Id) => `${id}`);
    const loader = loaderOver(call);
    await Promise.all([loader.load(order, { id: 1 }), loader.load(order, { id: 1 })]);
    expect(asked).toEqual([[{ id: 1 }], [{ id: 1 }]]);
  });

  it('asks again what was loaded before a write, also one that failed', async () => {
    const { call, asked } = recordingCall(({ id }: Id) =>
      id === 'bad' ? new TributaryError('CONFLICT') : `${id}`,
    );
    const loader = loaderOver(call as Call<Id, string>);
    await loader.load(article, { id: 1 });
    await loader.load(order, { id: 'good' });
    await loader.load(article, { id: 1 });
    await expect(loader.load(order, { id: 'bad' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await loader.load(article, { id: 1 });
    expect(asked.map(([input]) => input?.id)).toEqual([1, 'good', 1, 'bad', 1]);
  });

  it('rejects with the error of a write that failed', async () => {
    const loader = loaderOver(async (inputs) => inputs.map(() => new TributaryError('CONFLICT')));
    await expect(loader.load(order, { id: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
