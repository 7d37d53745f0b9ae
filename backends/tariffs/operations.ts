import type { Coordinate } from '../shared/geography.ts';
import { attribute, escapeXml, type XmlElement } from '../shared/xml.ts';
import { SoapFault, tariffsNamespace } from './envelope.ts';
import {
  cancellationFee,
  currencyOf,
  type Estimate,
  estimateFare,
  type Money,
  productMoney,
  rateOf,
  TariffRefusal,
  type Trip,
} from './fares.ts';
import { products } from './rates.ts';

/** The operations of `tariffs.wsdl`: each takes its request element and gives the content of its response element. */

const maxTrips = 200;
const statuses = ['REQUESTED', 'ASSIGNED', 'ARRIVING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'] as const;

export const operations: Readonly<Record<string, (request: XmlElement) => string>> = {
  EstimateFare: (request) => writeEstimate(estimateFare(readTrip(request))),

  EstimateFares: (request) => {
    const asked = request.children.map((child) => {
      if (child.name !== 'request') throw invalid('EstimateFares holds request elements only');
      const reference = attribute(child, 'reference');
      if (reference === undefined) throw invalid('a request needs a reference');
      return { reference, trip: readTrip(child) };
    });
    if (asked.length < 1 || asked.length > maxTrips) throw invalid(`1 to ${maxTrips} requests are taken`);
    if (new Set(asked.map(({ reference }) => reference)).size < asked.length) {
      throw invalid('each reference may stand once');
    }
    // Backwards: whoever matches answers by place instead of by reference shall notice.
    const answers = asked.reverse().map(({ reference, trip }) => answerOne(reference, trip));
    const ordered = [...answers.filter(({ ok }) => ok), ...answers.filter(({ ok }) => !ok)];
    return ordered.map(({ content }) => content).join('');
  },

  ListProducts: (request) => {
    const [cityId] = readParts(request, ['cityId']);
    const rate = rateOf(cityId as string);
    const currency = currencyOf(rate.cityId);
    return products.map((product) => writeProduct(rate.products[product], product, currency)).join('');
  },

  CancellationFee: (request) => {
    const optional = request.children.length > 3 ? ['cityId'] : [];
    const [rideId, status, minutes, cityId] = readParts(request, [
      'rideId',
      'status',
      'minutesSinceRequest',
      ...optional,
    ]);
    if (!statuses.some((known) => known === status)) throw invalid('status is none of the list');
    if (!/^\+?\d{1,9}$/.test((minutes as string).trim()))
      throw invalid('minutesSinceRequest is no number of minutes');
    const currency = cityId === undefined ? 'EUR' : currencyOf(cityId);
    const fee = cancellationFee(status as string, Number(minutes), currency);
    return writeElement('rideId', rideId as string) + writeMoney('fee', fee, currency);
  },
};

function answerOne(reference: string, trip: Trip): { ok: boolean; content: string } {
  try {
    return { ok: true, content: writeEstimate(estimateFare(trip), reference) };
  } catch (error) {
    if (!(error instanceof TariffRefusal)) throw error;
    return {
      ok: false,
      content: `<rejected reference="${escapeXml(reference)}">${writeRefusal(error)}</rejected>`,
    };
  }
}

/** The refusal as the typed detail of a Fault. */
export function writeFaultDetail(refusal: TariffRefusal): string {
  return `<TariffFault xmlns="${tariffsNamespace}">${writeRefusal(refusal)}</TariffFault>`;
}

function writeRefusal({ code, message }: TariffRefusal): string {
  return writeElement('code', code) + writeElement('message', message);
}

function writeEstimate(estimate: Estimate, reference?: string): string {
  const { currency } = estimate.total;
  const parts = [
    writeMoney('total', estimate.total, currency),
    writeMoney('perKm', estimate.perKm, currency),
    writeMoney('surcharge', estimate.surcharge, currency),
    writeElement('distanceKm', estimate.distanceKm),
    writeElement('tariffCode', estimate.tariffCode),
    writeElement('zones', estimate.zones.join(' ')),
    writeElement('quoteNumber', estimate.quoteNumber.toString()),
    writeElement('fixedPrice', String(estimate.fixedPrice)),
    writeElement('validUntil', estimate.validUntil),
  ];
  const attributes = reference === undefined ? '' : ` reference="${escapeXml(reference)}"`;
  return `<estimate${attributes}>${parts.join('')}</estimate>`;
}

function writeProduct(
  rate: ReturnType<typeof rateOf>['products']['XL'],
  product: string,
  currency: string,
): string {
  const { base, perKm, minimum, surcharge } = productMoney(rate, currency);
  const parts = [
    writeElement('product', product),
    writeElement('name', rate.name),
    writeElement('seats', String(rate.seats)),
    writeMoney('base', base, currency),
    writeMoney('perKm', perKm, currency),
    writeMoney('minimum', minimum, currency),
    writeMoney('surcharge', surcharge, currency),
    writeElement('tariffCode', rate.tariffCode),
    rate.note === undefined ? '' : writeElement('note', rate.note),
  ];
  return `<product>${parts.join('')}</product>`;
}

function writeElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** `xsi:nil` excuses the content but not the required attribute (XML Schema part 1 §2.6.2), so nil has a currency too. */
function writeMoney(name: string, money: Money | null, currency: string): string {
  if (!money) return `<${name} xsi:nil="true" currency="${currency}"/>`;
  return `<${name} currency="${money.currency}">${money.amount}</${name}>`;
}

function readTrip(element: XmlElement): Trip {
  const [from, to, product] = requireSequence(element, ['from', 'to', 'product']);
  const asked = product?.text.trim();
  const known = products.find((candidate) => candidate === asked);
  if (!from || !to || !known) throw invalid('product is none of the list');
  return { from: readCoordinate(from), to: readCoordinate(to), product: known };
}

function readCoordinate(element: XmlElement): Coordinate {
  const [latitude, longitude] = readParts(element, ['latitude', 'longitude']);
  return { latitude: readDecimal(latitude as string, 90), longitude: readDecimal(longitude as string, 180) };
}

function readDecimal(text: string, limit: number): number {
  const content = text.trim();
  const value = /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(content) ? Number(content) : Number.NaN;
  if (!(Math.abs(value) <= limit)) throw invalid(`a coordinate must be a decimal from -${limit} to ${limit}`);
  return value;
}

/** The texts of the children, which must be these and in this order (xsd:sequence). */
function readParts(element: XmlElement, names: readonly string[]): string[] {
  return requireSequence(element, names).map((child) => {
    if (child.children.length > 0) throw invalid(`${child.name} holds text only`);
    return child.text;
  });
}

function requireSequence(element: XmlElement, names: readonly string[]): readonly XmlElement[] {
  const fits = names.every((name, index) => {
    const child = element.children[index];
    return child?.name === name && child.namespace === tariffsNamespace;
  });
  if (!fits || element.children.length !== names.length) {
    throw invalid(
      `${element.name} must hold ${names.join(', ')}, in this order and in the namespace of the WSDL`,
    );
  }
  return element.children;
}

function invalid(what: string): SoapFault {
  return new SoapFault('Client', `The request does not fit the WSDL: ${what}.`);
}
