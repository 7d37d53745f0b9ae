import { clockTime } from './format.ts';
import type { Live } from './live.ts';

interface LiveBarProps {
  readonly live: Live<unknown>;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
}

const dots = { paused: '', live: 'beating', 'cut off': 'failing' } as const;

/** How fresh what is shown is, and the way to hold it still. */
export function LiveBar({ live, paused, onPause }: LiveBarProps) {
  const state = paused ? 'paused' : live.error?.networkError === undefined ? 'live' : 'cut off';
  return (
    <div className="live">
      <span className={`dot ${dots[state]}`} aria-hidden="true" />
      <span>
        {state === 'cut off' ? 'Cut off, trying again' : state === 'paused' ? 'Paused' : 'Live'}
        {live.at !== undefined && ` · as of ${clockTime(live.at)}`}
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
