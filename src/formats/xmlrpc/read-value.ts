import { FormatError } from '../format-error.ts';
import { ELEMENT_END, ELEMENT_START, TEXT, type XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import type { XmlRpcLimits } from './limits.ts';
import { isScalarTag, readScalar, type ScalarTag } from './scalars.ts';
import { ANY, type XmlRpcType } from './types.ts';

export type XmlRpcValue =
  | string
  | number
  | boolean
  | null
  | XmlRpcValue[]
  | { [member: string]: XmlRpcValue };

/** How an answer is to be understood. */
export interface ReadOptions {
  readonly limits: XmlRpcLimits;
  /** Given to dates that have no zone: `Z`, `+02:00`. */
  readonly timeZone: string | undefined;
}

/** Apache's types stand in this namespace, all others in none. */
export const EXTENSIONS = 'http://ws.apache.org/xmlrpc/namespaces/extensions';

/** After so many values a long answer lets go of the event loop. */
const VALUES_A_SLICE = 500;

/** A well-formed value that is not what it should be: the reader can go on behind it. */
export class MismatchError extends FormatError {}

/** An array or struct whose end is still to come. */
interface Container {
  readonly declared: XmlRpcType;
  /** Of an array. */
  readonly items: XmlRpcValue[] | undefined;
  /** Of a struct. */
  readonly members: Record<string, XmlRpcValue>;
  memberCount: number;
  /** The member whose value is being read. */
  member: string;
}

/** What `openValue` gives when the value is a container that has children to read. */
const OPENED = Symbol('opened');

/**
 * Reads the `<value>` on whose start tag the reader stands, to its end tag.
 *
 * A declared type is checked and met (see `readScalar`); members that are not declared come as they are. Structs never
 * hold the same member twice, and none named `__proto__`.
 *
 * Errors: `FormatError` `invalid` for what is no XML-RPC value or not the declared type, naming line and column;
 * `tooLarge` for what passes a limit.
 * Source: XML-RPC specification, https://xmlrpc.com/spec.md; Apache's vendor extensions for XML-RPC.
 */
export function* readValue(
  reader: XmlReader,
  declared: XmlRpcType,
  options: ReadOptions,
): Sliced<XmlRpcValue> {
  return yield* new ValueReader(reader, options).read(declared);
}

class ValueReader {
  private readonly reader: XmlReader;
  private readonly options: ReadOptions;
  private readonly open: Container[] = [];
  private values = 0;

  constructor(reader: XmlReader, options: ReadOptions) {
    this.reader = reader;
    this.options = options;
  }

  *read(declared: XmlRpcType): Sliced<XmlRpcValue> {
    let value = this.openValue(declared);
    for (;;) {
      if (this.values % VALUES_A_SLICE === 0) yield;
      const container = this.open.at(-1);
      if (value === OPENED) {
        value = this.openValue(childType(container!));
        continue;
      }
      if (container === undefined) return value;
      this.add(container, value);
      value = this.nextChild(container) ? OPENED : this.closeContainer(container);
    }
  }

  /** From the start tag of a value: to its end tag, or to the start tag of its first child. */
  private openValue(declared: XmlRpcType): XmlRpcValue | typeof OPENED {
    if (++this.values > this.options.limits.maxValues) throw this.tooLarge('maxValues');
    const { reader } = this;
    let text = '';
    for (;;) {
      const kind = reader.next();
      if (kind === TEXT) text += reader.text;
      else if (kind === ELEMENT_END) return this.scalar('string', text, declared);
      else if (kind === ELEMENT_START) break;
    }
    if (text.trim() !== '') throw reader.invalid('Text stands beside the type of a value');
    return this.typed(this.typeName(), declared);
  }

  private typed(tag: string, declared: XmlRpcType): XmlRpcValue | typeof OPENED {
    if (isScalarTag(tag)) {
      const value = this.scalar(tag, this.reader.readText(), declared);
      this.expectEnd();
      return value;
    }
    if (tag === 'struct' || tag === 'array') return this.openContainer(tag, declared);
    if (tag !== 'nil') throw this.mismatch(`A value of type '${tag}' cannot be read`);
    if (this.reader.readText().trim() !== '') throw this.mismatch('A nil is not empty');
    this.expectEnd();
    return null;
  }

  private scalar(tag: ScalarTag, text: string, declared: XmlRpcType): XmlRpcValue {
    const value = readScalar(tag, text, declared.kind, this.options.timeZone);
    if (value !== undefined) return value;
    const asked = declared.kind === 'any' ? tag : declared.kind;
    throw this.mismatch(`The value of type '${tag}' is no acceptable '${asked}'`);
  }

  private openContainer(tag: 'struct' | 'array', declared: XmlRpcType): XmlRpcValue | typeof OPENED {
    if (this.open.length >= this.options.limits.maxDepth) throw this.tooLarge('maxDepth');
    const { kind } = declared;
    const asStruct = tag === 'struct';
    const container: Container = {
      // A type that does not fit is only forgiven when there is nothing in it: see closeContainer.
      declared: kind === tag || kind === 'any' ? declared : ANY,
      items: asStruct ? undefined : [],
      members: {},
      memberCount: 0,
      member: '',
    };
    this.open.push(container);
    if (asStruct ? this.nextMember(container) : this.firstItem()) {
      if (kind === tag || kind === 'any' || kind === 'nil') return OPENED;
      throw this.mismatch(`A value of type '${tag}' is no acceptable '${kind}'`);
    }
    return this.closeContainer(container, declared);
  }

  /** From the end of the container's last child to the end tag of its value. */
  private closeContainer(container: Container, declared = container.declared): XmlRpcValue {
    this.open.pop();
    this.expectEnd();
    const value = container.items ?? container.members;
    switch (declared.kind) {
      // PHP has one type for both: an empty struct comes as an empty array, and the other way round.
      case 'array':
        return container.items ?? [];
      case 'struct':
        this.requireMembers(container.members, declared);
        return container.members;
      case 'any':
      case 'nil':
        return value;
      default:
        throw this.mismatch(`An empty struct or array is no acceptable '${declared.kind}'`);
    }
  }

  private requireMembers(members: Record<string, XmlRpcValue>, declared: XmlRpcType): void {
    for (const [name, type] of Object.entries(declared.members ?? {})) {
      if (type.optional || Object.hasOwn(members, name)) continue;
      throw this.mismatch(`A struct lacks the member '${name}'`);
    }
  }

  private add(container: Container, value: XmlRpcValue): void {
    if (container.items === undefined) container.members[container.member] = value;
    else container.items.push(value);
  }

  /** From the end tag of a value to the start tag of the next one in the container; false when there is none. */
  private nextChild(container: Container): boolean {
    if (container.items !== undefined) return this.nextItem();
    this.expectEnd();
    return this.nextMember(container);
  }

  private firstItem(): boolean {
    // Some servers write an empty array without its <data>.
    if (this.reader.nextTag() === ELEMENT_END) return false;
    this.requireName('data');
    return this.nextItem();
  }

  private nextItem(): boolean {
    if (this.reader.nextTag() === ELEMENT_START) {
      this.requireName('value');
      return true;
    }
    this.expectEnd();
    return false;
  }

  private nextMember(container: Container): boolean {
    const { reader } = this;
    if (reader.nextTag() === ELEMENT_END) return false;
    this.requireName('member');
    if (++container.memberCount > this.options.limits.maxMembers) throw this.tooLarge('maxMembers');
    this.expectStart('name');
    const name = reader.readText();
    if (name === '__proto__') throw this.mismatch("A struct has the member '__proto__'");
    if (Object.hasOwn(container.members, name)) throw this.mismatch('A struct has one member twice');
    container.member = name;
    this.expectStart('value');
    return true;
  }

  private typeName(): string {
    const { namespace, localName } = this.reader;
    return namespace === '' || namespace === EXTENSIONS ? localName : `{${namespace}}${localName}`;
  }

  private expectStart(name: string): void {
    if (this.reader.nextTag() !== ELEMENT_START)
      throw this.reader.invalid(`The element '${name}' is missing`);
    this.requireName(name);
  }

  private requireName(name: string): void {
    const { reader } = this;
    if (reader.localName === name && reader.namespace === '') return;
    throw reader.invalid(`The element '${reader.localName}' stands where '${name}' is expected`);
  }

  private expectEnd(): void {
    if (this.reader.nextTag() === ELEMENT_END) return;
    throw this.reader.invalid(`The element '${this.reader.localName}' stands where nothing is expected`);
  }

  private mismatch(message: string): MismatchError {
    return new MismatchError('invalid', message, { place: this.reader.place() });
  }

  private tooLarge(limit: keyof XmlRpcLimits): FormatError {
    const message = `The XML-RPC answer passes the limit ${limit} (${this.options.limits[limit]})`;
    return new FormatError('tooLarge', message, { place: this.reader.place() });
  }
}

function childType({ declared, items, member }: Container): XmlRpcType {
  if (items !== undefined) return declared.item ?? ANY;
  const { members } = declared;
  return members !== undefined && Object.hasOwn(members, member) ? members[member]! : ANY;
}
