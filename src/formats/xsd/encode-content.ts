import { FormatError } from '../format-error.ts';
import { canonicalizeElement } from '../xml/canonical.ts';
import { DOCUMENT_END, XmlReader } from '../xml/reader.ts';
import type { XmlWriter } from '../xml/writer.ts';
import type { EncodeContext } from './context.ts';
import { type ElementEncoder, encodeElement, isObject, own } from './encode.ts';

/** A content model to write by: a particle whose elements are numbers into the type's list of properties. */
export type WriteParticle =
  | { kind: 'element'; min: number; max: number; choices: readonly number[] }
  | { kind: 'any'; min: number; max: number }
  | { kind: 'sequence' | 'choice' | 'all'; min: number; max: number; particles: readonly WriteParticle[] };

/** A property that holds elements. */
export interface WriteField {
  readonly property: string;
  readonly repeated: boolean;
  readonly element: ElementEncoder;
  /** Written where a required element has no value: its default or fixed text, as JSON. */
  readonly whenAbsent: unknown;
}

/**
 * Writes the elements of one object in the schema's order, whatever the order of its properties.
 *
 * Each property is a queue of values, and the content model takes from the queues: a sequence in turn, a choice from the
 * branch that has the most of its properties there, a repeated group as often as values are left. What no part of
 * the model takes is an error that names its place.
 */
export class ContentWriter {
  private readonly fields: readonly WriteField[];
  private readonly queues: (readonly unknown[])[] = [];
  private readonly taken: number[] = [];
  private readonly wildcard: string | undefined;
  private readonly others: readonly unknown[];
  private othersTaken = 0;
  private readonly writer: XmlWriter;
  private readonly context: EncodeContext;

  constructor(
    fields: readonly WriteField[],
    wildcard: string | undefined,
    object: Record<string, unknown>,
    writer: XmlWriter,
    context: EncodeContext,
  ) {
    this.fields = fields;
    this.writer = writer;
    this.context = context;
    this.wildcard = wildcard;
    for (const field of fields) {
      this.queues.push(queueOf(own(object, field.property), field));
      this.taken.push(0);
    }
    const others = wildcard === undefined ? undefined : own(object, wildcard);
    this.others = Array.isArray(others) ? others : others === undefined || others === null ? [] : [others];
  }

  /** Writes everything, and refuses what is left over. */
  write(particle: WriteParticle | undefined): void {
    if (particle !== undefined) this.particle(particle);
    for (const [index, field] of this.fields.entries()) {
      const taken = this.taken[index]!;
      if (taken >= this.queues[index]!.length) continue;
      throw this.failAt(
        field,
        taken,
        taken === 0
          ? 'The value cannot stand beside the others (one of a choice)'
          : 'There are more values than allowed',
      );
    }
    if (this.othersTaken < this.others.length)
      throw this.writer.badInput(`There are more elements in ${this.wildcard} than allowed`);
  }

  /** Answers how many elements were written. */
  private particle(particle: WriteParticle): number {
    if (particle.kind === 'element') return this.elements(particle);
    if (particle.kind === 'any') return this.anything(particle);
    let written = 0;
    let times = 0;
    while (times < particle.max && this.isPresent(particle)) {
      const before = written;
      written += this.once(particle);
      times++;
      if (written === before) break;
    }
    // What is required and not there says so itself.
    for (; times < Math.min(particle.min, 1); times++) written += this.once(particle);
    return written;
  }

  private once(particle: WriteParticle & { particles: readonly WriteParticle[] }): number {
    if (particle.kind === 'choice') return this.oneOf(particle.particles);
    let written = 0;
    for (const part of particle.particles) written += this.particle(part);
    return written;
  }

  private oneOf(branches: readonly WriteParticle[]): number {
    let best: WriteParticle | undefined;
    let most = 0;
    for (const branch of branches) {
      const present = this.presentIn(branch);
      if (present > most) [best, most] = [branch, present];
    }
    if (best !== undefined) return this.particle(best);
    if (branches.length === 0 || branches.some((branch) => this.isEmptiable(branch))) return 0;
    const names = branches.flatMap((branch) => this.namesIn(branch));
    throw this.writer.badInput(`One of ${names.join(', ')} is required`);
  }

  private elements({ min, max, choices }: WriteParticle & { kind: 'element' }): number {
    let written = 0;
    for (const index of choices) {
      const queue = this.queues[index]!;
      while (written < max && this.taken[index]! < queue.length) {
        this.element(this.fields[index]!, queue[this.taken[index]!], this.taken[index]!++);
        written++;
      }
    }
    if (written >= min) return written;
    const field = this.fields[choices[0]!]!;
    if (written === 0 && field.whenAbsent !== undefined) {
      for (; written < min; written++) this.element(field, field.whenAbsent, written);
      return written;
    }
    if (this.context.encoded) return written;
    const what = min > 1 ? `At least ${min} values are required` : 'A value is required';
    throw this.failAt(field, min > 1 ? written : 0, what);
  }

  private element(field: WriteField, value: unknown, index: number): void {
    const { path } = this.writer;
    const depth = path.length;
    path.push(field.property);
    if (field.repeated) path.push(index);
    encodeElement(field.element, value, this.writer, this.context);
    path.length = depth;
  }

  private anything({ min, max }: WriteParticle & { kind: 'any' }): number {
    let written = 0;
    for (; written < max && this.othersTaken < this.others.length; written++) {
      this.writer.path.push(this.wildcard!, this.othersTaken);
      writeAnything(this.others[this.othersTaken++], this.writer);
      this.writer.path.length -= 2;
    }
    if (written < min)
      throw this.writer.badInput(`At least ${min} elements are required in ${this.wildcard}`);
    return written;
  }

  private isPresent(particle: WriteParticle): boolean {
    return this.presentIn(particle) > 0;
  }

  private presentIn(particle: WriteParticle): number {
    if (particle.kind === 'element') {
      return particle.choices.filter((index) => this.taken[index]! < this.queues[index]!.length).length;
    }
    if (particle.kind === 'any') return this.othersTaken < this.others.length ? 1 : 0;
    let present = 0;
    for (const part of particle.particles) present += this.presentIn(part);
    return present;
  }

  private isEmptiable(particle: WriteParticle): boolean {
    if (particle.min === 0) return true;
    if (particle.kind === 'element' || particle.kind === 'any') return false;
    const how = particle.kind === 'choice' ? 'some' : 'every';
    return particle.particles[how]((part) => this.isEmptiable(part));
  }

  private namesIn(particle: WriteParticle): string[] {
    if (particle.kind === 'element') return particle.choices.map((index) => this.fields[index]!.property);
    return particle.kind === 'any'
      ? [this.wildcard!]
      : particle.particles.flatMap((part) => this.namesIn(part));
  }

  private failAt(field: WriteField, index: number, message: string): FormatError {
    this.writer.path.push(field.property);
    if (field.repeated && index > 0) this.writer.path.push(index);
    return this.writer.badInput(message);
  }
}

/** An element given as XML text: read strictly and written anew, so that it can be nothing but one element. */
export function writeAnything(item: unknown, writer: XmlWriter): void {
  const xml = typeof item === 'string' ? item : isObject(item) ? item.xml : undefined;
  if (typeof xml !== 'string') throw writer.badInput("An element is given as { xml: '<element/>' }");
  writer.markup(canonicalXml(xml, writer));
}

/** The canonical form of the one element in a caller's XML text. */
export function canonicalXml(xml: string, writer: XmlWriter): string {
  try {
    const reader = new XmlReader(xml.trim());
    reader.nextTag();
    const element = canonicalizeElement(reader);
    while (reader.next() !== DOCUMENT_END) {
      // Nothing but comments and instructions may follow.
    }
    return element;
  } catch (error) {
    if (error instanceof FormatError) throw writer.badInput(`The XML text is malformed: ${error.message}`);
    throw error;
  }
}

/** The values of a property. Null is "not there" for an element that cannot be nil. */
function queueOf(value: unknown, { repeated, element }: WriteField): readonly unknown[] {
  if (value === undefined) return [];
  if (value === null) return element.nillable && !repeated ? [null] : [];
  return repeated && Array.isArray(value) ? value : [value];
}
