import { defineConfig } from 'tributary';

export default defineConfig({
  graphiqlQuery: `# One call, five backends. Ctrl-Enter runs it.
query Board {
  rides(first: 100) {
    nodes {
      id
      status
      requestedAt
      minutesAway
      pickup { latitude longitude }
      driver {
        name
        rating
        vehicle { make model plate }
        position { latitude longitude }
      }
      fare { total currency }
      weather { summary temperatureCelsius }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
});
