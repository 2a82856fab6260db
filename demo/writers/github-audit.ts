/**
 * GitHub Enterprise Cloud audit log as its stream writes it: one JSON object a line, keys in alphabetical order, times in
 * ms since 1970 UTC.
 *
 * @see https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/streaming-the-audit-log-for-your-enterprise
 */

export interface GithubAuditRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly action: string;
  /** GitHub's id of the record: 22 characters of base 64. */
  readonly documentId: string;
  readonly actor: string;
  readonly actorId: number;
  readonly actorIp: string | null;
  readonly country: string;
  readonly userAgent: string;
  /** Everything the action adds, by GitHub's own key names. */
  readonly more: Readonly<Record<string, unknown>>;
}

interface GithubOrganisation {
  readonly org: string;
  readonly org_id: number;
  readonly business: string;
  readonly business_id: number;
}

export function githubAuditLine(record: GithubAuditRecord, organisation: GithubOrganisation): string {
  const entry: Record<string, unknown> = {
    "@timestamp": record.time,
    _document_id: record.documentId,
    action: record.action,
    actor: record.actor,
    actor_id: record.actorId,
    actor_location: { country_code: record.country },
    created_at: record.time,
    ...organisation,
    user_agent: record.userAgent,
    ...record.more,
  };
  if (record.actorIp !== null) entry["actor_ip"] = record.actorIp;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(entry).toSorted()) if (entry[key] !== undefined) sorted[key] = entry[key];
  return JSON.stringify(sorted);
}
