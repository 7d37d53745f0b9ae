import type { IssuerOptions } from '../../config/identity-options.ts';
import type { Problem } from '../../config/problems.ts';

/** What callers of tokens of this server itself are called by. */
export const ownName = 'tributary';

export interface IssuersGiven {
  readonly issuers: readonly IssuerOptions[];
  /** The claim `iss` of the tokens of this server. */
  readonly publicUrl: string;
  readonly hasPlan: (name: string) => boolean;
}

/**
 * What is wrong with the issuers together. Two of one name would share the ids of their callers, and with them what is kept for
 * each; of two with one `iss` the later would take the place of the other, of this server itself too.
 */
export function issuerProblems({ issuers, publicUrl, hasPlan }: IssuersGiven): readonly Problem[] {
  const names = new Set([ownName]);
  const addresses = new Set([publicUrl]);
  const problems: Problem[] = [];
  for (const [index, { name, issuer, plan }] of issuers.entries()) {
    const add = (option: string, message: string, mend: string): void =>
      void problems.push({
        place: 'tributary.config.ts',
        subject: `access.issuers.${index}.${option}`,
        message,
        mend,
      });
    if (names.has(name))
      add(
        'name',
        `The name \`${name}\` is taken: its callers would be those of another issuer.`,
        'Choose another name.',
      );
    if (addresses.has(issuer))
      add(
        'issuer',
        `The \`iss\` of \`${name}\` is that of another issuer or of this server.`,
        'Name each issuer once.',
      );
    if (plan !== undefined && !hasPlan(plan))
      add('plan', `There is no plan \`${plan}\`.`, `\`tributary plans put ${plan}\` makes it.`);
    names.add(name);
    addresses.add(issuer);
  }
  return problems;
}
