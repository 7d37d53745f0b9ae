/** Amounts between the graph, which has decimals as text, and services that count a currency's smallest units. */

/**
 * `('17.09', 'EUR')` is 1709.
 *
 * @returns undefined for more decimals than the currency has, a sign, or more than a double counts exactly
 */
export function toMinorUnits(amount: string, currency: string): number | undefined {
  const [, whole = '', fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  const places = placesOf(currency);
  const beyond = fraction.slice(places);
  if (whole === '' || /[^0]/.test(beyond)) return undefined;
  const units = Number(whole + fraction.slice(0, places).padEnd(places, '0'));
  return Number.isSafeInteger(units) ? units : undefined;
}

/** `(1709, 'EUR')` is `17.09`. */
export function fromMinorUnits(units: number, currency: string): string {
  const places = placesOf(currency);
  const digits = String(units).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** ISO 4217's number of decimals: 2 for EUR, 0 for JPY, 3 for KWD. */
function placesOf(currency: string): number {
  const known = places.get(currency);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const found = format.resolvedOptions().maximumFractionDigits ?? 2;
  // There are some 180 currencies; what a caller makes up is not remembered.
  if (places.size < 200) places.set(currency, found);
  return found;
}

const places = new Map<string, number>();
