/**
 * GitLab's audit events of an instance, a group or a project, asked for.
 *
 * The API lists them newest first, with a cursor or, before 15.11, by page numbers, and at most thirty days at a time: a longer span is
 * asked for day by day, and the position moves on where a day was read to its end. Git operations are not among these events.
 *
 * @see https://docs.gitlab.com/api/audit_events/
 * @see https://docs.gitlab.com/api/rest/#pagination
 */
import { InvalidConfigError } from "../../../model/errors.ts";
import type { LiveSource, SourcePorts } from "../intake.ts";
import { ApiClient, type ApiOptions, type ApiReply, type PollClock } from "./api-client.ts";
import { linkTo } from "./link-header.ts";
import { isoSeconds, own, readEvents } from "./log-events.ts";
import { type LogKind, type LogPage, LogPoller } from "./log-poller.ts";

export interface GitlabAuditEventsOptions extends Partial<ApiOptions> {
  readonly id: string;
  /** Number or full path; of the whole instance where neither is named, which takes an administrator's token. */
  readonly group?: string | undefined;
  readonly project?: string | undefined;
  readonly token: () => string;
  /** `https://gitlab.com` or that of an instance. */
  readonly baseUrl?: string;
  /** Default 60 s. */
  readonly pollMs?: number | undefined;
  /** How late events may come, ms. Default 15 minutes. */
  readonly overlapMs?: number | undefined;
  /** How far back the very first reading goes, ms. Default 30 days. */
  readonly sinceMs?: number | undefined;
}

const DAY_MS = 86_400_000;

/** @throws {InvalidConfigError} */
export function createGitlabAuditEventsSource(
  options: GitlabAuditEventsOptions,
  ports: SourcePorts,
  clock?: PollClock,
): LiveSource {
  if (options.group !== undefined && options.project !== undefined)
    throw new InvalidConfigError(`source ${options.id}: name a group or a project, or neither for the instance`);
  const client = new ApiClient({ ...options, baseUrl: options.baseUrl ?? "https://gitlab.com" });
  const { id, token, pollMs = 60_000, sinceMs = 30 * DAY_MS } = options;
  const kind = new GitlabAuditEvents(options, client.baseUrl);
  return new LogPoller({ id, pollMs, sinceMs }, { kind, client, open: token }, ports, clock);
}

class GitlabAuditEvents implements LogKind {
  readonly source = "gitlab-audit";
  readonly overlapMs: number;
  readonly sliceMs: number;
  readonly order = "descending";
  /** The instance keeps them until somebody deletes them: that shows in the last event being gone. */
  readonly retention = [];
  readonly proveEveryMs = null;
  readonly #token: () => string;
  readonly #address: string;
  #byCursor = true;

  constructor({ group, project, token, overlapMs = 15 * 60_000 }: GitlabAuditEventsOptions, baseUrl: string) {
    this.#token = token;
    this.overlapMs = overlapMs;
    // The newest known event has to lie in the first piece.
    this.sliceMs = Math.max(DAY_MS, 2 * overlapMs);
    const owner =
      group !== undefined
        ? `groups/${encodeURIComponent(group)}/`
        : project !== undefined
          ? `projects/${encodeURIComponent(project)}/`
          : "";
    this.#address = `${baseUrl}/api/v4/${owner}audit_events`;
  }

  headers(): Record<string, string> {
    return { accept: "application/json", "private-token": this.#token() };
  }

  firstPage(from: number, until: number): URL {
    const url = new URL(this.#address);
    url.searchParams.set("created_after", isoSeconds(from));
    // Both ends are included; seconds are cut off.
    url.searchParams.set("created_before", isoSeconds(until + 999));
    if (this.#byCursor) {
      url.searchParams.set("pagination", "keyset");
      url.searchParams.set("order_by", "id");
      url.searchParams.set("sort", "desc");
    }
    url.searchParams.set("per_page", "100");
    return url;
  }

  /** 405: this version counts pages. */
  refused(status: number): void {
    if (status === 405) this.#byCursor = false;
  }

  readPage(reply: ApiReply, url: URL): LogPage {
    const { headers } = reply;
    const events = readEvents(
      reply,
      url.host,
      (event) => own(event, "id"),
      (event) => own(event, "created_at"),
    );
    // Only where pages are counted; events that come between two of them move others from one to the next.
    const total = typeof headers["x-total"] === "string" ? Number(headers["x-total"]) : Number.NaN;
    return {
      events,
      next: events.length === 0 ? null : linkTo(headers.link, "next"),
      resume: null,
      total: Number.isSafeInteger(total) ? total : null,
    };
  }
}
