/**
 * Netskope -> HTTP, Network and API Activity: events and alerts of the REST API (one JSON object each, also in the envelope
 * of Cloud Exchange's ECS mapping), and transaction events (extended log files, or JSON with the same names).
 *
 * @see https://docs.netskope.com/en/rest-api-v2-overview/
 * @see https://docs.netskope.com/en/transaction-events/
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { elffColumns, splitElff } from "../decoders/elff.ts";
import { object, text } from "../read-json.ts";
import { elffEvent } from "../web/elff-event.ts";
import { ElffColumns, elffOfJson } from "../web/elff-record.ts";
import { netskopeOfEcs } from "../web/netskope-ecs.ts";
import { netskopeEvent, netskopeKind } from "../web/netskope-event.ts";

const PRODUCT = { name: "Netskope", vendor_name: "Netskope" } as const;

/** Columns of transaction events that no other proxy's log has. */
const OWN_COLUMNS = ["x-cs-app", "x-transaction-id", "x-cs-timestamp", "x-cs-access-method", "x-cs-app-activity"];

export default defineMap({
  id: "netskope",
  title: "Netskope events and transactions",
  product: PRODUCT,
  reference: "https://docs.netskope.com/en/transaction-events/",
  lane: "network",
  exporting:
    "Events over the REST API (`/api/v2/events/data/…`) or Cloud Exchange as JSON, or transaction events as " +
    "the `.gz` files of Transaction Streaming, with their `#Fields:` line.",
  limits: [
    "Page and application events name the activity, but no HTTP method or status; transaction events do.",
    "The address of the client is its public one; its own stands in userip.",
    "Page events sum up a visit: their bytes are those of all its requests.",
  ],
  recognise({ json, body }) {
    if (json !== null) {
      if (netskopeKind(json) !== null) return 0.95;
      if (isTransaction(json)) return 0.96;
      return text(object(object(json, "netskope"), "events"), "event_type") === undefined ? 0 : 0.95;
    }
    if (body.charCodeAt(0) !== 0x23) return 0;
    const columns = elffColumns(body);
    return columns !== null && OWN_COLUMNS.some((name) => columns.includes(name)) ? 0.97 : 0;
  },
  standsAlone: ({ json }) => json !== null,
  open: () => new NetskopeReader(),
});

class NetskopeReader implements RecordReader {
  #columns: ElffColumns | null = null;
  #header = "";

  push({ json, body, line, syslog }: DecodedRecord): readonly OcsfEvent[] {
    if (json !== null) return conformJson(json);
    const header = elffColumns(body);
    if (header !== null) {
      this.#columns = new ElffColumns(header);
      this.#header = line;
      return [];
    }
    if (body.charCodeAt(0) === 0x23) return [];
    const columns = this.#columns;
    if (columns === null) throw new MalformedInputError("a Netskope row without a #Fields line before it");
    const values = splitElff(body);
    if (values.length !== columns.length)
      throw new MalformedInputError(`Netskope row has ${values.length} columns, its header ${columns.length}`);
    return [elffEvent(columns.row(values), PRODUCT, syslog?.time ?? null, "server")];
  }

  claims({ json, body }: DecodedRecord): boolean {
    if (json !== null || this.#columns === null) return false;
    if (body.charCodeAt(0) === 0x23) return /^#(?:Software|Version|Start-Date|Date|Remark):/i.test(body);
    // A row of another length may be another product's line, which that product recognises by itself.
    return splitElff(body).length === this.#columns.length;
  }

  preamble(): string {
    return this.#header;
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }
}

function conformJson(json: JsonObject): readonly OcsfEvent[] {
  if (isTransaction(json)) return [elffEvent(elffOfJson(json), PRODUCT, null, "server")];
  const ecs = netskopeOfEcs(json);
  const inner = ecs ?? json;
  const kind = netskopeKind(inner);
  if (kind === null && ecs !== null) return [];
  if (kind === null) throw new MalformedInputError("not a Netskope event");
  const event = netskopeEvent(inner, kind);
  return event === null ? [] : [event];
}

const REQUEST_COLUMNS = ["cs-host", "cs_host", "cs-uri", "cs_uri", "cs-method", "cs_method"];

function isTransaction(json: JsonObject): boolean {
  // Every JSON record of any product comes by here.
  if (!REQUEST_COLUMNS.some((name) => Object.hasOwn(json, name))) return false;
  return OWN_COLUMNS.some((name) => Object.hasOwn(json, name) || Object.hasOwn(json, name.replaceAll("-", "_")));
}
