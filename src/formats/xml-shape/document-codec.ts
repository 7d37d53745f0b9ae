import type { CancelSignal } from '../../util/abort.ts';
import { FormatError } from '../format-error.ts';
import { codeUnitsInSlices } from '../xml/code-units.ts';
import { decodeXml } from '../xml/encoding.ts';
import { XML_LIMITS } from '../xml/limits.ts';
import { NameTablePool } from '../xml/names.ts';
import { DOCUMENT_END, XmlReader } from '../xml/reader.ts';
import { runSliced, runWhole, type Sliced } from '../xml/slices.ts';
import { XmlWriter } from '../xml/writer.ts';
import { decodeElementSliced, type TypeDecoder } from '../xsd/decoder.ts';
import { type ElementEncoder, encodeElement } from '../xsd/encode.ts';
import { XSI } from '../xsd/names.ts';

/** The size of a document is capped by whoever receives it. */
const LIMITS = Object.freeze({ ...XML_LIMITS, maxBytes: Number.MAX_SAFE_INTEGER });

/** Above so many characters a document is read in slices. */
const SLICE_ABOVE = 256 * 1024;

/** Whole documents with one root element, compiled: JSON in, XML out, and back. */
export class DocumentCodec {
  private readonly element: ElementEncoder;
  private readonly decoder: TypeDecoder;
  private readonly anyNamespace: boolean;
  private readonly names = new NameTablePool();

  /** @param anyNamespace whether the root may be in another namespace than it is written in */
  constructor(element: ElementEncoder, decoder: TypeDecoder, anyNamespace: boolean) {
    this.element = element;
    this.decoder = decoder;
    this.anyNamespace = anyNamespace;
  }

  /**
   * The document for a value, to be encoded as UTF-8.
   * Errors: `FormatError` `badInput`, naming the place (`vehicle/documents[0]/kind`).
   */
  write(value: unknown): string {
    const writer = new XmlWriter({ [XSI]: 'xsi' });
    writer.path.push(this.element.localName);
    encodeElement(this.element, value, writer, { encoded: false });
    return `<?xml version="1.0" encoding="UTF-8"?>${writer.toString()}`;
  }

  /**
   * The value of a document; only a long one is read in slices, so that the event loop goes on.
   * Errors: `FormatError` `invalid` or `tooLarge`, with line and column; never part of a value. Rejects with the signal's
   * reason once it is aborted.
   *
   * @param contentType the HTTP header as it came
   */
  read(bytes: Uint8Array, contentType?: string, signal?: CancelSignal): unknown {
    const steps = this.steps(decodeXml(bytes, contentType, LIMITS.maxBytes));
    return bytes.length < SLICE_ABOVE ? runWhole(steps) : runSliced(steps, signal);
  }

  private *steps(xml: string): Sliced<unknown> {
    const names = this.names.take();
    const reader = new XmlReader(xml, LIMITS, { names, units: yield* codeUnitsInSlices(xml) });
    reader.nextTag();
    this.assertRoot(reader);
    const value = yield* decodeElementSliced(this.decoder, reader, { requireAll: true, pauseAt: 0 });
    if (value === null && !this.element.nillable)
      throw reader.invalid(`The element '${reader.localName}' must not be nil`);
    while (reader.next() !== DOCUMENT_END) {
      // What follows the root must be well-formed too.
    }
    this.names.giveBack(names);
    return value;
  }

  private assertRoot(reader: XmlReader): void {
    const { localName, namespace } = this.element;
    if (reader.localName !== localName)
      throw reader.invalid(`The root element is '${reader.localName}', not '${localName}'`);
    if (this.anyNamespace || reader.namespace === namespace) return;
    throw reader.invalid(`The root element '${localName}' is in another namespace than '${namespace}'`);
  }
}

/** Throws a `FormatError` `badDescription`. */
export function refuse(message: string, cause?: unknown): never {
  throw new FormatError('badDescription', message, { cause });
}
