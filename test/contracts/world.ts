/** What the backends of the transport contract hold. */
export interface Item {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  /** Looks like a number and is none. */
  readonly code: string;
  /** A 64-bit integer; where the protocol has a type for it, it is sent in that type. */
  readonly amount: string;
  readonly note: string | null;
}

/** In an order that is nobody's: answers are matched by key. */
export const world: readonly Item[] = [
  item('i7', 'ann', 'Seven', '00123', '9007199254740993', null),
  item('i1', 'ann', 'One & only', '1e5', '1', 'first'),
  item('i4', 'bob', 'Vier "4" <ü>', '1.10', '-9223372036854775808', ''),
  item('i3', 'ann', '三', '0x10', '9223372036854775807', 'line\nbreak'),
  item('i9', 'cid', 'Neuf 🚕', 'true', '0', null),
  item('i2', 'bob', "Two'; --", 'null', '42', '  spaces  '),
  item('i5', 'bob', 'Five', '', '9007199254740992', null),
];

/** An item that the backend refuses to give, where it can refuse one alone. */
export const brokenId = 'broken';

/** Values that have broken somebody's encoding. Each must come back as it went, or be refused with `BAD_USER_INPUT`. */
export const hostileTexts: readonly string[] = [
  `' OR '1'='1`,
  `"; DROP TABLE items; --`,
  '../../admin',
  '..',
  '.',
  '/',
  '//evil.example/x',
  'a/../b',
  '%2e%2e%2f',
  'a&admin=1',
  'a,b',
  'a=b;c',
  '?x#y',
  '</id><admin>1</admin>',
  ']]>&amp;',
  '{"a":[1]}',
  'line\r\nX-Injected: yes',
  'tab\tand\u0000nul',
  'lone \ud800 surrogate',
  '🚕 𝄞 é e\u0301',
  '\u202eright to left',
  '__proto__',
  'constructor',
  ' lead and trail ',
  'x'.repeat(20_000),
];

function item(
  id: string,
  owner: string,
  name: string,
  code: string,
  amount: string,
  note: string | null,
): Item {
  return { id, owner, name, code, amount, note };
}
