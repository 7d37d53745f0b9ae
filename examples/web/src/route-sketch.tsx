import { type Point, type Spot, sketch } from './sketch.ts';

interface RouteSketchProps {
  readonly pickup: Point;
  readonly dropoff: Point;
  /** Where the driver is, and which way they look, in degrees clockwise from north. */
  readonly driver: (Point & { readonly heading: number }) | undefined;
  /** Whether the driver is on the way to the pickup. */
  readonly approaching: boolean;
}

const frame = { width: 480, height: 300, margin: 44 };

/** A map without a map: where a ride begins and ends, and where its driver is, true to scale and north up. */
export function RouteSketch({ pickup, dropoff, driver, approaching }: RouteSketchProps) {
  const points = driver === undefined ? [pickup, dropoff] : [pickup, dropoff, driver];
  const { spots, gridKm, gridSize } = sketch(points, frame);
  const [from, to, car] = spots as [Spot, Spot, Spot?];
  return (
    <svg
      className="sketch"
      viewBox={`0 0 ${frame.width} ${frame.height}`}
      role="img"
      aria-labelledby="sketch-title"
    >
      <title id="sketch-title">
        {`The pickup A, the dropoff B${driver === undefined ? '' : ' and the driver'} as seen from above`}
      </title>
      <defs>
        <pattern id="grid" width={gridSize} height={gridSize} patternUnits="userSpaceOnUse">
          <path className="grid" d={`M ${gridSize} 0 H 0 V ${gridSize}`} />
        </pattern>
      </defs>
      <rect className="ground" width={frame.width} height={frame.height} fill="url(#grid)" />
      {car !== undefined && approaching && (
        <line className="approach" x1={car.x} y1={car.y} x2={from.x} y2={from.y} />
      )}
      <line className="trip" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      <End spot={from} name="A" />
      <End spot={to} name="B" />
      {car !== undefined && driver !== undefined && (
        <path
          className="car"
          d="M 0 -15 L 10 11 L 0 6 L -10 11 Z"
          transform={`translate(${car.x} ${car.y}) rotate(${driver.heading})`}
        />
      )}
      <g transform={`translate(14 ${frame.height - 14})`}>
        <path className="scale" d={`M 0 -5 V 0 H ${gridSize} V -5`} />
        <text x={gridSize + 6} y="1">
          {gridKm < 1 ? `${gridKm * 1_000} m` : `${gridKm} km`}
        </text>
      </g>
    </svg>
  );
}

function End({ spot: { x, y }, name }: { readonly spot: Spot; readonly name: string }) {
  return (
    <g className="end" transform={`translate(${x} ${y})`}>
      <circle r="12" />
      <text y="5" textAnchor="middle">
        {name}
      </text>
    </g>
  );
}
