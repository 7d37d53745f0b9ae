import type { XmlBookmark } from '../xml/reader.ts';

/** What a reader of values needs beside the document. */
export interface DecodeContext {
  /** A required element or attribute that is not there is an error; otherwise its property is missing. */
  readonly requireAll: boolean;
  /** The bytes of an attachment by content id, when the message has any (XOP, SOAP with attachments). */
  readonly attachment?: (contentId: string) => Uint8Array | undefined;
  /** Elements by `id`, for `href` (SOAP 1.1 §5.4.1) and SOAP 1.2 `ref`. */
  readonly references?: References;
  /** Characters read before the next pause; moved by whoever pauses. */
  pauseAt: number;
}

export interface References {
  readonly byId: ReadonlyMap<string, XmlBookmark>;
  /** References that may still be followed: a few short elements can refer to each other without end. */
  budget: number;
  depth: number;
}

/** What a writer of values needs beside the value. */
export interface EncodeContext {
  /** Write `xsi:type` on every element, and arrays as SOAP 1.1 §5 wants them. */
  readonly encoded: boolean;
  /** Encoded as SOAP 1.2 part 2 §3 has it: arrays say `itemType` and `arraySize`. */
  readonly soap12?: boolean;
  /** Takes the bytes of a `base64Binary` element out of the document; answers its content id, or `undefined` to leave it in. */
  readonly attach?: (base64: string) => string | undefined;
}

/** Characters between pauses of a long document: well under a millisecond. */
export const PAUSE_EVERY = 16_384;
