/** What the server tells the page. */
export interface Settings {
  /** Path of the GraphQL endpoint. */
  readonly endpoint: string;
  /** The query that the editor opens with. */
  readonly query: string;
}

const fallbackQuery = `# Press the button to run this query.
query WhatIsHere {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`;

/** Asks the server for the page's settings. */
export async function loadSettings(): Promise<Settings> {
  const response = await fetch('/graphiql/settings.json');
  if (!response.ok) throw new Error(`The settings of the page cannot be had (${response.status}).`);
  const { endpoint, query } = (await response.json()) as Partial<Settings>;
  return { endpoint: endpoint ?? '/graphql', query: query ?? fallbackQuery };
}
