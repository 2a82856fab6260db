/**
 * Zeek conn.log -> Network Activity: one record per connection, written when it ends.
 *
 * @see https://docs.zeek.org/en/master/logs/conn.html
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { defineMap } from "../define-map.ts";
import {
  connectionOf,
  countOf,
  endpointsOf,
  intervalOf,
  openZeek,
  recogniseZeek,
  UnmappedColumns,
  ZEEK,
  type ZeekTime,
} from "../decoders/zeek.ts";
import { createEvent } from "../ocsf.ts";
import { text } from "../read-json.ts";

const UNMAPPED = new UnmappedColumns(
  "proto",
  "ip_proto",
  "service",
  "duration",
  "orig_bytes",
  "resp_bytes",
  "orig_pkts",
  "resp_pkts",
  "orig_l2_addr",
  "resp_l2_addr",
);

/** conn_state -> activity where the connection did not come about; everything else carried traffic. */
const FAILED: ReadonlyMap<string, number> = new Map([
  ["S0", 4],
  ["REJ", 5],
]);

export default defineMap({
  id: "zeek-conn",
  title: "Zeek conn.log",
  product: ZEEK,
  reference: "https://docs.zeek.org/en/master/logs/conn.html",
  lane: "network",
  exporting:
    "TSV with its header lines is the default; `@load policy/tuning/json-logs` writes JSON, which is read " +
    "too. `conn.log` is on by default; the policy script `protocols/conn/community-id-logging` adds an id " +
    "that other tools share.",
  limits: [
    "Long connections appear only when they end.",
    "Names no user and no host name.",
    "Payload bytes are estimated from TCP sequence numbers and may be missing.",
  ],
  recognise: (record) =>
    recogniseZeek("conn", record, (has) => has("conn_state") || (has("orig_pkts") && has("resp_pkts"))),
  standsAlone: (record) => record.json !== null,
  open: (environment) => openZeek(environment, conform),
});

function conform(row: JsonObject, { ms: time }: ZeekTime): OcsfEvent {
  const { src_endpoint, dst_endpoint } = endpointsOf(row);
  const protocol = text(row, "proto")?.toLowerCase();
  const state = text(row, "conn_state");
  const activity = (protocol === "tcp" ? FAILED.get(state ?? "") : undefined) ?? 6;
  const duration = intervalOf(row, "duration");
  const originatorMac = macOf(text(row, "orig_l2_addr"));
  const responderMac = macOf(text(row, "resp_l2_addr"));
  if (originatorMac !== undefined && src_endpoint !== undefined) src_endpoint.mac = originatorMac;
  if (responderMac !== undefined && dst_endpoint !== undefined) dst_endpoint.mac = responderMac;
  return createEvent(
    4001,
    activity,
    { product: ZEEK, time, event_code: "conn" },
    {
      start_time: time,
      end_time: duration === undefined ? undefined : time + duration,
      duration,
      status_code: state,
      status_id: activity === 6 ? undefined : 2,
      status: activity === 6 ? undefined : "Failure",
      src_endpoint,
      dst_endpoint,
      connection_info: connectionOf(row, protocol),
      app_protocol_name: text(row, "service"),
      traffic: trafficOf(row),
      unmapped: UNMAPPED.of(row),
    },
  );
}

/** Zeek counts per direction: originator to responder is client to server. */
function trafficOf(row: JsonObject): OcsfEvent["traffic"] {
  const bytes_out = countOf(row, "orig_bytes");
  const bytes_in = countOf(row, "resp_bytes");
  const packets_out = countOf(row, "orig_pkts");
  const packets_in = countOf(row, "resp_pkts");
  if (bytes_out === undefined && bytes_in === undefined && packets_out === undefined && packets_in === undefined)
    return undefined;
  return {
    bytes: bytes_out === undefined || bytes_in === undefined ? undefined : bytes_out + bytes_in,
    bytes_in,
    bytes_out,
    packets: packets_out === undefined || packets_in === undefined ? undefined : packets_out + packets_in,
    packets_in,
    packets_out,
  };
}

function macOf(value: string | undefined): string | undefined {
  return value !== undefined && /^(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/.test(value) ? value : undefined;
}
