/** The console's files; pages without script while it is not built, or while nobody has signed in. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ConsoleFile } from "../console-files.ts";
import { ICON, ICON_PATH, incidentsPage, signInPage, STYLE, STYLE_PATH } from "../front-page.ts";
import { credentialOf, problemReply, renewSession, signInWays } from "../replies.ts";
import type { ServerParts } from "../server.ts";

const HTML = "text/html; charset=utf-8";
const SHOWN = 100;
/** Addresses the console may give to its pages: no file has such a name. */
const PAGE = /^\/(?!.*(?:\/\/|\/\.))[\w%@+~:*,.=/-]{0,2000}$/;

export function addPageRoutes(parts: ServerParts): void {
  const { app, console: files } = parts;
  app.get(STYLE_PATH, (_request, reply) =>
    reply.type("text/css; charset=utf-8").header("cache-control", "public, max-age=300").send(STYLE),
  );
  app.get("/*", async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    const file = files?.get(path === "/" ? "/index.html" : path);
    if (file !== undefined && path !== "/index.html" && path !== "/") return sendFile(request, reply, file);
    if (path === ICON_PATH || path === "/favicon.ico")
      return reply.type("image/svg+xml").header("cache-control", "public, max-age=300").send(ICON);
    if (!PAGE.test(path) || /\.\w{1,5}$/.test(path))
      return problemReply(request, reply, "not-found", "there is no such file");
    if (credentialOf(request, parts) === null)
      return reply
        .code(path === "/" ? 200 : 401)
        .type(HTML)
        .send(signInPage(signInWays(parts), null));
    await renewSession(request, reply, parts);
    const index = files?.get("/index.html");
    if (index !== undefined) return sendFile(request, reply, index);
    if (path !== "/") return problemReply(request, reply, "not-found", "the console is not part of this build");
    const { items, next } = await parts.backend.handlers.listIncidents({
      parameters: undefined,
      query: { state: ["open"] },
      body: undefined,
      limit: SHOWN,
      caller: { name: "", role: "viewer", via: "console", address: request.ip },
      ifMatch: null,
    });
    return reply.type(HTML).send(incidentsPage(items, next !== null));
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  reply
    .header("etag", file.etag)
    .header("cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  return reply.type(file.type).send(file.body);
}
