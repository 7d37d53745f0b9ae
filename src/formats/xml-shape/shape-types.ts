import type { XmlGives } from './shape.ts';

/** The types of text, and what they are in JSON. */
export interface XmlTypes {
  readonly text: string;
  readonly int: number;
  readonly long: string;
  readonly integer: string;
  readonly decimal: string;
  readonly double: number | 'INF' | '-INF' | 'NaN';
  readonly boolean: boolean;
  readonly date: string;
  readonly dateTime: string;
  readonly time: string;
  readonly base64: string;
}

export type XmlTypeName = keyof XmlTypes;

/** What an element may be declared to hold. */
export interface XmlMember {
  readonly kind: 'scalar' | 'element' | 'list' | 'attribute' | 'content' | 'optional' | 'nillable';
}

export type XmlMembers = Readonly<Record<string, XmlMember>>;

/** The value that a shape stands for. */
export type Shaped<Shape> = Shape extends XmlGives<infer T> ? T : never;

/** The object that the members of an element stand for. */
export type ShapedMembers<Members> = Simplify<
  {
    readonly [Name in keyof Members as Members[Name] extends { readonly kind: 'optional' }
      ? never
      : Name]: Shaped<Members[Name]>;
  } & {
    readonly [Name in keyof Members as Members[Name] extends { readonly kind: 'optional' }
      ? Name
      : never]?: Shaped<Members[Name]> | null;
  }
>;

type Simplify<T> = { [Name in keyof T]: T[Name] };
