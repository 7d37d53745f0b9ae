import { defineConfig } from 'tributary';

export default defineConfig({
  graphiqlQuery: `query Processes {
  supervisor { identification version state }
  processes { id state description startedAt output(characters: 200) }
}
`,
});
