/**
 * Asking the APIs of vendors: one connection or two, answers bounded in time and size, no redirects (a token must not follow one to
 * another host). What failed for a while is asked again until it answers or the source stops; limits on the rate are kept to.
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { getCACertificates } from "node:tls";
import { createGunzip } from "node:zlib";
import { InvalidConfigError } from "../../../model/errors.ts";
import { messageOf } from "./deliver.ts";
import { serverTime, waitOf } from "./rate-limits.ts";

export interface ApiOptions {
  /** Without a slash at its end: `https://api.github.com`. */
  readonly baseUrl: string;
  /** Certificates, PEM, of whoever signed the server's, beside those the system trusts. */
  readonly caFile?: string | undefined;
  /** `http://proxy.example:3128`; the environment's proxy variables are not looked at. */
  readonly proxy?: string | undefined;
  /** For one answer, ms. Default 60 s. */
  readonly timeoutMs?: number | undefined;
}

export interface ApiReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Time as a poller sees it; tests have one of their own. */
export interface PollClock {
  /** ms since 1970 UTC. */
  now(): number;
  /** Ends early, without an error, when the signal does. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock = (now: () => number): PollClock => ({
  now,
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
});

export interface ApiContext {
  readonly clock: PollClock;
  readonly signal: AbortSignal;
  /** What keeps the API from answering; null when it answers again. */
  readonly tell: (problem: string | null) => void;
  /** Headers that every request carries, asked anew for each: secrets may be exchanged while the source runs. */
  readonly headers: (url: URL) => Record<string, string>;
}

/** No answer can be had: the network, TLS, a time-out, an answer too large. */
export class ApiConnectionError extends Error {}
/** The source stops. */
export class StoppedError extends Error {}

const MAX_ANSWER_BYTES = 64 << 20;
const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 300_000;
/** Between two tries of what a person has to mend: a token, a name, a permission. */
const REFUSED_WAIT_MS = 60_000;

export class ApiClient {
  readonly baseUrl: string;
  readonly #origin: string;
  readonly #timeoutMs: number;
  readonly #agent: HttpAgent;
  /** The API wants to be left alone until then. */
  #quietUntil = 0;
  /** The server's clock minus ours at its last answer to `ask`, ms. */
  skewMs = 0;

  /** @throws {InvalidConfigError} */
  constructor({ baseUrl, caFile, proxy, timeoutMs = 60_000 }: ApiOptions) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
    if (url === null || (url.protocol !== "https:" && url.protocol !== "http:") || url.username !== "")
      throw new InvalidConfigError(`"${baseUrl}" is no address such as https://api.github.com`);
    this.baseUrl = baseUrl.replace(/\/{1,8}$/, "");
    this.#origin = url.origin;
    this.#timeoutMs = timeoutMs;
    const options = {
      keepAlive: true,
      maxSockets: 4,
      ...(proxy === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
    };
    this.#agent =
      url.protocol === "http:"
        ? new HttpAgent(options)
        : new HttpsAgent({
            ...options,
            minVersion: "TLSv1.2",
            ...(caFile === undefined ? {} : { ca: readCa(caFile) }),
          });
  }

  /** Whether an address that a server named is on the host it was asked from. */
  owns(address: string): boolean {
    return URL.canParse(address, this.baseUrl) && new URL(address, this.baseUrl).origin === this.#origin;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @throws {ApiConnectionError} The body is the caller's to read or destroy. */
  open(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(error instanceof ApiConnectionError ? error : new ApiConnectionError(messageOf(error)));
      const send = url.protocol === "http:" ? requestHttp : requestHttps;
      const request = send(url, {
        agent: this.#agent,
        headers: { "user-agent": "sallyport", ...headers },
        maxHeaderSize: 65_536,
        signal,
      });
      // Quiet for so long, at any time before the end of the answer.
      request.setTimeout(this.#timeoutMs, () =>
        request.destroy(new ApiConnectionError(`no answer within ${Math.round(this.#timeoutMs / 1_000)} s`)),
      );
      request.once("error", fail);
      request.once("response", resolve);
      request.end();
    });
  }

  /** One answer, whatever its status. @throws {ApiConnectionError} */
  async get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<ApiReply> {
    // A server that drips an answer must end some time too.
    const within = AbortSignal.any([signal, AbortSignal.timeout(4 * this.#timeoutMs)]);
    try {
      const response = await this.open(url, { "accept-encoding": "gzip", ...headers }, within);
      const plain = response.headers["content-encoding"] === "gzip" ? response.pipe(createGunzip()) : response;
      if (plain !== response) response.once("error", (error) => plain.destroy(error));
      const pieces: Buffer[] = [];
      let length = 0;
      for await (const piece of plain as AsyncIterable<Buffer>) {
        length += piece.length;
        if (length > MAX_ANSWER_BYTES) {
          response.destroy();
          throw new ApiConnectionError(`an answer over ${MAX_ANSWER_BYTES >> 20} MiB`);
        }
        pieces.push(piece);
      }
      if (!response.complete) throw new ApiConnectionError("the answer ended early");
      return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) };
    } catch (error) {
      if (signal.aborted) throw new StoppedError("stopped");
      throw error instanceof ApiConnectionError ? error : new ApiConnectionError(messageOf(error));
    }
  }

  /**
   * Asks until there is an answer that says something: 2xx, 304, or a refusal of this very address (400, 404, 405, 409, 410, 416, 422). Waits
   * where the API is out of order, wants fewer requests, or does not let the token in.
   * @throws {StoppedError}
   */
  async ask(
    url: URL,
    { clock, signal, tell, headers }: ApiContext,
    more: Record<string, string> = {},
  ): Promise<ApiReply> {
    let failures = 0;
    for (;;) {
      if (this.#quietUntil > clock.now()) await clock.sleep(this.#quietUntil - clock.now(), signal);
      if (signal.aborted) throw new StoppedError("stopped");
      let waitMs: number;
      try {
        const reply = await this.get(url, { ...headers(url), ...more }, signal);
        const limit = waitOf(reply, clock.now());
        this.skewMs = (serverTime(reply.headers) ?? clock.now()) - clock.now();
        if (isAnswer(reply.status)) {
          tell(null);
          // The last request of the span is an answer all the same; only the next one has to wait.
          if (limit !== null) this.#quietUntil = clock.now() + limit.ms;
          return reply;
        }
        if (limit !== null) {
          tell(`${limit.reason}: waiting ${Math.ceil(limit.ms / 1_000)} s`);
          waitMs = limit.ms;
        } else if (reply.status >= 500 || reply.status === 408 || reply.status === 425) {
          tell(`${url.host} answers ${reply.status}`);
          waitMs = backOff(failures);
        } else {
          tell(refusalOf(url, reply));
          waitMs = REFUSED_WAIT_MS;
        }
      } catch (error) {
        if (error instanceof StoppedError) throw error;
        tell(`${url.host} cannot be asked: ${messageOf(error)}`);
        waitMs = backOff(failures);
      }
      failures += 1;
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Statuses that speak of the address asked for, not of the asker or the server. */
const SAYING: ReadonlySet<number> = new Set([304, 400, 404, 405, 409, 410, 416, 422]);

function isAnswer(status: number): boolean {
  return (status >= 200 && status < 300) || SAYING.has(status);
}

function backOff(failures: number): number {
  return Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 16));
}

/** What an API said against a request, in words and short. */
export function refusalOf(url: URL, { status, body }: ApiReply): string {
  const said = /"(?:message|errorSummary|error_description|error)"\s{0,4}:\s{0,4}"([^"\\]{1,200})"/.exec(
    body.subarray(0, 4_096).toString("utf8"),
  )?.[1];
  const hint =
    status === 401
      ? "check the token"
      : status === 403
        ? "check what the token may read"
        : status >= 300 && status < 400
          ? "it points elsewhere: write the address it points to"
          : "check the configuration";
  const plain = said?.replace(/[^\x20-\x7e]/g, "?");
  return `${url.host}${url.pathname} answers ${status}${plain === undefined ? "" : ` (${plain})`}: ${hint}`;
}

/** With those the system trusts: naming one's own must not make the others unknown. */
function readCa(file: string): string[] {
  try {
    return [...getCACertificates("default"), readFileSync(file, "utf8")];
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new InvalidConfigError(`cannot be read: ${code}`, { place: { file }, cause });
  }
}
