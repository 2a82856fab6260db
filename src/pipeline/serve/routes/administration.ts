/** Users, tokens, sessions, and who did what. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { accessHandlers, adminEndpoints, type AdminCall, type AdminId } from "../access-handlers.ts";
import type { Endpoint } from "../contract.ts";
import { authorise, problemReply, setSession } from "../replies.ts";
import type { ServerParts } from "../server.ts";
import { parse } from "./api.ts";

/** Of one caller: none of this is done often. */
const LIMIT = { max: 120, timeWindow: "1 minute" } as const;

export function addAdministrationRoutes(parts: ServerParts): void {
  const handlers = { ...accessHandlers(parts.access, parts.backend.audit), ...parts.backend.upkeep };
  for (const [id, endpoint] of adminEndpoints) {
    if (!Object.hasOwn(handlers, id)) continue;
    parts.app.route({
      method: endpoint.method,
      url: endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      config: { rateLimit: LIMIT },
      handler: async (request, reply) => {
        try {
          const call = callOf(parts, endpoint, request);
          const result = await (handlers[id] as (call: AdminCall<AdminId>) => Promise<unknown>)(call as never);
          if (id === "endSessions") setSession(reply, parts, "");
          return await send(reply, endpoint, result);
        } catch (error) {
          return problemReply(request, reply, error);
        }
      },
    });
  }
}

function callOf(parts: ServerParts, endpoint: Endpoint, request: FastifyRequest): unknown {
  const credential = authorise(request, parts, endpoint.role);
  return {
    parameters: parse(endpoint.parameters, request.params, "path"),
    query: parse(endpoint.query, request.query, "query"),
    body: parse(endpoint.body, request.body, "body"),
    caller: {
      name: credential.name,
      role: credential.role,
      via: credential.kind === "session" ? "console" : "api",
      address: request.ip,
      credential,
    },
  };
}

function send(reply: FastifyReply, endpoint: Endpoint, result: unknown): FastifyReply {
  return reply
    .code(endpoint.status ?? 200)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(result));
}
