/** The namespace of XML Schema itself. */
export const XSD = 'http://www.w3.org/2001/XMLSchema';
/** Drafts of XML Schema that descriptions of 2001 are written in, read as what became of them. */
export const XSD_DRAFTS: Readonly<Record<string, string>> = {
  'http://www.w3.org/1999/XMLSchema': XSD,
  'http://www.w3.org/2000/10/XMLSchema': XSD,
};
/** `xsi:nil`, `xsi:type`, `xsi:schemaLocation`. */
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** A qualified name as one string: `{namespace}local`, or `local` without a namespace. The JSON form of `xsd:QName`. */
export function qualifiedName(namespace: string, localName: string): string {
  return namespace === '' ? localName : `{${namespace}}${localName}`;
}

/** The two parts of `{namespace}local`. */
export function splitName(name: string): { namespace: string; localName: string } {
  const close = name.charCodeAt(0) === 0x7b ? name.indexOf('}') : -1;
  return close === -1
    ? { namespace: '', localName: name }
    : { namespace: name.slice(1, close), localName: name.slice(close + 1) };
}

/** An `xsd:boolean` attribute; an absent one is false. */
export function isTrue(text: string | undefined): boolean {
  return text === 'true' || text === '1';
}
