/** Event logs of Sophos Firewall: sign-ons, leases, administration. */
import type { OcsfEvent } from "../../../model/activity.ts";
import { apiActor } from "../api-activity.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { loginOf } from "../web/login.ts";
import { address, endOf, leftOver, mac, told, type Fields } from "./fields.ts";
import { createLogon } from "./logon.ts";
import { report } from "./session.ts";

type Reporter = OcsfEvent["metadata"]["reporter"];

const DHCP_ACTIVITIES: ReadonlyMap<string, number> = new Map([
  ["renew", 5],
  ["release", 7],
  ["expire", 9],
]);

/** null for what is nobody's activity: updates, schedules, interfaces. */
export function sophosEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | null {
  const component = told(fields, "log_component") ?? "";
  const message = told(fields, "message") ?? "";
  const user = loginOf(told(fields, "user_name", "user"));
  if (component === "DHCP Server") return dhcpEvent(base, fields, reporter);
  const isVpn = component === "SSL VPN" || component === "L2TP" || component === "PPTP" || component === "IPSec";
  if (
    told(fields, "log_subtype") === "Authentication" ||
    /\blog(?:ged)? ?(?:in|out)\b/i.test(message) ||
    (isVpn && user !== undefined)
  )
    return createLogon(base, {
      activity: /logged out|disconnected|terminated/i.test(`${message} ${told(fields, "status") ?? ""}`) ? 2 : 1,
      user,
      service: component === "" ? "Sophos Firewall" : component,
      source: endOf({ ip: address(fields, "src_ip", "remote_ip", "remoteinterfaceip"), mac: mac(fields, "src_mac") }),
      succeeded: succeeded(told(fields, "status")),
      detail: told(fields, "reason"),
      message: told(fields, "message"),
      reporter,
      unmapped: leftOver(fields, [
        "log_subtype",
        "usergroupname",
        "auth_client",
        "auth_mechanism",
        "ipaddress",
        "connectionname",
        "Mode",
      ]),
    });
  if (user === undefined || told(fields, "log_subtype") !== "Admin") return null;
  const event = createEvent(6003, 3, base, {
    actor: apiActor(user),
    src_endpoint: endOf({ ip: address(fields, "src_ip") }) ?? { name: "unknown" },
    api: {
      operation: `${component} ${told(fields, "log_subtype") ?? ""}`.trim(),
      service: { name: "Sophos Firewall" },
    },
    ...(succeeded(told(fields, "status")) === false
      ? { status_id: 2, status: "Failure" }
      : { status_id: 1, status: "Success" }),
    message: told(fields, "message"),
  });
  return report(event, reporter);
}

function succeeded(status: string | undefined): boolean | undefined {
  if (status === undefined) return undefined;
  return /^(?:success|successful|established|connected|disconnected|terminated)/i.test(status)
    ? true
    : /fail|expire|deny|denied/i.test(status)
      ? false
      : undefined;
}

function dhcpEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | null {
  const client = endOf({
    ip: address(fields, "reported_ip", "ipaddress"),
    hostname: told(fields, "reported_host", "client_host_name"),
    mac: mac(fields, "src_mac", "client_physical_address"),
  });
  if (client === undefined) return null;
  const event = createEvent(4004, DHCP_ACTIVITIES.get(told(fields, "status")?.toLowerCase() ?? "") ?? 99, base, {
    src_endpoint: client,
    message: told(fields, "message"),
    unmapped: leftOver(fields, ["status", "lease_time"]),
  });
  return report(event, reporter);
}
