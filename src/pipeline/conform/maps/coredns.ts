/**
 * CoreDNS's log plugin, formats `common` and `combined` -> DNS Activity: one record per query with its response code.
 *
 *     [INFO] 10.1.4.17:42114 - 64820 "A IN github.com. udp 57 false 1232" NOERROR qr,rd,ra 66 0.000150566s
 *     2026-03-20T10:07:14.903Z stdout F [INFO] [2001:db8::17]:57413 - 14639 "A IN …" NXDOMAIN qr,rd,ra 188 0.02s "0"
 *     10.1.4.17 - [20/Mar/2026:10:07:14 +0000] "A IN github.com. udp 40 false 512" NOERROR qr,rd,ra 106 96.9µs
 *
 * @see https://coredns.io/plugins/log/
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseClfTime, parseIsoTime } from "../decoders/timestamp.ts";
import { dnsServer, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent } from "../ocsf.ts";

const PRODUCT = { name: "CoreDNS", vendor_name: "CNCF" } as const;

/** Time of the container runtime or of the program (before version 1.5 with slashes), then the level; all may be missing. */
const PREFIX =
  /^(?:(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})|\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) )?(?:std(?:out|err) [FP] )?(?:\[(?:INFO|DEBUG)\] )?/;
const ENTRY =
  /^(\[[0-9A-Fa-f.:]{2,45}\]|[0-9.]{7,15}|[0-9A-Fa-f:]{2,39}:[0-9A-Fa-f.:]{1,15}?)(?::(\d{1,5}))? - (?:(\d{1,5})|\[([^\]]{20,40})\]) "([A-Za-z0-9]{1,16}) ([A-Za-z0-9]{1,16}) (\S{1,1024}) (udp|tcp|tls|https|grpc|quic)(?: (\d{1,6}) (true|false) (\d{1,6}))?" ([A-Z]{2,16}|-|\d{1,4}) (\S{1,64}) (\d{1,8}) (\d{1,10}(?:\.\d{1,12})?)(s|ms|[µμu]s|ns)/;
const ENTRY_START =
  /^\[?[0-9A-Fa-f.:]{2,45}\]?(?::\d{1,5})? - (?:\d{1,5}|\[[^\]]{20,40}\]) "(?:[A-Z0-9]{1,16}) (?:IN|CH|HS|ANY|NONE) /;

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["ms", 1],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["us", 1e-3],
  ["ns", 1e-6],
]);

export default defineMap({
  id: "coredns",
  title: "CoreDNS query log",
  product: PRODUCT,
  reference: "https://coredns.io/plugins/log/",
  lane: "network",
  exporting:
    "The `log` plugin in the server block, with `{common}` or `{combined}`; the lines are on standard output, " +
    "in a cluster in the pod's log.",
  limits: [
    "Names no user; in a cluster the client is the pod's or the node's address.",
    "Holds no answers.",
    "Only the plugin's own formats are read, not custom ones.",
  ],
  recognise({ body }) {
    const prefix = PREFIX.exec(body);
    return ENTRY_START.test(prefix === null ? body : body.slice(prefix[0].length)) ? 0.93 : 0;
  },
  conform({ body, syslog }, { fileModifiedTime }) {
    const prefix = PREFIX.exec(body)!;
    const text = body.slice(prefix[0].length);
    const match = ENTRY.exec(text);
    if (match === null) {
      if (ENTRY_START.test(text)) throw new MalformedInputError("CoreDNS record cut off before its response code");
      return null;
    }
    const [
      ,
      address,
      port,
      id,
      clf,
      type,
      dnsClass,
      name,
      transport,
      size,
      dnssec,
      ,
      rcode,
      flags,
      length,
      took,
      unit,
    ] = match as unknown as (string | undefined)[];
    const ip = ipAddress(address);
    if (ip === undefined) throw new MalformedInputError(`CoreDNS client ${JSON.stringify(address)} is no address`);
    const written = clf === undefined ? prefix[1] && parseIsoTime(prefix[1].replaceAll("/", "-")) : parseClfTime(clf);
    const time = written || (syslog?.time ?? fileModifiedTime);
    const duration = Math.round(Number(took) * UNIT_MS.get(unit!)!);
    return createEvent(
      4003,
      6,
      { product: PRODUCT, time, event_code: "log" },
      {
        src_endpoint: { ip, port: portOf(port === undefined ? undefined : Number(port)) },
        dst_endpoint: dnsServer(syslog?.hostname, "coredns"),
        connection_info: connectionOf(transport!),
        query: {
          hostname: normaliseHostname(name!),
          type,
          class: dnsClass,
          packet_uid: id === undefined ? undefined : Number(id),
        },
        query_time: time - duration,
        response_time: time,
        duration,
        ...rcodeOf(rcode === "-" ? undefined : rcode),
        unmapped: {
          flags,
          response_size: Number(length),
          ...(size === undefined ? undefined : { query_size: Number(size), dnssec_ok: dnssec === "true" }),
        },
      },
    );
  },
});

/** DNS over TLS, HTTPS and gRPC runs over TCP. */
function connectionOf(transport: string): OcsfEvent["connection_info"] {
  const udp = transport === "udp" || transport === "quic";
  return { direction_id: 0, protocol_name: udp ? "udp" : "tcp", protocol_num: udp ? 17 : 6 };
}
