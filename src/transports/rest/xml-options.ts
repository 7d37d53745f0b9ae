import type { XmlGives, XmlTakes } from '../../formats/xml-shape/shape.ts';

/** An answer in XML: the output is what the shape gives. */
export interface XmlAnswer<out O> {
  readonly as: 'xml';
  /** `xml.element`, `xml.list` with `in`, `xml.schema`, or a part of one by `xml.select`. */
  readonly shape: XmlGives<O>;
}

/**
 * A body in XML: every input that nothing else takes, as the members of the shape; the inputs named alone; or the value of
 * one input as the whole document.
 */
export type XmlBody<I> =
  | (XmlBodyOptions & {
      readonly shape: XmlTakes<I>;
      /** @default every input that nothing else takes */
      readonly inputs?: readonly (keyof I & string)[];
      readonly whole?: undefined;
    })
  | {
      [Name in keyof I & string]-?: XmlBodyOptions & {
        readonly shape: XmlTakes<NonNullable<I[Name]>>;
        readonly whole: Name;
        readonly inputs?: undefined;
      };
    }[keyof I & string];

interface XmlBodyOptions {
  readonly as: 'xml';
  /** For services that want another; always in UTF-8. @default 'application/xml; charset=utf-8' */
  readonly contentType?: string;
}
