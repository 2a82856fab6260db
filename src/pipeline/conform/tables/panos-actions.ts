/**
 * What PAN-OS did and how grave it takes a threat to be, in the words of its logs.
 *
 * @see https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions/threat-log-fields
 */
import type { Verdict } from "../web/verdict.ts";

/** Values of `action`, lower case. */
export const PANOS_VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["allow", "allowed"],
  ["continue", "allowed"],
  ["override", "allowed"],
  ["alert", "alerted"],
  ["deny", "blocked"],
  ["block", "blocked"],
  ["block-url", "blocked"],
  ["block-ip", "blocked"],
  ["block-override", "blocked"],
  ["override-lockout", "blocked"],
  ["sinkhole", "blocked"],
  ["drop", "dropped"],
  ["drop-all", "dropped"],
  ["drop-packet", "dropped"],
  ["drop-icmp", "dropped"],
  ["drop icmp", "dropped"],
  ["random-drop", "dropped"],
  ["drop-all-packets", "dropped"],
  ["reset-client", "reset"],
  ["reset-server", "reset"],
  ["reset-both", "reset"],
  ["reset client", "reset"],
  ["reset server", "reset"],
  ["reset both", "reset"],
  ["drop-reset", "reset"],
  ["block-continue", "challenged"],
  ["syncookie-sent", "challenged"],
  ["forward", "logged"],
  ["wildfire-upload-success", "logged"],
  ["wildfire-upload-skip", "logged"],
]);

/** `severity`, lower case -> severity_id. */
export const PANOS_SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["informational", 1],
  ["low", 2],
  ["medium", 3],
  ["high", 4],
  ["critical", 5],
  // CEF templates write $number-of-severity.
  ["1", 1],
  ["2", 2],
  ["3", 3],
  ["4", 4],
  ["5", 5],
]);
