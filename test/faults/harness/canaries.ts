/** What must be seen nowhere but where it belongs, each by the name of what it is. */
export type Canaries = Readonly<Record<string, string>>;

/** Something that left the server: an answer, a line of a log, a metric, a trace. */
export interface Sighting {
  readonly where: string;
  readonly text: string;
}

/** Planted secrets, distinct enough to be found in anything, encoded or not. */
export function plantCanaries(names: readonly string[]): Canaries {
  return Object.fromEntries(
    names.map((name, index) => [name, `Canary${index}x${Math.random().toString(36).slice(2, 10)}`]),
  );
}

/** The places where a canary is seen, as it is or in one of the ways in which texts travel. */
export function findCanaries(canaries: Canaries, sightings: readonly Sighting[]): string[] {
  const found: string[] = [];
  for (const [name, canary] of Object.entries(canaries)) {
    const shapes = [canary, Buffer.from(canary).toString('hex'), ...base64Shapes(canary)];
    for (const { where, text } of sightings) {
      const shape = shapes.find((each) => text.toLowerCase().includes(each.toLowerCase()));
      if (shape === undefined) continue;
      const at = text.toLowerCase().indexOf(shape.toLowerCase());
      found.push(`${name} in ${where}: ${text.slice(Math.max(0, at - 80), at + 80)}`);
    }
  }
  return found;
}

/** Base64 of a text depends on where it begins: what all beginnings share is looked for. */
function base64Shapes(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const whole = bytes.toString('base64');
    return whole.slice(offset === 0 ? 0 : offset + 1, Math.floor((bytes.length * 4) / 3) - 2);
  });
}
