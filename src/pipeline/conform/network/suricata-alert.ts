/**
 * Suricata's `alert` records -> Detection Finding: the signature is what was found, the packet and what was parsed of its
 * connection are the evidence. The counters of the flow up to the alert are interim and stay under `unmapped`.
 *
 * @see https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-alert
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { normaliseHostname } from "../dns.ts";
import { createEvent } from "../ocsf.ts";
import { integer, list, object, text, textOf } from "../read-json.ts";
import { httpParts, restOf, sidesOf, timeOf, tlsOf, verdictOf, type EveRecord } from "./suricata-record.ts";

const READ: ReadonlySet<string> = new Set("action gid signature_id rev signature category severity".split(" "));

/** Suricata's priority, 1 the gravest -> OCSF severity_id. */
const SEVERITIES: readonly number[] = [1, 4, 3, 2, 1];

export function alertEvent(record: EveRecord): OcsfEvent {
  const { eve } = record;
  const alert = object(eve, "alert");
  const signatureId = textOf(alert, "signature_id");
  const title = text(alert, "signature") ?? (signatureId === undefined ? undefined : `signature ${signatureId}`);
  if (title === undefined) throw new MalformedInputError("EVE alert without a signature");
  const sides = sidesOf(record);
  const http = object(eve, "http");
  const tls = object(eve, "tls");
  const category = text(alert, "category");
  const started = timeOf(object(eve, "flow")?.["start"]);
  const severity = integer(alert, "severity");
  return createEvent(
    2004,
    1,
    { ...record.base, severity_id: severity === undefined ? 1 : (SEVERITIES[severity] ?? 1) },
    {
      message: title,
      is_alert: true,
      start_time: started,
      finding_info: {
        title,
        uid: [signatureId ?? title, record.connection.uid ?? "-", record.base.time].join(":"),
        types: category === undefined ? undefined : [category],
        analytic: {
          name: title,
          uid: signatureId,
          type_id: 1,
          type: "Rule",
          category,
          version: textOf(alert, "rev"),
        },
        attacks: attacksOf(object(alert, "metadata")),
      },
      ...verdictOf(text(alert, "action")),
      evidences: [
        {
          ...sides,
          connection_info: record.connection,
          ...(http === undefined ? {} : httpParts(http, sides.dst_endpoint)),
          tls: tls === undefined ? undefined : tlsOf(tls),
          query: queryOf(object(eve, "dns")),
        },
      ],
      unmapped: restOf(record, READ),
    },
  );
}

function queryOf(dns: JsonObject | undefined): OcsfEvent["query"] {
  const asked = list(dns, "queries")[0] ?? list(dns, "query")[0] ?? dns;
  const name = text(asked, "rrname");
  return name === undefined ? undefined : { hostname: normaliseHostname(name), type: text(asked, "rrtype") };
}

/** Rule writers put ATT&CK ids into the rule's metadata. */
function attacksOf(metadata: JsonObject | undefined): NonNullable<OcsfEvent["finding_info"]>["attacks"] {
  const techniques = [...list(metadata, "mitre_technique_id"), ...list(metadata, "mitre_attack")].flatMap((id) =>
    typeof id === "string" && /^T\d{4}(?:\.\d{3})?$/i.test(id) ? [{ technique: { uid: id.toUpperCase() } }] : [],
  );
  return techniques.length === 0 ? undefined : techniques.slice(0, 16);
}
