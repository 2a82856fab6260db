/**
 * Log Event Extended Format 2.0, fields divided by tabs.
 * @see https://www.ibm.com/docs/en/dsm?topic=leef-overview
 */
import { isIP } from "node:net";
import type { Notice } from "../../../model/notification.ts";
import { printable, printableCut } from "../../../model/printable.ts";
import { isoTime, reasonsOf, titleOf } from "../facts.ts";
import { SEVERITY_OF_TEN } from "./cef.ts";

const MAX_VALUE = 1_023;

export function leefMessage(notice: Notice, link: string | null, version: string): string {
  const { incident } = notice;
  const fields: (readonly [string, string | number | null | undefined])[] = [
    ["devTime", isoTime(incident.last_time)],
    ["devTimeFormat", "yyyy-MM-dd'T'HH:mm:ssX"],
    ["sev", SEVERITY_OF_TEN[incident.severity]],
    ["cat", incident.behaviours.join(",")],
    ["usrName", incident.actors[0]],
    ["identHostName", incident.hosts[0]],
    ["src", incident.addresses.find((address) => isIP(address) !== 0)],
    ["srcBytes", incident.bytes_out],
    ["policy", titleOf(notice, MAX_VALUE)],
    ["incident", incident.uid],
    ["change", notice.change],
    ["delivery", notice.delivery],
    ["severity", incident.severity],
    ["riskScore", incident.risk_score],
    ["actors", incident.actors.join(",")],
    ["destinations", incident.destinations.join(",")],
    ["techniques", incident.attack.join(",")],
    ["url", link],
    ["reason", reasonsOf(notice).join("; ")],
  ];
  const attributes = fields.flatMap(([key, value]) =>
    value === null || value === undefined || value === ""
      ? []
      : // A tab would begin the next field: it is spelt out.
        [`${key}=${printableCut(String(value), MAX_VALUE)}`],
  );
  // The header has no escapes: a bar in it would move every field.
  const header = ["LEEF:2.0", "Sallyport", "Sallyport", version, `incident-${notice.change}`, "x09"];
  return `${header.map((text) => printable(text).replaceAll("|", "/")).join("|")}|${attributes.join("\t")}`;
}
