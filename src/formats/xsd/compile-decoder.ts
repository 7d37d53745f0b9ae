import type { ComplexType, ElementDeclaration, Type } from './components.ts';
import { anyDecoder } from './decode-any.ts';
import { arrayDecoder } from './decode-array.ts';
import { type ChildDecoder, ComplexDecoder } from './decode-complex.ts';
import { simpleDecoder } from './decode-simple.ts';
import type { TypeDecoder } from './decoder.ts';
import type { Resolver } from './resolve.ts';
import { type ElementField, isBare, shapeOf } from './shape.ts';

/** Compiles decoders, one a type, for what is reachable from the elements and types asked for. */
export class DecoderCompiler {
  private readonly resolver: Resolver;
  private readonly keepOrder: boolean;
  private readonly byType = new Map<Type, TypeDecoder>();

  /** `keepOrder`: as `shapeOf` takes it. */
  constructor(resolver: Resolver, keepOrder = false) {
    this.resolver = resolver;
    this.keepOrder = keepOrder;
  }

  /** The decoder for an element's values. */
  element(element: ElementDeclaration): TypeDecoder {
    const type = element.type();
    const emptyText = element.default ?? element.fixed;
    if (type.kind === 'simple' && emptyText !== undefined) return simpleDecoder(type, emptyText);
    return this.type(type);
  }

  type(type: Type): TypeDecoder {
    const known = this.byType.get(type);
    if (known !== undefined) return known;
    if (type.kind === 'any')
      return this.remember(
        type,
        anyDecoder(type.name, (name) => this.named(name)),
      );
    if (type.kind === 'simple') return this.remember(type, simpleDecoder(type));
    if (type.arrayItem !== undefined) return this.array(type);
    if (isBare(type)) return this.remember(type, { ...simpleDecoder(type.simpleContent!), name: type.name });
    return this.complex(type);
  }

  private remember(type: Type, decoder: TypeDecoder): TypeDecoder {
    this.byType.set(type, decoder);
    return decoder;
  }

  private array(type: ComplexType): TypeDecoder {
    let item: TypeDecoder | undefined;
    const { arrayItem } = type;
    const inner =
      arrayItem!.dimensions > 1
        ? { ...type, arrayItem: { ...arrayItem!, dimensions: arrayItem!.dimensions - 1 } }
        : arrayItem!.type;
    const decoder = arrayDecoder(type.name, () => item!);
    this.remember(type, decoder);
    item = this.type(inner);
    return decoder;
  }

  private complex(type: ComplexType): TypeDecoder {
    const shape = shapeOf(type, this.keepOrder);
    const decoder = new ComplexDecoder(type, shape);
    this.byType.set(type, decoder);
    decoder.connect(
      shape.elements.map((field, index) => this.child(field, index)),
      this.derived(type),
    );
    return decoder;
  }

  private child(
    { property, element, repeated, required, chosen }: ElementField,
    index: number,
  ): ChildDecoder {
    const { namespace, localName } = element;
    return {
      index,
      property,
      namespace,
      localName,
      repeated,
      required,
      chosen,
      decoder: this.element(element),
    };
  }

  /** By name, the decoders of the types that may stand in for this one. */
  private derived(type: ComplexType): Map<string, TypeDecoder> {
    const found = new Map<string, TypeDecoder>();
    for (const derived of type.derived()) {
      if (derived.kind !== 'any' && derived.name !== undefined) found.set(derived.name, this.type(derived));
    }
    return found;
  }

  /** Any known type: `xsd:anyType` may hold it. */
  private named(name: string): TypeDecoder | undefined {
    const type = this.resolver.known(name);
    return type === undefined || type.kind === 'any' ? undefined : this.type(type);
  }
}
