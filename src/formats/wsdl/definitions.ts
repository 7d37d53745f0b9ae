import { FormatError } from '../format-error.ts';
import type { XmlNode } from '../xml/tree.ts';
import { type ReadFile, readDocument, resolveLocation, type SchemaSource } from '../xsd/load.ts';
import { qualifiedName, XSD } from '../xsd/names.ts';
import type { SchemaSet } from '../xsd/schema-set.ts';

export const WSDL = 'http://schemas.xmlsoap.org/wsdl/';

/** A definition and the namespace of its document. */
export interface Defined {
  readonly node: XmlNode;
  readonly targetNamespace: string;
}

/** All definitions of a set of WSDL documents, by `{namespace}name`, as they stand in the documents. */
export interface Definitions {
  readonly messages: Map<string, Defined>;
  readonly portTypes: Map<string, Defined>;
  readonly bindings: Map<string, Defined>;
  readonly services: Map<string, Defined>;
  readonly schemas: SchemaSource[];
}

/**
 * Reads a WSDL and all WSDLs that it imports; the schemas in them are collected, not yet added.
 * Errors: `FormatError` `badDescription` when the first document cannot be read or is no WSDL.
 * Implements WSDL 1.1 §2.1.
 */
export async function readDefinitions(
  location: string,
  readFile: ReadFile,
  set: SchemaSet,
): Promise<Definitions> {
  const definitions: Definitions = {
    messages: new Map(),
    portTypes: new Map(),
    bindings: new Map(),
    services: new Map(),
    schemas: [],
  };
  const seen = new Set([location]);
  const queue = [location];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const root = await readDocument(set, next, readFile);
    if (root === undefined && next === location)
      throw new FormatError('badDescription', `${location} cannot be read`);
    if (root === undefined) continue;
    if (root.namespace === XSD && root.localName === 'schema')
      definitions.schemas.push({ node: root, location: next });
    else if (root.namespace === WSDL && root.localName === 'definitions') collect(definitions, root, next);
    else if (next === location)
      throw new FormatError('badDescription', `${location} is no WSDL 1.1 document`);
    else set.warn(`${next} is neither WSDL nor schema: what it defines is left open`);
    for (const imported of wsdlChildren(root, 'import')) {
      const target = imported.attributes.location;
      if (target === undefined) continue;
      const resolved = resolveLocation(next, target);
      if (seen.has(resolved)) continue;
      seen.add(resolved);
      queue.push(resolved);
    }
  }
  return definitions;
}

/** Children of one name in the WSDL namespace. */
export function wsdlChildren(node: XmlNode | undefined, localName: string): XmlNode[] {
  return node?.children.filter((child) => child.namespace === WSDL && child.localName === localName) ?? [];
}

/** By name; else the only one of that local name: references without a prefix, or with one that means another namespace, are common. */
export function lookUp(map: ReadonlyMap<string, Defined>, name: string): Defined | undefined {
  const exact = map.get(name);
  if (exact !== undefined) return exact;
  const localName = name.slice(name.indexOf('}') + 1);
  const same = [...map].filter(([key]) => key.slice(key.indexOf('}') + 1) === localName);
  return same.length === 1 ? same[0]![1] : undefined;
}

function collect(definitions: Definitions, root: XmlNode, location: string): void {
  const targetNamespace = root.attributes.targetNamespace ?? '';
  const maps = {
    message: definitions.messages,
    portType: definitions.portTypes,
    binding: definitions.bindings,
    service: definitions.services,
  };
  for (const node of root.children) {
    if (node.namespace !== WSDL) continue;
    if (node.localName === 'types') {
      for (const schema of node.children) {
        if (schema.namespace === XSD && schema.localName === 'schema')
          definitions.schemas.push({ node: schema, location });
      }
    }
    const map = Object.hasOwn(maps, node.localName) ? maps[node.localName as keyof typeof maps] : undefined;
    map?.set(qualifiedName(targetNamespace, node.attributes.name ?? ''), { node, targetNamespace });
  }
}
