/**
 * The HTTP side of sources that are sent to: limits, TLS, bodies. Who may send is asked before a body is read; a refusal closes
 * the connection, so that no refused body is taken in.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { IntakeBusyError } from "../../../model/errors.ts";
import type { SourcePorts } from "../intake.ts";
import { messageOf } from "./deliver.ts";
import { BodyError, ByteBudget, readBody } from "./http-body.ts";
import { type Address, listenOn, parseAddress, readTls, type TlsFiles } from "./listen.ts";

export interface HttpListenOptions {
  /** `127.0.0.1:8088` */
  readonly listen: string;
  readonly tls?: TlsFiles;
  /** Of one body, inflated. Default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Connections at a time. Default 1000. */
  readonly maxConnections?: number;
  /** Of one address. Default 200. */
  readonly maxConnectionsPerAddress?: number;
  /** For a whole request, ms. Default 60 s; its headers get a sixth of it. */
  readonly requestTimeoutMs?: number;
}

export interface HttpRequest {
  readonly method: string;
  /** Without the query; as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Address of the sender. */
  readonly peer: string;
}

export interface HttpReply {
  readonly status: number;
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpHandler {
  /** Before the body is read. A reply is a refusal or needs no body; null: read on. */
  admit(request: HttpRequest): HttpReply | null;
  handle(request: HttpRequest, body: Buffer): Promise<HttpReply>;
  /** How this protocol says that something failed. `retryAfterMs` is null where trying again is of no use. */
  fail(request: HttpRequest, status: number, message: string, retryAfterMs: number | null): HttpReply;
}

const MAX_BODY_BYTES = 64 << 20;
/** Bodies being read and stored at a time, in the size of the largest. */
const BODIES = 4;
const LINGER_MS = 1_000;
const DRAIN_MS = 8_000;

export class HttpReceiver {
  readonly #options: HttpListenOptions;
  readonly #handler: HttpHandler;
  readonly #ports: SourcePorts;
  readonly #budget: ByteBudget;
  readonly #maxBodyBytes: number;
  readonly #perAddress = new Map<string, number>();
  readonly #working = new Set<Promise<void>>();
  #server: Server | null = null;

  constructor(options: HttpListenOptions, handler: HttpHandler, ports: SourcePorts) {
    this.#options = options;
    this.#handler = handler;
    this.#ports = ports;
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#budget = new ByteBudget(BODIES * this.#maxBodyBytes);
  }

  /** @throws {ListenError} @throws {InvalidConfigError} */
  async start(): Promise<Address> {
    const { listen, tls, maxConnections = 1_000, requestTimeoutMs = 60_000 } = this.#options;
    const limits = {
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.ceil(requestTimeoutMs / 6),
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(5_000, Math.ceil(requestTimeoutMs / 6)),
      maxHeaderSize: 16_384,
    };
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      const work = this.#serve(request, response).finally(() => this.#working.delete(work));
      this.#working.add(work);
    };
    const server =
      tls === undefined
        ? createServer(limits, onRequest)
        : createTlsServer({ ...limits, ...readTls(tls), handshakeTimeout: 10_000 }, onRequest);
    server.maxConnections = maxConnections;
    server.maxHeadersCount = 100;
    server.on("connection", (socket: Socket) => this.#admitConnection(socket));
    server.on("tlsClientError", () => {});
    const address = await listenOn(server, parseAddress(listen));
    server.on("error", (error) => this.#ports.log("error", `${listen}: ${error.message}`));
    this.#server = server;
    return address;
  }

  /** Lets requests that are being stored end first. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await Promise.all(this.#working);
    clearTimeout(timer);
    server.closeAllConnections();
    await closed;
  }

  #admitConnection(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    const peer = socket.remoteAddress ?? "unknown";
    const count = (this.#perAddress.get(peer) ?? 0) + 1;
    if (count > (this.#options.maxConnectionsPerAddress ?? 200)) return void socket.destroy();
    this.#perAddress.set(peer, count);
    socket.once("close", () => {
      const left = (this.#perAddress.get(peer) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(peer);
      else this.#perAddress.set(peer, left);
    });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = describe(incoming);
    let heldBytes = 0;
    try {
      const early = this.#handler.admit(request);
      if (early !== null) return await this.#reply(incoming, response, early);
      const body = await readBody(incoming, this.#maxBodyBytes, this.#budget);
      heldBytes = body.length;
      await this.#reply(incoming, response, await this.#handler.handle(request, body));
    } catch (error) {
      await this.#reply(incoming, response, this.#failure(request, error));
    } finally {
      this.#budget.giveBack(heldBytes);
    }
  }

  #failure(request: HttpRequest, error: unknown): HttpReply {
    if (error instanceof BodyError)
      return this.#handler.fail(request, error.status, error.message, error.status === 503 ? 1_000 : null);
    if (error instanceof IntakeBusyError)
      return this.#handler.fail(request, 503, "the store cannot follow, send it again", error.retryAfterMs);
    this.#ports.log("error", `${request.method} ${request.path.slice(0, 100)}: ${messageOf(error)}`);
    return this.#handler.fail(request, 503, "it could not be stored, send it again", 5_000);
  }

  async #reply(
    request: IncomingMessage,
    response: ServerResponse,
    { status, body, headers }: HttpReply,
  ): Promise<void> {
    if (response.destroyed) return;
    const text = body === undefined || request.method === "HEAD" ? "" : JSON.stringify(body);
    // What is still to come of a refused body is not waited for; nor is a new request taken once it stops.
    const whole = request.complete || !hasBody(request);
    const close = !whole || this.#server === null;
    response.writeHead(status, {
      ...(text === "" ? {} : { "content-type": "application/json" }),
      "content-length": Buffer.byteLength(text),
      "x-content-type-options": "nosniff",
      ...(close ? { connection: "close" } : {}),
      ...headers,
    });
    await new Promise<void>((resolve) => {
      response.once("close", resolve);
      response.end(text, resolve);
    });
    if (whole) return;
    request.resume();
    setTimeout(() => request.destroy(), LINGER_MS).unref();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function describe(request: IncomingMessage): HttpRequest {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  return {
    method: request.method ?? "GET",
    path: mark === -1 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1)),
    headers: request.headers,
    peer: request.socket.remoteAddress ?? "unknown",
  };
}

/** Whole seconds, at least one, as `Retry-After` wants them. */
export function retryAfter(retryAfterMs: number | null): Record<string, string> {
  return retryAfterMs === null ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) };
}
