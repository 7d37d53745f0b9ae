/** What reading a shape gives. */
export interface XmlGives<out T> {
  readonly kind: string;
  /** Only for the compiler. */
  readonly gives?: () => T;
}

/** What writing a shape takes. */
export interface XmlTakes<in T> {
  readonly kind: string;
  /** Only for the compiler. */
  readonly takes?: (value: T) => void;
}

/** Something that is read from XML and written as XML. */
export interface XmlShape<T> extends XmlGives<T>, XmlTakes<T> {}

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
