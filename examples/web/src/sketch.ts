/** A point on the earth, in degrees. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** A point of the drawing: x to the right, y down. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Sketch {
  readonly spots: readonly Spot[];
  /** Between two lines of the grid, in kilometres. */
  readonly gridKm: number;
  /** The same in units of the drawing. */
  readonly gridSize: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  /** Free on all sides. */
  readonly margin: number;
}

const kmPerDegree = 111.32;

/**
 * Lays points into a frame, north up and true to scale: over a city the earth is flat enough for one length of a degree.
 *
 * @returns the spots in the order of the points
 */
export function sketch(points: readonly Point[], { width, height, margin }: Frame): Sketch {
  const latitudes = points.map(({ latitude }) => latitude);
  const longitudes = points.map(({ longitude }) => longitude);
  const middle = { latitude: middleOf(latitudes), longitude: middleOf(longitudes) };
  const squeeze = Math.cos((middle.latitude * Math.PI) / 180);
  const widthKm = spanOf(longitudes) * kmPerDegree * squeeze;
  const heightKm = spanOf(latitudes) * kmPerDegree;
  // Points that are one still get some ground around them.
  const perKm = Math.min(
    (width - 2 * margin) / Math.max(widthKm, 0.2),
    (height - 2 * margin) / Math.max(heightKm, 0.2),
  );
  const gridKm = roundStep(width / perKm / 6);
  return {
    spots: points.map(({ latitude, longitude }) => ({
      x: width / 2 + (longitude - middle.longitude) * kmPerDegree * squeeze * perKm,
      y: height / 2 - (latitude - middle.latitude) * kmPerDegree * perKm,
    })),
    gridKm,
    gridSize: gridKm * perKm,
  };
}

/** The next 1, 2 or 5 times a power of ten. */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const step = [1, 2, 5].find((each) => each * power >= atLeast) ?? 10;
  return Number((step * power).toPrecision(1));
}

function middleOf(values: readonly number[]): number {
  return (Math.min(...values) + Math.max(...values)) / 2;
}

function spanOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
