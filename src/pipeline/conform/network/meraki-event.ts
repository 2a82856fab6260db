/**
 * Messages of Meraki's `events` stream that tie people and machines to addresses: client VPN and AnyConnect sessions, 802.1X and
 * splash page sign-ins, DHCP leases; and pages that the content filter kept from them. All others are about radios, ports and cables.
 *
 * @see https://documentation.meraki.com/General_Administration/Monitoring_and_Reporting/Syslog_Event_Types_and_Log_Samples
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import type { SyslogHeader } from "../define-map.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import type { EventBase } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import { createSignOn, NOBODY } from "../sign-on.ts";
import { readUser } from "./cisco-place.ts";
import { createDhcp, macAddress } from "./dhcp.ts";
import { endOf } from "./fields.ts";
import { createSession } from "./session.ts";
import { createTunnel } from "./tunnel.ts";

const VPN =
  /^(?:type=)?((?:client|anyconnect)_vpn_(?:connect|disconnect)) user id '([^']{1,255})' local ip ([0-9A-Fa-f.:]{2,45}) (?:(re)|dis)?connected from ([0-9A-Fa-f.:]{2,45})/;
const LEASE =
  /^dhcp lease of ip ([0-9A-Fa-f.:]{2,45}) from (?:server |mx )?mac ([0-9A-Fa-f:]{17}) for client mac ([0-9A-Fa-f:]{17})(?: with hostname '?([^'\s]{1,255})'?)?(?: from router ([0-9.]{7,15}))?/;
const TYPED = /^(?:type=([A-Za-z0-9_]{1,64})|(anyconnect_vpn_[a-z_]{1,48}))\b/;
/** `Peer IP=203.0.113.5 User[alice] Sess-ID[396]: …`, in either order, or `… Peer IP=203.0.113.5 … User=alice: …`. */
const ANYCONNECT_PEER = /\bPeer IP=([0-9A-Fa-f.:]{2,45})/;
const ANYCONNECT_USER = /\bUser(?:\[([^\]]{1,255})\]|=([^\s:]{1,255}))/;
const ASSIGNED = /\bfor assigned IP ([0-9A-Fa-f.:]{2,45})/;

const FILTERED = "content_filtering_block";
const SERVER = /^([0-9A-Fa-f.:]{2,45}):(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2})$/;

/** 802.1X and splash messages -> whether somebody came in. */
const SIGN_ONS: ReadonlyMap<string, boolean> = new Map([
  ["8021x_eap_success", true],
  ["8021x_auth", true],
  ["8021x_eap_failure", false],
  ["splash_auth", true],
]);

export function merakiEvent(
  base: EventBase,
  text: string,
  syslog: SyslogHeader | null,
): OcsfEvent | OcsfEvent[] | null {
  const vpn = VPN.exec(text);
  if (vpn !== null) {
    const [, kind, user, inner, again, outer] = vpn as unknown as (string | undefined)[];
    return createTunnel(
      { ...base, event_code: kind },
      {
        activity: kind!.endsWith("disconnect") ? 2 : again === undefined ? 1 : 3,
        user: readUser(user),
        outer: endpoint(outer),
        inner: ipAddress(inner),
      },
    );
  }
  const lease = LEASE.exec(text);
  if (lease !== null) {
    const [, address, , mac, hostname, router] = lease as unknown as (string | undefined)[];
    return createDhcp(
      { ...base, event_code: "dhcp_lease" },
      { activity: 5, address: ipAddress(address), mac: macAddress(mac), hostname, server: ipAddress(router) },
      syslog,
    );
  }
  const typed = TYPED.exec(text);
  const type = typed?.[1] ?? typed?.[2];
  if (/^(?:type=)?content_filtering_block\b/.test(text)) return blockedRequest({ ...base, event_code: FILTERED }, text);
  if (type === undefined) return null;
  if (type.startsWith("anyconnect_vpn")) return anyconnectEvent({ ...base, event_code: type }, type, text);
  const succeeded = SIGN_ONS.get(type);
  return succeeded === undefined ? null : wirelessSignOn({ ...base, event_code: type }, text, succeeded);
}

/** Names the client by its network card alone. */
function blockedRequest(base: EventBase, text: string): OcsfEvent | null {
  const target = value(text, "url");
  if (target === undefined) return null;
  const url = splitUrl(target);
  const categories = [0, 1, 2, 3].flatMap((number) => value(text, `category${number}`) ?? []);
  if (categories.length > 0) url.categories = categories;
  const mac = macAddress(value(text, "client_mac"));
  const server = SERVER.exec(value(text, "server") ?? "");
  return createSession(base, {
    activityId: 5,
    source: mac === undefined ? { svc_name: "client" } : { uid: mac, mac },
    destination: endOf({
      ip: ipAddress(server?.[1]),
      port: server === null ? url.port : Number(server[2]),
      hostname: url.hostname,
    }),
    verdict: "blocked",
    request: { url },
  });
}

function anyconnectEvent(base: EventBase, type: string, text: string): OcsfEvent | OcsfEvent[] | null {
  const outer = endpoint(ANYCONNECT_PEER.exec(text)?.[1]);
  const named = ANYCONNECT_USER.exec(text);
  const user = readUser(named?.[1] ?? named?.[2]);
  const inner = ipAddress(ASSIGNED.exec(text)?.[1]);
  if (inner !== undefined) return createTunnel(base, { activity: 1, user, outer, inner });
  if (/Session disconnected/.test(text))
    return createTunnel(base, { activity: 2, user, outer, inner: undefined, message: text });
  if (/Session connected/.test(text) && user !== undefined && outer !== undefined)
    return createTunnel(base, { activity: 1, user, outer, inner: undefined, message: text });
  if (!/_auth_(?:success|failure)$/.test(type)) return null;
  return signOn(base, user, outer, type.endsWith("success"), "AnyConnect", text);
}

function wirelessSignOn(base: EventBase, text: string, succeeded: boolean): OcsfEvent {
  const identity = value(text, "identity");
  const address = ipAddress(value(text, "client_ip") ?? value(text, "last_known_client_ip"));
  const mac = macAddress(value(text, "client_mac") ?? value(text, "mac"));
  const source: OcsfEndpoint = {};
  if (address !== undefined && address !== "0.0.0.0") source.ip = address;
  else if (mac !== undefined) source.uid = mac;
  else source.svc_name = "wireless";
  if (mac !== undefined) source.mac = mac;
  return signOn(base, readUser(identity), source, succeeded, "wireless", undefined);
}

function signOn(
  base: EventBase,
  user: OcsfUser | undefined,
  source: OcsfEndpoint | undefined,
  succeeded: boolean,
  service: string,
  message: string | undefined,
): OcsfEvent {
  return createSignOn(base, {
    activity: 1,
    user: user ?? NOBODY,
    service,
    source: source ?? { svc_name: service },
    succeeded,
    message,
    unmapped: {},
  });
}

/** `name='value'`. */
function value(text: string, name: string): string | undefined {
  const at = text.indexOf(` ${name}='`);
  if (at === -1) return undefined;
  const from = at + name.length + 3;
  const end = text.indexOf("'", from);
  return end === -1 || end === from ? undefined : text.slice(from, end);
}

function endpoint(text: string | undefined): OcsfEndpoint | undefined {
  const ip = ipAddress(text);
  return ip === undefined ? undefined : { ip };
}
