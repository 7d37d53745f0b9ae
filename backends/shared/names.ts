import type { Random } from './random.ts';

/** Names of people, some of them hard on careless software. */

const firstNames = [
  'Ana',
  'João',
  'Inês',
  'Tomás',
  'Beatriz',
  'Jürgen',
  'Käthe',
  'Lena',
  'Mehmet',
  'Søren',
  'Åse',
  'Bjørn',
  'Ingrid',
  'Łukasz',
  'Zoë',
  'Siobhán',
  'Nguyễn',
  'Ольга',
  '李',
  'محمد',
];
const lastNames = [
  'Silva',
  'Gonçalves',
  "D'Almeida",
  "O'Brien",
  'Müller',
  'Groß',
  'Öztürk',
  'Ødegård',
  'Næss',
  'van der Berg',
  'Żółć',
  'Smith-Jones',
  'Null',
  'True',
  'Иванова',
  '小龙',
];

/** Names that break what pastes text into XML, SQL, URLs or numbers. */
const awkwardNames = [
  'Åse "Bolt" Ødegård',
  'Ana & Filhos <Lda>',
  "Robert'); DROP TABLE drivers;--",
  'João 🚕 Silva',
  'Zoë 👩‍👩‍👧 O\u2019Brien',
  '  Käthe  Groß ',
  'null',
  '1e5',
  '<![CDATA[Lena]]>',
  'Müller\u00a0& Söhne; 100 %',
  'back\\slash',
  'percent%20plus+sign?a=b#c',
];

/** The name of the n-th person (from 0): every thirtieth is an awkward one, each of them in turn. */
export function personName(random: Random, index: number): string {
  const plain = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
  return index % 30 === 6 ? (awkwardNames[Math.floor(index / 30) % awkwardNames.length] as string) : plain;
}
