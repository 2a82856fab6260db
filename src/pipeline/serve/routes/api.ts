/** Every address of the contract, and the stream of changes. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type * as z from "zod";
import {
  ENDPOINTS,
  type Answer,
  type Call,
  type Endpoint,
  type EndpointId,
  type FileAnswer,
  type Page,
} from "../contract.ts";
import { openApiDocument } from "../openapi.ts";
import { ProblemError } from "../problem.ts";
import { formatOf, MEDIA_TYPES, renderList, renderTable, type ListFormat } from "../rendering.ts";
import { authorise, problemReply } from "../replies.ts";
import type { ServerParts } from "../server.ts";

const ROWS = { usual: 50, json: 200, export: 10_000 } as const;

export function addApiRoutes(parts: ServerParts): void {
  const { app, version } = parts;
  for (const id of Object.keys(ENDPOINTS) as EndpointId[]) addEndpoint(parts, id, ENDPOINTS[id]);
  const document = JSON.stringify(openApiDocument(version));
  app.get("/api/openapi.json", (_request, reply) => reply.type("application/json; charset=utf-8").send(document));
  app.get("/api/v1/stream", { exposeHeadRoute: false }, (request, reply) => listen(parts, request, reply));
  // What looks like the API but is no part of it: never the console's page.
  app.get("/api/*", (request, reply) => problemReply(request, reply, "not-found", "the API has no such address"));
}

function addEndpoint(parts: ServerParts, id: EndpointId, endpoint: Endpoint): void {
  const url = endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1");
  const add = (suffix: "" | ".csv" | ".ndjson"): void => {
    parts.app.route({
      method: endpoint.method,
      url: `${url}${suffix}`,
      handler: async (request, reply) => {
        try {
          return await answer(parts, id, endpoint, { request, reply, suffix });
        } catch (error) {
          return problemReply(request, reply, error);
        }
      },
    });
  };
  add("");
  if (endpoint.columns === undefined && endpoint.table !== true) return;
  add(".csv");
  add(".ndjson");
}

async function answer(
  parts: ServerParts,
  id: EndpointId,
  endpoint: Endpoint,
  { request, reply, suffix }: { request: FastifyRequest; reply: FastifyReply; suffix: "" | ".csv" | ".ndjson" },
): Promise<FastifyReply> {
  const credential = authorise(request, parts, endpoint.role);
  const parameters = parse(endpoint.parameters, request.params, "path");
  const query = parse(endpoint.query, request.query, "query");
  const body = parse(endpoint.body, request.body, "body");
  const format: ListFormat =
    endpoint.columns === undefined && endpoint.table !== true
      ? "json"
      : suffix === ""
        ? formatOf(request.headers.accept)
        : (suffix.slice(1) as ListFormat);
  const limit = limitOf(query, format);
  const ifMatch = request.headers["if-match"] ?? null;
  const caller = {
    name: credential.name,
    role: credential.role,
    via: credential.kind === "session" ? ("console" as const) : ("api" as const),
    address: request.ip,
  };
  const handler = parts.backend.handlers[id] as unknown as (
    call: Omit<Call<EndpointId>, "query"> & { query: unknown },
  ) => Promise<unknown>;
  const result = await handler({ parameters, query, body, limit, caller, ifMatch } as never);
  if (endpoint.method !== "GET" && endpoint.table !== true) parts.stream.ask().catch(() => {});
  if (endpoint.columns !== undefined) {
    const page = result as Page<object>;
    reply.header("vary", "accept");
    if (page.next !== null) reply.header("link", `<${nextAddress(request, page.next)}>; rel="next"`);
    if (format !== "json")
      reply.header(
        "content-disposition",
        `attachment; filename="${id.replace(/^list|^count/, "").toLowerCase()}.${format}"`,
      );
    return reply.type(MEDIA_TYPES[format]).send(renderList(page, format, endpoint.columns));
  }
  if (endpoint.media !== undefined) {
    const file = result as FileAnswer;
    reply.header("etag", `"${file.etag}"`);
    if (request.headers["if-none-match"] === `"${file.etag}"`) return reply.code(304).send();
    return reply
      .header("content-disposition", `attachment; filename="${file.name}"`)
      .type(endpoint.media)
      .send(file.body);
  }
  if (endpoint.table === true) {
    reply.header("vary", "accept");
    if (format !== "json")
      return reply
        .header("content-disposition", `attachment; filename="answer.${format}"`)
        .type(MEDIA_TYPES[format])
        .send(renderTable(result as Answer<"runSql">, format));
  }
  return sendOne(request, reply, result, endpoint.status ?? 200);
}

/** One thing, with its ETag where it has one; 304 when the caller has it already. */
function sendOne(request: FastifyRequest, reply: FastifyReply, result: unknown, status: number): FastifyReply {
  const etag = (result as { etag?: unknown } | null)?.etag;
  if (typeof etag === "string") {
    reply.header("etag", `"${etag}"`);
    if (status === 200 && request.headers["if-none-match"] === `"${etag}"`) return reply.code(304).send();
  }
  return reply.code(status).type(MEDIA_TYPES.json).send(JSON.stringify(result));
}

/** @throws {ProblemError} with every place that is not as the contract says */
export function parse(shape: z.ZodType | undefined, given: unknown, where: string): unknown {
  if (shape === undefined) {
    if (where === "query" && Object.keys(given as object).length > 0)
      throw new ProblemError("request.invalid", "this address takes no parameters");
    return undefined;
  }
  // fast-querystring's objects have no prototype of their own, and zod reads own properties only.
  const result = shape.safeParse(given ?? {});
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: [where, ...path.map(String)].join("."),
    message,
  }));
  throw new ProblemError(
    "request.invalid",
    errors[0] === undefined ? "not as the contract says" : `${errors[0].path}: ${errors[0].message}`,
    { errors },
  );
}

function limitOf(query: unknown, format: ListFormat): number {
  const { limit } = (query ?? {}) as { limit?: number };
  if (format !== "json") return limit ?? ROWS.export;
  if (limit !== undefined && limit > ROWS.json)
    throw new ProblemError(
      "request.invalid",
      `query.limit: at most ${ROWS.json} as JSON, ${ROWS.export} as CSV or NDJSON`,
      {
        errors: [{ path: "query.limit", message: `at most ${ROWS.json}` }],
      },
    );
  return limit ?? ROWS.usual;
}

function nextAddress(request: FastifyRequest, cursor: string): string {
  const url = new URL(request.url, "http://localhost");
  url.searchParams.set("cursor", cursor);
  return `${url.pathname}${url.search}`;
}

async function listen(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  try {
    authorise(request, parts, "viewer");
    if (parts.stream.isFull) throw new ProblemError("rate-limited", "too many listen already: close other windows");
  } catch (error) {
    return problemReply(request, reply, error);
  }
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    connection: "keep-alive",
  });
  raw.on("error", () => raw.destroy());
  const since = request.headers["last-event-id"];
  await parts.stream.add(raw, typeof since === "string" ? since : null).catch(() => raw.destroy());
  return reply;
}
