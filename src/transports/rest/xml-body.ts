import { errorOfFormat } from '../../formats/format-error-codes.ts';
import { charsetOf } from '../../formats/xml/encoding.ts';
import { isHeaderValue } from '../../util/header-text.ts';
import type { BodyPlan } from './body-plan.ts';
import { unacceptable } from './values.ts';
import type { XmlCodecs } from './xml-codecs.ts';
import type { XmlBody } from './xml-options.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** Compiles a body in XML. Writing throws `BAD_USER_INPUT` naming the place of what the shape does not allow. */
export function compileXmlBody(body: XmlBody<Inputs>, codecs: XmlCodecs): BodyPlan {
  const { shape, inputs, whole, contentType = 'application/xml; charset=utf-8' } = body;
  assertContentType(contentType);
  if (inputs !== undefined && whole !== undefined)
    throw new Error('`body` takes `inputs` or `whole`, not both.');
  const codec = codecs.of(shape);
  const write = (value: unknown): string => {
    try {
      return codec.write(value);
    } catch (thrown) {
      throw errorOfFormat(thrown);
    }
  };
  const membersOf = (given: Inputs, names: readonly string[]): Inputs =>
    Object.fromEntries(names.map((name) => [name, given[name]]));
  const plan = { contentType, always: true };
  if (whole !== undefined) {
    return {
      ...plan,
      inputs: [whole],
      takesRest: false,
      write: (given) => {
        const value = given[whole];
        if (value !== undefined && value !== null) return write(value);
        throw unacceptable(whole, 'is missing, and is the whole body');
      },
    };
  }
  if (inputs !== undefined)
    return { ...plan, inputs, takesRest: false, write: (given) => write(membersOf(given, inputs)) };
  return { ...plan, inputs: [], takesRest: true, write: (given, rest) => write(membersOf(given, rest)) };
}

function assertContentType(contentType: string): void {
  const charset = charsetOf(contentType);
  if (isHeaderValue(contentType) && contentType !== '' && (charset === undefined || charset === 'utf-8'))
    return;
  throw new Error(`\`contentType\` must be a media type in UTF-8, but is ${JSON.stringify(contentType)}.`);
}
