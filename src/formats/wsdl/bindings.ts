import type { SoapVersion } from '../soap/names.ts';
import type { XmlNode } from '../xml/tree.ts';
import { resolveName } from '../xsd/definition.ts';
import { type Defined, type Definitions, lookUp, wsdlChildren } from './definitions.ts';

const SOAP_BINDINGS: Readonly<Record<string, SoapVersion>> = {
  'http://schemas.xmlsoap.org/wsdl/soap/': '1.1',
  'http://schemas.xmlsoap.org/wsdl/soap12/': '1.2',
};
const MIME = 'http://schemas.xmlsoap.org/wsdl/mime/';

export interface Part {
  readonly name: string;
  /** `{namespace}local` of a global element; else `type` names a type. */
  readonly element: string | undefined;
  readonly type: string | undefined;
}

export interface HeaderPart {
  readonly part: Part;
  readonly namespace: string;
  readonly encoded: boolean;
}

/** One direction of an operation, as its binding puts it on the wire. */
export interface BoundMessage {
  readonly parts: readonly Part[];
  readonly headers: readonly HeaderPart[];
  readonly encoded: boolean;
  /** Of the wrapper element in rpc style. */
  readonly namespace: string;
  /** Parts that travel as attachments, with their media types (MIME binding). */
  readonly attachments: readonly { part: Part; contentType: string }[];
}

export interface BoundOperation {
  readonly service: string;
  readonly port: string;
  readonly address: string;
  readonly name: string;
  /** Tells overloads apart. */
  readonly inputName: string | undefined;
  readonly soapVersion: SoapVersion;
  readonly style: 'document' | 'rpc';
  readonly action: string;
  /** The `wsa:Action` that the input says of itself (WS-Addressing Metadata §4.4.1). */
  readonly wsaAction: string | undefined;
  readonly documentation: string | undefined;
  readonly input: BoundMessage;
  /** `undefined` is one-way. */
  readonly output: BoundMessage | undefined;
  readonly faults: readonly Part[];
}

/** An operation of a port, not yet looked into. */
export interface PortOperation {
  readonly service: string;
  readonly port: string;
  readonly address: string;
  readonly soapVersion: SoapVersion;
  readonly name: string;
  readonly inputName: string | undefined;
  /** Looks into messages and bindings. */
  readonly bind: () => BoundOperation;
}

/** Every operation of every SOAP port, in the documents' order. Ports of other protocols are left out. Implements WSDL 1.1 §2 and §3. */
export function portOperations(definitions: Definitions, warn: (text: string) => void): PortOperation[] {
  const found: PortOperation[] = [];
  for (const service of definitions.services.values()) {
    for (const port of wsdlChildren(service.node, 'port')) {
      const binding = bindingOf(definitions, port, warn);
      if (binding !== undefined) found.push(...operationsOf(definitions, service, port, binding, warn));
    }
  }
  return found;
}

function bindingOf(
  { bindings }: Definitions,
  port: XmlNode,
  warn: (text: string) => void,
): Defined | undefined {
  const binding = lookUp(bindings, resolveName(port.attributes.binding ?? '', port));
  if (binding !== undefined) return binding;
  const only = bindings.size === 1 ? [...bindings.values()][0] : undefined;
  const mend = only === undefined ? 'it is left out' : 'the only one there is stands in';
  warn(`The port ${port.attributes.name} names a binding that is not defined: ${mend}`);
  return only;
}

function operationsOf(
  definitions: Definitions,
  service: Defined,
  port: XmlNode,
  binding: Defined,
  warn: (text: string) => void,
): PortOperation[] {
  const soapBinding = soapChild(binding.node, 'binding');
  if (soapBinding === undefined) return [];
  const soapVersion = SOAP_BINDINGS[soapBinding.namespace]!;
  const portType = lookUp(
    definitions.portTypes,
    resolveName(binding.node.attributes.type ?? '', binding.node),
  );
  const place = {
    service: service.node.attributes.name ?? '',
    port: port.attributes.name ?? '',
    address: soapChild(port, 'address')?.attributes.location ?? '',
    soapVersion,
  };
  const found: PortOperation[] = [];
  for (const node of wsdlChildren(binding.node, 'operation')) {
    const name = node.attributes.name ?? '';
    const abstract = abstractOperation(portType, node);
    if (abstract === undefined) {
      warn(
        `The operation ${name} of the binding ${binding.node.attributes.name} is not in its port type: it is left out`,
      );
      continue;
    }
    const inputName = abstractInput(abstract)?.attributes.name;
    const bind = () =>
      bindOperation(definitions, { ...place, name, inputName }, node, abstract, soapBinding, warn);
    found.push({ ...place, name, inputName, bind });
  }
  return found;
}

function bindOperation(
  definitions: Definitions,
  place: Omit<PortOperation, 'bind'>,
  node: XmlNode,
  abstract: XmlNode,
  soapBinding: XmlNode,
  warn: (text: string) => void,
): BoundOperation {
  const soapOperation = soapChild(node, 'operation');
  const style = soapOperation?.attributes.style ?? soapBinding.attributes.style ?? 'document';
  const message = (direction: 'input' | 'output') => {
    const reference = wsdlChildren(abstract, direction)[0];
    const order = style === 'rpc' ? abstract.attributes.parameterOrder : undefined;
    return reference && bindMessage(definitions, wsdlChildren(node, direction)[0], reference, order, warn);
  };
  const output = message('output');
  return {
    ...place,
    style: style === 'rpc' ? 'rpc' : 'document',
    action: soapOperation?.attributes.soapAction ?? '',
    wsaAction: wsaAction(abstractInput(abstract)),
    documentation: documentation(abstract) ?? documentation(node),
    input: message('input') ?? { parts: [], headers: [], encoded: false, namespace: '', attachments: [] },
    output,
    faults: wsdlChildren(abstract, 'fault').flatMap((fault) => partsOf(definitions, fault, warn)),
  };
}

function bindMessage(
  definitions: Definitions,
  binding: XmlNode | undefined,
  reference: XmlNode,
  order: string | undefined,
  warn: (text: string) => void,
): BoundMessage {
  const all = inOrder(partsOf(definitions, reference, warn), order);
  const holders = [...(binding?.children ?? []), ...mimeParts(binding).flatMap((part) => part.children)];
  const body = holders.find(isSoap('body'));
  const named = body?.attributes.parts?.split(/\s+/).filter((name) => name !== '');
  const attachments = mimeAttachments(binding, all);
  const headers = holders.filter(isSoap('header')).flatMap((node) => headerPart(definitions, node, warn));
  // A part that a header of the same message carries is no part of the body, unless the body says so.
  const ownHeaders = new Set(
    holders
      .filter(isSoap('header'))
      .filter(
        (node) =>
          resolveName(node.attributes.message ?? '', node) ===
          resolveName(reference.attributes.message ?? '', reference),
      )
      .map((node) => node.attributes.part),
  );
  const parts = all.filter(({ name }) => {
    if (attachments.some(({ part }) => part.name === name)) return false;
    return named === undefined ? !ownHeaders.has(name) : named.includes(name);
  });
  const encoded = body?.attributes.use === 'encoded';
  return { parts, headers, encoded, namespace: body?.attributes.namespace ?? '', attachments };
}

function headerPart(definitions: Definitions, node: XmlNode, warn: (text: string) => void): HeaderPart[] {
  const part = partsOf(definitions, node, warn).find(({ name }) => name === node.attributes.part);
  if (part === undefined) {
    warn(`A header names the part ${node.attributes.part}, which its message has not: it is left out`);
    return [];
  }
  return [{ part, namespace: node.attributes.namespace ?? '', encoded: node.attributes.use === 'encoded' }];
}

function partsOf(definitions: Definitions, reference: XmlNode, warn: (text: string) => void): Part[] {
  const name = resolveName(reference.attributes.message ?? '', reference);
  const message = lookUp(definitions.messages, name);
  if (message === undefined) warn(`The message ${name} is not defined: it is read as empty`);
  return wsdlChildren(message?.node, 'part').map((part) => {
    const { name: partName = '', element, type } = part.attributes;
    return {
      name: partName,
      element: element === undefined ? undefined : resolveName(element, part),
      type: type === undefined ? undefined : resolveName(type, part),
    };
  });
}

/** Implements `parameterOrder`, WSDL 1.1 §2.4.6: parts that it leaves out come last. */
function inOrder(parts: Part[], order: string | undefined): Part[] {
  const names = order?.split(/\s+/) ?? [];
  const rank = ({ name }: Part) => (names.includes(name) ? names.indexOf(name) : names.length);
  return parts.sort((a, b) => rank(a) - rank(b));
}

/** The port type's operation of the same name; of several, the one whose input has the name that the binding's has. */
function abstractOperation(portType: Defined | undefined, node: XmlNode): XmlNode | undefined {
  const same = wsdlChildren(portType?.node, 'operation').filter(
    ({ attributes }) => attributes.name === node.attributes.name,
  );
  const inputName = wsdlChildren(node, 'input')[0]?.attributes.name;
  return same.find((candidate) => abstractInput(candidate)?.attributes.name === inputName) ?? same[0];
}

function abstractInput(operation: XmlNode): XmlNode | undefined {
  return wsdlChildren(operation, 'input')[0];
}

function mimeParts(binding: XmlNode | undefined): XmlNode[] {
  return (binding?.children ?? [])
    .filter(({ namespace, localName }) => namespace === MIME && localName === 'multipartRelated')
    .flatMap(({ children }) =>
      children.filter(({ namespace, localName }) => namespace === MIME && localName === 'part'),
    );
}

/** Implements WSDL 1.1 §5: a part may say several media types; the first is written, any is read. */
function mimeAttachments(binding: XmlNode | undefined, parts: readonly Part[]) {
  const contents = mimeParts(binding).map(({ children }) =>
    children.find(({ localName }) => localName === 'content'),
  );
  return contents.flatMap((content) => {
    const part = parts.find(({ name }) => name === content?.attributes.part);
    const contentType = content?.attributes.type ?? 'application/octet-stream';
    return part === undefined
      ? []
      : [{ part, contentType: contentType.includes('*') ? 'application/octet-stream' : contentType }];
  });
}

function soapChild(node: XmlNode, localName: string): XmlNode | undefined {
  return node.children.find(isSoap(localName));
}

function isSoap(localName: string): (node: XmlNode) => boolean {
  return (node) => node.localName === localName && Object.hasOwn(SOAP_BINDINGS, node.namespace);
}

function wsaAction(input: XmlNode | undefined): string | undefined {
  const name = Object.keys(input?.attributes ?? {}).find((attribute) =>
    /addressing.*\}Action$/.test(attribute),
  );
  return name === undefined ? undefined : input!.attributes[name];
}

function documentation(node: XmlNode): string | undefined {
  const text = wsdlChildren(node, 'documentation')[0]?.text.trim().replace(/\s+/g, ' ');
  return text === '' ? undefined : text;
}
