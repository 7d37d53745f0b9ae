import { describe, expect, expectTypeOf, it } from 'vitest';
import * as xml from '../../../src/formats/xml-shape/shape.ts';

describe('the type of a shape', () => {
  it('is inferred from what it declares', () => {
    const vehicle = xml.element('vehicle', {
      id: xml.attribute('id'),
      seats: xml.attribute('seats', 'int'),
      year: xml.int('year'),
      odometerMetres: xml.long('odometer'),
      active: xml.boolean('active'),
      tags: xml.list('tag'),
      scores: xml.list(xml.int('score'), { in: 'scores' }),
      owner: xml.element('owner', { name: xml.text('name') }),
      documents: xml.list(xml.element('document', { kind: xml.text('kind') })),
      price: xml.element('price', { amount: xml.content('decimal'), currency: xml.attribute('currency') }),
      soldAt: xml.nillable(xml.dateTime('sold')),
      note: xml.optional(xml.text('note')),
    });
    expectTypeOf<xml.Shaped<typeof vehicle>>().toEqualTypeOf<{
      readonly id: string;
      readonly seats: number;
      readonly year: number;
      readonly odometerMetres: string;
      readonly active: boolean;
      readonly tags: readonly string[];
      readonly scores: readonly number[];
      readonly owner: { readonly name: string };
      readonly documents: readonly { readonly kind: string }[];
      readonly price: { readonly amount: string; readonly currency: string };
      readonly soldAt: string | null;
      readonly note?: string | null;
    }>();
    const name = xml.select(vehicle, 'owner.name');
    expectTypeOf<xml.Shaped<typeof name>>().toEqualTypeOf<string>();
    // @ts-expect-error the owner has no such member
    expect(xml.select(vehicle, 'owner.nam').path).toBe('owner.nam');
  });
});
