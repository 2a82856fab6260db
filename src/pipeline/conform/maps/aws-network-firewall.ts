/**
 * AWS Network Firewall alert, flow and TLS logs: Suricata EVE records under `event`, with the firewall's name around them.
 *
 * @see https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html
 */
import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { conformEve } from "../network/suricata.ts";
import { object, property, text } from "../read-json.ts";

const product = { name: "Network Firewall", vendor_name: "AWS" } as const;

export default defineMap({
  id: "aws-network-firewall",
  title: "AWS Network Firewall logs",
  product,
  reference: "https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html",
  lane: "network",
  exporting:
    "Logging configuration of the firewall: switch on flow, alert and (with inspection) TLS logs, to S3 or " +
    "CloudWatch Logs. For every server name add a rule that alerts on TLS and HTTP.",
  limits: [
    "Flow logs hold one record per direction, and only of traffic that the stateful engine saw.",
    "The alert log holds what rules alert on or drop, not all requests.",
    "Without TLS inspection only the server name shows.",
  ],
  recognise({ json }) {
    if (json === null || text(json, "firewall_name") === undefined) return 0;
    const event = object(json, "event");
    return property(json, "availability_zone") !== undefined && property(event, "timestamp") !== undefined ? 1 : 0;
  },
  conform({ json }) {
    const event = object(json, "event");
    if (event === undefined) throw new MalformedInputError("Network Firewall record without an event");
    const activity = conformEve(typed(event), product);
    if (activity === null) return null;
    const unmapped = (activity.unmapped ??= {});
    unmapped["firewall_name"] = text(json, "firewall_name");
    const zone = text(json, "availability_zone");
    if (zone !== undefined) {
      activity.cloud = { provider: "AWS", region: zone.replace(/[a-z]$/, "") };
      activity.metadata.profiles = [...(activity.metadata.profiles ?? []), "cloud"];
      unmapped["availability_zone"] = zone;
    }
    return activity;
  },
});

/** Logs of TLS inspection name no type: what they tell stands under `tls_inspected`, `tls_error` or `sni`. */
function typed(event: JsonObject): JsonObject {
  if (Object.hasOwn(event, "event_type")) return event;
  return { ...event, event_type: "tls", tls: object(event, "tls") ?? { sni: property(event, "sni") as string } };
}
