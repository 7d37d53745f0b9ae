import { spawnSync } from 'node:child_process';
import { SaxesParser } from 'saxes';
import { XML_LIMITS } from '../../../src/formats/xml/limits.ts';
import { NameTable } from '../../../src/formats/xml/names.ts';
import {
  COMMENT,
  DOCUMENT_END,
  ELEMENT_END,
  ELEMENT_START,
  PROCESSING_INSTRUCTION,
  XmlReader,
} from '../../../src/formats/xml/reader.ts';

/** One event as text, so that lists of them compare and print well. */
export type Events = string[];

/** Our reader's events, or the error it threw. `names`: those of documents before. */
export function readWithOurs(source: string, names = new NameTable()): Events | Error {
  const events: Events = [];
  // saxes trims namespace names, which are to be compared as they are (Namespaces in XML 1.0 §2.3): trimmed here to compare the rest.
  const trimmed = (uri: string) => uri.trim();
  try {
    const reader = new XmlReader(source, XML_LIMITS, { names });
    for (let kind = reader.next(); kind !== DOCUMENT_END; kind = reader.next()) {
      if (kind === ELEMENT_START) {
        const attributes: string[] = [];
        for (let index = 0; index < reader.attributeCount; index++) {
          const { namespace, localName } = reader.attributeName(index);
          attributes.push(
            `{${trimmed(namespace)}}${localName}=${JSON.stringify(reader.attributeValue(index))}`,
          );
        }
        for (const [prefix, uri] of reader.declarations())
          attributes.push(`xmlns:${prefix}=${JSON.stringify(trimmed(uri))}`);
        events.push(`<{${trimmed(reader.namespace)}}${reader.localName} ${attributes.sort().join(' ')}`);
      } else if (kind === ELEMENT_END) events.push(`>{${trimmed(reader.namespace)}}${reader.localName}`);
      else if (kind === COMMENT) events.push(`comment ${JSON.stringify(reader.text)}`);
      else if (kind === PROCESSING_INSTRUCTION)
        events.push(`pi ${reader.instructionTarget} ${JSON.stringify(reader.text)}`);
      else events.push(`${reader.isCdata ? 'cdata' : 'text'} ${JSON.stringify(reader.text)}`);
    }
    return events;
  } catch (error) {
    return error as Error;
  }
}

/** The same from `saxes`, an independent strict parser. */
export function readWithSaxes(source: string): Events | Error {
  const events: Events = [];
  let failure: Error | undefined;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    failure ??= error;
  });
  parser.on('doctype', () => {
    failure ??= new Error('DOCTYPE');
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.values(tag.attributes).map(({ uri, local, value, prefix, name }) =>
      prefix === 'xmlns' || name === 'xmlns'
        ? `xmlns:${name === 'xmlns' ? '' : local}=${JSON.stringify(value.trim())}`
        : `{${uri}}${local}=${JSON.stringify(value)}`,
    );
    events.push(`<{${tag.uri}}${tag.local} ${attributes.sort().join(' ')}`);
  });
  parser.on('closetag', (tag) => events.push(`>{${tag.uri}}${tag.local}`));
  let depth = 0;
  parser.on('opentagstart', () => depth++);
  parser.on('text', (text) => {
    // White space beside the root is reported by saxes and is nothing to us.
    if (text.trim() !== '' || insideRoot(events)) events.push(`text ${JSON.stringify(text)}`);
  });
  parser.on('cdata', (text) => events.push(`cdata ${JSON.stringify(text)}`));
  parser.on('comment', (text) => events.push(`comment ${JSON.stringify(text)}`));
  parser.on('processinginstruction', ({ target, body }) =>
    events.push(`pi ${target} ${JSON.stringify(body)}`),
  );
  try {
    parser.write(source).close();
  } catch (error) {
    failure ??= error as Error;
  }
  return failure ?? events;
}

function insideRoot(events: Events): boolean {
  const opened = events.filter((event) => event.startsWith('<')).length;
  return opened > events.filter((event) => event.startsWith('>')).length;
}

/** Whether a program of this name can be run. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** Runs `xmllint` on a document; its output, or `undefined` when it refuses. */
export function xmllint(arguments_: readonly string[], document: string): string | undefined {
  const { status, stdout } = spawnSync('xmllint', ['--nonet', ...arguments_, '-'], {
    input: document,
    maxBuffer: 1e8,
  });
  return status === 0 ? stdout.toString() : undefined;
}
