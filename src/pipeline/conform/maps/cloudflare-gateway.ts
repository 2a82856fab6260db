/**
 * Cloudflare Logpush -> HTTP, DNS and Network Activity: the Gateway data sets (HTTP, DNS, network), network sessions of Zero
 * Trust, and a zone's HTTP requests and firewall events, which are inbound: Cloudflare stands in front of the server.
 *
 * Input: one JSON object per line; times as RFC 3339, Unix seconds or nanoseconds, as the job was set up.
 *
 * @see https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/
 */
import type { JsonObject, OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent } from "../ocsf.ts";
import { byteCount, integer, list, number, property, text } from "../read-json.ts";
import {
  CLOUDFLARE_VERDICTS,
  DNS_LEFT,
  HTTP_LEFT,
  NETWORK_LEFT,
  SESSION_LEFT,
  ZONE_LEFT,
} from "../tables/cloudflare.ts";
import { DNS_TYPES } from "../tables/dns-types.ts";
import { splitUrl } from "../url.ts";
import { createConnectionEvent } from "../web/connection-event.ts";
import { loginOf } from "../web/login.ts";
import { deviceOf, leftOver, policyNamed } from "../web/objects.ts";
import { verdictFields, type Verdict } from "../web/verdict.ts";
import { createWebEvent, endpointOf, serverOf } from "../web/web-event.ts";

const PRODUCT = { name: "Cloudflare Logpush", vendor_name: "Cloudflare" } as const;

type Dataset =
  | "gateway_http"
  | "gateway_dns"
  | "gateway_network"
  | "network_session"
  | "http_requests"
  | "firewall_events";

export default defineMap({
  id: "cloudflare-gateway",
  title: "Cloudflare Logpush (Zero Trust Gateway, network sessions, zone requests)",
  product: PRODUCT,
  reference: "https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/",
  lane: "network",
  exporting:
    "Logs, Logpush: jobs for the data sets gateway_http, gateway_network, gateway_dns and " +
    "zero_trust_network_sessions, as JSON with all fields; any time format is read.",
  limits: [
    "Gateway's HTTP log counts no bytes; the network session log does, without names or URLs.",
    "The address of a device behind Cloudflare is its public one; its own stands in SourceInternalIP only on some on-ramps.",
    "A zone's HTTP requests show who comes to the organisation's own servers, not where its people go.",
  ],
  recognise({ json }) {
    return json !== null && datasetOf(json) !== null ? 0.97 : 0;
  },
  conform({ json }) {
    const dataset = json === null ? null : datasetOf(json);
    if (json === null || dataset === null)
      throw new MalformedInputError("not a record of a Logpush data set that is read");
    switch (dataset) {
      case "gateway_http":
        return gatewayHttp(json);
      case "gateway_dns":
        return gatewayDns(json);
      case "gateway_network":
        return gatewayNetwork(json);
      case "network_session":
        return networkSession(json);
      case "http_requests":
      case "firewall_events":
        return zoneRequest(json, dataset);
    }
  },
});

/** Logpush does not name the data set in the record: its columns tell. */
function datasetOf(json: JsonObject): Dataset | null {
  const has = (key: string) => Object.hasOwn(json, key);
  if (has("ClientRequestMethod") && (has("RayID") || has("EdgeStartTimestamp") || has("ClientRequestHost")))
    return has("Action") && has("Datetime") ? "firewall_events" : "http_requests";
  if (has("QueryName") && (has("ResolverDecision") || has("QueryNameReversed"))) return "gateway_dns";
  if (has("SessionStartTime") && has("SessionID") && (has("BytesSent") || has("OriginIP"))) return "network_session";
  if (!has("Datetime") || !has("Action") || !(has("SourceIP") || has("DestinationIP"))) return null;
  if (has("HTTPHost") && (has("HTTPMethod") || has("URL") || has("UserAgent"))) return "gateway_http";
  return has("Transport") || has("TransportProtocol") || (has("SNI") && has("SessionID")) ? "gateway_network" : null;
}

function gatewayHttp(json: JsonObject): OcsfEvent {
  const written = text(json, "URL");
  const host = text(json, "HTTPHost");
  const url = urlOf(written, host);
  const verdict = verdictOf(text(json, "Action"));
  const categories = texts(json, "CategoryNames");
  if (url !== undefined && categories !== undefined) url.categories = categories;
  return createWebEvent(baseOf(timeOf(json, "Datetime"), "gateway_http", text(json, "RequestID")), {
    client: endpointOf(text(json, "SourceIP"), integer(json, "SourcePort")),
    server: serverOf(url?.hostname ?? host, text(json, "DestinationIP"), integer(json, "DestinationPort") ?? url?.port),
    user: userOf(json),
    device: deviceOf(text(json, "DeviceName"), text(json, "DeviceID")),
    method: text(json, "HTTPMethod"),
    url,
    version: text(json, "HTTPVersion")?.replace(/^HTTP\//i, ""),
    referrer: text(json, "Referer"),
    userAgent: text(json, "UserAgent"),
    status: integer(json, "HTTPStatusCode"),
    verdict: property(json, "Quarantined") === true ? "quarantined" : verdict,
    policy: policyOf(json),
    appName: texts(json, "ApplicationNames")?.[0],
    file: fileOf(json),
    session: text(json, "SessionID"),
    unmapped: leftOver(json, HTTP_LEFT),
  });
}

function gatewayDns(json: JsonObject): OcsfEvent {
  const name = text(json, "QueryName");
  if (name === undefined) throw new MalformedInputError("a DNS record without a name");
  const code = integer(json, "RCode");
  const user = userOf(json);
  const decision = text(json, "ResolverDecision");
  const addresses = texts(json, "ResolvedIPs") ?? [];
  const answers = addresses.slice(0, 64).map((rdata) => ({ rdata, type: rdata.includes(":") ? "AAAA" : "A" }));
  const control = verdictFields(
    decision === undefined
      ? undefined
      : /^block/i.test(decision)
        ? "blocked"
        : /^(?:allow|over)/i.test(decision)
          ? "allowed"
          : undefined,
  );
  return createEvent(
    4003,
    code === undefined ? 1 : 6,
    baseOf(timeOf(json, "Datetime"), "gateway_dns", text(json, "QueryID")),
    {
      actor: user === undefined ? undefined : { user },
      device: deviceOf(text(json, "DeviceName"), text(json, "DeviceID")),
      src_endpoint: endpointOf(text(json, "SrcIP"), integer(json, "SrcPort")),
      dst_endpoint: endpointOf(text(json, "DstIP"), integer(json, "DstPort")) ?? { svc_name: "Cloudflare Gateway" },
      query: {
        hostname: normaliseHostname(name),
        type: text(json, "QueryTypeName") ?? queryType(integer(json, "QueryType")),
      },
      answers: answers.length === 0 ? undefined : answers,
      ...rcodeOf(code),
      ...control,
      policy: control === undefined ? undefined : policyOf(json),
      app_name: text(json, "ApplicationName") ?? texts(json, "ApplicationNames")?.[0],
      unmapped: leftOver(json, DNS_LEFT),
    },
  );
}

function gatewayNetwork(json: JsonObject): OcsfEvent {
  const sni = text(json, "SNI");
  const verdict = verdictOf(text(json, "Action"));
  return createConnectionEvent(baseOf(timeOf(json, "Datetime"), "gateway_network"), {
    activityId: verdict === "blocked" ? 5 : 1,
    client: endpointOf(text(json, "SourceIP"), integer(json, "SourcePort")),
    server: serverOf(sni, text(json, "DestinationIP"), integer(json, "DestinationPort")),
    user: userOf(json),
    device: deviceOf(text(json, "DeviceName"), text(json, "DeviceID")),
    protocol: text(json, "Transport") ?? text(json, "TransportProtocol"),
    applicationProtocol: text(json, "DetectedProtocol")?.toLowerCase(),
    appName: texts(json, "ApplicationNames")?.[0],
    tls: tlsOf(sni),
    session: text(json, "SessionID"),
    verdict,
    policy: policyOf(json),
    unmapped: leftOver(json, NETWORK_LEFT),
  });
}

function tlsOf(sni: string | undefined): OcsfEvent["tls"] | undefined {
  return sni === undefined ? undefined : { version: "unknown", sni: sni.toLowerCase() };
}

function networkSession(json: JsonObject): OcsfEvent {
  const start = parseTime(property(json, "SessionStartTime"));
  const end = parseTime(property(json, "SessionEndTime"));
  const time = end ?? start;
  if (time === undefined) throw new MalformedInputError("a network session without a readable time");
  return createConnectionEvent(baseOf(time, "zero_trust_network_sessions"), {
    activityId: 6,
    client: endpointOf(text(json, "SourceIP"), integer(json, "SourcePort")),
    server: serverOf(
      text(json, "SNI") ?? text(json, "OriginHostname"),
      text(json, "OriginIP"),
      integer(json, "OriginPort"),
    ),
    user: userOf(json),
    device: deviceOf(text(json, "DeviceName"), text(json, "DeviceID")),
    protocol: text(json, "Protocol") ?? text(json, "Transport"),
    applicationProtocol: text(json, "DetectedProtocol")?.toLowerCase(),
    tls: tlsOf(text(json, "SNI")),
    session: text(json, "SessionID"),
    startTime: start,
    endTime: end,
    durationMs: start !== undefined && end !== undefined && end >= start ? end - start : undefined,
    bytesOut: byteCount(json, "BytesSent"),
    bytesIn: byteCount(json, "BytesReceived"),
    statusDetail: text(json, "ConnectionCloseReason"),
    unmapped: leftOver(json, SESSION_LEFT),
  });
}

/** A request that came to the organisation's own zone. */
function zoneRequest(json: JsonObject, dataset: Dataset): OcsfEvent {
  const host = text(json, "ClientRequestHost") ?? text(json, "EdgeRequestHost");
  const scheme = text(json, "ClientRequestScheme");
  const target =
    text(json, "ClientRequestURI") ??
    `${text(json, "ClientRequestPath") ?? ""}${text(json, "ClientRequestQuery") ?? ""}`;
  const url = splitUrl(`${scheme === undefined || host === undefined ? "" : `${scheme}://`}${host ?? ""}${target}`);
  const start = parseTime(property(json, "EdgeStartTimestamp"));
  const end = parseTime(property(json, "EdgeEndTimestamp"));
  const time = end ?? start ?? timeOf(json, "Datetime");
  const action = text(json, "Action") ?? text(json, "SecurityAction") ?? text(json, "FirewallMatchesActions");
  const event = createWebEvent(baseOf(time, dataset, dataset === "http_requests" ? text(json, "RayID") : undefined), {
    client: endpointOf(text(json, "ClientIP"), integer(json, "ClientSrcPort")),
    server: endpointOf(host, url.port),
    method: text(json, "ClientRequestMethod"),
    url: url.hostname === undefined && url.path === undefined ? undefined : url,
    version: text(json, "ClientRequestProtocol")?.replace(/^HTTP\//i, ""),
    referrer: text(json, "ClientRequestReferer"),
    userAgent: text(json, "ClientRequestUserAgent"),
    status: integer(json, "EdgeResponseStatus"),
    contentType: text(json, "EdgeResponseContentType"),
    bytesOut: byteCount(json, "ClientRequestBytes"),
    bytesIn: byteCount(json, "EdgeResponseBytes"),
    startTime: start,
    endTime: end,
    durationMs: spanOf(number(json, "EdgeTimeToFirstByteMs")),
    verdict: verdictOf(action),
    policy: policyNamed(
      text(json, "RuleName") ?? text(json, "Description") ?? text(json, "SecurityRuleDescription"),
      text(json, "RuleID") ?? text(json, "SecurityRuleID"),
    ),
    unmapped: leftOver(json, ZONE_LEFT),
  });
  event.connection_info = { direction_id: 1, direction: "Inbound" };
  return event;
}

function baseOf(time: number, event_code: string, uid?: string) {
  return { product: PRODUCT, time, uid, event_code };
}

function timeOf(json: JsonObject, key: string): number {
  const time = parseTime(property(json, key));
  if (time === undefined) throw new MalformedInputError(`Logpush ${key} is no time`);
  return time;
}

/** The URL as logged; where it is a path alone, the host completes it. */
function urlOf(written: string | undefined, host: string | undefined): OcsfUrl | undefined {
  if (written === undefined) return host === undefined ? undefined : splitUrl(host);
  const url = splitUrl(written);
  if (url.hostname === undefined && host !== undefined) Object.assign(url, { hostname: splitUrl(host).hostname });
  return url;
}

function userOf(json: JsonObject): OcsfUser | undefined {
  const email = text(json, "Email");
  const uid = text(json, "UserID");
  if (loginOf(email) === undefined && uid === undefined) return undefined;
  const user: OcsfUser = loginOf(email) ?? {};
  if (uid !== undefined) user.uid = uid;
  return user;
}

function policyOf(json: JsonObject): { name?: string; uid?: string } | undefined {
  return policyNamed(text(json, "PolicyName"), text(json, "PolicyID"));
}

function fileOf(json: JsonObject): OcsfEvent["file"] {
  const [name] = texts(json, "UploadedFileNames") ?? [];
  return name === undefined ? undefined : { name, type_id: 1 };
}

function queryType(code: number | undefined): string | undefined {
  return code === undefined ? undefined : (DNS_TYPES.get(code) ?? String(code));
}

function verdictOf(action: string | undefined): Verdict | undefined {
  return action === undefined ? undefined : CLOUDFLARE_VERDICTS.get(action.toLowerCase());
}

function texts(json: JsonObject, key: string): string[] | undefined {
  const values = list(json, key).filter((value): value is string => typeof value === "string" && value !== "");
  return values.length === 0 ? undefined : values;
}

function spanOf(ms: number | undefined): number | undefined {
  return ms !== undefined && Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}
