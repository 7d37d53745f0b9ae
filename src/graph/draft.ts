import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { ServerConfig } from '../config/server-config.ts';
import type { Datasource } from '../operations/datasource.ts';
import type { DatasourceInfo } from '../operations/operation.ts';
import { type Binding, isBinding } from './binding.ts';
import type { ResolverFunction } from './fields.ts';

/** A project as far as it could be read: what the rules look at. */
export interface ProjectDraft {
  readonly directory: string;
  /** Absent where the contract itself is wrong. */
  readonly schema: GraphQLSchema | undefined;
  readonly datasources: readonly LoadedDatasource[];
  /** Whether some file could not be imported, so that what seems to be missing may stand there. */
  readonly isPartial: boolean;
  readonly fields: readonly LoadedField[];
  readonly config: ServerConfig;
  /** Registered operations, by id. */
  readonly manifest?: ReadonlyMap<string, string>;
}

export interface LoadedDatasource {
  readonly datasource: Datasource;
  readonly info: DatasourceInfo;
  /** Relative to the project. */
  readonly file: string;
  readonly exportName: string;
}

/** A field with an entry in a resolver file. */
export interface LoadedField {
  /** `Ride.driver` */
  readonly coordinate: string;
  /** `resolvers/ride.ts:12` */
  readonly place: string;
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly entry: Binding<never, never, unknown> | ResolverFunction<unknown, unknown, unknown>;
}

/** A field that only forwards. */
export interface BoundField extends LoadedField {
  readonly entry: Binding<never, never, unknown>;
}

export function isBound(field: LoadedField): field is BoundField {
  return isBinding(field.entry);
}
