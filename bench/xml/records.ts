/** A service that lists trips, its description, and its answers: what the `xml` benchmark decodes. */
export const WSDL = `<?xml version="1.0"?>
<definitions name="Trips" targetNamespace="urn:bench:trips" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:bench:trips"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <types><xsd:schema targetNamespace="urn:bench:trips" elementFormDefault="qualified">
    <xsd:complexType name="Trip"><xsd:sequence>
      <xsd:element name="id" type="xsd:long"/>
      <xsd:element name="code" type="xsd:string"/>
      <xsd:element name="rider" type="xsd:string"/>
      <xsd:element name="total" type="xsd:decimal"/>
      <xsd:element name="minutes" type="xsd:int"/>
      <xsd:element name="shared" type="xsd:boolean"/>
      <xsd:element name="startedAt" type="xsd:dateTime"/>
      <xsd:element name="city" type="xsd:string" minOccurs="0"/>
    </xsd:sequence></xsd:complexType>
    <xsd:element name="ListTrips"><xsd:complexType><xsd:sequence><xsd:element name="first" type="xsd:int"/></xsd:sequence></xsd:complexType></xsd:element>
    <xsd:element name="ListTripsResponse"><xsd:complexType><xsd:sequence>
      <xsd:element name="trip" type="t:Trip" minOccurs="0" maxOccurs="unbounded"/>
    </xsd:sequence></xsd:complexType></xsd:element>
  </xsd:schema></types>
  <message name="In"><part name="parameters" element="t:ListTrips"/></message>
  <message name="Out"><part name="parameters" element="t:ListTripsResponse"/></message>
  <portType name="Trips"><operation name="ListTrips"><input message="t:In"/><output message="t:Out"/></operation></portType>
  <binding name="Trips" type="t:Trips"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="ListTrips"><soap:operation soapAction="urn:bench:trips#ListTrips"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
  <service name="Trips"><port name="Trips" binding="t:Trips"><soap:address location="http://127.0.0.1/trips"/></port></service>
</definitions>`;

export interface Trip {
  id: string;
  code: string;
  rider: string;
  total: string;
  minutes: number;
  shared: boolean;
  startedAt: string;
  city: string;
}

/** Trips that differ in every field, always the same ones. */
export function trips(count: number): Trip[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(9_000_000_000_000_000 + index),
    code: String(index).padStart(6, '0'),
    rider: `Rider number ${index}`,
    total: `${10 + (index % 90)}.${String(index % 100).padStart(2, '0')}`,
    minutes: 3 + (index % 57),
    shared: index % 3 === 0,
    startedAt: `2026-0${1 + (index % 9)}-1${index % 10}T08:${String(index % 60).padStart(2, '0')}:00Z`,
    city: ['Lisbon', 'Porto', 'Braga'][index % 3]!,
  }));
}

/** The answer that holds them, as a service would write it. */
export function answer(count: number): string {
  const records = trips(count).map((trip) => {
    const fields = Object.entries(trip).map(([name, value]) => `<t:${name}>${value}</t:${name}>`);
    return `<t:trip>${fields.join('')}</t:trip>`;
  });
  return (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
    `<t:ListTripsResponse xmlns:t="urn:bench:trips">${records.join('\n')}</t:ListTripsResponse></s:Body></s:Envelope>`
  );
}
