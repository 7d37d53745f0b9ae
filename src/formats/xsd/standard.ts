import { readTree, type XmlNode } from '../xml/tree.ts';

const XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"';
const SOAP_ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/';
const SOAP12_ENCODING = 'http://www.w3.org/2003/05/soap-encoding';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSA = 'http://www.w3.org/2005/08/addressing';

const ENCODED_TYPES = (
  'string normalizedString token language Name NMTOKEN NCName NMTOKENS ID IDREF ENTITY IDREFS ENTITIES boolean decimal ' +
  'integer nonPositiveInteger negativeInteger long int short byte nonNegativeInteger positiveInteger unsignedLong unsignedInt ' +
  'unsignedShort unsignedByte float double duration dateTime date time gYear gYearMonth gMonth gMonthDay gDay hexBinary ' +
  'base64Binary anyURI QName NOTATION'
).split(' ');

/**
 * The schemas that descriptions import from the web, as much of each as a message can use. Nothing is fetched.
 * Sources: the documents at those namespaces (SOAP 1.1 §5, WS-Security 1.0, WS-Addressing 1.0, XOP, xmlmime).
 */
const STANDARD: Readonly<Record<string, () => string>> = {
  'http://www.w3.org/XML/1998/namespace': () => `
    <xs:schema ${XS} xmlns:xml="http://www.w3.org/XML/1998/namespace" targetNamespace="http://www.w3.org/XML/1998/namespace">
      <xs:attribute name="lang" type="xs:language"/>
      <xs:attribute name="space" type="xs:NCName"/>
      <xs:attribute name="base" type="xs:anyURI"/>
      <xs:attribute name="id" type="xs:ID"/>
      <xs:attributeGroup name="specialAttrs"><xs:attribute ref="xml:base"/><xs:attribute ref="xml:lang"/><xs:attribute ref="xml:space"/></xs:attributeGroup>
    </xs:schema>`,
  [SOAP_ENCODING]: () => `
    <xs:schema ${XS} xmlns:e="${SOAP_ENCODING}" targetNamespace="${SOAP_ENCODING}" elementFormDefault="qualified">
      <xs:attribute name="root" type="xs:boolean"/>
      <xs:attribute name="arrayType" type="xs:string"/>
      <xs:attribute name="offset" type="xs:string"/>
      <xs:attribute name="position" type="xs:string"/>
      <xs:attributeGroup name="commonAttributes"/>
      <xs:attributeGroup name="arrayAttributes"/>
      <xs:attributeGroup name="arrayMemberAttributes"/>
      <xs:group name="Array"><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:group>
      <xs:group name="Struct"><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:group>
      <xs:complexType name="Array"><xs:group ref="e:Array" minOccurs="0"/></xs:complexType>
      <xs:complexType name="Struct"><xs:group ref="e:Struct" minOccurs="0"/></xs:complexType>
      <xs:element name="Array" type="e:Array"/>
      <xs:element name="Struct" type="e:Struct"/>
      <xs:simpleType name="base64"><xs:restriction base="xs:base64Binary"/></xs:simpleType>
      ${encodedTypes()}
    </xs:schema>`,
  [SOAP12_ENCODING]: () => `
    <xs:schema ${XS} xmlns:e="${SOAP12_ENCODING}" targetNamespace="${SOAP12_ENCODING}" elementFormDefault="qualified">
      <xs:attribute name="itemType" type="xs:QName"/>
      <xs:attribute name="arraySize" type="xs:string"/>
      <xs:attribute name="nodeType" type="xs:string"/>
      <xs:attributeGroup name="commonAttributes"/>
      <xs:attributeGroup name="arrayAttributes"/>
      <xs:attributeGroup name="arrayMemberAttributes"/>
      <xs:group name="Array"><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:group>
      <xs:group name="Struct"><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:group>
      <xs:complexType name="Array"><xs:group ref="e:Array" minOccurs="0"/></xs:complexType>
      <xs:complexType name="Struct"><xs:group ref="e:Struct" minOccurs="0"/></xs:complexType>
      ${encodedTypes()}
    </xs:schema>`,
  'http://schemas.xmlsoap.org/soap/envelope/': () => `
    <xs:schema ${XS} targetNamespace="http://schemas.xmlsoap.org/soap/envelope/" elementFormDefault="unqualified">
      <xs:attribute name="mustUnderstand" type="xs:boolean"/>
      <xs:attribute name="actor" type="xs:anyURI"/>
      <xs:attribute name="encodingStyle" type="xs:anyURI"/>
      <xs:attributeGroup name="encodingStyle"/>
    </xs:schema>`,
  'http://www.w3.org/2003/05/soap-envelope': () => `
    <xs:schema ${XS} targetNamespace="http://www.w3.org/2003/05/soap-envelope" elementFormDefault="qualified">
      <xs:attribute name="mustUnderstand" type="xs:boolean"/>
      <xs:attribute name="role" type="xs:anyURI"/>
      <xs:attribute name="relay" type="xs:boolean"/>
      <xs:attribute name="encodingStyle" type="xs:anyURI"/>
    </xs:schema>`,
  [WSU]: () => `
    <xs:schema ${XS} xmlns:u="${WSU}" targetNamespace="${WSU}" elementFormDefault="qualified">
      <xs:attribute name="Id" type="xs:ID"/>
      <xs:attributeGroup name="commonAtts"><xs:attribute ref="u:Id"/></xs:attributeGroup>
      <xs:element name="Timestamp"><xs:complexType><xs:sequence><xs:element ref="u:Created" minOccurs="0"/><xs:element ref="u:Expires" minOccurs="0"/></xs:sequence><xs:attribute ref="u:Id"/></xs:complexType></xs:element>
      <xs:element name="Created" type="xs:string"/>
      <xs:element name="Expires" type="xs:string"/>
    </xs:schema>`,
  [WSSE]: () => `
    <xs:schema ${XS} targetNamespace="${WSSE}" elementFormDefault="qualified">
      <xs:complexType name="SecurityHeaderType"><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:anyAttribute/></xs:complexType>
      <xs:element name="Security"><xs:complexType><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:anyAttribute/></xs:complexType></xs:element>
    </xs:schema>`,
  'http://www.w3.org/2005/05/xmlmime': () => `
    <xs:schema ${XS} xmlns:m="http://www.w3.org/2005/05/xmlmime" targetNamespace="http://www.w3.org/2005/05/xmlmime">
      <xs:attribute name="contentType" type="xs:string"/>
      <xs:attribute name="expectedContentTypes" type="xs:string"/>
      <xs:complexType name="base64Binary"><xs:simpleContent><xs:extension base="xs:base64Binary"><xs:attribute ref="m:contentType"/></xs:extension></xs:simpleContent></xs:complexType>
      <xs:complexType name="hexBinary"><xs:simpleContent><xs:extension base="xs:hexBinary"><xs:attribute ref="m:contentType"/></xs:extension></xs:simpleContent></xs:complexType>
    </xs:schema>`,
  'http://www.w3.org/2004/08/xop/include': () => `
    <xs:schema ${XS} targetNamespace="http://www.w3.org/2004/08/xop/include">
      <xs:complexType name="Include"><xs:attribute name="href" type="xs:anyURI" use="required"/></xs:complexType>
      <xs:element name="Include"><xs:complexType><xs:attribute name="href" type="xs:anyURI" use="required"/></xs:complexType></xs:element>
    </xs:schema>`,
  'http://ws-i.org/profiles/basic/1.1/xsd': () => `
    <xs:schema ${XS} targetNamespace="http://ws-i.org/profiles/basic/1.1/xsd"><xs:simpleType name="swaRef"><xs:restriction base="xs:anyURI"/></xs:simpleType></xs:schema>`,
  [WSA]: () => `
    <xs:schema ${XS} xmlns:a="${WSA}" targetNamespace="${WSA}" elementFormDefault="qualified">
      <xs:complexType name="AttributedURIType"><xs:simpleContent><xs:extension base="xs:anyURI"><xs:anyAttribute/></xs:extension></xs:simpleContent></xs:complexType>
      <xs:complexType name="EndpointReferenceType"><xs:sequence><xs:element name="Address" type="a:AttributedURIType"/><xs:any minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
      <xs:complexType name="RelatesToType"><xs:simpleContent><xs:extension base="xs:anyURI"><xs:attribute name="RelationshipType" type="xs:anyURI"/></xs:extension></xs:simpleContent></xs:complexType>
      <xs:element name="EndpointReference" type="a:EndpointReferenceType"/>
      <xs:element name="ReplyTo" type="a:EndpointReferenceType"/>
      <xs:element name="From" type="a:EndpointReferenceType"/>
      <xs:element name="FaultTo" type="a:EndpointReferenceType"/>
      <xs:element name="To" type="a:AttributedURIType"/>
      <xs:element name="Action" type="a:AttributedURIType"/>
      <xs:element name="MessageID" type="a:AttributedURIType"/>
      <xs:element name="RelatesTo" type="a:RelatesToType"/>
    </xs:schema>`,
};

/** `soapenc:string` and the like: the types of XML Schema under another name, and elements of them. */
function encodedTypes(): string {
  const one = (name: string) =>
    `<xs:simpleType name="${name}"><xs:restriction base="xs:${name}"/></xs:simpleType><xs:element name="${name}" type="xs:${name}" nillable="true"/>`;
  return ENCODED_TYPES.map(one).join('');
}

const parsed = new Map<string, XmlNode>();

/** The standard schema of a namespace as a tree, or `undefined` when we carry none. */
export function standardSchema(namespace: string): XmlNode | undefined {
  const make = Object.hasOwn(STANDARD, namespace) ? STANDARD[namespace] : undefined;
  if (make === undefined) return undefined;
  let tree = parsed.get(namespace);
  if (tree === undefined) {
    tree = readTree(make().trim());
    parsed.set(namespace, tree);
  }
  return tree;
}
