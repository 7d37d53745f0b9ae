import type { CallOptions } from '../../src/formats/wsdl/call.ts';
import type { Ignored } from './soap-habits.ts';

/** How a sample is compared where it cannot be compared as it stands, and why. */
export interface Plan {
  why: string;
  /** The description itself is refused: its documents are not well-formed. */
  refusesDescription?: RegExp;
  /** The input in our words, where node-soap's JSON says something that no rule translates. */
  input?: unknown;
  options?: CallOptions;
  ignore?: readonly Ignored[];
  /** Mends the expected request before it is compared. */
  mendExpected?: (xml: string) => string;
  /** The input is not what the schema allows: it must be refused with this. */
  refusesRequest?: RegExp;
  /** The response is not what the schema allows, or no XML: it must be refused with this. */
  refusesResponse?: RegExp;
  requireAll?: false;
  /** The value expected, where node-soap's JSON holds what its options made of it. */
  expected?: (json: unknown) => unknown;
}

const securityClock = { now: () => new Date('2014-10-12T01:02:03Z'), nonce: () => Buffer.alloc(16) };
const timestamp = { ttlMs: 600_000 };
const basic = { username: 'basicuser', password: 'basicpass' };
const security = (usernameToken: object): CallOptions => ({
  security: { usernameToken: { ...basic, ...usernameToken }, timestamp, mustUnderstand: false },
  clock: securityClock,
});
const without =
  (...keys: string[]) =>
  (json: unknown) =>
    Object.fromEntries(Object.entries(json as object).filter(([key]) => !keys.includes(key)));

/** By the start of the sample's name. Samples that are not here are compared as they stand. */
export const PLANS: Readonly<Record<string, Plan>> = {
  Dummy__ref_element: {
    why: 'a client option renames an element to one that the schema has not; the response is of another name',
    refusesRequest: /unknown \(at Dummy\/Commande\)/,
    refusesResponse: /'DummyResponse' is expected/,
  },
  Dummy__should_deserialize_basic_types: { why: 'the response lacks a required element', requireAll: false },
  Dummy__should_handle_inline_types: {
    why: 'a client option turns times of day into minutes',
    expected: (json) => ({
      ...(json as object),
      SimpleTimeHourMinute: '02:30',
      NamedNestedSimpleType: '04:00',
    }),
  },
  Dummy__should_ignore_defined_namespaces: {
    why: 'the request has an element that the schema has not',
    refusesRequest: /DummyAccount/,
  },
  Dummy__should_use_defined_value_key: {
    why: 'the request has an element that the schema has not',
    refusesRequest: /DummyAccount/,
  },
  Dummy__should_use_defined_xml_key: {
    why: 'the WSDL uses a prefix that it does not declare',
    refusesDescription: /prefix 'soap12' is not declared/,
  },
  GET_DATA: {
    why: 'the expected request is malformed: two colons in a name',
    mendExpected: (xml) => xml.replaceAll('xmlns:ns0:Z_', 'ns0:Z_'),
  },
  GetItemInformation: {
    why: 'the request lacks a required element; the response has another element than the schema',
    refusesRequest: /SupplierId/,
    expected: without('Items'),
  },
  GetSubscription: {
    why: 'the response has an element that the schema has not',
    expected: without('Status'),
  },
  Login: {
    why: 'node-soap writes no xsi:type and takes the wrapper from the wrong namespace',
    ignore: ['types', 'namespaces'],
  },
  Message__Messages: {
    why: 'the request names another part than the WSDL',
    refusesRequest: /bstrResourceId/,
  },
  Message__overriding: {
    why: 'the request names another part than the WSDL',
    refusesRequest: /bstrResourceId/,
  },
  RequestHeaders__propogate_basic_security_backward: {
    why: 'ids are made up by each client',
    options: security({}),
    ignore: ['ids'],
  },
  RequestHeaders__propogate_basic_security_invalid: {
    why: 'ids are made up by each client',
    options: security({}),
    ignore: ['ids'],
  },
  RequestHeaders__propogate_basic_security_no_token: {
    why: 'ids are made up by each client',
    options: security({ created: false }),
    ignore: ['ids'],
  },
  ResponseHeaders: {
    why: 'the request has bare text for a header, which SOAP does not allow',
    ignore: ['header'],
  },
  RetrieveFareQuoteDateRange: {
    why: 'the imported documents are not in the corpus: the types are open, and their content is XML text',
    refusesRequest: /needs \$type/,
    expected: () => undefined,
  },
  SendCDATA: {
    why: 'the JSON holds markup, which ours would escape',
    input: { message: ' Hello World! & Hello Me! ' },
  },
  SetResource: {
    why: 'the response uses a prefix that it does not declare',
    refusesResponse: /prefix 'ns' is not declared/,
  },
  UpdateProfile__correct_namespaces_for_elements: {
    why: 'a client option drops namespaces; node-soap writes in the order of the JSON, ours in that of the schema',
    ignore: ['namespaces', 'order'],
  },
  UpdateProfile__correct_namespaces_other: {
    why: 'the request lacks a required element',
    refusesRequest: /PhoneData/,
  },
  addList: {
    why: 'ours writes xsi:type only where the type is another than the declared one',
    ignore: ['types'],
    expected: dropDeep('type'),
  },
  addPrefix: {
    why: 'the WSDL puts soap:body into no wsdl:input, and the response calls its part otherwise',
    ignore: ['namespaces'],
    requireAll: false,
    expected: without('ResultCode'),
  },
  attachments: {
    why: 'the WSDL uses a prefix that it does not declare',
    refusesDescription: /prefix 'xmime' is not declared/,
  },
  execFile__valid_xml: {
    why: 'the WSDL says SOAP 1.2, the request is 1.1; the response is that of another operation',
    ignore: ['envelope'],
    refusesResponse: /'execFileResult' is expected/,
  },
  fooOp: {
    why: 'the value does not match the pattern that the schema has for it',
    refusesRequest: /pattern/,
  },
  getAttachments: {
    why: 'node-soap writes no xsi:type and takes the wrapper from the wrong namespace; the response refers to attachments without ids',
    ignore: ['types', 'namespaces'],
    refusesResponse: /is no xsd:base64Binary/,
  },
  getAvailability: { why: 'the request has parts that the WSDL has not', refusesRequest: /userCredentials/ },
  getMessage: { why: 'the request has a level that the schema has not', refusesRequest: /Body/ },
  get__complex: {
    why: 'the request has an attribute that the schema has not',
    refusesRequest: /baseRef\/type/,
  },
  login__complex_schema: {
    why: 'a schema uses a prefix that it does not declare',
    refusesDescription: /prefix 'xs' is not declared/,
  },
  multiCall: {
    why: 'node-soap has no arrays and maps: they are given in our words, and their types are not compared',
    input: {
      sessionId: 'sessionId',
      calls: [['product_stock.update', ['HTC Touch Diamond', { qty: '9199', is_in_stock: '1' }]]],
    },
    ignore: ['types', 'namespaces'],
    expected: () => ({ multiCallReturn: [true] }),
  },
  update__complex: {
    why: 'ours writes xsi:type only where the type is another than the declared one',
    mendExpected: (xml) =>
      xml.replace(/(subscriptionsList)([^>]*)><[^>]*replaceAll>false<\/[^>]*>/, '$1$2 replaceAll="false">'),
    ignore: ['types', 'order'],
    expected: dropDeep('type'),
  },
};

/** Attributes that a response has and the schema has not are dropped by ours. */
function dropDeep(key: string) {
  const drop = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(drop);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== key)
        .map(([name, inner]) => [name, drop(inner)]),
    );
  };
  return drop;
}
