/**
 * Google Cloud firewall rules logs -> Network Activity: connections that a rule or a firewall policy of a VPC let through or
 * refused. `instance` is the machine the rule protects; `remote_*` tells of the other end.
 *
 * @see https://cloud.google.com/firewall/docs/firewall-rules-logging
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { unmappedRest } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { endOfConnection, payloadOf, placeInCloud } from "../network/gcp-log-entry.ts";
import { createSession } from "../network/session.ts";
import { object, property, text, textOf } from "../read-json.ts";
import type { Verdict } from "../web/verdict.ts";

const product = { name: "Cloud Firewall", vendor_name: "Google Cloud" } as const;

const PLACED: ReadonlySet<string> = new Set(["connection", "disposition"]);

const DISPOSITIONS: ReadonlyMap<string, Verdict> = new Map([
  ["ALLOWED", "allowed"],
  ["DENIED", "blocked"],
]);

export default defineMap({
  id: "gcp-firewall",
  title: "Google Cloud firewall rules logs",
  product,
  reference: "https://cloud.google.com/firewall/docs/firewall-rules-logging",
  lane: "network",
  exporting:
    "Logs on every firewall rule that lets traffic out or refuses it, with all metadata; a sink for " +
    '`logName:"compute.googleapis.com%2Ffirewall"` to Cloud Storage or Pub/Sub.',
  limits: [
    "Counts no bytes: VPC flow logs do.",
    "Knows addresses and machine names only: no users, no requests, no server names.",
    "The implied rules are not logged, and under load records are left out.",
  ],
  recognise({ json }) {
    const payload = payloadOf(json);
    return object(payload, "rule_details") !== undefined &&
      text(payload, "disposition") !== undefined &&
      Object.hasOwn(object(payload, "connection") ?? {}, "src_ip")
      ? 1
      : 0;
  },
  conform,
});

function conform({ json, syslog }: DecodedRecord, { fileModifiedTime }: ConformEnvironment): OcsfEvent {
  const payload = payloadOf(json);
  const connection = object(payload, "connection");
  if (json === null || payload === undefined || connection === undefined)
    throw new MalformedInputError("no firewall rules log");
  const rule = object(payload, "rule_details");
  const inbound = text(rule, "direction") !== "EGRESS";
  const own = object(payload, "instance");
  const verdict = DISPOSITIONS.get(text(payload, "disposition") ?? "");
  const event = createSession(
    {
      product,
      time: parseTime(property(json, "timestamp")) ?? syslog?.time ?? fileModifiedTime,
      uid: text(json, "insertId"),
    },
    {
      activityId: verdict === "blocked" ? 5 : verdict === "allowed" ? 1 : 6,
      source: inbound ? remoteEnd(connection, payload, "src") : endOfConnection(connection, "src", own, undefined),
      destination: inbound
        ? endOfConnection(connection, "dest", own, undefined)
        : remoteEnd(connection, payload, "dest"),
      protocol: textOf(connection, "protocol"),
      direction: text(rule, "direction") === undefined ? 0 : inbound ? 1 : 2,
      verdict,
      rule: { name: text(rule, "reference") },
      unmapped: unmappedRest(payload, PLACED),
    },
  );
  return placeInCloud(event, json, { region: text(own, "region"), project: text(own, "project_id") });
}

function remoteEnd(connection: JsonObject, payload: JsonObject, side: "src" | "dest"): OcsfEndpoint | undefined {
  return endOfConnection(connection, side, object(payload, "remote_instance"), object(payload, "remote_location"));
}
