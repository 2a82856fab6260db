/**
 * Finding -> OCSF 1.8.0 Detection Finding (class 2004).
 * @see https://schema.ocsf.io/1.8.0/classes/detection_finding
 */
import type { Finding, Severity } from "../../model/incident.ts";

const SEVERITY_ID: Readonly<Record<Severity, number>> = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 };

export function toDetectionFinding(finding: Finding): Record<string, unknown> {
  const observable = (name: string, type_id: number, type: string, value: string) => ({ name, type_id, type, value });
  const subjects = finding.evidence;
  const distinct = (values: readonly string[]): string[] => [...new Set(values)].filter((value) => value !== "");
  return {
    activity_id: 1,
    activity_name: "Create",
    category_uid: 2,
    category_name: "Findings",
    class_uid: 2004,
    class_name: "Detection Finding",
    type_uid: 200401,
    time: finding.time,
    start_time: finding.first_time,
    end_time: finding.time,
    count: finding.count,
    severity_id: SEVERITY_ID[finding.severity],
    severity: finding.severity[0]?.toUpperCase() + finding.severity.slice(1),
    status_id: 1,
    status: "New",
    message: finding.reason,
    metadata: { version: "1.8.0", uid: finding.uid, product: { name: "Sallyport", vendor_name: "Sallyport" } },
    finding_info: {
      uid: finding.uid,
      title: finding.title,
      desc: finding.reason,
      types: [...finding.behaviours],
      first_seen_time: finding.first_time,
      last_seen_time: finding.time,
      analytic: { type_id: 1, type: "Rule", uid: finding.rule, name: finding.title },
      attacks: finding.attack.map((uid) =>
        uid.includes(".") ? { technique: { uid: uid.split(".")[0] }, sub_technique: { uid } } : { technique: { uid } },
      ),
      related_events: subjects.map(({ activity_uid, time }) => ({ uid: activity_uid, first_seen_time: time })),
    },
    observables: [
      ...distinct(subjects.flatMap(({ actor, actor_names }) => [actor, ...actor_names])).map((value) =>
        observable("actor.user.name", 4, "User Name", value),
      ),
      ...distinct(subjects.map(({ host }) => host)).map((value) => observable("device.hostname", 1, "Hostname", value)),
      ...distinct(subjects.map(({ address }) => address)).map((value) =>
        observable("src_endpoint.ip", 2, "IP Address", value),
      ),
      ...finding.destinations.map((value) => observable("resource.name", 99, "Other", value)),
    ],
    evidences: subjects.slice(0, 20).map((subject) => ({
      data: {
        activity_uid: subject.activity_uid,
        source: subject.source,
        operation: subject.operation,
        destination: subject.destination,
        verdict: subject.verdict,
        bytes_out: subject.bytes_out,
      },
    })),
    unmapped: { behaviours: finding.behaviours, analytics: finding.analytics, points: finding.points },
  };
}
