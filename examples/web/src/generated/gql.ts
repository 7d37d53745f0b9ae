/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Board($first: Int!, $status: RideStatus) {\n    rides(first: $first, status: $status) {\n      nodes {\n        id\n        status\n        product\n        requestedAt\n        minutesAway\n        city { name timeZone }\n        driver { name rating vehicle { make model plate } }\n        fare { total currency }\n        weather { summary temperatureCelsius }\n        payment { status }\n      }\n    }\n  }\n": typeof types.BoardDocument,
    "\n  query Ride($id: ID!) {\n    ride(id: $id) {\n      id\n      status\n      product\n      requestedAt\n      distanceKm\n      minutesAway\n      isLate\n      pickup { latitude longitude address }\n      dropoff { latitude longitude address }\n      city { name timeZone }\n      driver {\n        name\n        rating\n        vehicle { make model plate colour }\n        position { latitude longitude heading speedKmh }\n      }\n      fare { total currency perKm { amount currency } surcharge { amount currency } }\n      weather { summary temperatureCelsius windKmh }\n      payment {\n        status\n        authorised { amount currency }\n        captured { amount currency }\n        refunded { amount currency }\n      }\n    }\n  }\n": typeof types.RideDocument,
    "\n  query NewestRide {\n    rides(first: 1) {\n      nodes { requestedAt }\n    }\n  }\n": typeof types.NewestRideDocument,
    "\n  query Statistics($from: Date!, $to: Date!) {\n    total: rideStatistics(from: $from, to: $to) {\n      nodes {\n        rides\n        completed\n        distanceKm\n        fares { amount currency }\n        averageFare { amount currency }\n      }\n    }\n    perDay: rideStatistics(from: $from, to: $to, by: [DAY], first: 366) {\n      nodes { day completed cancelled }\n    }\n    perCity: rideStatistics(from: $from, to: $to, by: [CITY]) {\n      nodes {\n        city { name }\n        rides\n        completed\n        cancelled\n        fares { amount currency }\n      }\n    }\n  }\n": typeof types.StatisticsDocument,
};
const documents: Documents = {
    "\n  query Board($first: Int!, $status: RideStatus) {\n    rides(first: $first, status: $status) {\n      nodes {\n        id\n        status\n        product\n        requestedAt\n        minutesAway\n        city { name timeZone }\n        driver { name rating vehicle { make model plate } }\n        fare { total currency }\n        weather { summary temperatureCelsius }\n        payment { status }\n      }\n    }\n  }\n": types.BoardDocument,
    "\n  query Ride($id: ID!) {\n    ride(id: $id) {\n      id\n      status\n      product\n      requestedAt\n      distanceKm\n      minutesAway\n      isLate\n      pickup { latitude longitude address }\n      dropoff { latitude longitude address }\n      city { name timeZone }\n      driver {\n        name\n        rating\n        vehicle { make model plate colour }\n        position { latitude longitude heading speedKmh }\n      }\n      fare { total currency perKm { amount currency } surcharge { amount currency } }\n      weather { summary temperatureCelsius windKmh }\n      payment {\n        status\n        authorised { amount currency }\n        captured { amount currency }\n        refunded { amount currency }\n      }\n    }\n  }\n": types.RideDocument,
    "\n  query NewestRide {\n    rides(first: 1) {\n      nodes { requestedAt }\n    }\n  }\n": types.NewestRideDocument,
    "\n  query Statistics($from: Date!, $to: Date!) {\n    total: rideStatistics(from: $from, to: $to) {\n      nodes {\n        rides\n        completed\n        distanceKm\n        fares { amount currency }\n        averageFare { amount currency }\n      }\n    }\n    perDay: rideStatistics(from: $from, to: $to, by: [DAY], first: 366) {\n      nodes { day completed cancelled }\n    }\n    perCity: rideStatistics(from: $from, to: $to, by: [CITY]) {\n      nodes {\n        city { name }\n        rides\n        completed\n        cancelled\n        fares { amount currency }\n      }\n    }\n  }\n": types.StatisticsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Board($first: Int!, $status: RideStatus) {\n    rides(first: $first, status: $status) {\n      nodes {\n        id\n        status\n        product\n        requestedAt\n        minutesAway\n        city { name timeZone }\n        driver { name rating vehicle { make model plate } }\n        fare { total currency }\n        weather { summary temperatureCelsius }\n        payment { status }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Board($first: Int!, $status: RideStatus) {\n    rides(first: $first, status: $status) {\n      nodes {\n        id\n        status\n        product\n        requestedAt\n        minutesAway\n        city { name timeZone }\n        driver { name rating vehicle { make model plate } }\n        fare { total currency }\n        weather { summary temperatureCelsius }\n        payment { status }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Ride($id: ID!) {\n    ride(id: $id) {\n      id\n      status\n      product\n      requestedAt\n      distanceKm\n      minutesAway\n      isLate\n      pickup { latitude longitude address }\n      dropoff { latitude longitude address }\n      city { name timeZone }\n      driver {\n        name\n        rating\n        vehicle { make model plate colour }\n        position { latitude longitude heading speedKmh }\n      }\n      fare { total currency perKm { amount currency } surcharge { amount currency } }\n      weather { summary temperatureCelsius windKmh }\n      payment {\n        status\n        authorised { amount currency }\n        captured { amount currency }\n        refunded { amount currency }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Ride($id: ID!) {\n    ride(id: $id) {\n      id\n      status\n      product\n      requestedAt\n      distanceKm\n      minutesAway\n      isLate\n      pickup { latitude longitude address }\n      dropoff { latitude longitude address }\n      city { name timeZone }\n      driver {\n        name\n        rating\n        vehicle { make model plate colour }\n        position { latitude longitude heading speedKmh }\n      }\n      fare { total currency perKm { amount currency } surcharge { amount currency } }\n      weather { summary temperatureCelsius windKmh }\n      payment {\n        status\n        authorised { amount currency }\n        captured { amount currency }\n        refunded { amount currency }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query NewestRide {\n    rides(first: 1) {\n      nodes { requestedAt }\n    }\n  }\n"): (typeof documents)["\n  query NewestRide {\n    rides(first: 1) {\n      nodes { requestedAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Statistics($from: Date!, $to: Date!) {\n    total: rideStatistics(from: $from, to: $to) {\n      nodes {\n        rides\n        completed\n        distanceKm\n        fares { amount currency }\n        averageFare { amount currency }\n      }\n    }\n    perDay: rideStatistics(from: $from, to: $to, by: [DAY], first: 366) {\n      nodes { day completed cancelled }\n    }\n    perCity: rideStatistics(from: $from, to: $to, by: [CITY]) {\n      nodes {\n        city { name }\n        rides\n        completed\n        cancelled\n        fares { amount currency }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Statistics($from: Date!, $to: Date!) {\n    total: rideStatistics(from: $from, to: $to) {\n      nodes {\n        rides\n        completed\n        distanceKm\n        fares { amount currency }\n        averageFare { amount currency }\n      }\n    }\n    perDay: rideStatistics(from: $from, to: $to, by: [DAY], first: 366) {\n      nodes { day completed cancelled }\n    }\n    perCity: rideStatistics(from: $from, to: $to, by: [CITY]) {\n      nodes {\n        city { name }\n        rides\n        completed\n        cancelled\n        fares { amount currency }\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;