import type { AttributeUse, ElementDeclaration, SimpleType, Type } from './components.ts';
import type { Definition } from './definition.ts';
import type { SchemaSet } from './schema-set.ts';

/** Where components come from while one is made from another: `Resolver` as its helpers see it. */
export interface ComponentSource {
  readonly set: SchemaSet;
  type(name: string): Type;
  simpleType(name: string): SimpleType;
  element(name: string): ElementDeclaration | undefined;
  declare(definition: Definition, global: boolean): ElementDeclaration;
  attribute(definition: Definition): AttributeUse | undefined;
}
