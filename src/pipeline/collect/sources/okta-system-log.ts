/**
 * Okta's System Log, polled: without an end and oldest first it lists events in the order in which Okta stored them, and the `next` link
 * of the last page goes on there whenever it is asked again. Once an hour, and at every start, what was read last is read again to
 * prove that nothing was passed over.
 *
 * @see https://developer.okta.com/docs/api/openapi/okta-management/management/tags/systemlog/other/listlogevents
 * @see https://developer.okta.com/docs/reference/system-log-query/#polling-requests
 */
import type { LiveSource, SourcePorts } from "../intake.ts";
import { ApiClient, type ApiOptions, type ApiReply, type PollClock } from "./api-client.ts";
import { linkTo } from "./link-header.ts";
import { own, readEvents } from "./log-events.ts";
import { type LogKind, type LogPage, LogPoller } from "./log-poller.ts";

export interface OktaSystemLogOptions extends ApiOptions {
  readonly id: string;
  readonly token: () => string;
  /** `SSWS`: an API token; `Bearer`: an OAuth access token with okta.logs.read. Default SSWS. */
  readonly scheme?: "SSWS" | "Bearer" | undefined;
  /** In Okta's language, such as `eventType sw "user."`. */
  readonly filter?: string | undefined;
  /** Default 30 s. */
  readonly pollMs?: number | undefined;
  /** How far a proof reaches back beyond the last event, ms. Default 5 minutes. */
  readonly overlapMs?: number | undefined;
  /** How far back the very first reading goes, ms. Default 7 days. */
  readonly sinceMs?: number | undefined;
}

const DAY_MS = 86_400_000;

/** @throws {InvalidConfigError} */
export function createOktaSystemLogSource(
  options: OktaSystemLogOptions,
  ports: SourcePorts,
  clock?: PollClock,
): LiveSource {
  const client = new ApiClient(options);
  const { id, token, pollMs = 30_000, sinceMs = 7 * DAY_MS } = options;
  const kind = new OktaSystemLog(options, client.baseUrl);
  return new LogPoller({ id, pollMs, sinceMs }, { kind, client, open: token }, ports, clock);
}

class OktaSystemLog implements LogKind {
  readonly source = "okta-system-log";
  readonly overlapMs: number;
  readonly sliceMs = null;
  /** By the time at which Okta stored them, which their own need not follow. */
  readonly order = "any";
  readonly retention = [{ ms: 90 * DAY_MS, reason: "Okta keeps its log for 90 days" }];
  readonly proveEveryMs = 3_600_000;
  readonly #options: OktaSystemLogOptions;
  readonly #address: string;

  constructor(options: OktaSystemLogOptions, baseUrl: string) {
    this.#options = options;
    this.overlapMs = options.overlapMs ?? 5 * 60_000;
    this.#address = `${baseUrl}/api/v1/logs`;
  }

  headers(): Record<string, string> {
    const { scheme = "SSWS", token } = this.#options;
    return { accept: "application/json", authorization: `${scheme} ${token()}` };
  }

  firstPage(from: number): URL {
    const url = new URL(this.#address);
    url.searchParams.set("since", new Date(Math.max(0, from)).toISOString());
    url.searchParams.set("sortOrder", "ASCENDING");
    url.searchParams.set("limit", "1000");
    if (this.#options.filter !== undefined) url.searchParams.set("filter", this.#options.filter);
    return url;
  }

  readPage(reply: ApiReply, url: URL): LogPage {
    const events = readEvents(
      reply,
      url.host,
      (event) => own(event, "uuid"),
      (event) => own(event, "published"),
    );
    // There is a next link at the end of the log as well: it is where to go on later.
    const resume = linkTo(reply.headers.link, "next");
    return { events, next: events.length === 0 ? null : resume, resume, total: null };
  }
}
