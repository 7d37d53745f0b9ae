import { defineConfig } from 'tributary';

export default defineConfig({
  // On this machine everybody is one of us; ANONYMOUS_AUDIENCE=OPEN where the endpoint is opened to others.
  access: { anonymous: 'INTERNAL', everyOwnerScope: '*' },
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
