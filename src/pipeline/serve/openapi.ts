/** The contract as an OpenAPI 3.1 document. */
import * as z from "zod";
import {
  ENDPOINTS,
  Health,
  PROBLEMS,
  ProblemItem,
  SERVER_ENDPOINTS,
  shapes,
  type Endpoint,
  type ProblemCode,
} from "./contract.ts";

type Node = Record<string, unknown>;

const COMPONENT = "#/components/schemas/";
const ROLE_ERRORS: readonly ProblemCode[] = ["request.invalid", "auth.required", "rate-limited", "store.unavailable"];

/** @param version of the product */
export function openApiDocument(version: string): Node {
  const { schemas } = z.toJSONSchema(shapes, { io: "input", uri: (id) => `${COMPONENT}${id}` });
  const paths: Record<string, Node> = {};
  for (const [id, endpoint] of Object.entries<Endpoint>({ ...ENDPOINTS, ...SERVER_ENDPOINTS })) {
    const path = (paths[endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = operation(id, endpoint);
  }
  paths["/api/v1/stream"] = {
    get: {
      operationId: "stream",
      tags: ["incidents"],
      summary: "Server-sent events: `incident` with the incident whenever one is new or has changed",
      responses: { 200: { description: "a stream that does not end", content: { "text/event-stream": {} } } },
    },
  };
  for (const [address, summary] of [
    ["/healthz", "200 while the process runs"],
    ["/readyz", "200 while the store answers"],
    ["/metrics", "Prometheus text format"],
  ] as const)
    paths[address] = {
      get: {
        operationId: address.slice(1),
        tags: ["operations"],
        summary,
        security: [],
        responses: {
          200: {
            description: "as said",
            content:
              address === "/metrics" ? { "text/plain": {} } : { "application/json": { schema: toSchema(Health) } },
          },
          ...(address === "/readyz" ? { 503: { description: "not ready" } } : {}),
        },
      },
    };
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "Sallyport",
      version,
      description:
        "Incidents of data leaving through code repositories, what they rest on, and what could not be seen. Lists come in pages with a cursor, and as CSV or NDJSON by `Accept` or the endings `.csv` and `.ndjson`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ token: [] }, { session: [] }],
    tags: ["incidents", "entities", "events", "knowledge", "access", "operations"].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema as Node)])),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "an API token, `slp_…`" },
        session: { type: "apiKey", in: "cookie", name: "sallyport", description: "with X-CSRF-Token for changes" },
      },
    },
  };
}

function operation(id: string, endpoint: Endpoint): Node {
  const { method, tag, summary, parameters, query, body, status = 200 } = endpoint;
  const codes: ProblemCode[] = [...ROLE_ERRORS];
  if (parameters !== undefined) codes.push("not-found");
  if (method !== "GET") codes.push("auth.forbidden", "media-type.unsupported", "request.too-large");
  const guarded = id === "act" || id === "endSuppression";
  if (guarded) codes.push("version-conflict");
  const conditional = guarded ? [{ name: "If-Match", in: "header", required: false, schema: { type: "string" } }] : [];
  return {
    operationId: id,
    tags: [tag],
    summary,
    "x-role": endpoint.role,
    parameters: [...described("path", parameters), ...described("query", query), ...conditional],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: toSchema(body) } } } }),
    responses: {
      [status]: {
        description: "done",
        ...(status === 204 ? {} : { content: contentOf(endpoint) }),
      },
      ...problemsOf(codes),
    },
  };
}

function contentOf({ returns, columns, table, media }: Endpoint): Node {
  if (media !== undefined) return { [media]: { schema: { type: "string", format: "binary" } } };
  const schema = toSchema(returns);
  if (columns === undefined && table !== true) return { "application/json": { schema } };
  const whole =
    columns === undefined
      ? schema
      : {
          type: "object",
          required: ["items", "next"],
          properties: { items: { type: "array", items: schema }, next: { type: ["string", "null"] } },
        };
  return {
    "application/json": { schema: whole },
    "application/x-ndjson": { schema: columns === undefined ? { type: "object" } : schema },
    "text/csv": { schema: { type: "string" } },
  };
}

function problemsOf(codes: readonly ProblemCode[]): Node {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, members]) => [
      String(status),
      { description: members.join(", "), content: { "application/problem+json": { schema: toSchema(ProblemItem) } } },
    ]),
  );
}

function described(where: "path" | "query", shape: z.ZodObject | undefined): Node[] {
  if (shape === undefined) return [];
  const { properties = {}, required = [] } = toSchema(shape) as {
    properties?: Record<string, Node>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
    ...(where === "query" && Array.isArray(schema["anyOf"]) ? { style: "form", explode: true } : {}),
  }));
}

/** A named shape by reference, any other in place. */
function toSchema(shape: z.ZodType): Node {
  const id = shapes.get(shape)?.id;
  return id === undefined ? bare(z.toJSONSchema(shape, { io: "input" }) as Node) : { $ref: `${COMPONENT}${id}` };
}

function bare(schema: Node): Node {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$id"));
}
