import { expect, it } from 'vitest';
import { issuerProblems } from '../../../src/access/identity/issuer-problems.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';

const publicUrl = 'https://api.example';

function subjectsOf(...issuers: readonly object[]): readonly (string | undefined)[] {
  const base = { recipients: ['api'], jwksUrl: 'https://login.example/keys' };
  const { access } = serverConfigSchema.parse({
    access: { publicUrl, issuers: issuers.map((issuer) => ({ ...base, ...issuer })) as never },
  });
  return issuerProblems({ ...access, hasPlan: (name) => name === 'open' }).map(({ subject }) => subject);
}

const people = { name: 'people', issuer: 'https://login.example/' };

it('issuers are told apart by their names and by their `iss`, also from this server', () => {
  expect(subjectsOf(people, { name: 'partners', issuer: 'https://partners.example/' })).toEqual([]);
  expect(subjectsOf(people, { ...people, issuer: 'https://b.example' })).toEqual(['access.issuers.1.name']);
  expect(subjectsOf(people, { ...people, name: 'others' })).toEqual(['access.issuers.1.issuer']);
  expect(subjectsOf({ name: 'tributary', issuer: publicUrl })).toEqual([
    'access.issuers.0.name',
    'access.issuers.0.issuer',
  ]);
});

it('the plan of an issuer is one that there is', () => {
  expect(subjectsOf({ ...people, plan: 'open' })).toEqual([]);
  expect(subjectsOf({ ...people, plan: 'gold' })).toEqual(['access.issuers.0.plan']);
});
