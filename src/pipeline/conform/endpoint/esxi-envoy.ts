/**
 * Requests as the reverse proxy of ESXi 8 and of vCenter writes them -> HTTP Activity. Three orders of fields are in use:
 *
 * `TIME POST /sdk HTTP/1.1 200 via_upstream - IN OUT … CLIENT:PORT OWN:PORT …` (7.0, 8.0),
 * `TIME POST /sdk 200 via_upstream - IN OUT - … CLIENT:PORT HTTP/1.1 TLSv1.2 OWN:PORT …` (8.0 U3),
 * `[TIME] "GET /stats HTTP/1.1" 200 - IN OUT MS …` (Envoy's own).
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { httpActivityId } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { countOf, portOf } from "./objects.ts";

const REQUEST =
  /^\[?(\d{4}-\d{2}-\d{2}T[\d:.]{8,15}Z)\]? "?([A-Z]{3,10}) (\S{1,2000}?)(?: HTTP\/([\d.]{1,3}))?"? (\d{1,3}) \S{1,60} (?:[^\s\d]\S{0,59} )?(\d{1,15}) (\d{1,15}) ([^]{0,2000})$/;
const AGENT = /^\d{1,10} \S{1,20} "[^"]{0,200}" "([^"]{1,300})" "[^"]{0,100}" "([^"]{1,200})"/;
const END = /(?:^| )(\[[\da-fA-F:.]{2,45}\]|[\d.]{7,15}|[\da-fA-F:]{2,39}):(\d{1,5})(?= |$)/g;

/** null for a line that is no request: what the proxy says of itself. */
export function envoyRequest(message: string, subject: EndpointSubject): OcsfEvent | null {
  const match = REQUEST.exec(message.slice(0, 5_000));
  if (match === null) return null;
  const [, stamp = "", method = "", target = "", version, status, received, sent, rest = ""] = match;
  const [client, own] = endsOf(rest);
  const agent = AGENT.exec(rest);
  const host = agent?.[2] === undefined || agent[2] === "-" ? undefined : splitUrl(agent[2]).hostname;
  const self = subject.device.hostname;
  const url = splitUrl(target);
  const code = Number(status);
  const time = parseIsoTime(stamp);
  return endpointActivity(
    time === undefined ? subject : { ...subject, base: { ...subject.base, time } },
    4002,
    httpActivityId(method),
    {
      actor: { app_name: "envoy" },
      src_endpoint: client ?? { name: "unknown" },
      dst_endpoint: own ?? (self === undefined && host === undefined ? undefined : { hostname: host ?? self }),
      http_request: {
        http_method: method,
        url,
        version: version ?? /(?:^| )HTTP\/([\d.]{1,3})(?= |$)/.exec(rest)?.[1],
        user_agent: agent?.[1] === "-" ? undefined : agent?.[1],
        body_length: countOf(received),
      },
      http_response: { code, body_length: countOf(sent) },
      traffic: { bytes_out: countOf(received), bytes_in: countOf(sent) },
      status_id: code === 0 ? 0 : code < 400 ? 1 : 2,
      status: code === 0 ? "Unknown" : code < 400 ? "Success" : "Failure",
    },
  );
}

/** Who asked, and where; the ends behind them are the proxy's own connection to the service. */
function endsOf(rest: string): [client: OcsfEndpoint | undefined, own: OcsfEndpoint | undefined] {
  const ends: OcsfEndpoint[] = [];
  for (const [, address = "", port] of rest.matchAll(END)) {
    const ip = ipAddress(address.replace(/^\[|\]$/g, ""));
    if (ip !== undefined) ends.push({ ip, port: portOf(port) });
    if (ends.length === 2) break;
  }
  return [ends[0], ends[1]];
}
