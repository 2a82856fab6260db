/**
 * Check Point's field names in the forms that rename them, and its actions.
 *
 * @see https://support.checkpoint.com/results/sk/sk144192
 */
import type { Verdict } from "../web/verdict.ts";

/** CEF keys of Log Exporter -> Check Point's names. */
export const CHECK_POINT_CEF_NAMES: ReadonlyMap<string, string> = new Map([
  ["act", "action"],
  ["rt", "time"],
  ["spt", "s_port"],
  ["dpt", "service"],
  ["dvc", "origin"],
  ["dvchost", "hostname"],
  ["deviceInboundInterface", "ifname"],
  ["sourceTranslatedAddress", "xlatesrc"],
  ["sourceTranslatedPort", "xlatesport"],
  ["destinationTranslatedAddress", "xlatedst"],
  ["destinationTranslatedPort", "xlatedport"],
  ["suser", "src_user_name"],
  ["duser", "dst_user_name"],
  ["shost", "src_machine_name"],
  ["dhost", "dst_machine_name"],
  ["request", "resource"],
  ["requestMethod", "method"],
  ["requestClientApplication", "user_agent"],
  ["requestContext", "referrer"],
  ["app", "appi_name"],
  ["in", "received_bytes"],
  ["out", "sent_bytes"],
  ["fname", "file_name"],
  ["fsize", "file_size"],
  ["externalId", "loguid"],
]);

/** The labels of CEF's custom fields -> Check Point's names. */
export const CHECK_POINT_CEF_LABELS: ReadonlyMap<string, string> = new Map([
  ["Rule Name", "rule_name"],
  ["Rule", "rule"],
  ["Application Rule Name", "app_rule_name"],
  ["Application Name", "appi_name"],
  ["Threat Prevention Rule Name", "malware_rule_name"],
  ["Protection Name", "protection_name"],
  ["Category", "matched_category"],
  ["Elapsed Time in Seconds", "elapsed"],
  ["Elapsed", "elapsed"],
]);

/** LEEF's predefined keys -> Check Point's names. */
export const CHECK_POINT_LEEF_NAMES: ReadonlyMap<string, string> = new Map([
  ["devTime", "time"],
  ["srcPort", "s_port"],
  ["dstPort", "service"],
  ["usrName", "src_user_name"],
  ["act", "action"],
  ["cat", "product"],
  ["srcPostNAT", "xlatesrc"],
  ["srcPostNATPort", "xlatesport"],
  ["dstPostNAT", "xlatedst"],
  ["dstPostNATPort", "xlatedport"],
  ["srcBytes", "sent_bytes"],
  ["dstBytes", "received_bytes"],
  ["bytesOut", "sent_bytes"],
  ["bytesIn", "received_bytes"],
  ["url", "resource"],
  ["sev", "severity"],
  ["identHostName", "src_machine_name"],
]);

/** Names of older exports -> today's. */
export const CHECK_POINT_OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ["orig", "origin"],
  ["orig_name", "hostname"],
  ["i/f_name", "ifname"],
  ["i/f_dir", "ifdir"],
  ["svc", "service"],
  ["sport_svc", "s_port"],
  ["xlatesport_svc", "xlatesport"],
  ["xlatedport_svc", "xlatedport"],
  ["d_port", "service"],
  ["ProductName", "product"],
  ["Action", "action"],
  ["UUid", "loguid"],
  ["uuid", "loguid"],
]);

/** Action, lower case -> what was done. */
export const CHECK_POINT_VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["accept", "allowed"],
  ["allow", "allowed"],
  ["allowed", "allowed"],
  ["encrypt", "allowed"],
  ["decrypt", "allowed"],
  ["vpn routing", "allowed"],
  ["bypass", "allowed"],
  ["https bypass", "allowed"],
  ["https inspect", "allowed"],
  ["inspect", "allowed"],
  ["drop", "dropped"],
  ["reject", "rejected"],
  ["block", "blocked"],
  ["prevent", "blocked"],
  ["blocked", "blocked"],
  ["redirect", "blocked"],
  ["quarantine", "quarantined"],
  ["ask user", "challenged"],
  ["ask", "challenged"],
  ["inform user", "logged"],
  ["inform", "logged"],
  ["monitor", "logged"],
  ["detect", "alerted"],
  ["alert", "alerted"],
]);

/** Severities, written as words or by number. */
export const CHECK_POINT_SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["0", 1],
  ["1", 2],
  ["2", 3],
  ["3", 4],
  ["4", 5],
  ["informational", 1],
  ["low", 2],
  ["medium", 3],
  ["high", 4],
  ["critical", 5],
]);
