import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { Provider } from 'urql';
import { Board } from './board.tsx';
import { createClient } from './client.ts';
import { KeyField } from './key-field.tsx';
import { type Place, usePlace } from './place.ts';
import { RidePage } from './ride.tsx';
import { StatisticsPage } from './statistics.tsx';

export function App() {
  const [apiKey, setApiKey] = useState('');
  const client = useMemo(() => createClient(apiKey), [apiKey]);
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  useArrival(place, main);
  return (
    <>
      <header className="top">
        <h1>Rides</h1>
        <nav aria-label="Views">
          <a href="#/" aria-current={place.view === 'board' ? 'page' : undefined}>
            Board
          </a>
          <a href="#/statistics" aria-current={place.view === 'statistics' ? 'page' : undefined}>
            Statistics
          </a>
        </nav>
        <KeyField apiKey={apiKey} onChange={setApiKey} />
      </header>
      <main ref={main} tabIndex={-1}>
        {/* Another caller begins with an empty page. */}
        <Provider value={client} key={apiKey}>
          <View place={place} />
        </Provider>
      </main>
    </>
  );
}

function View({ place }: { readonly place: Place }) {
  switch (place.view) {
    case 'board':
      return <Board />;
    case 'ride':
      return <RidePage id={place.id} key={place.id} />;
    case 'statistics':
      return <StatisticsPage />;
  }
}

/** Moves the focus to what a link has led to, as a page that is loaded does; a long board is where it was when one comes back. */
function useArrival(place: Place, main: RefObject<HTMLElement | null>): void {
  const address = place.view === 'ride' ? place.id : place.view;
  const shown = useRef(address);
  useEffect(() => {
    if (shown.current === address) return;
    shown.current = address;
    main.current?.focus({ preventScroll: true });
    if (address !== 'board') scrollTo(0, 0);
  }, [address, main]);
}
