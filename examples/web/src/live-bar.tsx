import { clockTime } from './format.ts';
import type { Live } from './live.ts';

interface LiveBarProps {
  readonly live: Live<unknown>;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
}

/** How fresh what is shown is, and the way to hold it still. */
export function LiveBar({ live, paused, onPause }: LiveBarProps) {
  return (
    <div className="live">
      <span className={paused ? 'dot' : 'dot beating'} aria-hidden="true" />
      <span>
        {paused ? 'Paused' : 'Live'}
        {live.at !== undefined && ` at ${clockTime(live.at)}`}
      </span>
      <button type="button" aria-pressed={paused} onClick={() => onPause(!paused)}>
        Pause
      </button>
      <button type="button" onClick={live.refresh} disabled={live.fetching}>
        Refresh
      </button>
    </div>
  );
}
