import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { loadSettings, type Settings } from './settings.ts';

const place = document.getElementById('root');
if (place === null) throw new Error('The page has no place for the editor.');

try {
  createRoot(place).render(<Editor settings={await loadSettings()} />);
} catch (thrown) {
  place.textContent = thrown instanceof Error ? thrown.message : String(thrown);
}

function Editor({ settings }: { readonly settings: Settings }) {
  const fetcher = createGraphiQLFetcher({ url: settings.endpoint });
  return (
    <GraphiQL fetcher={fetcher} defaultQuery={settings.query}>
      <GraphiQL.Logo>Tributary</GraphiQL.Logo>
    </GraphiQL>
  );
}
