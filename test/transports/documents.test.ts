import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as xml from '../../src/formats/xml-shape/shape.ts';
import { processCache } from '../../src/operations/caches/process-cache.ts';
import type { Datasource } from '../../src/operations/datasource.ts';
import { type OperationEngine, openEngine } from '../../src/operations/engine.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { get } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';
import { request } from '../../src/transports/soap/builders.ts';
import { soap } from '../../src/transports/soap/soap.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { contextOf } from '../support/operations.ts';
import { priced, type RawServer, rawServer, shopWsdl } from './soap/shop.ts';

const schema = (type: string) =>
  `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsd:element name="count" type="xsd:${type}"/></xsd:schema>`;
const kept = { scope: 'public', cache: { ttlMs: 60_000 } } as const;

let folder: string;
let server: RawServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-documents-'));
  server = await rawServer(({ path }) =>
    path === '/count'
      ? { body: '<count>7</count>', headers: { 'content-type': 'application/xml' } }
      : priced('<code>7</code>'),
  );
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The version of an operation as the engine sees it. */
async function versionOf(datasource: Datasource, { info }: Operation<never, unknown>): Promise<string> {
  const engine = await openEngine([datasource], { variables: {} });
  await engine.close();
  return info.version;
}

describe('The files that a definition names', () => {
  it('are part of the version of its operations: a WSDL', async () => {
    const wsdl = join(folder, 'shop.wsdl');
    const text = await readFile(shopWsdl, 'utf8');
    const version = async () => {
      const shop = soap('shop', { wsdl, url: server.url, operations: { price: request('GetPrice') } });
      return versionOf(shop, shop.price);
    };
    await writeFile(wsdl, text);
    const first = await version();
    expect(await version()).toBe(first);
    await writeFile(wsdl, text.replace('xsd:long', 'xsd:string'));
    expect(await version()).not.toBe(first);
  });

  it('count by what they say, not by where they are', async () => {
    const copy = join(folder, 'copy.wsdl');
    await writeFile(copy, await readFile(shopWsdl));
    const versions = [shopWsdl, pathToFileURL(copy)].map((wsdl) => {
      const shop = soap('shop', { wsdl, url: server.url, operations: { price: request('GetPrice') } });
      return versionOf(shop, shop.price);
    });
    expect(new Set(await Promise.all(versions)).size).toBe(1);
  });

  it('count with the files that they include, so that no kept answer is read by an old schema', async () => {
    const main = join(folder, 'main.xsd');
    await writeFile(
      main,
      '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsd:include schemaLocation="part.xsd"/></xsd:schema>',
    );
    const cache = processCache({ maxEntries: 100, maxBytes: 100_000, clock: steadyClock });
    const engines: OperationEngine[] = [];
    const asked = async () => {
      const operations = {
        count: get<object, unknown>('/count', {
          ...kept,
          answer: { as: 'xml', shape: xml.schema<unknown>(main, 'count') },
        }),
      };
      const shop = rest('shop', { baseUrl: server.url, operations });
      const engine = await openEngine([shop], { variables: {}, cache });
      engines.push(engine);
      return engine.call(shop.count)([{}], contextOf());
    };
    await writeFile(join(folder, 'part.xsd'), schema('int'));
    expect(await asked()).toEqual([7]);
    expect(await asked()).toEqual([7]);
    expect(server.asked).toHaveLength(1);
    await writeFile(join(folder, 'part.xsd'), schema('string'));
    expect(await asked()).toEqual(['7']);
    expect(server.asked).toHaveLength(2);
    await Promise.all(engines.map((engine) => engine.close()));
  });
});
