import { Client, cacheExchange, fetchExchange } from 'urql';

/**
 * The client of one caller. Another key is another client: what one caller was shown is not in the cache of the next. The
 * key is kept here, in memory, and nowhere else.
 */
export function createClient(apiKey: string): Client {
  return new Client({
    url: '/graphql',
    exchanges: [cacheExchange, fetchExchange],
    preferGetMethod: false,
    fetchOptions: apiKey === '' ? {} : { headers: { 'X-API-Key': apiKey } },
  });
}
