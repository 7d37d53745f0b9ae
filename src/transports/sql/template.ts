import type { Problem } from '../../config/problems.ts';
import type { Column } from './column.ts';
import type { Capabilities } from './dialect.ts';
import type { AnyChoice, AnyInput, ColumnsMarker, KeysMarker, Marker } from './markers.ts';
import { isKeyed, type SqlSpec, writes } from './spec.ts';

/** A statement as its author wrote it, checked and taken apart. */
export interface Template {
  /** Text and markers in their order; the text around `keys` lacks its `IN (` and `)`. */
  readonly pieces: readonly (string | Marker)[];
  readonly columns: ColumnsMarker<unknown, string> | undefined;
  readonly keys: KeysMarker<string, string> | undefined;
  readonly inputs: readonly AnyInput[];
  readonly choices: readonly AnyChoice[];
}

export type Complaint = Pick<Problem, 'message' | 'mend'>;

const identifier = /^[^"`.\p{Cc}]+(\.[^"`.\p{Cc}]+){0,2}$/u;
const opensList = /\bIN\s*\(\s*$/i;
const closesList = /^\s*\)/;

/**
 * Takes a statement apart and says all that is wrong with it: an interpolation that is no marker, keys outside
 * `IN (…)`, a key that is not among the columns, a read that does not read.
 */
export function readTemplate(spec: SqlSpec, capabilities: Capabilities): Template | readonly Complaint[] {
  const complaints = [...strangers(spec), ...misplacedKeys(spec)];
  if (complaints.length > 0) return complaints;
  const template = takenApart(spec);
  complaints.push(...missingParts(spec, template), ...verbComplaints(spec, template, capabilities));
  complaints.push(...nameComplaints(template));
  return complaints.length > 0 ? complaints : template;
}

function strangers({ markers }: SqlSpec): Complaint[] {
  return markers.flatMap((marker: unknown, index) =>
    isMarker(marker)
      ? []
      : [
          {
            message: `Interpolation ${index + 1} of the statement is ${typeof marker}, not a marker.`,
            mend: 'Use `columns`, `keys`, `input` or `oneOf`: values are bound, never pasted.',
          },
        ],
  );
}

function isMarker(value: unknown): value is Marker {
  const marker = (value as { marker?: unknown } | null | undefined)?.marker;
  return marker === 'columns' || marker === 'keys' || marker === 'input' || marker === 'choice';
}

function misplacedKeys({ strings, markers }: SqlSpec): Complaint[] {
  return markers.flatMap((marker, index) => {
    if (marker?.marker !== 'keys') return [];
    const before = strings[index] ?? '';
    if (!opensList.test(before) || !closesList.test(strings[index + 1] ?? ''))
      return [{ message: 'The keys do not stand in `IN (…)`.', mend: 'Write `IN (…)` around `keys(…)`.' }];
    if (/\bNOT\s+IN\s*\(\s*$/i.test(before))
      return [
        {
          message: 'The keys stand in `NOT IN (…)`, whose rows belong to no key.',
          mend: 'Use `IN`, or an `input` in a `list`.',
        },
      ];
    return [];
  });
}

function takenApart({ strings, markers }: SqlSpec): Template {
  const texts = [...strings];
  markers.forEach((marker, index) => {
    if (marker.marker !== 'keys') return;
    texts[index] = (texts[index] ?? '').replace(opensList, '');
    texts[index + 1] = (texts[index + 1] ?? '').replace(closesList, '');
  });
  texts[texts.length - 1] = (texts.at(-1) ?? '').replace(/(?<![;\s])[;\s]+$/, '');
  const pieces = texts.flatMap((text, index) => {
    const marker = markers[index];
    return marker === undefined ? [text] : [text, marker];
  });
  return {
    pieces,
    columns: markers.find((marker) => marker.marker === 'columns'),
    keys: markers.find((marker) => marker.marker === 'keys'),
    inputs: markers.filter((marker) => marker.marker === 'input'),
    choices: markers.filter((marker) => marker.marker === 'choice'),
  };
}

function missingParts(spec: SqlSpec, { columns, keys }: Template): Complaint[] {
  const complaints: Complaint[] = [];
  const count = (kind: Marker['marker']) => spec.markers.filter(({ marker }) => marker === kind).length;
  if (spec.shape !== 'execute' && count('columns') !== 1)
    complaints.push({
      message: `The statement has ${count('columns')} \`columns\`, not one.`,
      mend: 'Name the columns of the answer once, with one `columns({ … })`.',
    });
  if (isKeyed(spec.shape) && count('keys') !== 1)
    complaints.push({
      message: `The statement of \`${spec.shape}\` has ${count('keys')} \`keys\`, not one.`,
      mend: 'Write `IN (…)` around one `keys(…)`, or use `list` or `row`.',
    });
  if (!isKeyed(spec.shape) && keys !== undefined)
    complaints.push({
      message: `The statement of \`${spec.shape}\` has \`keys\`, but takes one input at a time.`,
      mend: 'Use `input`, or `one` or `many`.',
    });
  for (const { input, property } of keys?.keys ?? [])
    if (columns !== undefined && !Object.hasOwn(columns.columns, property))
      complaints.push({
        message: `The rows are matched to the key \`${input}\` by their property \`${property}\`, which is not among the columns.`,
        mend: `Add \`${property}\` to \`columns\`, or say where the key is: \`keys({ ${input}: 'property' })\`.`,
      });
  return complaints;
}

function verbComplaints(
  spec: SqlSpec,
  { pieces, columns }: Template,
  { returning }: Capabilities,
): Complaint[] {
  const verb = /^\s*(\w+)/.exec(String(pieces[0]))?.[1]?.toUpperCase() ?? '';
  if (!writes(spec.shape))
    return verb === 'SELECT' || verb === 'WITH'
      ? []
      : [
          {
            message: `The statement of \`${spec.shape}\` begins with \`${verb}\`, not with SELECT or WITH.`,
            mend: 'Use `execute` for what writes.',
          },
        ];
  if (columns === undefined || (returning as readonly string[]).includes(verb)) return [];
  return [
    {
      message: `This database answers no rows from ${verb}.`,
      mend: 'Use `execute`, and read the row by an operation of its own.',
    },
  ];
}

function nameComplaints({ columns, choices }: Template): Complaint[] {
  const names = Object.values(columns?.columns ?? {}).flatMap(nameOf);
  const chosen = choices.flatMap(({ choices }) => Object.values(choices).map(withoutDirection));
  const empty = choices.filter(({ choices }) => Object.keys(choices).length === 0);
  return [
    ...[...names, ...chosen]
      .filter((name) => !identifier.test(name))
      .map((name) => ({
        message: `\`${name}\` is not the name of a column.`,
        mend: 'Write `column` or `table.column`, without quotes; for SQL use `expression`.',
      })),
    ...empty.map(({ input }) => ({
      message: `\`oneOf('${input}')\` has nothing to choose from.`,
      mend: 'Name a column for each value.',
    })),
  ];
}

function nameOf(column: Column<unknown>): string[] {
  return column.name === undefined ? [] : [column.name];
}

const direction = /(?<!\s)\s+(ASC|DESC)$/i;

/** A choice without its ` DESC`. */
export function withoutDirection(choice: string): string {
  return choice.replace(direction, '');
}

/** ` ASC`, ` DESC` or nothing. */
export function directionOf(choice: string): string {
  return direction.exec(choice)?.[0].toUpperCase() ?? '';
}
