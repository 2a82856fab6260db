/**
 * Any QRadar LEEF event of a product without a map of its own: what IBM's predefined attributes tell.
 *
 * @see https://www.ibm.com/docs/en/dsm?topic=leef-overview
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseLeef } from "../decoders/leef.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { genericEvent, productOf, severityOf, sortFields, timeOf } from "../generic/event.ts";
import { told } from "../network/fields.ts";
import { LEEF_NAMES } from "../tables/generic-names.ts";

const MAX_PREFIX = 1024;

const PREFIXED = /LEEF: {0,2}[12](?:\.0)?\|/;

export default defineMap({
  id: "generic-leef",
  title: "LEEF of any product",
  product: { name: "any", vendor_name: "any" },
  reference: "https://www.ibm.com/docs/en/dsm?topic=leef-overview",
  lane: "network",
  exporting:
    "Any product that writes `LEEF:1.0|…` or `LEEF:2.0|…`, over syslog or to a file. Send `devTime` in ISO " +
    "8601, with `src`, `dst` and `usrName`.",
  limits: [
    "Where neither record nor header tells a time, the file's own stands in and `time_source` says so.",
    "Best effort: events carry the label `best-effort`, the product is the one the header names.",
    "srcBytes count as sent by the source, as IBM defines them; a product that fills them otherwise is read wrongly.",
    "devTimeFormat is not followed: only common ways of writing a time are read.",
  ],
  recognise({ body, syslog }) {
    const head = body.length > MAX_PREFIX ? body.slice(0, MAX_PREFIX) : body;
    if (head.includes("LEEF:")) return PREFIXED.test(head) ? 0.57 : 0;
    return syslog?.app === "LEEF" && /^[12](?:\.0)?\|/.test(head) ? 0.57 : 0;
  },
  conform,
});

function conform({ body, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  const leef = parseLeef(body);
  if (leef === null) throw new MalformedInputError("no LEEF header of five fields");
  const { fields, rest } = sortFields(leef.attributes, LEEF_NAMES);
  const time = timeOf(fields, environment.fileModifiedTime) ?? syslog?.time;
  // Some products leave the time to the receiver, who has left none either.
  if (time === undefined || time === null) rest["time_source"] = "file";
  return genericEvent({
    fields,
    title: leef.eventId.trim(),
    base: {
      product: productOf(leef.product, leef.vendor),
      time: time ?? environment.fileModifiedTime,
      event_code: leef.eventId === "" ? undefined : leef.eventId,
      severity_id: severityOf(told(fields, "severity")),
    },
    unmapped: rest,
    sender: syslog?.hostname ?? undefined,
  });
}
