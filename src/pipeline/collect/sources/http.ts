/**
 * HTTP intake on one address: Splunk HEC, Elasticsearch `_bulk`, NDJSON and OTLP logs. A 2xx means: stored, on disk.
 */
import type { LiveSource, SourceHealth, SourcePorts } from "../intake.ts";
import { InvalidConfigError } from "../../../model/errors.ts";
import { HealthBook } from "./health.ts";
import { elasticAnswer, elasticFailure, isBulk, readBulk } from "./http-bulk.ts";
import {
  hasChannel,
  hecEndpoint,
  hecFailure,
  hecRefusal,
  hecReply,
  linesOf,
  readHecAck,
  readHecEvents,
  readHecRaw,
} from "./http-hec.ts";
import { type OfferContext, RequestLines } from "./http-offer.ts";
import { readOtlp } from "./http-otlp.ts";
import {
  type HttpHandler,
  type HttpListenOptions,
  HttpReceiver,
  type HttpReply,
  type HttpRequest,
  retryAfter,
} from "./http-receiver.ts";
import { TokenChecker } from "./http-token.ts";
import { type Address, readSecret } from "./listen.ts";

export interface HttpSourceOptions extends HttpListenOptions {
  readonly id: string;
  /** The token senders show; one of the two, or neither where everyone who can connect may send. */
  readonly tokenFile?: string;
  readonly token?: string;
  /** Source map of what comes without a sourcetype; `auto` by default. */
  readonly source?: string;
  /** Splunk's sourcetype -> source map. Those not named here are recognised by their content. */
  readonly sourcetypes?: Readonly<Record<string, string>>;
}

export interface HttpSource extends LiveSource {
  /** Where it listens; null before it does. */
  readonly address: Address | null;
}

export function createHttpSource(options: HttpSourceOptions, ports: SourcePorts): HttpSource {
  return new HttpIntake(options, ports);
}

type Endpoint = "hec" | "bulk" | "ndjson" | "otlp" | "elastic" | "none";

class HttpIntake implements HttpSource, HttpHandler {
  readonly id: string;
  address: Address | null = null;
  readonly #options: HttpSourceOptions;
  readonly #health = new HealthBook();
  readonly #receiver: HttpReceiver;
  readonly #context: OfferContext;
  readonly #sourcetypes: ReadonlyMap<string, string>;
  #token: TokenChecker | null = null;
  /** Requests answered that may be asked for. */
  #acks = 0;

  constructor(options: HttpSourceOptions, ports: SourcePorts) {
    this.id = options.id;
    this.#options = options;
    this.#receiver = new HttpReceiver(options, this, ports);
    this.#context = { sourceId: options.id, ports, health: this.#health, lineNumbers: new Map() };
    this.#sourcetypes = new Map(Object.entries(options.sourcetypes ?? {}));
  }

  async start(): Promise<void> {
    const { tokenFile, token } = this.#options;
    if (tokenFile !== undefined) this.#token = new TokenChecker(readSecret(tokenFile));
    else if (token !== undefined) {
      if (token === "") throw new InvalidConfigError(`source ${this.id}: the token is empty`);
      this.#token = new TokenChecker(token);
    }
    this.address = await this.#receiver.start();
    this.#health.state = "running";
  }

  async stop(): Promise<void> {
    await this.#receiver.stop();
    this.#health.state = "stopped";
  }

  health(): SourceHealth {
    return this.#health.report();
  }

  admit(request: HttpRequest): HttpReply | null {
    const endpoint = endpointOf(request);
    if (endpoint === "none") return { status: 404, body: { error: "there is nothing at this path" } };
    if (endpoint === "hec" && hecEndpoint(request.path) === "health") return hecReply(200, "HEC is healthy", 17);
    const refusal = this.#refusal(request, endpoint);
    if (refusal !== null) return refusal;
    if (endpoint === "elastic") return elasticAnswer(request.method, request.path);
    if (endpoint === "hec" && hecEndpoint(request.path) === "ack" && !hasChannel(request))
      return hecReply(400, "Data channel is missing", 10);
    if (request.method !== "POST" && !(endpoint === "bulk" && request.method === "PUT"))
      return { status: 405, body: { error: "only POST is known here" }, headers: { allow: "POST" } };
    if (endpoint === "otlp" && !(request.headers["content-type"] ?? "").startsWith("application/json"))
      return { status: 415, body: { code: 3, message: "only application/json is known here" } };
    return null;
  }

  async handle(request: HttpRequest, body: Buffer): Promise<HttpReply> {
    const lines = new RequestLines(this.#context, request.peer);
    const reply = this.#read(request, body, lines);
    if (reply.status < 300) await lines.offer();
    return reply;
  }

  fail(request: HttpRequest, status: number, message: string, retryAfterMs: number | null): HttpReply {
    const endpoint = endpointOf(request);
    if (endpoint === "hec") return hecFailure(status, message, retryAfterMs);
    if (endpoint === "bulk" || endpoint === "elastic") return elasticFailure(status, message, retryAfterMs);
    return { status, body: { error: message, message }, headers: retryAfter(retryAfterMs) };
  }

  #refusal(request: HttpRequest, endpoint: Endpoint): HttpReply | null {
    const check = this.#token === null ? "right" : this.#token.check(request.headers.authorization);
    if (check === "right") return null;
    if (endpoint === "hec") return hecRefusal(check);
    const status = check === "wrong" ? 403 : 401;
    const reply = this.fail(
      request,
      status,
      check === "wrong" ? "the token is not known" : "a token is required",
      null,
    );
    return status === 403
      ? reply
      : { ...reply, headers: { ...reply.headers, "www-authenticate": 'Basic realm="sallyport"' } };
  }

  #read(request: HttpRequest, body: Buffer, lines: RequestLines): HttpReply {
    const sourceOf = (sourcetype: string) => this.#sourcetypes.get(sourcetype) ?? this.#options.source ?? "auto";
    switch (endpointOf(request)) {
      case "hec": {
        const kind = hecEndpoint(request.path);
        if (kind === "ack") return readHecAck(body);
        const raw = kind === "raw";
        const refusal = raw ? readHecRaw(request, body, lines, sourceOf) : readHecEvents(body, lines, sourceOf);
        if (refusal !== null) return refusal;
        if (!hasChannel(request)) return hecReply(200, "Success", 0);
        this.#acks += 1;
        return hecReply(200, "Success", 0, { ackId: this.#acks });
      }
      case "bulk":
        return readBulk(body, lines, request.path.split("/").at(-2) || "logs");
      case "otlp": {
        const taken = readOtlp(body, lines);
        if (taken === null) return { status: 400, body: { code: 3, message: "no ExportLogsServiceRequest in JSON" } };
        const partialSuccess = { rejectedLogRecords: String(taken.rejected), errorMessage: "records without a body" };
        return { status: 200, body: taken.rejected === 0 ? {} : { partialSuccess } };
      }
      default:
        for (const line of linesOf(body)) lines.add(line, sourceOf(request.query.get("sourcetype") ?? ""));
        if (lines.lines === 0) return { status: 400, body: { error: "line 1: there is no line in the body" } };
        return { status: 200, body: { stored: lines.lines } };
    }
  }
}

function endpointOf({ method, path }: HttpRequest): Endpoint {
  if (hecEndpoint(path) !== null) return "hec";
  if (isBulk(path)) return "bulk";
  if (path === "/ndjson") return "ndjson";
  if (path === "/v1/logs") return "otlp";
  return elasticAnswer(method, path) === null ? "none" : "elastic";
}
