import type { CancelSignal } from '../../util/abort.ts';
import type { SoapFault } from '../soap/fault.ts';
import { readFault } from '../soap/fault.ts';
import type { SoapVersion } from '../soap/names.ts';
import { enterEnvelope, leaveEnvelope, leaveFault, type OpenEnvelope } from '../soap/read-envelope.ts';
import { collectReferences } from '../soap/references.ts';
import { writeEnvelope } from '../soap/write-envelope.ts';
import { codeUnitsInSlices, takeCodeUnits } from '../xml/code-units.ts';
import { XML_LIMITS, type XmlLimits } from '../xml/limits.ts';
import { type NameTable, NameTablePool } from '../xml/names.ts';
import { XmlReader } from '../xml/reader.ts';
import { runSliced, runWhole, type Sliced } from '../xml/slices.ts';
import type { XmlWriter } from '../xml/writer.ts';
import type { DecodeContext, EncodeContext } from '../xsd/context.ts';
import type { BoundMessage, BoundOperation } from './bindings.ts';
import { readDetail } from './fault-detail.ts';
import { httpHeaders, mediaType } from './http-headers.ts';
import { type BodyCodec, type HeaderCodec, type MessageCompiler, readAnything } from './message-codec.ts';

/** What a call came back with. */
export type SoapAnswer = SoapResult | SoapFailure;

export interface SoapResult {
  readonly fault?: undefined;
  readonly body: unknown;
  /** Declared header blocks, by element name. */
  readonly headers: JsonObject;
}

export interface SoapFailure {
  readonly fault: SoapFault;
}

type JsonObject = Record<string, unknown>;

export interface SoapEncodeOptions {
  /** Values of the header blocks that the description declares, by element name. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Writes further header blocks: security, addresses. */
  readonly blocks?: readonly ((writer: XmlWriter) => void)[];
  /** Takes `base64Binary` values out of the document (MTOM). */
  readonly attach?: EncodeContext['attach'];
}

export interface SoapDecodeOptions {
  readonly limits?: Partial<XmlLimits>;
  readonly attachment?: DecodeContext['attachment'];
  /** Whether a required element that is missing is an error. @default true, false for encoded messages */
  readonly requireAll?: boolean;
}

/** An answer that is being read: its reader stands at its body. */
interface OpenReply extends OpenEnvelope {
  readonly reader: XmlReader;
  readonly names: NameTable;
  readonly headers: JsonObject;
  readonly context: DecodeContext;
}

/** Above so many characters a document is read in slices. */
const SLICE_ABOVE = 256 * 1024;

/** One operation, compiled: JSON in, envelope out, and back. Holds no part of the description that it does not use. */
export class SoapOperation {
  readonly name: string;
  readonly service: string;
  readonly port: string;
  /** From the description; a datasource may say another. */
  readonly address: string;
  readonly soapVersion: SoapVersion;
  readonly action: string;
  readonly wsaAction: string | undefined;
  /** Of every request that is its envelope alone. */
  readonly httpHeaders: Readonly<Record<string, string>>;
  readonly style: 'document' | 'rpc';
  readonly use: 'literal' | 'encoded';
  readonly documentation: string | undefined;
  /** No answer is to be expected. */
  readonly oneWay: boolean;
  readonly input: BodyCodec;
  readonly output: BodyCodec | undefined;
  readonly inputHeaders: readonly HeaderCodec[];
  readonly outputHeaders: readonly HeaderCodec[];
  /** Parts of the input that travel as attachments, with their media types (MIME bindings). */
  readonly inputAttachments: readonly { name: string; contentType: string }[];
  readonly outputAttachments: readonly { name: string; contentType: string }[];
  private readonly names = new NameTablePool();
  private readonly faults: ReturnType<MessageCompiler['faultDetail']>[];

  constructor(bound: BoundOperation, compiler: MessageCompiler) {
    this.name = bound.name;
    this.service = bound.service;
    this.port = bound.port;
    this.address = bound.address;
    this.soapVersion = bound.soapVersion;
    this.action = bound.action;
    this.wsaAction = bound.wsaAction;
    this.httpHeaders = httpHeaders(
      `${mediaType(bound.soapVersion)}; charset=utf-8`,
      bound.soapVersion,
      bound.action,
    );
    this.style = bound.style;
    this.use = bound.input.encoded ? 'encoded' : 'literal';
    this.documentation = bound.documentation;
    this.oneWay = bound.output === undefined;
    this.input = compiler.body(bound.input, bound.style, bound.name);
    this.output = bound.output && compiler.body(bound.output, bound.style, `${bound.name}Response`);
    this.inputHeaders = bound.input.headers.map((header) => compiler.header(header));
    this.outputHeaders = bound.output?.headers.map((header) => compiler.header(header)) ?? [];
    this.inputAttachments = attachmentNames(bound.input);
    this.outputAttachments = bound.output === undefined ? [] : attachmentNames(bound.output);
    this.faults = bound.faults.map((part) => compiler.faultDetail(part));
  }

  /**
   * The envelope for an input, in the schema's order whatever the order of its properties.
   * Errors: `FormatError` `badInput`, naming the place (`EstimateFares/request[2]/colour`).
   */
  encode(input: unknown, options: SoapEncodeOptions = {}): string {
    const context: EncodeContext = {
      encoded: this.input.encoded,
      soap12: this.soapVersion === '1.2',
      attach: options.attach,
    };
    const headers =
      options.headers === undefined
        ? []
        : [(writer: XmlWriter) => this.writeHeaders(options.headers!, writer)];
    return writeEnvelope({
      version: this.soapVersion,
      headers: [...(options.blocks ?? []), ...headers],
      body: (writer) => {
        writer.path.push(this.name);
        this.input.write(input ?? {}, writer, context);
        writer.path.length = 0;
      },
    });
  }

  /**
   * The answer in an envelope: the body's value and the declared headers, or the fault.
   * Errors: `FormatError` `invalid` or `tooLarge`; never part of an answer.
   */
  decode(xml: string, options: SoapDecodeOptions = {}): SoapAnswer {
    const references = this.repliesEncoded ? runWhole(collectReferences(xml, limitsOf(options))) : undefined;
    const reply = this.open(xml, options, references, takeCodeUnits(xml));
    const body = reply.isFault ? undefined : this.output?.read(reply.reader, reply.context);
    return this.closed(reply, body);
  }

  /** As `decode`; a long document is read in slices, so that the event loop goes on. */
  async decodeSliced(
    xml: string,
    options: SoapDecodeOptions = {},
    signal?: CancelSignal,
  ): Promise<SoapAnswer> {
    return xml.length < SLICE_ABOVE
      ? this.decode(xml, options)
      : runSliced(this.decodeSteps(xml, options), signal);
  }

  private *decodeSteps(xml: string, options: SoapDecodeOptions): Sliced<SoapAnswer> {
    const references = this.repliesEncoded ? yield* collectReferences(xml, limitsOf(options)) : undefined;
    const reply = this.open(xml, options, references, yield* codeUnitsInSlices(xml));
    const { output } = this;
    const isRead = !reply.isFault && output !== undefined;
    const body = isRead ? yield* output.readSliced(reply.reader, reply.context) : undefined;
    return this.closed(reply, body);
  }

  private get repliesEncoded(): boolean {
    return this.output?.encoded ?? this.input.encoded;
  }

  /** Reads to the body of an answer. */
  private open(
    xml: string,
    options: SoapDecodeOptions,
    references: DecodeContext['references'],
    units: Uint16Array,
  ): OpenReply {
    const names = this.names.take();
    const reader = new XmlReader(xml, limitsOf(options), { names, units });
    const headers: JsonObject = {};
    const { version, isFault } = enterEnvelope(reader, (block) => this.readHeader(block, headers));
    const context: DecodeContext = {
      requireAll: options.requireAll ?? !this.repliesEncoded,
      attachment: options.attachment,
      references,
      pauseAt: 0,
    };
    return { reader, names, headers, version, isFault, context };
  }

  /** Reads the fault, if that is what the body holds, and what follows the body. */
  private closed(
    { reader, names, headers, version, isFault, context }: OpenReply,
    body: unknown,
  ): SoapAnswer {
    let answer: SoapAnswer;
    if (isFault) {
      answer = { fault: readFault(reader, version, (detail) => this.readDetail(detail, context)) };
      leaveFault(reader);
    } else {
      if (this.output === undefined) reader.skipElement();
      answer = { body: body ?? null, headers };
    }
    leaveEnvelope(reader);
    this.names.giveBack(names);
    return answer;
  }

  private readHeader(reader: XmlReader, headers: JsonObject): boolean {
    const { localName, namespace } = reader;
    const codec = this.outputHeaders.find(
      ({ element }) => element.localName === localName && element.namespace === namespace,
    );
    if (codec === undefined) return false;
    headers[codec.property] = codec.read(reader);
    return true;
  }

  private readDetail(reader: XmlReader, context: DecodeContext): JsonObject {
    return readDetail(reader, this.faults, (element) => readAnything(element, context), context);
  }

  private writeHeaders(headers: Readonly<JsonObject>, writer: XmlWriter): void {
    writer.path.push('headers');
    for (const codec of this.inputHeaders) {
      const value = headers[codec.property];
      if (value === undefined) continue;
      writer.path.push(codec.property);
      codec.write(value, writer);
      writer.path.length = 1;
    }
    for (const name of Object.keys(headers)) {
      if (this.inputHeaders.some(({ property }) => property === name)) continue;
      writer.path.push(name);
      throw writer.badInput('The operation declares no such header');
    }
    writer.path.length = 0;
  }
}

function attachmentNames({ attachments }: BoundMessage): { name: string; contentType: string }[] {
  return attachments.map(({ part, contentType }) => ({ name: part.name, contentType }));
}

function limitsOf({ limits = XML_LIMITS }: SoapDecodeOptions): Partial<XmlLimits> {
  return limits;
}
