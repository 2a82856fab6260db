/**
 * How long an API wants to be left alone, from the headers that vendors send. Times are taken relative to the server's own clock,
 * because ours may be wrong by hours.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 * @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 * @see https://developer.okta.com/docs/reference/rl-best-practices/
 */
import type { IncomingHttpHeaders } from "node:http";
import type { ApiReply } from "./api-client.ts";

export interface RateLimit {
  readonly ms: number;
  readonly reason: string;
}

/** GitHub asks for at least a minute where a secondary limit names no time. */
const UNTOLD_MS = 60_000;
/** No limit lasts longer: a header that says so is wrong, and is asked about again after this. */
const MAX_WAIT_MS = 3_600_000;
const HEADERS = [
  ["x-ratelimit-remaining", "x-ratelimit-reset"],
  ["x-rate-limit-remaining", "x-rate-limit-reset"],
  ["ratelimit-remaining", "ratelimit-reset"],
] as const;

/** null: it does not. */
export function waitOf({ status, headers, body }: ApiReply, now: number): RateLimit | null {
  const limited = status === 429 || ((status === 403 || status === 503) && headers["retry-after"] !== undefined);
  const used = HEADERS.some(([remaining]) => headers[remaining] === "0");
  const secondary = status === 403 && body.subarray(0, 2_048).toString("latin1").toLowerCase().includes("rate limit");
  if (!limited && !used && !secondary) return null;
  if (!limited && !secondary && status >= 400 && status !== 403) return null;
  const ms = retryAfterMs(headers, now) ?? resetMs(headers, now) ?? UNTOLD_MS;
  return {
    ms: Math.min(MAX_WAIT_MS, Math.max(status >= 400 ? 1_000 : 0, ms)),
    reason: used ? "the limit of requests is used up" : "the API asks for fewer requests",
  };
}

/** The server's clock, ms since 1970; null where it does not tell. */
export function serverTime(headers: IncomingHttpHeaders): number | null {
  const time = Date.parse(headers.date ?? "");
  return Number.isNaN(time) ? null : time;
}

function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | null {
  const value = headers["retry-after"];
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time - (serverTime(headers) ?? now);
}

/** Seconds since 1970; where the number is too small for that, seconds from now, as the RateLimit drafts have it. */
function resetMs(headers: IncomingHttpHeaders, now: number): number | null {
  for (const [, reset] of HEADERS) {
    const value = headers[reset];
    if (typeof value !== "string" || !/^\d{1,13}(?:\.\d{1,6})?$/.test(value.trim())) continue;
    const seconds = Number(value);
    if (seconds < 1_000_000_000) return seconds * 1_000;
    // The span ends within the second that is named.
    return seconds * 1_000 - (serverTime(headers) ?? now) + 1_000;
  }
  return null;
}
