import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, Tooltip } from 'chart.js';
import { useEffect, useRef } from 'react';

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, Tooltip);

export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

interface BarChartProps {
  /** What the chart says, for those who do not see it. */
  readonly summary: string;
  readonly labels: readonly string[];
  /** Stacked, in this order; as many values as there are labels. */
  readonly series: readonly Series[];
  /** Which way the bars go. @default up */
  readonly across?: boolean;
}

/** Bars on a canvas. It stands still: a chart that moves tells nothing more. */
export function BarChart({ summary, labels, series, across = false }: BarChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current === null) return;
    const chart = new Chart(canvas.current, {
      type: 'bar',
      data: {
        labels: [...labels],
        datasets: series.map(({ name, colour, values }) => ({
          label: name,
          data: [...values],
          backgroundColor: colour,
          maxBarThickness: 44,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        indexAxis: across ? 'y' : 'x',
        scales: {
          x: { stacked: true, grid: { display: across }, ticks: { maxRotation: 0, autoSkipPadding: 12 } },
          y: { stacked: true, grid: { display: !across } },
        },
        plugins: { legend: { position: 'bottom', labels: { boxWidth: 14 } } },
      },
    });
    return () => chart.destroy();
  }, [labels, series, across]);
  return (
    <div className="chart">
      <canvas ref={canvas} role="img" aria-label={summary} />
    </div>
  );
}
