/** A pattern as a tree. A set's expression matches one character, anchored at both ends. */
export type PatternNode =
  | { readonly kind: 'set'; readonly characters: RegExp }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'alternatives'; readonly alternatives: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

/** What stands in place of a state's set. */
const FORK = -1;
const END = -2;

/** States of one pattern: counted parts are written out, `[A-Z]{1,35}` is 35 of them and as many forks. */
const MAX_STATES = 100_000;
/** What is remembered of the moves of one pattern, in numbers; then it begins anew. */
const MAX_REMEMBERED = 10_000;
/** Looks at a state that one text may cost. Patterns as they are written take a few for each character, and remember them. */
const MAX_LOOKS = 2_000_000;

/** Where the match may be after some characters: the states that wait for the next one. */
interface Position {
  readonly waiting: readonly number[];
  readonly isEnd: boolean;
  readonly moves: Map<number, Position>;
}

/**
 * Matches whole texts against a pattern without ever going back: all the ways to match are followed at once, and what was
 * found for a character at a position is remembered. The expressions of JavaScript try one way after the other, which takes
 * years for `(a+)+` and thirty characters.
 * Implements the construction of K. Thompson, "Regular Expression Search Algorithm" (1968), its sets of states kept.
 *
 * @throws `RangeError` for a pattern of more than 100,000 states
 */
export class PatternAutomaton {
  private readonly pattern: PatternNode;
  /** Of each state: the set that it waits for, or what stands in its place. */
  private readonly sets: number[] = [END];
  /** Of each state: where it leads. */
  private readonly leads: (readonly number[])[] = [[]];
  private readonly expressions: RegExp[] = [];
  private readonly setNumbers = new Map<RegExp, number>();
  private visited = new Uint32Array(0);
  private visit = 0;
  private remembered = 0;
  private known = new Map<string, Position>();
  private entry = 0;
  private start: Position | undefined;

  constructor(pattern: PatternNode) {
    if (sizeOf(pattern) > MAX_STATES) throw new RangeError('The pattern has too many states.');
    this.pattern = pattern;
  }

  /** Whether the whole text matches. A text that would cost more than is bounded, under a pattern made for that, does not. */
  test(text: string): boolean {
    let position = this.start ?? this.begin();
    let looks = 0;
    for (const character of text) {
      const code = character.codePointAt(0) as number;
      let next = position.moves.get(code);
      if (next === undefined) {
        looks += position.waiting.length + 1;
        next = this.move(position, character, code);
        looks += next.waiting.length;
      }
      if (looks > MAX_LOOKS || next.waiting.length + Number(next.isEnd) === 0) return false;
      position = next;
    }
    return position.isEnd;
  }

  /** Most patterns of a description meet no text: the states are made for the first. */
  private begin(): Position {
    if (this.visited.length === 0) {
      this.entry = this.compile(this.pattern, 0);
      this.visited = new Uint32Array(this.sets.length);
    }
    this.start = this.positionOf([this.entry]);
    return this.start;
  }

  private move(from: Position, character: string, code: number): Position {
    const matches = new Map<number, boolean>();
    const reached: number[] = [];
    for (const state of from.waiting) {
      const set = this.sets[state] as number;
      let match = matches.get(set);
      if (match === undefined) {
        match = (this.expressions[set] as RegExp).test(character);
        matches.set(set, match);
      }
      if (match) reached.push(...(this.leads[state] as readonly number[]));
    }
    const position = this.positionOf(reached);
    from.moves.set(code, position);
    this.remembered++;
    if (this.remembered > MAX_REMEMBERED) this.forget();
    return position;
  }

  /** Goes on through forks to the states that wait for a character. */
  private positionOf(states: readonly number[]): Position {
    this.visit++;
    const waiting: number[] = [];
    let isEnd = false;
    const open = [...states];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (this.visited[state] === this.visit) continue;
      this.visited[state] = this.visit;
      const set = this.sets[state] as number;
      if (set >= 0) waiting.push(state);
      else if (set === END) isEnd = true;
      else for (const next of this.leads[state] as readonly number[]) open.push(next);
    }
    waiting.sort((a, b) => a - b);
    return this.same({ waiting, isEnd, moves: new Map() });
  }

  /** The position that was there before, if there was. */
  private same(position: Position): Position {
    const key = `${position.isEnd} ${position.waiting.join(' ')}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    this.known.set(key, position);
    this.remembered += position.waiting.length + 1;
    return position;
  }

  private forget(): void {
    this.known = new Map();
    this.remembered = 0;
    this.start = undefined;
  }

  /** Adds the states of a part that leads to `next`; answers the first of them. */
  private compile(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.add(this.setOf(node.characters), [next]);
      case 'sequence':
        return node.parts.reduceRight((following, part) => this.compile(part, following), next);
      case 'alternatives':
        return this.fork(node.alternatives.map((alternative) => this.compile(alternative, next)));
      default:
        return this.repeat(node.part, node.min, node.max, next);
    }
  }

  private repeat(part: PatternNode, min: number, max: number, next: number): number {
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.add(FORK, []);
      this.leads[loop] = [this.compile(part, loop), next];
      entry = loop;
    } else for (let count = min; count < max; count++) entry = this.fork([this.compile(part, entry), next]);
    for (let count = 0; count < min; count++) entry = this.compile(part, entry);
    return entry;
  }

  private fork(states: readonly number[]): number {
    return states.length === 1 ? (states[0] as number) : this.add(FORK, states);
  }

  private setOf(characters: RegExp): number {
    let set = this.setNumbers.get(characters);
    if (set === undefined) {
      set = this.expressions.push(characters) - 1;
      this.setNumbers.set(characters, set);
    }
    return set;
  }

  private add(set: number, leads: readonly number[]): number {
    this.leads.push(leads);
    return this.sets.push(set) - 1;
  }
}

/** No fewer states than it will take. */
function sizeOf(node: PatternNode): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + sizeOf(part), 1);
    case 'alternatives':
      return node.alternatives.reduce((sum, part) => sum + sizeOf(part), 1);
    default: {
      const times = node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max;
      return 1 + times * (sizeOf(node.part) + 1);
    }
  }
}
