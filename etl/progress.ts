import { added, type Counts, nothing } from './books.ts';

/** What people see while it runs, and in the end. */
export interface Progress {
  /** One more page of a source is in the warehouse. */
  page(source: string, counts: Counts): void;
  /** The table of all sources. */
  table(counts: ReadonlyMap<string, Counts>): void;
}

const columns = ['read', 'loaded', 'duplicates', 'rejected'] as const;

export function progressTo(print: (line: string) => void): Progress {
  return {
    page(source, counts) {
      print(`${source}: ${columns.map((name) => `${counts[name].toLocaleString('en')} ${name}`).join(', ')}`);
    },
    table(counts) {
      const total = [...counts.values()].reduce(added, nothing);
      print(['source'.padEnd(18), ...columns.map((name) => name.padStart(11))].join(''));
      for (const [source, each] of [...counts, ['all', total] as const])
        print(
          [source.padEnd(18), ...columns.map((name) => each[name].toLocaleString('en').padStart(11))].join(
            '',
          ),
        );
      print(
        `in = loaded + duplicates + rejected: ${total.read} = ${total.loaded} + ${total.duplicates} + ${total.rejected}`,
      );
    },
  };
}
