import type { AttributeUse, ComplexType, ElementDeclaration, Particle } from './components.ts';
import { qualifiedName } from './names.ts';

/** How a complex type looks as a JSON object: one property an element, an attribute, a wildcard. */
export interface Shape {
  readonly elements: readonly ElementField[];
  readonly attributes: readonly AttributeField[];
  /** Elements of `xsd:any`, as a list. */
  readonly wildcard: string | undefined;
  /** Attributes of `xsd:anyAttribute`, as an object. */
  readonly anyAttribute: string | undefined;
  /** The text of simple content that has attributes beside it. */
  readonly value: string | undefined;
  /** Text and elements of mixed content, in order. */
  readonly mixed: string | undefined;
  /** Elements one after the other, as `{ name: value }`, where their order across names is to be kept. */
  readonly ordered?: string | undefined;
}

export interface ElementField {
  readonly property: string;
  readonly element: ElementDeclaration;
  /** May stand more than once: always a list. */
  readonly repeated: boolean;
  /** Stands in every valid document. */
  readonly required: boolean;
  /** One of several in a choice: an empty list is not given for it. */
  readonly chosen: boolean;
}

export interface AttributeField {
  readonly property: string;
  readonly use: AttributeUse;
}

/**
 * The JSON shape of a complex type.
 *
 * A property has the local name of its element or attribute. Where two would share a name, elements come first, in the
 * schema's order: the second element of a name (from another namespace) is `name_2`, an attribute is `nameAttribute`.
 *
 * @param keepOrder gives elements that may alternate (`a b a`, in a group that repeats) as one list instead of one a name
 */
export function shapeOf(type: ComplexType, keepOrder = false): Shape {
  const taken = new Set<string>(['__proto__']);
  const simple = type.simpleContent !== undefined;
  const value = simple ? claim(taken, 'value', '') : undefined;
  const counts = type.content === undefined ? new Map<string, Count>() : countParticle(type.content);
  const elements: ElementField[] = [];
  for (const { element, min, max, chosen } of counts.values()) {
    if (element === undefined) continue;
    const property = claim(taken, element.localName, '');
    elements.push({ property, element, repeated: max > 1, required: min > 0, chosen });
  }
  const attributes = type.attributes.map((use) => ({
    property: claim(taken, use.localName, 'Attribute'),
    use,
  }));
  return {
    elements,
    attributes,
    value,
    wildcard: counts.has(WILDCARD) ? claim(taken, 'any', '') : undefined,
    anyAttribute: type.anyAttribute ? claim(taken, 'anyAttributes', '') : undefined,
    mixed: type.mixed ? claim(taken, 'content', '') : undefined,
    ordered:
      keepOrder && !type.mixed && type.content !== undefined && mayAlternate(type.content)
        ? claim(taken, 'content', '')
        : undefined,
  };
}

/** Whether elements of several names may stand in turn: a group of more than one repeats. */
function mayAlternate(particle: Particle): boolean {
  if (particle.kind === 'element') return particle.max > 1 && candidates(particle.element).length > 1;
  if (particle.kind === 'any') return false;
  return (particle.max > 1 && countParticle(particle).size > 1) || particle.particles.some(mayAlternate);
}

/** Whether values of the type are bare: text without anything beside it. */
export function isBare(type: ComplexType): boolean {
  return type.simpleContent !== undefined && type.attributes.length === 0 && !type.anyAttribute;
}

/** The elements that may stand where one is declared: itself unless it is abstract, and its substitutes. */
export function candidates(element: ElementDeclaration): readonly ElementDeclaration[] {
  const substitutes = element.substitutes().filter(({ abstract }) => !abstract);
  return element.abstract ? substitutes : [element, ...substitutes];
}

/** The key of an element in a content model. */
export function elementKey(element: ElementDeclaration): string {
  return qualifiedName(element.namespace, element.localName);
}

interface Count {
  element: ElementDeclaration | undefined;
  min: number;
  max: number;
  chosen: boolean;
}

const WILDCARD = '*';

/** How often each element may stand in a content model. */
function countParticle(particle: Particle): Map<string, Count> {
  if (particle.kind === 'any') {
    return new Map([[WILDCARD, { element: undefined, min: 0, max: particle.max, chosen: false }]]);
  }
  const { min, max } = particle;
  if (particle.kind === 'element') {
    const all = candidates(particle.element);
    const chosen = all.length > 1;
    return new Map(
      all.map((element) => [elementKey(element), { element, min: chosen ? 0 : min, max, chosen }]),
    );
  }
  const parts = particle.particles.map(countParticle);
  const total = particle.kind === 'choice' ? either(parts) : together(parts);
  for (const count of total.values()) {
    count.min *= min;
    count.max *= max;
  }
  return total;
}

function together(parts: readonly Map<string, Count>[]): Map<string, Count> {
  const total = new Map<string, Count>();
  for (const part of parts) {
    for (const [key, count] of part) {
      const before = total.get(key);
      if (before === undefined) total.set(key, count);
      else {
        before.min += count.min;
        before.max += count.max;
        before.chosen &&= count.chosen;
      }
    }
  }
  return total;
}

function either(parts: readonly Map<string, Count>[]): Map<string, Count> {
  const total = new Map<string, Count>();
  for (const part of parts) {
    for (const [key, count] of part) {
      const before = total.get(key);
      if (before === undefined) total.set(key, count);
      else before.max = Math.max(before.max, count.max);
    }
  }
  for (const [key, count] of total) {
    if (parts.every((part) => part.has(key))) continue;
    count.min = 0;
    count.chosen = true;
  }
  return total;
}

function claim(taken: Set<string>, wanted: string, suffix: string): string {
  let property = wanted;
  if (taken.has(property) && suffix !== '') property = wanted + suffix;
  for (let number = 2; taken.has(property); number++) property = `${wanted}${suffix}_${number}`;
  taken.add(property);
  return property;
}
