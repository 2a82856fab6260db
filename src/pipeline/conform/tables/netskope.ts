/** Netskope events: actions by their verdict, and the fields that have no home in OCSF. */
import type { Verdict } from "../web/verdict.ts";

export const NETSKOPE_VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["allow", "allowed"],
  ["bypass", "allowed"],
  ["proceed", "allowed"],
  ["encrypt", "allowed"],
  ["restore", "allowed"],
  ["block", "blocked"],
  ["deny", "blocked"],
  ["stop", "blocked"],
  ["cancel", "blocked"],
  ["blocked", "blocked"],
  ["quarantine", "quarantined"],
  ["legal hold", "quarantined"],
  ["restrictaccess", "blocked"],
  ["restrict access", "blocked"],
  ["isolate", "isolated"],
  ["alert", "alerted"],
  ["useralert", "alerted"],
  ["detection", "alerted"],
  ["monitor", "logged"],
]);

export const NETSKOPE_LEFT: readonly string[] = [
  ...["access_method", "traffic_type", "activity", "site", "instance_id", "instance", "managed_app", "userip"],
  ...["alert_type", "dlp_profile", "dlp_rule", "dlp_incident_id", "object", "object_type", "from_user", "to_user"],
  ...["sanctioned_instance", "transaction_id", "request_id", "connection_id", "tunnel_id", "ccl", "is_bypass_traffic"],
];
