import type { ComplexType, ElementDeclaration, SimpleType, Type } from './components.ts';
import { splitName } from './names.ts';
import { isBare, type Shape, shapeOf } from './shape.ts';

/** Names that TypeScript would not let a type have, or that it knows already. */
const RESERVED = new Set([
  'Array',
  'Boolean',
  'Date',
  'Error',
  'Map',
  'Number',
  'Object',
  'Promise',
  'Record',
  'Set',
  'String',
  'Symbol',
]);

/**
 * Prints the TypeScript types of JSON values, an interface for each complex type.
 * Lists that are always given when read are optional when written: `direction` says which of the two is meant.
 */
export class TypePrinter {
  private readonly direction: 'input' | 'output';
  private readonly taken: Set<string>;
  private readonly names = new Map<Type, string>();
  private readonly printed: string[] = [];

  /** `taken` holds the names in use; those of this printer are added. */
  constructor(direction: 'input' | 'output', taken: Set<string> = new Set()) {
    this.direction = direction;
    this.taken = taken;
  }

  /** The interfaces that the types so far need, in the order they were met. */
  get declarations(): string {
    return this.printed.join('\n\n');
  }

  /** The type of an element's value, `null` included where it may be nil. */
  element(element: ElementDeclaration): string {
    const type = this.type(element.type(), element.localName);
    return element.nillable ? `${type} | null` : type;
  }

  /** The type of a value; `hint` names an interface for a type that has no name of its own. */
  type(type: Type, hint: string): string {
    if (type.kind === 'any') return 'unknown';
    if (type.kind === 'simple') return simpleText(type);
    if (type.arrayItem !== undefined) return this.array(type, hint);
    if (isBare(type)) return simpleText(type.simpleContent!);
    if (!type.abstract) return this.nameOf(type, hint);
    // Only a derived type can stand here. Where the declared type can stand itself, it is what nearly always does.
    const concrete = type.derived().filter((one) => one.kind === 'complex' && !one.abstract && !isBare(one));
    return concrete.map((one) => this.nameOf(one as ComplexType, hint)).join(' | ') || 'never';
  }

  private nameOf(type: ComplexType, hint: string): string {
    return this.names.get(type) ?? this.declare(type, hint);
  }

  private array({ arrayItem }: ComplexType, hint: string): string {
    const item = this.type(arrayItem!.type, hint);
    return `${item === 'unknown' ? item : `(${item} | null)`}${'[]'.repeat(arrayItem!.dimensions)}`;
  }

  private declare(type: ComplexType, hint: string): string {
    const name = this.claim(type.name === undefined ? hint : splitName(type.name).localName);
    this.names.set(type, name);
    const place = this.printed.push('') - 1;
    this.printed[place] = `export interface ${name} {\n${this.properties(type, shapeOf(type)).join('\n')}\n}`;
    return name;
  }

  private properties(type: ComplexType, shape: Shape): string[] {
    const lines: string[] = [];
    const add = (name: string, optional: boolean, text: string) => {
      lines.push(`  ${propertyName(name)}${optional ? '?' : ''}: ${text};`);
    };
    if (hasAbstractBase(type)) add('$type', true, quoted(type.name));
    for (const { property, use } of shape.attributes) {
      add(
        property,
        !use.required && (this.direction === 'input' || (use.default ?? use.fixed) === undefined),
        simpleText(use.type),
      );
    }
    if (shape.value !== undefined) add(shape.value, false, simpleText(type.simpleContent!));
    if (shape.mixed !== undefined)
      add(shape.mixed, this.direction === 'input', '(string | Record<string, unknown>)[]');
    else this.elementProperties(shape, add);
    if (shape.wildcard !== undefined) add(shape.wildcard, true, '{ name?: string; xml: string }[]');
    if (shape.anyAttribute !== undefined) add(shape.anyAttribute, true, 'Record<string, string>');
    return lines;
  }

  private elementProperties(
    shape: Shape,
    add: (name: string, optional: boolean, text: string) => void,
  ): void {
    for (const { property, element, repeated, required, chosen } of shape.elements) {
      const text = this.element(element);
      const isGiven = required || (repeated && !chosen && this.direction === 'output');
      add(property, !isGiven, repeated ? `${/[ |']/.test(text) ? `(${text})` : text}[]` : text);
    }
  }

  private claim(wanted: string): string {
    const base = typeName(wanted);
    let name = base;
    for (let number = 2; this.taken.has(name) || RESERVED.has(name); number++) {
      name =
        number === 2 && this.direction === 'input' && !RESERVED.has(base)
          ? `${base}Input`
          : `${base}${number}`;
    }
    this.taken.add(name);
    return name;
  }
}

/** Enumerations of text and numbers are unions of their values. */
function simpleText(type: SimpleType): string {
  if (type.variety === 'list') {
    const item = simpleText(type.item!);
    return `${item.includes(' ') ? `(${item})` : item}[]`;
  }
  if (type.variety === 'union') return [...new Set(type.members.map(simpleText))].join(' | ') || 'string';
  const values = type.facets.enumeration;
  if (values === undefined || values.length > 200) return type.builtin.typeScript;
  return values.map((value) => quoted(value)).join(' | ');
}

/** Whether values of the type may have to say so: they stand where only an abstract type is declared. */
function hasAbstractBase({ base }: ComplexType): boolean {
  return base?.kind === 'complex' && (base.abstract || hasAbstractBase(base));
}

function quoted(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function typeName(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(name) ? name : `Type${name}`;
}
