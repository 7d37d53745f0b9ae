import { defineConfig } from 'tributary';

export default defineConfig({
  graphiqlQuery: `query Hotels {
  hotels(codes: ["LIS1", "BER7"]) {
    name stars
    rooms(arrival: "2026-07-01", nights: 2) { type free pricePerNight { amount currency } amenities }
  }
}
`,
});
