import { useMemo, useState } from 'react';
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
      <main>
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
