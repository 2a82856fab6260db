/**
 * An incident as OCSF 1.8.0 Incident Finding (class 2005): what it is now, and the change it went through.
 * @see https://schema.ocsf.io/1.8.0/classes/incident_finding
 */
import type { Severity } from "../../../model/incident.ts";
import type { Change, Notice } from "../../../model/notification.ts";

const SEVERITY: Readonly<Record<Severity, readonly [id: number, caption: string]>> = {
  informational: [1, "Informational"],
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
  critical: [5, "Critical"],
};

const ACTIVITY: Readonly<Record<Change, readonly [id: number, name: string]>> = {
  new: [1, "Create"],
  raised: [2, "Update"],
  closed: [3, "Close"],
  reopened: [2, "Update"],
};

const VERDICTS: ReadonlyMap<string, readonly [id: number, caption: string]> = new Map([
  ["tp-malicious", [2, "True Positive"]],
  ["tp-policy", [2, "True Positive"]],
  ["benign-authorised", [5, "Benign"]],
  ["fp-rule", [1, "False Positive"]],
  ["fp-data", [1, "False Positive"]],
  ["duplicate", [10, "Duplicate"]],
]);

export function incidentFinding(notice: Notice, link: string | null, version: string): Record<string, unknown> {
  const { incident, state, assignee, disposition } = notice;
  const [severity_id, severity] = SEVERITY[incident.severity];
  const [activity_id, activity_name] = ACTIVITY[notice.change];
  const [verdict_id, verdict] = notice.test ? [6, "Test"] : (VERDICTS.get(disposition ?? "") ?? [0, "Unknown"]);
  const [status_id, status] = state === "closed" ? [5, "Closed"] : assignee === null ? [1, "New"] : [2, "In Progress"];
  return {
    activity_id,
    activity_name,
    category_uid: 2,
    category_name: "Findings",
    class_uid: 2005,
    class_name: "Incident Finding",
    type_uid: 200500 + activity_id,
    time: incident.last_time,
    start_time: incident.first_time,
    end_time: incident.last_time,
    severity_id,
    severity,
    status_id,
    status,
    verdict_id,
    verdict,
    desc: incident.title,
    message: incident.title,
    ...(link === null ? {} : { src_url: link }),
    ...(assignee === null ? { assignee_group: { name: "unassigned" } } : { assignee: { name: assignee } }),
    metadata: {
      version: "1.8.0",
      uid: notice.delivery,
      correlation_uid: incident.uid,
      profiles: ["incident"],
      product: { name: "Sallyport", vendor_name: "Sallyport", version },
    },
    finding_info_list: incident.findings.map((finding) => ({
      uid: finding.uid,
      title: finding.title,
      last_seen_time: finding.time,
      analytic: { type_id: 1, type: "Rule", uid: finding.rule, name: finding.title },
      related_events: finding.activities.map((uid) => ({ uid })),
    })),
    attacks: incident.attack.map((uid) =>
      uid.includes(".") ? { technique: { uid: uid.split(".")[0] }, sub_technique: { uid } } : { technique: { uid } },
    ),
    unmapped: {
      incident_uid: incident.uid,
      change: notice.change,
      risk_score: incident.risk_score,
      reasons: incident.reasons,
      actors: incident.actors,
      hosts: incident.hosts,
      addresses: incident.addresses,
      destinations: incident.destinations,
      bytes_out: incident.bytes_out,
      behaviours: incident.behaviours,
      analytics: incident.analytics,
      disposition,
      test: notice.test,
    },
  };
}
