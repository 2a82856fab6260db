/**
 * Any ArcSight CEF event of a product without a map of its own: what the standard's keys tell.
 *
 * @see https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { labelled, parseCef, type CefEvent } from "../decoders/cef.ts";
import { parseEventTime } from "../decoders/event-time.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { genericEvent, productOf, severityOf, sortFields, timeOf } from "../generic/event.ts";
import { count } from "../network/fields.ts";
import { CEF_NAMES } from "../tables/generic-names.ts";

/** A header begins within this many characters of the line. */
const MAX_PREFIX = 1024;

const PREFIXED = /CEF: {0,2}\d(?:\.\d)?\|/;
/** Without its prefix: all seven fields and a pair behind them. */
const BARE =
  /^ ?[01]\|(?:[^|\\]{1,128}\|){2}(?:[^|\\]{0,128}\|){3}(?:\d{1,2}|[A-Za-z-]{3,9})\|(?:[A-Za-z][\w.]{0,62}=|$)/;

export default defineMap({
  id: "generic-cef",
  title: "CEF of any product",
  product: { name: "any", vendor_name: "any" },
  reference:
    "https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf",
  lane: "network",
  exporting:
    "Any product that writes `CEF:0|…`, over syslog or to a file. Label custom fields (`cs1Label` …) and send " +
    "`rt`, `src`, `dst`, `suser` and `request`.",
  limits: [
    "Where neither record nor header tells a time, the file's own stands in and `time_source` says so.",
    "Best effort: events carry the label `best-effort`, the product is the one the header names.",
    "`in` and `out` are filled in either sense by different products: they count only as a total.",
    "Custom fields are read only where their label names a rule, a policy or a session.",
  ],
  recognise({ body, syslog }) {
    const head = body.length > MAX_PREFIX ? body.slice(0, MAX_PREFIX) : body;
    if (head.includes("CEF:")) return PREFIXED.test(head) ? 0.58 : 0;
    return (syslog?.app === "CEF" || head.charCodeAt(1) === 0x7c) && BARE.test(head) ? 0.56 : 0;
  },
  conform,
});

function conform({ body, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  const cef = parseCef(body);
  if (cef === null) throw new MalformedInputError("no CEF header of seven fields");
  const { fields, rest } = sortFields(cef.extension, CEF_NAMES);
  const referenceMs = environment.fileModifiedTime;
  const time = timeOf(fields, referenceMs) ?? anyTime(cef, referenceMs) ?? syslog?.time;
  // Some products leave the time to the receiver, who has left none either.
  if (time === undefined || time === null) rest["time_source"] = "file";
  for (const [label, value] of labelled(cef)) {
    if (!fields.has("rule") && /^(?:rule|policy)(?: ?name)?$/i.test(label)) fields.set("rule", value);
    else if (!fields.has("session") && /^session ?id$/i.test(label)) fields.set("session", value);
  }
  const [inward, outward] = [count(cef.extension, "in", "bytesIn"), count(cef.extension, "out", "bytesOut")];
  if (inward !== undefined && outward !== undefined) fields.set("bytes", String(inward + outward));
  return genericEvent({
    fields,
    title: cef.name.trim(),
    base: {
      product: productOf(cef.product, cef.vendor),
      time: time ?? environment.fileModifiedTime,
      uid: cef.extension.get("externalId"),
      event_code: cef.signature === "" ? undefined : cef.signature,
      severity_id: severityOf(cef.severity),
    },
    unmapped: rest,
    sender: syslog?.hostname ?? undefined,
  });
}

/** Products put their time under a name of their own where they leave out `rt`. */
function anyTime({ extension }: CefEvent, referenceMs: number): number | undefined {
  for (const [key, value] of extension) {
    if (!key.endsWith("Time") && !key.endsWith("Timestamp") && key !== "timestamp") continue;
    const time = parseEventTime(value, referenceMs);
    if (time !== undefined) return time;
  }
  return undefined;
}
