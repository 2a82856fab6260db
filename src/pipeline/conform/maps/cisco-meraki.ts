/**
 * Cisco Meraki syslog -> Network Activity (flows), HTTP Activity (urls), Detection Finding (security_event), and what the events
 * stream tells of people and leases.
 *
 *     <134>1 1774001234.289402144 MX84 flows allow src=10.1.4.17 dst=203.0.113.22 mac=02:00:00:00:00:17 protocol=tcp sport=54841 dport=443
 *     <134>1 1774001234.348215340 MX84 urls src=10.1.4.17:60336 dst=203.0.113.22:443 mac=02:00:00:00:00:17 request: UNKNOWN https://github.com/...
 *
 * @see https://documentation.meraki.com/General_Administration/Monitoring_and_Reporting/Syslog_Event_Types_and_Log_Samples
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseEpoch } from "../decoders/timestamp.ts";
import { readUser } from "../network/cisco-place.ts";
import { macAddress } from "../network/dhcp.ts";
import { address, count, endOf, type Fields, port, told } from "../network/fields.ts";
import { merakiEvent } from "../network/meraki-event.ts";
import { createSession, report, reporterOf, type Session } from "../network/session.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import { type Verdict, verdictFields } from "../web/verdict.ts";

const PRODUCT = { name: "Meraki", vendor_name: "Cisco" } as const;

const MESSAGE =
  /(?:^|\s)(?:1 )?(\d{9,10}\.\d{1,9}) (\S{1,128}) (flows|urls|events|security_event|ids-alerts|ip_flow_start|ip_flow_end|airmarshal_events|(?:[a-z0-9]{1,24}_){0,4}firewall) (.{1,16384})$/;
const REQUEST =
  /^src=(\S{2,64}) dst=(\S{2,64})(?: mac=(\S{1,32}))?(?: user=(\S{1,255}))?(?: agent='([^']{0,2048})')? request: (\S{1,32}) (\S{1,8192})/;
const PATTERN = / pattern: (.{1,1024})$/;
/** Blanks stand inside; empty where the file has no name. */
const FILE_NAME = / name='([^']{1,1024})'/;
const ALERT_MESSAGE = / message: (.{1,1024})$/;

export default defineMap({
  id: "cisco-meraki",
  title: "Cisco Meraki syslog",
  product: PRODUCT,
  reference:
    "https://documentation.meraki.com/General_Administration/Monitoring_and_Reporting/Syslog_Event_Types_and_Log_Samples",
  lane: "network",
  exporting:
    "Network-wide, General, Reporting: a syslog server with the roles Flows, URLs, Event log, Security events " +
    "and Air Marshal.",
  limits: [
    "Counts no bytes.",
    "Encrypted requests show only the host, as `UNKNOWN https://host/...`.",
    "Flows name no user; client VPN and 802.1X events tie addresses to people.",
  ],
  recognise({ body, json }) {
    return json === null && MESSAGE.test(body.length > 600 ? body.slice(0, 600) : body) ? 0.94 : 0;
  },
  conform({ body, syslog }, { fileModifiedTime }) {
    const match = MESSAGE.exec(body);
    if (match === null) throw new MalformedInputError("no Meraki message");
    const [, stamp, device, kind, text] = match as unknown as [string, string, string, string, string];
    const base: EventBase = {
      product: PRODUCT,
      time: parseEpoch(stamp) ?? syslog?.time ?? fileModifiedTime,
      event_code: kind,
    };
    const reporter = reporterOf(device);
    switch (kind) {
      case "events": {
        const events = merakiEvent(base, text, syslog);
        return events === null
          ? null
          : Array.isArray(events)
            ? events.map((event) => report(event, reporter))
            : report(events, reporter);
      }
      case "airmarshal_events":
        return null;
      case "urls":
        return requestEvent(base, text, reporter);
      case "security_event":
      case "ids-alerts":
        return securityEvent(base, text, reporter);
      default:
        return flowEvent(base, kind, text, reporter);
    }
  },
});

function flowEvent(base: EventBase, kind: string, text: string, reporter: Session["reporter"]): OcsfEvent {
  const pattern = PATTERN.exec(text);
  const head = pattern === null ? text : text.slice(0, pattern.index);
  const fields = readKeyValues(head);
  const source = address(fields, "src");
  const destination = address(fields, "dst");
  if (source === undefined && destination === undefined)
    throw new MalformedInputError("Meraki flow without its addresses");
  const verdict = verdictOf(/^(allow|deny)\b/.exec(head)?.[1] ?? pattern?.[1]);
  const translatedPort = port(fields, "translated_port");
  const translated = { translatedIp: address(fields, "translated_src_ip"), translatedPort };
  return createSession(base, {
    activityId: verdict === "blocked" ? 5 : kind === "ip_flow_start" ? 1 : kind === "ip_flow_end" ? 2 : 6,
    source: endOf({
      ip: source,
      port: port(fields, "sport"),
      mac: macAddress(told(fields, "mac")),
      ...(translated.translatedIp === undefined ? {} : translated),
    }),
    destination: endOf({
      ip: destination,
      port: port(fields, "dport"),
      translatedIp: address(fields, "translated_dst_ip"),
      translatedPort: translated.translatedIp === undefined ? translatedPort : undefined,
    }),
    protocol: told(fields, "protocol"),
    verdict,
    rule: pattern === null ? undefined : { name: pattern[1]! },
    reporter,
    unmapped: count(fields, "type") === undefined ? undefined : { icmp_type: count(fields, "type") },
  });
}

/** `allow all`, `deny (src 10.10.0.0/16)`, `Group Policy Allow`; older firmware writes 1 and 0. */
function verdictOf(text: string | undefined): Verdict | undefined {
  if (text === undefined) return undefined;
  if (/^(?:allow|1)\b|\ballow$/i.test(text)) return "allowed";
  return /^(?:deny|0)\b|\bdeny$/i.test(text) ? "blocked" : undefined;
}

function requestEvent(base: EventBase, text: string, reporter: Session["reporter"]): OcsfEvent {
  const match = REQUEST.exec(text);
  if (match === null) throw new MalformedInputError("Meraki request without its ends or its URL");
  const [, from, to, hardware, user, agent, method, target] = match as unknown as (string | undefined)[];
  // `https://github.com/...`: the dots stand for a path that does not show.
  const url = splitUrl(target!.replace(/\/\.\.\.$/, "/"));
  const source = socket(from!);
  const hardwareAddress = macAddress(hardware);
  if (source !== undefined && hardwareAddress !== undefined) source.mac = hardwareAddress;
  const destination = socket(to!);
  if (destination !== undefined && url.hostname !== undefined && url.hostname !== destination.ip)
    destination.hostname = url.hostname;
  return createSession(base, {
    activityId: 6,
    source,
    destination,
    user: readUser(user),
    request: { method: method === "UNKNOWN" ? undefined : method, url, userAgent: agent },
    reporter,
  });
}

/** `10.1.4.17:60336`, `[2001:db8::17]:60336`, or the address alone. */
function socket(text: string): OcsfEndpoint | undefined {
  const ip = ipAddress(text);
  if (ip === undefined) return undefined;
  const digits = /:(\d{1,5})$/.exec(text)?.[1];
  const isPort = digits !== undefined && ip.length < text.length;
  const portNumber = isPort ? portOf(Number(digits)) : undefined;
  return portNumber === undefined ? { ip } : { ip, port: portNumber };
}

const SEVERITIES: readonly number[] = [1, 4, 3, 2, 1];

function securityEvent(base: EventBase, text: string, reporter: Session["reporter"]): OcsfEvent {
  const message = ALERT_MESSAGE.exec(text)?.[1];
  const fields = readKeyValues(text);
  const kind = /^([a-z_]{3,64})\b/.exec(text)?.[1] ?? "security_event";
  const signature = told(fields, "signature");
  const file = FILE_NAME.exec(text)?.[1];
  const title = message ?? file ?? kind;
  const hash = told(fields, "sha256");
  const url = told(fields, "url");
  const [source, destination] = [told(fields, "src"), told(fields, "dst")].map((end) =>
    end === undefined ? undefined : socket(end),
  );
  if (source === undefined && destination === undefined)
    throw new MalformedInputError("Meraki security event without its addresses");
  const event = createEvent(
    2004,
    1,
    { ...base, event_code: kind, severity_id: SEVERITIES[count(fields, "priority") ?? 0] ?? 1 },
    {
      message: title,
      is_alert: true,
      finding_info: {
        title,
        uid: [signature ?? hash ?? title, source?.ip ?? "-", base.time].join(":").slice(0, 255),
        analytic: { name: title, uid: signature, type_id: 1, type: "Rule" },
      },
      ...verdictFields(decisionOf(fields)),
      evidences: [
        {
          src_endpoint: source,
          dst_endpoint: destination,
          http_request: url === undefined ? undefined : { url: splitUrl(url) },
          file:
            hash === undefined || !/^[0-9A-Fa-f]{64}$/.test(hash)
              ? undefined
              : {
                  name: file ?? hash,
                  type_id: 1,
                  hashes: [{ algorithm_id: 3, algorithm: "SHA-256", value: hash.toLowerCase() }],
                },
        },
      ],
      unmapped: {
        direction: told(fields, "direction"),
        protocol: told(fields, "protocol"),
        disposition: told(fields, "disposition"),
      },
    },
  );
  return report(event, reporter);
}

function decisionOf(fields: Fields): Verdict | undefined {
  const decision = told(fields, "decision", "action")?.toLowerCase();
  if (decision === undefined) return undefined;
  return /^(?:block|deny)/.test(decision) ? "blocked" : /^allow/.test(decision) ? "allowed" : undefined;
}
