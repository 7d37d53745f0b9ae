import { defineConfig } from 'tributary';

export default defineConfig({
  graphiqlQuery: `query Books {
  books(isbns: ["9780000000017", "9780000000024"]) {
    title price copies
    author { name books(first: 3) { title copies } }
  }
}
`,
});
