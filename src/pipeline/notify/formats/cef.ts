/**
 * Common Event Format, version 0.
 * @see https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf
 */
import { isIPv4, isIPv6 } from "node:net";
import type { Severity } from "../../../model/incident.ts";
import type { Notice } from "../../../model/notification.ts";
import { printableCut } from "../../../model/printable.ts";
import { reasonsOf, titleOf } from "../facts.ts";

/** 0 to 10. */
export const SEVERITY_OF_TEN: Readonly<Record<Severity, number>> = {
  informational: 1,
  low: 3,
  medium: 5,
  high: 8,
  critical: 10,
};

const MAX_NAME = 512;
const MAX_VALUE = 1_023;

export function cefMessage(notice: Notice, link: string | null, version: string): string {
  const { incident } = notice;
  const header = ["CEF:0", "Sallyport", "Sallyport", version, `incident-${notice.change}`, titleOf(notice, MAX_NAME)];
  const ipv4 = incident.addresses.find((address) => isIPv4(address));
  const ipv6 = incident.addresses.find((address) => isIPv6(address));
  const fields: (readonly [string, string | number | null | undefined])[] = [
    ["externalId", incident.uid],
    ["rt", incident.last_time],
    ["start", incident.first_time],
    ["end", incident.last_time],
    ["act", notice.change],
    ["cat", incident.behaviours.join(",")],
    ["suser", incident.actors.join(",")],
    ["shost", incident.hosts[0]],
    ["src", ipv4],
    ...(ipv6 === undefined
      ? []
      : ([
          ["c6a2", ipv6],
          ["c6a2Label", "Source IPv6 Address"],
        ] as const)),
    ["dhost", incident.destinations[0]?.split("/")[0]],
    ["out", incident.bytes_out],
    ["cn1", incident.risk_score],
    ["cn1Label", "Risk score"],
    ["cs1", incident.destinations.join(",")],
    ["cs1Label", "Destinations"],
    ["cs2", incident.attack.join(",")],
    ["cs2Label", "ATT&CK techniques"],
    ["cs3", notice.delivery],
    ["cs3Label", "Delivery"],
    ["request", link],
    ["msg", reasonsOf(notice).join("; ")],
  ];
  const extension = fields.flatMap(([key, value], index) => {
    const text = value === null || value === undefined ? "" : String(value);
    // A label whose value is left out says nothing.
    const labelled = key.endsWith("Label") ? fields[index - 1]?.[1] : value;
    return text === "" || labelled === null || labelled === undefined || labelled === ""
      ? []
      : [`${key}=${escapeValue(printableCut(text, MAX_VALUE))}`];
  });
  return `${header.map(escapeHeader).join("|")}|${SEVERITY_OF_TEN[incident.severity]}|${extension.join(" ")}`;
}

/** Line breaks are spelt out before; `|` and `\` end or change a field of the header. */
function escapeHeader(text: string): string {
  return text.replaceAll(/[\\|]/g, "\\$&");
}

/** `=` begins the next field. */
function escapeValue(text: string): string {
  return text.replaceAll(/[\\=]/g, "\\$&");
}
