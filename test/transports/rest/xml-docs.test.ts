import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Datasource } from '../../../src/operations/datasource.ts';
import type { Operation } from '../../../src/operations/operation.ts';
import { openDatasource } from '../../support/open-datasource.ts';
import { xmlServer } from './xml-server.ts';

const program = fileURLToPath(new URL('./.xml-docs.ts', import.meta.url));
afterAll(() => rm(program, { force: true }));

describe('the datasource of the section "XML" of docs/rest.md', () => {
  it('reads, changes and removes a vehicle', async () => {
    const page = await readFile(new URL('../../../docs/rest.md', import.meta.url), 'utf8');
    const text = /## XML\n[\s\S]*?```ts\n([\s\S]*?)```/.exec(page)?.[1];
    await writeFile(program, text as string);
    const { partners } = (await import(program)) as {
      partners: Datasource & Readonly<Record<string, Operation<object, unknown>>>;
    };
    const server = await xmlServer();
    const open = await openDatasource(partners, { PARTNERS_URL: server.url });
    const ask = async (name: string, input: object) => (await open.ask(partners[name]!, [input]))[0];
    const document =
      '<vehicle id="V"><plate>00123</plate><year>2021</year><odometer>5</odometer><price currency="EUR">1.50</price><tag>new</tag><documents/></vehicle>';
    await fetch(`${server.url}/vehicles`, { method: 'POST', body: document });

    const vehicle = {
      id: 'V',
      plate: '00123',
      year: 2021,
      odometerMetres: '5',
      price: { amount: '1.50', currency: 'EUR' },
      tags: ['new'],
      documents: [],
    };
    expect(await ask('vehicle', { id: 'V' })).toEqual(vehicle);
    const noted = { ...vehicle, note: 'sold <soon>' };
    expect(await ask('change', { id: 'V', vehicle: noted })).toEqual(noted);
    expect(await ask('vehicles', {})).toEqual([noted]);
    expect(await ask('remove', { id: 'V' })).toBeNull();
    expect(await ask('vehicle', { id: 'V' })).toBeNull();
    await open.close();
    await server.stop();
  });
});
