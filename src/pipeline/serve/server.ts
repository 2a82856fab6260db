/** The HTTP server: console, API, health and metrics on one address. */
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "../../model/ports.ts";
import { ListenError } from "../../model/errors.ts";
import { Access } from "./access.ts";
import { listensHere, requireSafeListening, watchCertificate, type CertificateFiles } from "./access-listen.ts";
import { OidcSignIn } from "./access-oidc.ts";
import type { AccessSettings } from "./access-settings.ts";
import type { Backend } from "./backend.ts";
import { readConsole } from "./console-files.ts";
import { hostChecker } from "./hosts.ts";
import { RequestMetrics } from "./metrics.ts";
import { credentialOf, problemReply } from "./replies.ts";
import { addAdministrationRoutes } from "./routes/administration.ts";
import { addApiRoutes } from "./routes/api.ts";
import { addOperationsRoutes } from "./routes/operations.ts";
import { addPageRoutes } from "./routes/pages.ts";
import { addSessionRoutes } from "./routes/session.ts";
import { IncidentStream } from "./stream.ts";

export interface ServerOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  /** Of the product. */
  readonly version: string;
  /** `127.0.0.1:8440`, `[::1]:8440`; port 0 takes any that is free. */
  readonly listen: string;
  /** Folder of the built console; it need not exist. */
  readonly consoleFolder: string;
  /** Names the server answers to beside localhost, addresses and the machine's own name. */
  readonly allowedHosts?: readonly string[];
  /** Certificate and key, PEM; plain HTTP when left out. Files are looked at again while the server runs. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly files?: CertificateFiles };
  /** Between two looks at the certificate's files, ms. */
  readonly certificateEveryMs?: number;
  /** Requests a minute from one token, or from one address without a token. */
  readonly requestsPerMinute?: number;
  /** Attempts to sign in of one address, by each way; 30 when left out. */
  readonly signInsPerMinute?: number;
  /** How people are let in; this machine alone, by link and token, when left out. */
  readonly settings?: AccessSettings;
  /** What has to be done before anybody finds the server ready. */
  readonly beforeListening?: (access: Access) => Promise<void>;
  readonly log?: (level: "info" | "warn" | "error", message: string) => void;
}

/** What every group of routes is made with. */
export interface ServerParts extends ServerOptions {
  readonly app: FastifyInstance;
  readonly access: Access;
  readonly stream: IncidentStream;
  readonly metrics: RequestMetrics;
  readonly console: ReturnType<typeof readConsole>;
  readonly started: number;
  /** Name of the session's cookie: browsers share cookies between ports of a host. */
  readonly cookie: string;
  /** Browsers reach the server over TLS. */
  readonly secure: boolean;
  /** null: nobody signs in with an OpenID Connect provider. */
  readonly oidc: OidcSignIn | null;
}

export interface RunningServer {
  /** `http://127.0.0.1:8440` */
  readonly address: string;
  readonly access: Access;
  /** An address that signs in as `name`, once; null where links sign nobody in: there are users, or others can reach the server. */
  signInLink(name: string): string | null;
  /** Incidents may have changed: tells those who listen without waiting for the next look. */
  notify(): void;
  close(): Promise<void>;
}

const BODY_BYTES = 64 << 10;
const REQUESTS_PER_MINUTE = 6_000;

/** @throws {ListenError} when the address cannot be had */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { backend, clock, tls, settings = null } = options;
  const log = options.log ?? (() => {});
  const { host, port } = parseListen(options.listen);
  const now = (): number => clock.now();
  const access = await Access.open(
    {
      credentials: backend.credentials,
      users: backend.users,
      audit: (entry) => backend.audit?.write(entry) ?? Promise.resolve(),
    },
    {
      now,
      links: listensHere(host),
      oidc: settings !== null && settings.oidc !== null,
      ...(settings === null ? {} : { sessionIdleMs: settings.sessionIdleMs, sessionMaxMs: settings.sessionMaxMs }),
    },
  );
  await addFirstUser(access, settings);
  const signIn = access.users.any || access.hasTokens || (settings !== null && settings.oidc !== null);
  requireSafeListening(options.listen, host, { tls: tls !== undefined, signIn, settings });
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    return503OnClosing: true,
    genReqId: () => crypto.randomUUID(),
    trustProxy: settings === null || settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    routerOptions: { maxParamLength: 2_000, ignoreTrailingSlash: false },
    ...(tls === undefined ? {} : { https: { cert: tls.cert, key: tls.key, minVersion: "TLSv1.2" as const } }),
  }) as unknown as FastifyInstance;
  let address = "";
  const secure = tls !== undefined || settings?.publicUrl?.startsWith("https://") === true;
  const parts: ServerParts = {
    ...options,
    app,
    access,
    secure,
    oidc:
      settings === null || settings.oidc === null
        ? null
        : new OidcSignIn(settings.oidc, () => `${settings.publicUrl ?? address}/sign-in/oidc/callback`, now),
    stream: new IncidentStream(backend),
    metrics: new RequestMetrics(),
    console: readConsole(options.consoleFolder),
    started: clock.now(),
    cookie: secure ? "__Host-sallyport" : `sallyport_${port}`,
  };
  await protect(parts);
  addOperationsRoutes(parts);
  addSessionRoutes(parts);
  addAdministrationRoutes(parts);
  addApiRoutes(parts);
  addPageRoutes(parts);

  try {
    await options.beforeListening?.(access);
    await app.listen({ host, port });
    address = addressOf(app, host, tls !== undefined);
  } catch (cause) {
    await app.close();
    throw listenError(cause, options.listen);
  }
  const unwatch =
    tls?.files === undefined
      ? (): void => {}
      : watchCertificate(tls.files, {
          apply: (certificate) =>
            (app.server as unknown as SecureServer).setSecureContext({ ...certificate, minVersion: "TLSv1.2" }),
          log: (message) => log("warn", message),
          ...(options.certificateEveryMs === undefined ? {} : { everyMs: options.certificateEveryMs }),
        });
  return {
    address,
    access,
    signInLink: (name) => (access.linksWork ? `${address}/sign-in/${access.createLink(name, "admin")}` : null),
    notify: () => void parts.stream.ask(),
    close: async () => {
      unwatch();
      parts.stream.close();
      parts.metrics.stop();
      await app.close();
    },
  };
}

/** For installations without a terminal: somebody to sign in as. */
async function addFirstUser(access: Access, settings: AccessSettings | null): Promise<void> {
  const first = settings?.firstUser ?? null;
  if (first === null || access.users.list().length > 0) return;
  const { name } = await access.users.add(first.name, "admin", first.password);
  await access.record({
    kind: "user.add",
    origin: { actor: "configuration", via: "command-line", address: null },
    details: { user: name, role: "admin" },
  });
}

async function protect(parts: ServerParts): Promise<void> {
  const { app, metrics, tls, settings, allowedHosts, requestsPerMinute } = parts;
  const own = settings?.publicUrl == null ? [] : [new URL(settings.publicUrl).hostname];
  const served = hostChecker([...(allowedHosts ?? []), ...own]);
  app.addHook("onRequest", async (request, reply) => {
    if (!served(request.headers.host))
      return problemReply(
        request,
        reply,
        "host.refused",
        "the server does not answer to this name: use its address, or add the name to its configuration",
      );
    return undefined;
  });
  app.addHook("onResponse", async (request, reply) => {
    metrics.add(routeOf(request), request.method, reply.statusCode, reply.elapsedTime / 1000);
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
      },
    },
    crossOriginEmbedderPolicy: true,
    frameguard: { action: "deny" },
    referrerPolicy: { policy: "no-referrer" },
    hsts: tls === undefined ? false : { maxAge: 31_536_000 },
  });
  app.addHook("onSend", async (_request, reply) => {
    reply.header("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
  await app.register(rateLimit, {
    max: requestsPerMinute ?? settings?.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    timeWindow: "1 minute",
    // Many tokens behind one address do not starve each other; made-up ones count for their address.
    keyGenerator: (request) => {
      const credential = request.headers.authorization === undefined ? null : credentialOf(request, parts);
      return credential === null ? request.ip : credential.hash;
    },
    cache: 10_000,
    errorResponseBuilder: (_request, { after }) =>
      Object.assign(new Error(`try again in ${after}`), { statusCode: 429 }),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, app.getDefaultJsonParser("error", "error"));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => failureReply(error, request, reply));
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) =>
    problemReply(
      request,
      reply,
      "not-found",
      `nothing is at ${request.method} ${request.url.slice(0, 200).split("?", 1)[0]}`,
    ),
  );
}

interface SecureServer {
  setSecureContext(options: { cert: string; key: string; minVersion: "TLSv1.2" }): void;
}

/** The address as it is registered, which has few values. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? "other";
}

function failureReply(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  switch (error.statusCode) {
    case 413:
      return problemReply(request, reply, "request.too-large", `send at most ${BODY_BYTES} bytes`);
    case 415:
      return problemReply(request, reply, "media-type.unsupported", "set Content-Type: application/json");
    case 429:
      return problemReply(request, reply, "rate-limited", error.message);
    default:
      if (error.statusCode !== undefined && error.statusCode < 500)
        return problemReply(request, reply, "request.invalid", "the request cannot be read");
      return problemReply(request, reply, error);
  }
}

/** `host:port`. @throws {ListenError} for anything else */
export function parseListen(listen: string): { host: string; port: number } {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(listen);
  const port = Number(parts?.[2]);
  if (parts === null || port > 65_535)
    throw new ListenError(`${listen} is no address to listen on: write for instance 127.0.0.1:8440`);
  return { host: (parts[1] as string).replace(/^\[|\]$/g, ""), port };
}

function addressOf(app: FastifyInstance, host: string, secure: boolean): string {
  const bound = app.server.address();
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `${secure ? "https" : "http"}://${shown}:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
}

function listenError(cause: unknown, listen: string): ListenError {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  if (code === "EADDRINUSE")
    return new ListenError(
      `${listen} is taken by another program, perhaps another sallyport: end it, or name another address with --listen`,
      { cause },
    );
  if (code === "EACCES")
    return new ListenError(`${listen} may not be listened on: take a port from 1024 on`, { cause });
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new ListenError(`${listen} is no address of this machine`, { cause });
  return new ListenError(`cannot listen on ${listen}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
