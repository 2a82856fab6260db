/**
 * Amazon Route 53 Resolver query logs -> DNS Activity: questions of machines in a VPC, with the answers they got.
 *
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { unmappedRest } from "../api-activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { protocolOf } from "../network/protocols.ts";
import { createEvent } from "../ocsf.ts";
import { integer, list, object, property, text, textOf } from "../read-json.ts";
import { verdictFields, type Verdict } from "../web/verdict.ts";

const product = { name: "Route 53 Resolver", vendor_name: "AWS" } as const;

const PLACED: ReadonlySet<string> = new Set(
  "account_id region query_timestamp query_name query_type query_class rcode answers srcaddr srcport transport version firewall_rule_action".split(
    " ",
  ),
);

const MAX_ANSWERS = 64;

export default defineMap({
  id: "aws-route53-resolver",
  title: "Amazon Route 53 Resolver query logs",
  product,
  reference: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html",
  lane: "network",
  exporting: "Route 53 Resolver, query logging: a configuration for every VPC, to S3 or CloudWatch Logs.",
  limits: [
    "Names no user; the machine by its instance id at best.",
    "Answers from the machine's own or the resolver's cache may not be logged again.",
    "Lookups over HTTPS (DoH) to resolvers outside do not appear.",
  ],
  recognise({ json }) {
    if (json === null || text(json, "query_name") === undefined || !Object.hasOwn(json, "srcaddr")) return 0;
    return Object.hasOwn(json, "query_timestamp") || Object.hasOwn(json, "vpc_id") ? 1 : 0;
  },
  conform({ json, syslog }, { fileModifiedTime }) {
    if (json === null) throw new MalformedInputError("no resolver query log record");
    const name = text(json, "query_name");
    if (name === undefined) throw new MalformedInputError("resolver query log record without a query_name");
    const source = sourceOf(json);
    if (source === undefined) throw new MalformedInputError("resolver query log record without a client");
    const transport = text(json, "transport")?.toLowerCase();
    const protocol = transport === undefined ? undefined : /udp|tcp/.exec(transport)?.[0];
    const code = rcodeOf(text(json, "rcode"));
    const answers = answersOf(json);
    const account = textOf(json, "account_id");
    const time = parseTime(property(json, "query_timestamp")) ?? syslog?.time ?? fileModifiedTime;
    const event = createEvent(
      4003,
      code.rcode_id === undefined && answers === undefined ? 1 : 6,
      { product, time },
      {
        src_endpoint: source,
        connection_info:
          transport === undefined ? undefined : { ...protocolOf(protocol ?? transport), direction_id: 0 },
        app_protocol_name: "dns",
        query: {
          hostname: normaliseHostname(name),
          type: text(json, "query_type"),
          class: text(json, "query_class"),
        },
        query_time: time,
        answers,
        ...code,
        ...verdictFields(DNS_FIREWALL.get(text(json, "firewall_rule_action") ?? "")),
        cloud: {
          provider: "AWS",
          region: text(json, "region"),
          account: account === undefined ? undefined : { uid: account },
        },
        unmapped: unmappedRest(json, PLACED),
      },
    );
    event.metadata.profiles = [...(event.metadata.profiles ?? []), "cloud"];
    return event;
  },
});

function sourceOf(json: JsonObject): OcsfEndpoint | undefined {
  const ip = ipAddress(property(json, "srcaddr"));
  const instance = text(object(json, "srcids"), "instance");
  if (ip === undefined) return instance === undefined ? undefined : { instance_uid: instance };
  return { ip, port: portOf(integer(json, "srcport")), instance_uid: instance };
}

/** A list of `{Rdata, Type, Class}`; some pipelines unpack a list of one. */
function answersOf(json: JsonObject): OcsfEvent["answers"] {
  const single = object(json, "answers");
  const answers: NonNullable<OcsfEvent["answers"]> = [];
  for (const item of (single === undefined ? list(json, "answers") : [single]).slice(0, MAX_ANSWERS)) {
    const rdata = text(item, "Rdata") ?? text(item, "rdata");
    if (rdata === undefined) continue;
    const type = text(item, "Type") ?? text(item, "type");
    answers.push({
      rdata: type === "A" || type === "AAAA" || type === "TXT" ? rdata : normaliseHostname(rdata),
      type,
      class: text(item, "Class") ?? text(item, "class"),
    });
  }
  return answers.length === 0 ? undefined : answers;
}

/** What DNS Firewall did. */
const DNS_FIREWALL: ReadonlyMap<string, Verdict> = new Map([
  ["BLOCK", "blocked"],
  ["ALERT", "alerted"],
  ["ALLOW", "allowed"],
]);
