/**
 * An incident as a document in Elastic Common Schema, with the incident itself under `sallyport`.
 * @see https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html
 */
import { isIP } from "node:net";
import type { Severity } from "../../../model/incident.ts";
import type { Notice } from "../../../model/notification.ts";
import { bodyOf } from "../body.ts";

/** As Elastic Security counts: low 21, medium 47, high 73, critical 99. */
const SEVERITY: Readonly<Record<Severity, number>> = { informational: 1, low: 21, medium: 47, high: 73, critical: 99 };

export function ecsDocument(notice: Notice, link: string | null, version: string): Record<string, unknown> {
  const { incident } = notice;
  const rules = [...new Set(incident.findings.map(({ rule }) => rule))];
  const addresses = incident.addresses.filter((address) => isIP(address) !== 0);
  return {
    "@timestamp": new Date(incident.last_time).toISOString(),
    ecs: { version: "8.17.0" },
    message: incident.title,
    event: {
      kind: "alert",
      category: ["threat"],
      type: ["indicator"],
      action: `incident-${notice.change}`,
      id: notice.delivery,
      module: "sallyport",
      dataset: "sallyport.incident",
      provider: "Sallyport",
      severity: SEVERITY[incident.severity],
      risk_score: incident.risk_score,
      start: new Date(incident.first_time).toISOString(),
      end: new Date(incident.last_time).toISOString(),
      ...(link === null ? {} : { url: link }),
      reason: incident.reasons.map(({ text }) => text).join("; "),
    },
    observer: { product: "Sallyport", vendor: "Sallyport", version },
    ...(rules.length === 0 ? {} : { rule: { id: rules, name: incident.findings.map(({ title }) => title) } }),
    ...(incident.actors.length === 0 ? {} : { user: { name: incident.actors } }),
    ...(incident.hosts.length === 0 ? {} : { host: { name: incident.hosts } }),
    source: {
      ...(addresses.length === 0 ? {} : { ip: addresses }),
      ...(incident.bytes_out === null ? {} : { bytes: incident.bytes_out }),
    },
    related: { user: incident.actors, hosts: incident.hosts, ip: addresses },
    threat: { framework: "MITRE ATT&CK", technique: { id: incident.attack } },
    sallyport: bodyOf(notice, link),
  };
}
