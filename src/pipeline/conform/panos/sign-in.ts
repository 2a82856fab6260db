/** GlobalProtect, User-ID, authentication and system logs -> Authentication, Tunnel Activity; configuration -> API Activity. */
import type { OcsfEndpoint, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { apiActor, operationActivity, outcomeStatus } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { address, endOf, leftOver, mac, told } from "../network/fields.ts";
import { createLogon } from "../network/logon.ts";
import { report } from "../network/session.ts";
import { createTunnel } from "../network/tunnel.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { loginOf } from "../web/login.ts";
import type { PanosRecord } from "./record.ts";

type Reporter = OcsfEvent["metadata"]["reporter"];

const LEFT = [
  "stage",
  "auth_method",
  "tunnel_type",
  "portal",
  "gateway",
  "client_os",
  "client_ver",
  "connect_method",
  "datasource",
  "datasourcetype",
  "authpolicy",
  "serverprofile",
] as const;

/** Portal and gateway log-ins and log-outs; tunnels that open and what else their life tells. */
export function globalProtectEvent(
  base: EventBase,
  { fields }: PanosRecord,
  reporter: Reporter,
): OcsfEvent | OcsfEvent[] | null {
  const event = told(fields, "eventid") ?? told(fields, "stage") ?? "";
  const user = loginOf(told(fields, "srcuser"));
  const source = endOf({
    ip: address(fields, "public_ip", "public_ipv6", "src"),
    hostname: told(fields, "machinename"),
  });
  const status = told(fields, "status")?.toLowerCase();
  const succeeded = status === undefined ? undefined : status === "success";
  const detail = told(fields, "error", "reason");
  const unmapped = leftOver(fields, LEFT);
  const privateIp = address(fields, "private_ip", "private_ipv6");
  const activity = /(?:-auth|-login|-register)$|^login$/.test(event) ? 1 : /-?logout$/.test(event) ? 2 : undefined;
  if (activity !== undefined) {
    return createLogon(base, {
      activity,
      user,
      service: "GlobalProtect",
      source,
      succeeded,
      detail,
      message: told(fields, "opaque"),
      reporter,
      unmapped: privateIp === undefined ? unmapped : { ...unmapped, private_ip: privateIp },
    });
  }
  if (source === undefined) return null;
  const opens = event.includes("disconnect") ? 2 : event.endsWith("connected") ? 1 : undefined;
  if (opens !== undefined && privateIp !== undefined && succeeded !== false)
    return createTunnel(base, {
      activity: opens,
      user,
      outer: source,
      inner: privateIp,
      message: told(fields, "opaque"),
      unmapped,
    }).map((side) => report(side, reporter));
  return report(
    createEvent(4014, opens ?? 99, base, {
      ...outcomeStatus(succeeded),
      status_detail: detail,
      message: told(fields, "opaque"),
      actor: user === undefined ? undefined : { user },
      src_endpoint: privateIp === undefined ? source : { ...source, proxy_endpoint: { ip: privateIp } },
      unmapped,
    }),
    reporter,
  );
}

/** A host information profile that matched: which machine and person GlobalProtect knows at an address. */
export function hipMatchEvent(base: EventBase, { fields }: PanosRecord, reporter: Reporter): OcsfEvent | null {
  const user = loginOf(told(fields, "srcuser"));
  const machine = told(fields, "machinename");
  const ip = address(fields, "src", "srcipv6");
  if (ip === undefined) return null;
  return report(
    createEvent(4014, 99, base, {
      actor: user === undefined ? undefined : { user },
      src_endpoint: endOf({ ip, hostname: machine, mac: mac(fields, "mac") }),
      message: told(fields, "matchname"),
      unmapped: leftOver(fields, ["matchname", "matchtype", "os", "machinename", "hostid", "serialnumber", "vsys"]),
    }),
    reporter,
  );
}

/** User-ID learns which user sits at an address: as good as a log-in seen there. */
export function userIdEvent(base: EventBase, { fields, subtype }: PanosRecord, reporter: Reporter): OcsfEvent | null {
  if (subtype !== "login" && subtype !== "logout") return null;
  const user = loginOf(told(fields, "user", "srcuser"));
  const ip = address(fields, "ip", "src");
  if (user === undefined || ip === undefined) return null;
  return createLogon(base, {
    activity: subtype === "login" ? 1 : 2,
    user,
    service: "User-ID",
    source: { ip },
    succeeded: true,
    reporter,
    unmapped: leftOver(fields, LEFT),
  });
}

export function authenticationEvent(base: EventBase, { fields, subtype }: PanosRecord, reporter: Reporter): OcsfEvent {
  const words = [told(fields, "event"), told(fields, "opaque"), told(fields, "threatid"), subtype]
    .join(" ")
    .toLowerCase();
  return createLogon(base, {
    activity: 1,
    user: loginOf(told(fields, "normalize_user", "user", "srcuser", "dstuser")),
    service: told(fields, "object") ?? "PAN-OS",
    source: sourceAt(address(fields, "ip", "src")),
    succeeded: /fail|denied|invalid|timeout|error/.test(words) ? false : /succ/.test(words) ? true : undefined,
    detail: told(fields, "opaque"),
    reporter,
    unmapped: leftOver(fields, LEFT),
  });
}

interface SignIn {
  readonly activity: 1 | 2;
  readonly succeeded: boolean;
  readonly name: string;
  readonly from: string | undefined;
  readonly reason?: string | undefined;
}

/** System logs hold log-ins as sentences; everything else of them is no activity. */
export function systemEvent(base: EventBase, { fields, subtype }: PanosRecord, reporter: Reporter): OcsfEvent | null {
  const message = told(fields, "opaque");
  const signIn = message === undefined || message.length > 4096 ? null : readSentence(message);
  if (signIn === null) return null;
  return createLogon(base, {
    activity: signIn.activity,
    user: loginOf(signIn.name),
    service: subtype === "globalprotect" ? "GlobalProtect" : "PAN-OS",
    source: sourceAt(signIn.from),
    succeeded: signIn.succeeded,
    detail: signIn.reason,
    message,
    reporter,
    unmapped: leftOver(fields, ["eventid", "object"]),
  });
}

/** `failed authentication for user 'admin'.  Reason: Invalid username/password. … From: 10.0.10.55.` */
const AUTHENTICATED = /^(failed authentication|authenticated|authentication failed) for user '([^']{1,256})'/i;
/** `User admin logged in via Web from 10.0.0.5 using https`, `… logged out via CLI from …` */
const ADMINISTRATOR = /^User (\S{1,256}) logged (in|out) via (?:\S{1,64} )?from (\S{1,255})/;
/** `GlobalProtect portal user authentication succeeded. Login from: 10.0.0.5, …, User name: alice, …` */
const GLOBALPROTECT = /^GlobalProtect (?:portal|gateway) user (?:authentication|login|logout) (succeeded|failed)\./;

function readSentence(message: string): SignIn | null {
  const plain = AUTHENTICATED.exec(message);
  if (plain !== null) {
    return {
      activity: 1,
      succeeded: plain[1]!.toLowerCase() === "authenticated",
      name: plain[2]!,
      from: part(message, "From: "),
      reason: part(message, "Reason: "),
    };
  }
  const administrator = ADMINISTRATOR.exec(message);
  if (administrator !== null) {
    const [, name, way, from] = administrator;
    return { activity: way === "in" ? 1 : 2, succeeded: true, name: name!, from };
  }
  const portal = GLOBALPROTECT.exec(message);
  const name = portal === null ? undefined : part(message, "User name: ");
  return portal === null || name === undefined
    ? null
    : {
        activity: message.includes(" user logout ") ? 2 : 1,
        succeeded: portal[1] === "succeeded",
        name,
        from: part(message, "from: "),
        reason: part(message, "Reason: "),
      };
}

/** What stands behind a label, up to a comma, the end or the point of the sentence. */
function part(message: string, label: string): string | undefined {
  const at = message.indexOf(label);
  if (at === -1) return undefined;
  const rest = message.slice(at + label.length, at + label.length + 256);
  const end = /,|\.(?:\s|$)|$/.exec(rest)!.index;
  return rest.slice(0, end).trim() || undefined;
}

/** An administrator's command. */
export function configEvent(base: EventBase, { fields }: PanosRecord, reporter: Reporter): OcsfEvent {
  const command = told(fields, "cmd", "action") ?? "unknown";
  const user: OcsfUser = loginOf(told(fields, "admin", "dstuser", "srcuser")) ?? {};
  const path = told(fields, "path");
  const result = told(fields, "result")?.toLowerCase();
  return report(
    createEvent(6003, operationActivity(command), base, {
      ...outcomeStatus(result === undefined ? undefined : /^(?:succe|submit|ok)/.test(result)),
      status_detail: told(fields, "result"),
      actor: apiActor(user),
      api: { operation: command, service: { name: "PAN-OS" } },
      resources: path === undefined ? undefined : [{ name: path, type: "configuration" }],
      src_endpoint: sourceAt(address(fields, "host", "src")) ?? { name: "unknown" },
      unmapped: leftOver(fields, ["client", "vsys"]),
    }),
    reporter,
  );
}

function sourceAt(text: string | undefined): OcsfEndpoint | undefined {
  const ip = ipAddress(text);
  if (ip !== undefined) return { ip };
  return text !== undefined && /^[A-Za-z0-9._-]{1,255}$/.test(text) ? { hostname: text.toLowerCase() } : undefined;
}
