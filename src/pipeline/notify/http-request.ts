/**
 * One HTTP request to a receiver: to addresses the guard allows, without redirects, within a deadline, with a bounded answer.
 * The environment's proxy settings are not looked at: they would take the check of the address away.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Guard } from "./guard.ts";
import type { Outcome } from "./receiver.ts";

export interface HttpRequest {
  readonly url: string;
  readonly method?: "POST" | "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificates to trust instead of the system's, PEM. */
  readonly ca?: string | undefined;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly retryAfter: string | null;
  /** The first 64 KiB. */
  readonly body: string;
}

/** For the whole exchange: a receiver that answers a byte a minute is none. */
const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 << 10;
/** Of an answer, as much is shown. */
const SHOWN = 200;

/** @throws {Error} when there is no answer: name, address, connection, certificate, time */
export async function sendRequest(guard: Guard, request: HttpRequest): Promise<HttpAnswer> {
  const url = new URL(request.url);
  // Connections to an address look nothing up: it is judged here.
  await guard.addressesOf(url.hostname);
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const body = request.body === undefined ? undefined : Buffer.from(request.body, "utf8");
  const options = {
    method: request.method ?? "POST",
    headers: {
      "user-agent": "sallyport",
      accept: "application/json, */*;q=0.1",
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
      ...request.headers,
    },
    lookup: guard.lookup,
    agent: false,
    signal,
    maxHeaderSize: 32 << 10,
    ...(request.ca === undefined ? {} : { ca: request.ca }),
  } as const;
  try {
    return await new Promise((resolve, reject) => {
      const sent = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, (answer) => {
        readAnswer(answer).then(resolve, reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  } catch (cause) {
    if (signal.aborted && !request.signal.aborted)
      throw new Error(`no answer within ${TIMEOUT_MS / 1000} s`, { cause });
    throw cause;
  }
}

async function readAnswer(answer: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ANSWER_BYTES) break;
  }
  answer.destroy();
  return {
    status: answer.statusCode ?? 0,
    statusText: answer.statusMessage ?? "",
    retryAfter: answer.headers["retry-after"] ?? null,
    body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString("utf8"),
  };
}

/** 2xx: delivered. 408, 425, 429 and 5xx: try again. Everything else will not become better by itself. */
export function outcomeOf(answer: HttpAnswer, now: number): Outcome {
  const { status, statusText, body } = answer;
  const said = `${status} ${statusText}`.trim();
  if (status >= 200 && status < 300) return { result: "delivered", answer: said };
  const excerpt = body.replaceAll(/\s+/g, " ").trim().slice(0, SHOWN);
  const shown = excerpt === "" ? said : `${said}: ${excerpt}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { result: "failed", answer: shown, retryAfterMs: parseRetryAfter(answer.retryAfter, now) };
  if (status >= 300 && status < 400)
    return { result: "refused", answer: `${said}: redirects are not followed, write the address it leads to` };
  return { result: "refused", answer: shown };
}

/** Seconds or a date (RFC 9110, 10.2.3) -> ms from now. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** The request's outcome; a request that got no answer failed. */
export async function deliverOver(
  ports: { readonly guard: Guard; readonly clock: { now(): number } },
  request: HttpRequest,
): Promise<Outcome> {
  return outcomeOf(await sendRequest(ports.guard, request), ports.clock.now());
}
