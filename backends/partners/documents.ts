import { isOneOf } from '../rides/requests.ts';
import { Problem } from '../shared/problem.ts';
import type { Reply } from '../shared/reply.ts';
import { attribute, escapeXml, parseXml, type XmlElement } from '../shared/xml.ts';
import { featureNames, type PartnerVehicle, type VehicleDescription } from './types.ts';

/** The documents of `partners`: reads a vehicle's description, writes vehicles, lists and errors. */

/** Reads `<vehicle>` in the body of a PUT. @throws Problem 400 for what is no such document, 422 naming a wrong member */
export function readDescription(body: string): VehicleDescription {
  const root = parseXml(body);
  if (root.name !== 'vehicle') throw new Problem(400, 'A <vehicle> was expected.');
  const known = ['make', 'model', 'year', 'seats', 'dailyPrice', 'features', 'note'];
  const stranger = root.children.find(({ name }) => !known.includes(name));
  if (stranger) throw new Problem(400, `A <vehicle> has no <${stranger.name}>.`);
  const price = childOf(root, 'dailyPrice');
  return {
    make: readText(root, 'make', 60),
    model: readText(root, 'model', 60),
    year: readNumber(root, 'year', 1980, 2100),
    seats: readNumber(root, 'seats', 1, 60),
    dailyPrice: {
      amount: readMatching(price?.text, 'dailyPrice', /^\d{1,6}(\.\d{1,2})?$/),
      currency: readMatching(price && attribute(price, 'currency'), 'dailyPrice currency', /^[A-Z]{3}$/),
    },
    features: (childOf(root, 'features')?.children ?? []).map(({ text }) => {
      if (isOneOf(text, featureNames)) return text;
      throw new Problem(422, `<feature> must be one of ${featureNames.join(', ')}.`);
    }),
    note: childOf(root, 'note') ? readText(root, 'note', 300) : null,
  };
}

export function vehicleReply(vehicle: PartnerVehicle, status = 200): Reply {
  return { ...xml(vehicleElement(vehicle), status), headers: { ETag: `"${vehicle.version}"` } };
}

export function vehiclesReply(
  vehicles: readonly PartnerVehicle[],
  hasNextPage: boolean,
  hasPreviousPage: boolean,
): Reply {
  const items = vehicles.map(vehicleElement).join('\n');
  return xml(
    `<vehicles hasNextPage="${hasNextPage}" hasPreviousPage="${hasPreviousPage}">\n${items}\n</vehicles>`,
  );
}

export function errorReply({ status, message, headers }: Problem): Reply {
  return {
    ...xml(`<error status="${status}"><detail>${escapeXml(message)}</detail></error>`, status),
    headers,
  };
}

function vehicleElement(vehicle: PartnerVehicle): string {
  const { partnerId, plate, version, make, model, year, seats, dailyPrice, features, note } = vehicle;
  const element = (name: string, text: string | number): string =>
    `<${name}>${escapeXml(String(text))}</${name}>`;
  return [
    `<vehicle partner="${escapeXml(partnerId)}" plate="${escapeXml(plate)}" version="${version}">`,
    element('make', make),
    element('model', model),
    element('year', year),
    element('seats', seats),
    `<dailyPrice currency="${dailyPrice.currency}">${dailyPrice.amount}</dailyPrice>`,
    `<features>${features.map((feature) => element('feature', feature)).join('')}</features>`,
    note === null ? '' : element('note', note),
    '</vehicle>',
  ].join('');
}

function xml(root: string, status = 200): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
  return { status, contentType: 'application/xml; charset=utf-8', body };
}

function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

function readText(root: XmlElement, name: string, maxLength: number): string {
  const text = childOf(root, name)?.text ?? '';
  if (text.trim() === '' || text.length > maxLength)
    throw new Problem(422, `<${name}> must be a text of 1 to ${maxLength} characters.`);
  return text;
}

function readNumber(root: XmlElement, name: string, low: number, high: number): number {
  const text = childOf(root, name)?.text.trim() ?? '';
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new Problem(422, `<${name}> must be a whole number from ${low} to ${high}.`);
}

function readMatching(text: string | undefined, name: string, pattern: RegExp): string {
  if (text !== undefined && pattern.test(text.trim())) return text.trim();
  throw new Problem(422, `${name} has not the form that it must have.`);
}
