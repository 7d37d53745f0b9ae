/** What one document may cost. Every limit is checked while reading; passing one is an error of problem `tooLarge`. */
export interface XmlLimits {
  /** Bytes of the encoded document (and characters of the decoded one). */
  maxBytes: number;
  /** Elements inside each other. */
  maxDepth: number;
  /** Attributes and namespace declarations of one element. */
  maxAttributes: number;
  /** Child elements of one element. */
  maxChildren: number;
  /** Characters of one name, prefix included. */
  maxNameLength: number;
  /** Different names in one document. */
  maxNames: number;
}

/** The defaults: the one table that code, tests and documents read. */
export const XML_LIMITS: Readonly<XmlLimits> = Object.freeze({
  maxBytes: 32 * 1024 * 1024,
  maxDepth: 256,
  maxAttributes: 256,
  maxChildren: 1_000_000,
  maxNameLength: 1_024,
  maxNames: 20_000,
});
