/**
 * The GitHub audit log of an enterprise or an organisation, asked for: git events too, oldest first.
 *
 * Pages are followed by the cursor of the Link header. Every reading begins some time before the newest event known; where it was one
 * page that did not change, its ETag spares sending it again.
 *
 * @see https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/audit-log
 * @see https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization
 */
import { InvalidConfigError } from "../../../model/errors.ts";
import type { LiveSource, SourcePorts } from "../intake.ts";
import { ApiClient, type ApiOptions, type ApiReply, type PollClock } from "./api-client.ts";
import { linkTo } from "./link-header.ts";
import { isoSeconds, own, readEvents } from "./log-events.ts";
import { type LogKind, type LogPage, LogPoller } from "./log-poller.ts";

export interface GithubAuditLogOptions extends Partial<ApiOptions> {
  readonly id: string;
  /** Slug of the enterprise, or name of the organisation: one of the two. */
  readonly enterprise?: string | undefined;
  readonly organization?: string | undefined;
  /** Read anew whenever it is needed: a token may be exchanged while the source runs. */
  readonly token: () => string;
  /** `https://api.github.com`, `https://api.NAME.ghe.com` or `https://HOST/api/v3`. */
  readonly baseUrl?: string;
  /** Default all. */
  readonly include?: "all" | "web" | "git" | undefined;
  /** Search phrase that events have to meet, such as `action:git.push`. */
  readonly phrase?: string | undefined;
  /** Default 30 s: the log may be asked for 1750 times an hour. */
  readonly pollMs?: number | undefined;
  /** How late events may come, ms. Default 15 minutes. */
  readonly overlapMs?: number | undefined;
  /** How far back the very first reading goes, ms. Default 7 days. */
  readonly sinceMs?: number | undefined;
}

const DAY_MS = 86_400_000;
const GIT_RETENTION = { ms: 7 * DAY_MS, reason: "GitHub keeps git events for seven days" };
const RETENTION = { ms: 180 * DAY_MS, reason: "GitHub keeps the audit log for 180 days" };

/** @throws {InvalidConfigError} */
export function createGithubAuditLogSource(
  options: GithubAuditLogOptions,
  ports: SourcePorts,
  clock?: PollClock,
): LiveSource {
  if ((options.enterprise === undefined) === (options.organization === undefined))
    throw new InvalidConfigError(`source ${options.id}: name an enterprise or an organization`);
  const client = new ApiClient({ ...options, baseUrl: options.baseUrl ?? "https://api.github.com" });
  const { id, token, pollMs = 30_000, sinceMs = 7 * DAY_MS } = options;
  const kind = new GithubAuditLog(options, client.baseUrl);
  return new LogPoller({ id, pollMs, sinceMs }, { kind, client, open: token }, ports, clock);
}

class GithubAuditLog implements LogKind {
  readonly source = "github-audit";
  readonly overlapMs: number;
  readonly sliceMs = null;
  readonly order = "ascending";
  readonly retention: LogKind["retention"];
  readonly proveEveryMs = null;
  readonly #options: GithubAuditLogOptions;
  readonly #address: string;

  constructor(options: GithubAuditLogOptions, baseUrl: string) {
    const { enterprise, organization, include = "all", overlapMs = 15 * 60_000 } = options;
    this.#options = options;
    this.overlapMs = overlapMs;
    this.retention = include === "web" ? [RETENTION] : [GIT_RETENTION, RETENTION];
    const owner =
      enterprise === undefined
        ? `orgs/${encodeURIComponent(organization ?? "")}`
        : `enterprises/${encodeURIComponent(enterprise)}`;
    this.#address = `${baseUrl}/${owner}/audit-log`;
  }

  headers(): Record<string, string> {
    return {
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      authorization: `Bearer ${this.#options.token()}`,
    };
  }

  firstPage(from: number): URL {
    const { phrase, include = "all" } = this.#options;
    const url = new URL(this.#address);
    const since = `created:>=${isoSeconds(from).replace("Z", "+00:00")}`;
    url.searchParams.set("phrase", phrase === undefined ? since : `${since} ${phrase}`);
    url.searchParams.set("include", include);
    url.searchParams.set("order", "asc");
    url.searchParams.set("per_page", "100");
    return url;
  }

  readPage(reply: ApiReply, url: URL): LogPage {
    const events = readEvents(
      reply,
      url.host,
      (event) => own(event, "_document_id"),
      (event) => own(event, "@timestamp") ?? own(event, "created_at"),
    );
    // GitHub names a next page after the last one that has events, too.
    const next = events.length === 0 ? null : linkTo(reply.headers.link, "next");
    return { events, next, resume: null, total: null };
  }
}
