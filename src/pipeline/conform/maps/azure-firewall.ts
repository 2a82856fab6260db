/**
 * Azure Firewall -> Network Activity, HTTP Activity (clear or inspected requests), DNS Activity (DNS proxy) and Detection Finding
 * (IDPS). Both generations: text messages in AzureDiagnostics, and the structured AZFW… categories; from diagnostic settings
 * (`category`, `properties`) or as rows of Log Analytics.
 *
 * @see https://learn.microsoft.com/azure/firewall/monitor-firewall-reference
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { unmappedRest } from "../api-activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseTime, parseUsTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { azureFinding } from "../network/azure-firewall-finding.ts";
import { parseDnsMessage, parseRuleMessage } from "../network/azure-firewall-message.ts";
import { protocolOf } from "../network/protocols.ts";
import { createSession, report, reporterOf, type Session } from "../network/session.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { durationMs, integer, object, property, text, textOf } from "../read-json.ts";
import { splitUrl } from "../url.ts";
import type { Verdict } from "../web/verdict.ts";

const product = { name: "Azure Firewall", vendor_name: "Microsoft" } as const;

/** What is read of a structured record and of what is around it. */
const READ: ReadonlySet<string> = new Set(
  "category Category properties time TimeGenerated resourceId ResourceId _ResourceId Resource Type msg msg_s Action ActionReason SourceIp SourcePort DestinationIp DestinationPort Protocol Fqdn TargetUrl Url Policy Rule RuleCollection RuleCollectionGroup QueryName QueryType QueryClass QueryId ResponseCode RequestDurationSecs SignatureId Description Severity TranslatedIp TranslatedPort".split(
    " ",
  ),
);

/** What stands around the record. */
const ENVELOPE: ReadonlySet<string> = new Set(
  "category Category time TimeGenerated resourceId ResourceId _ResourceId operationName Type TenantId".split(" "),
);

export default defineMap({
  id: "azure-firewall",
  title: "Azure Firewall logs",
  product,
  reference: "https://learn.microsoft.com/azure/firewall/monitor-firewall-reference",
  lane: "network",
  exporting:
    "Diagnostic settings of the firewall: the structured logs (AZFWNetworkRule, AZFWApplicationRule, " +
    "AZFWDnsQuery …) or the older AzureFirewall… categories, to storage, Event Hub or Log Analytics. DNS " +
    "shows only with the DNS proxy on.",
  limits: [
    "It counts no bytes.",
    "Of HTTPS only the server name shows, unless TLS inspection is on.",
    "Names no user.",
    "A connection is recorded when it is opened, not when it ends.",
  ],
  recognise({ json }) {
    if (json === null) return 0;
    const category = categoryOf(json);
    if (category === undefined) return 0;
    if (category.startsWith("AzureFirewall")) return 1;
    if (!category.startsWith("AZFW")) return 0;
    return object(json, "properties") !== undefined || Object.hasOwn(json, "SourceIp") || Object.hasOwn(json, "Type")
      ? 1
      : 0.8;
  },
  conform,
});

/** `AZFWNetworkRule`, `AzureFirewallDnsProxy`; in Log Analytics the table's name. */
function categoryOf(json: JsonObject): string | undefined {
  const category = text(json, "category") ?? text(json, "Category");
  return category !== undefined && /^(?:AZFW|AzureFirewall)/.test(category) ? category : text(json, "Type");
}

function conform({ json, syslog }: DecodedRecord, { fileModifiedTime }: ConformEnvironment): OcsfEvent {
  const category = json === null ? undefined : categoryOf(json);
  if (json === null || category === undefined) throw new MalformedInputError("no Azure Firewall record");
  const resource = text(json, "resourceId") ?? text(json, "ResourceId") ?? text(json, "_ResourceId");
  const properties = object(json, "properties") ?? json;
  const base: EventBase = {
    product,
    time: timeOf(property(json, "time")) ?? timeOf(property(json, "TimeGenerated")) ?? syslog?.time ?? fileModifiedTime,
    event_code: category,
  };
  const firewall = reporterOf(resource?.slice(resource.lastIndexOf("/") + 1) || text(json, "Resource"), resource);
  const rest = unmappedRest(json, READ);
  if (properties !== json) Object.assign(rest, unmappedRest(properties, READ));
  const message = text(properties, "msg") ?? text(properties, "msg_s");
  if (message !== undefined) return ofMessage(message, base, firewall, rest);
  if (category === "AZFWDnsQuery") return report(dnsEvent(properties, base, rest), firewall);
  if (category === "AZFWIdpsSignature") return report(findingEvent(properties, base, rest), firewall);
  const session = sessionOf(properties);
  // What holds nothing but its category still says that a rule was applied, if not to whom.
  const source = isEnvelope(json) ? { name: "unknown" } : session.source;
  return connection(base, { ...session, source, reporter: firewall, unmapped: rest });
}

function isEnvelope(json: JsonObject): boolean {
  for (const name in json) if (!ENVELOPE.has(name)) return false;
  return true;
}

/** Some hubs write the time in the American way. */
function timeOf(value: unknown): number | undefined {
  return parseTime(value) ?? (typeof value === "string" ? parseUsTime(value) : undefined);
}

/** A server name is all that shows of a handshake: OCSF wants a version beside it. */
function connection(base: EventBase, session: Session): OcsfEvent {
  const event = createSession(base, session);
  if (session.sni !== undefined) event.tls = { sni: session.sni, version: "unknown" };
  return event;
}

const OPEN = 1;
const REFUSE = 5;

function activityOf(verdict: Verdict | undefined): 1 | 5 {
  return verdict === "blocked" || verdict === "dropped" || verdict === "reset" ? REFUSE : OPEN;
}

type Reporter = ReturnType<typeof reporterOf>;

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["allow", "allowed"],
  ["deny", "blocked"],
  ["drop", "dropped"],
  ["reset", "reset"],
  ["alert", "alerted"],
  ["dnat", "allowed"],
]);

function verdictOf(action: string | undefined): Verdict | undefined {
  return VERDICTS.get(action?.toLowerCase() ?? "");
}

/** What application, network, NAT and threat intelligence rules have in common. */
function sessionOf(properties: JsonObject): Session {
  const protocol = text(properties, "Protocol") ?? "";
  const fqdn = text(properties, "Fqdn");
  const target = text(properties, "TargetUrl") ?? text(properties, "Url");
  const translated = endpointOf(text(properties, "TranslatedIp"), integer(properties, "TranslatedPort"));
  const verdict = verdictOf(text(properties, "Action")) ?? (translated === undefined ? undefined : "allowed");
  return {
    ...applicationOf(protocol, fqdn, target, integer(properties, "DestinationPort")),
    activityId: activityOf(verdict),
    source: endpointOf(text(properties, "SourceIp"), integer(properties, "SourcePort")),
    destination: named(
      endpointOf(text(properties, "DestinationIp"), integer(properties, "DestinationPort")),
      fqdn,
      integer(properties, "DestinationPort"),
      translated,
    ),
    verdict,
    rule: { name: text(properties, "Rule") },
    ruleCategory: text(properties, "RuleCollection"),
    policy: text(properties, "Policy"),
    statusDetail: text(properties, "ActionReason") ?? text(properties, "ThreatDescription"),
  };
}

/** HTTP and HTTPS by name; a request shows where it is in the clear or was inspected. */
function applicationOf(
  protocol: string,
  fqdn: string | undefined,
  target: string | undefined,
  port: number | undefined,
): Pick<Session, "protocol" | "service" | "request" | "sni"> {
  const name = protocol.split(" ", 1)[0]!.toLowerCase();
  const isWeb = name === "http" || name === "https";
  if (!isWeb) return target === undefined ? { protocol: name } : { protocol: name, request: { url: splitUrl(target) } };
  if (target !== undefined) return { protocol: "tcp", service: name, request: { url: absolute(target, name) } };
  if (fqdn === undefined || name === "https") return { protocol: "tcp", service: name, sni: fqdn?.toLowerCase() };
  const suffix = port === undefined || port === 80 ? "" : `:${port}`;
  return { protocol: "tcp", service: name, request: { url: splitUrl(`http://${fqdn}${suffix}`) } };
}

function absolute(target: string, scheme: string): ReturnType<typeof splitUrl> {
  return splitUrl(target.includes("://") ? target : `${scheme}://${target}`);
}

function endpointOf(address: string | undefined, port: number | undefined): OcsfEndpoint | undefined {
  const ip = ipAddress(address);
  if (ip === undefined) return undefined;
  const endpoint: OcsfEndpoint = { ip };
  const number = portOf(port);
  if (number !== undefined) endpoint.port = number;
  return endpoint;
}

function named(
  endpoint: OcsfEndpoint | undefined,
  fqdn: string | undefined,
  port: number | undefined,
  translated: OcsfEndpoint | undefined,
): OcsfEndpoint | undefined {
  const out: OcsfEndpoint = { ...endpoint };
  if (fqdn !== undefined && ipAddress(fqdn) === undefined) out.hostname = normaliseHostname(fqdn);
  if (out.ip === undefined && out.hostname === undefined) return undefined;
  const number = portOf(port);
  if (number !== undefined) out.port = number;
  if (translated !== undefined) out.proxy_endpoint = { ip: translated.ip!, port: translated.port };
  return out;
}

function ofMessage(message: string, base: EventBase, firewall: Reporter, rest: Record<string, unknown>): OcsfEvent {
  const lookup = parseDnsMessage(message);
  if (lookup !== null) {
    const { source, id, type, class: klass, name, protocol, rcode } = lookup;
    return report(
      createEvent(4003, 6, base, {
        src_endpoint: endpointOf(source.host, source.port),
        connection_info: { ...protocolOf(protocol), direction_id: 0 },
        query: { hostname: normaliseHostname(name), type, class: klass, packet_uid: id },
        query_time: base.time,
        ...rcodeOf(rcode),
        message,
        unmapped: rest,
      }),
      firewall,
    );
  }
  const rule = parseRuleMessage(message);
  if (rule === null)
    throw new MalformedInputError(`unknown Azure Firewall message ${JSON.stringify(message.slice(0, 60))}`);
  const { protocol, source, destination, translated, details } = rule;
  const isAddress = ipAddress(destination?.host) !== undefined;
  const fqdn = isAddress ? undefined : destination?.host;
  const detail = (name: string) => details.get(name);
  const signature =
    detail("IDS") ?? (detail("Signature") === undefined ? undefined : `signature ${detail("Signature")}`);
  const verdict = verdictOf(detail("Action")) ?? (translated === undefined ? undefined : "allowed");
  const session: Session = {
    ...applicationOf(protocol, fqdn, detail("Url"), destination?.port),
    source: endpointOf(source.host, source.port),
    destination: named(
      isAddress ? endpointOf(destination?.host, destination?.port) : undefined,
      fqdn,
      destination?.port,
      translated === undefined ? undefined : endpointOf(translated.host, translated.port),
    ),
    activityId: activityOf(verdict),
    verdict,
    rule: { name: detail("Rule") },
    ruleCategory: detail("Rule Collection"),
    policy: detail("Policy"),
    statusDetail: detail("Reason") ?? detail("ThreatIntel"),
    message,
    reporter: firewall,
    unmapped: rest,
  };
  const event = connection(base, session);
  return signature === undefined
    ? event
    : report(
        azureFinding(base, signature, detail("Signature"), detail("Classification"), Number(detail("Priority")), event),
        firewall,
      );
}

function dnsEvent(properties: JsonObject, base: EventBase, rest: Record<string, unknown>): OcsfEvent {
  const name = text(properties, "QueryName");
  const source = endpointOf(text(properties, "SourceIp"), integer(properties, "SourcePort"));
  if (name === undefined || source === undefined) throw new MalformedInputError("DNS query without name or client");
  return createEvent(4003, 6, base, {
    src_endpoint: source,
    connection_info: { ...protocolOf(text(properties, "Protocol")), direction_id: 0 },
    query: {
      hostname: normaliseHostname(name),
      type: text(properties, "QueryType"),
      class: text(properties, "QueryClass"),
      packet_uid: integer(properties, "QueryId"),
    },
    query_time: base.time,
    duration: durationMs(properties, "RequestDurationSecs", 1_000),
    ...rcodeOf(text(properties, "ResponseCode")),
    unmapped: rest,
  });
}

function findingEvent(properties: JsonObject, base: EventBase, rest: Record<string, unknown>): OcsfEvent {
  const id = textOf(properties, "SignatureId");
  const title = text(properties, "Description") ?? (id === undefined ? undefined : `signature ${id}`);
  if (title === undefined) throw new MalformedInputError("IDPS record without a signature");
  const event = connection(base, { ...sessionOf(properties), unmapped: rest });
  return azureFinding(base, title, id, text(properties, "Category"), integer(properties, "Severity"), event);
}
