import type { Builtin, Whitespace } from './builtins.ts';
import type { Pattern } from './pattern.ts';

/** The schema components that a codec is compiled from. Names are `{namespace}local`. XML Schema Part 1 §2.2. */
export type Type = SimpleType | ComplexType | AnyType;

/** `xsd:anyType`, and what stands in for a type that could not be understood. */
export interface AnyType {
  readonly kind: 'any';
  readonly name: string;
}

export interface SimpleType {
  readonly kind: 'simple';
  readonly name: string | undefined;
  readonly variety: 'atomic' | 'list' | 'union';
  /** Of atomic types: the built-in type underneath. Of lists and unions: `xsd:anySimpleType`. */
  readonly builtin: Builtin;
  readonly whitespace: Whitespace;
  /** Of a list. */
  readonly item: SimpleType | undefined;
  /** Of a union. */
  readonly members: readonly SimpleType[];
  readonly facets: Facets;
  readonly base: SimpleType | undefined;
}

/** Constraining facets, those of the base types merged in. XML Schema Part 2 §4.3. */
export interface Facets {
  /** JSON values. */
  readonly enumeration?: readonly unknown[];
  /** Each group comes from one derivation step: one pattern of every group must match. */
  readonly patterns?: readonly (readonly Pattern[])[];
  readonly length?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** As JSON values of the type. */
  readonly minInclusive?: unknown;
  readonly maxInclusive?: unknown;
  readonly minExclusive?: unknown;
  readonly maxExclusive?: unknown;
  readonly totalDigits?: number;
  readonly fractionDigits?: number;
}

export interface ComplexType {
  readonly kind: 'complex';
  readonly name: string | undefined;
  readonly abstract: boolean;
  readonly mixed: boolean;
  readonly attributes: readonly AttributeUse[];
  readonly anyAttribute: boolean;
  /** Elements inside; `undefined` is empty content. */
  readonly content: Particle | undefined;
  /** Text inside, typed. */
  readonly simpleContent: SimpleType | undefined;
  /** What the items of a SOAP-encoded array are, when the type is one. */
  readonly arrayItem: ArrayItem | undefined;
  readonly base: Type | undefined;
  /** The types that may stand in for this one by `xsi:type`. A function, because types are recursive. */
  derived(): readonly Type[];
}

export interface ArrayItem {
  readonly type: Type;
  /** The type's name without dimensions, for `soapenc:arrayType`. */
  readonly typeName: string;
  readonly dimensions: number;
}

export interface AttributeUse {
  readonly namespace: string;
  readonly localName: string;
  readonly type: SimpleType;
  readonly required: boolean;
  readonly default: string | undefined;
  readonly fixed: string | undefined;
}

export interface ElementDeclaration {
  readonly namespace: string;
  readonly localName: string;
  /** A function, because types are recursive. */
  type(): Type;
  readonly nillable: boolean;
  readonly abstract: boolean;
  readonly default: string | undefined;
  readonly fixed: string | undefined;
  /** Other elements that may stand in its place. */
  substitutes(): readonly ElementDeclaration[];
}

export type Particle = ElementParticle | GroupParticle | WildcardParticle;

export interface ElementParticle {
  readonly kind: 'element';
  readonly min: number;
  /** `Infinity` is unbounded. */
  readonly max: number;
  readonly element: ElementDeclaration;
}

export interface GroupParticle {
  readonly kind: 'sequence' | 'choice' | 'all';
  readonly min: number;
  readonly max: number;
  readonly particles: readonly Particle[];
}

export interface WildcardParticle {
  readonly kind: 'any';
  readonly min: number;
  readonly max: number;
}
