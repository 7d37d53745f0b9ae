import type { WriteParticle } from './encode-content.ts';
import { PatternAutomaton, type PatternNode } from './pattern-automaton.ts';

/** A private-use character stands for each element: planes 15 and 16 hold more than a type has. */
const FIRST = 0xf0000;
/** Counts above this are not kept apart: `maxOccurs="100000"` of a group is as often as one likes. */
const MAX_COUNTED = 100;

/** Which orders of elements a content model allows. */
export class ContentModel {
  private readonly automaton: PatternAutomaton;

  /** @param wildcard the number that stands for an element of `xsd:any` */
  constructor(particle: WriteParticle, wildcard: number) {
    this.automaton = new PatternAutomaton(patternOf(particle, wildcard));
  }

  /** Whether elements, by their numbers, may stand one after the other. */
  allows(elements: readonly number[]): boolean {
    return this.automaton.test(elements.map(characterOf).join(''));
  }
}

function characterOf(element: number): string {
  return String.fromCodePoint(FIRST + element);
}

function patternOf(particle: WriteParticle, wildcard: number): PatternNode {
  const min = Math.min(particle.min, MAX_COUNTED);
  const max = particle.max > MAX_COUNTED ? Number.POSITIVE_INFINITY : particle.max;
  return { kind: 'repeat', part: onceOf(particle, wildcard), min, max };
}

function onceOf(particle: WriteParticle, wildcard: number): PatternNode {
  switch (particle.kind) {
    case 'element':
      return setOf(particle.choices);
    case 'any':
      return setOf([wildcard]);
    default: {
      const parts = particle.particles.map((part) => patternOf(part, wildcard));
      if (particle.kind === 'sequence') return { kind: 'sequence', parts };
      if (particle.kind === 'choice') return { kind: 'alternatives', alternatives: parts };
      // Each of `xsd:all` at most once, in any order; that the required ones are there is not asked.
      const any: PatternNode = { kind: 'alternatives', alternatives: parts };
      return { kind: 'repeat', part: any, min: 0, max: parts.length };
    }
  }
}

function setOf(elements: readonly number[]): PatternNode {
  return { kind: 'set', characters: new RegExp(`^[${elements.map(characterOf).join('')}]$`, 'v') };
}
