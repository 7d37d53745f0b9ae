import type { ComplexType, ElementDeclaration, Particle, Type } from './components.ts';
import type { ElementEncoder, TypeEncoder } from './encode.ts';
import { anyEncoder, writeArray } from './encode-any.ts';
import { ComplexEncoder } from './encode-complex.ts';
import type { WriteField, WriteParticle } from './encode-content.ts';
import { simpleEncoder } from './encode-simple.ts';
import type { Resolver } from './resolve.ts';
import { candidates, elementKey, isBare, shapeOf } from './shape.ts';
import { simpleCodec } from './simple-codec.ts';

/** Compiles encoders, one a type, for what is reachable from the elements and types asked for. */
export class EncoderCompiler {
  private readonly resolver: Resolver;
  private readonly keepOrder: boolean;
  private readonly byType = new Map<Type, TypeEncoder>();

  /** `keepOrder`: as `shapeOf` takes it. */
  constructor(resolver: Resolver, keepOrder = false) {
    this.resolver = resolver;
    this.keepOrder = keepOrder;
  }

  element(element: ElementDeclaration): ElementEncoder {
    const { namespace, localName, nillable, fixed } = element;
    const type = element.type();
    const encoder =
      type.kind === 'simple' && fixed !== undefined ? simpleEncoder(type, fixed) : this.type(type);
    return { namespace, localName, nillable, fixed, type: encoder };
  }

  type(type: Type): TypeEncoder {
    const known = this.byType.get(type);
    if (known !== undefined) return known;
    if (type.kind === 'any')
      return this.remember(
        type,
        anyEncoder(type.name, (name) => this.named(name)),
      );
    if (type.kind === 'simple') return this.remember(type, simpleEncoder(type));
    if (type.arrayItem !== undefined) return this.array(type);
    if (isBare(type)) {
      const { name, abstract } = type;
      return this.remember(type, { ...simpleEncoder(type.simpleContent!), name, abstract });
    }
    return this.complex(type);
  }

  private remember(type: Type, encoder: TypeEncoder): TypeEncoder {
    this.byType.set(type, encoder);
    return encoder;
  }

  private array(type: ComplexType): TypeEncoder {
    const { typeName, dimensions, type: itemType } = type.arrayItem!;
    const inner: Type =
      dimensions > 1 ? { ...type, arrayItem: { ...type.arrayItem!, dimensions: dimensions - 1 } } : itemType;
    let item: TypeEncoder | undefined;
    const encoder: TypeEncoder = {
      // The array says its own type, with its size.
      name: undefined,
      abstract: false,
      encode(value, writer, context) {
        if (!Array.isArray(value)) throw writer.badInput('The value is no list');
        writeArray(value, item!, typeName, writer, context, '[]'.repeat(dimensions - 1));
      },
      ofType: () => undefined,
    };
    this.remember(type, encoder);
    item = this.type(inner);
    return encoder;
  }

  private complex(type: ComplexType): TypeEncoder {
    const shape = shapeOf(type, this.keepOrder);
    const encoder = new ComplexEncoder(type, shape);
    this.byType.set(type, encoder);
    const fields: WriteField[] = shape.elements.map(({ property, repeated, element }) => ({
      property,
      repeated,
      element: this.element(element),
      whenAbsent: absentValue(element),
    }));
    const indexes = new Map(shape.elements.map(({ element }, index) => [elementKey(element), index]));
    const particle = type.content === undefined ? undefined : toWrite(type.content, indexes);
    encoder.connect(fields, particle, this.derived(type));
    return encoder;
  }

  private derived(type: ComplexType): Map<string, TypeEncoder> {
    const found = new Map<string, TypeEncoder>();
    for (const derived of type.derived()) {
      if (derived.kind !== 'any' && derived.name !== undefined) found.set(derived.name, this.type(derived));
    }
    return found;
  }

  private named(name: string): TypeEncoder | undefined {
    const type = this.resolver.known(name);
    return type === undefined || type.kind === 'any' ? undefined : this.type(type);
  }
}

function toWrite(particle: Particle, indexes: ReadonlyMap<string, number>): WriteParticle {
  const { kind, min, max } = particle;
  if (kind === 'any') return { kind, min, max };
  if (kind === 'element') {
    const choices = candidates(particle.element).map((element) => indexes.get(elementKey(element))!);
    // An abstract element without substitutes can never stand: it is as if it were not there.
    return choices.length === 0
      ? { kind: 'sequence', min: 0, max: 1, particles: [] }
      : { kind, min, max, choices };
  }
  return { kind, min, max, particles: particle.particles.map((part) => toWrite(part, indexes)) };
}

/** What an element is given when it must stand and has no value: its default or fixed text. */
function absentValue(element: ElementDeclaration): unknown {
  const text = element.default ?? element.fixed;
  const type = text === undefined ? undefined : element.type();
  return type?.kind === 'simple' ? simpleCodec(type).parse(text!, { lookupNamespace: () => '' }) : undefined;
}
