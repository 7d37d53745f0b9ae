import { z } from 'zod';
import { type AdminRoute, scopeOf } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

const failure: Json = {
  description: 'What is wrong, as the endpoint says it: `errors[0].message` and `errors[0].extensions.code`.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['errors'],
        properties: {
          errors: {
            type: 'array',
            items: {
              type: 'object',
              required: ['message', 'extensions'],
              properties: {
                message: { type: 'string' },
                extensions: {
                  type: 'object',
                  required: ['code', 'requestId'],
                  properties: { code: { type: 'string' }, requestId: { type: 'string' } },
                },
              },
            },
          },
        },
      },
    },
  },
};

/** The OpenAPI 3.1 description of the routes, made from the schemas that check what comes in. */
export function describeRoutes(routes: readonly AdminRoute[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = `/admin${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tributary administration',
      version: '1',
      description:
        'Apps, keys, tokens, plans, people, usage, the audit log and switches. For internal credentials alone.',
    },
    security: [{ key: [] }, { bearer: [] }],
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
    paths,
  };
}

function describe(route: AdminRoute): Json {
  const { name, summary, parameters, query, body, answer, status = 200 } = route;
  return {
    operationId: name,
    summary,
    description: `Needs the scope \`${scopeOf(route)}\`.`,
    parameters: [...parametersOf(parameters, 'path'), ...parametersOf(query, 'query')],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: { [status]: { description: answer }, default: failure },
  };
}

function parametersOf(type: z.ZodType | undefined, place: 'path' | 'query'): readonly Json[] {
  if (type === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(type) as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

function schemaOf(type: z.ZodType): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
  return schema;
}
