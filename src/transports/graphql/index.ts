export { type GraphQLSpec, type MutationOptions, mutation, type QueryOptions, query } from './builders.ts';
export type { CodedError, ErrorMap, ErrorMeaning } from './error-codes.ts';
export { graphql } from './graphql.ts';
export { type GraphQLOptions, graphqlDefaults } from './options.ts';
