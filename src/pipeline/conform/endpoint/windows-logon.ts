/** Logon, logoff and Kerberos events of the Security channel -> Authentication (3002). */
import type { OcsfEvent } from "../../../model/activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import type { WindowsEvent } from "../decoders/windows-event.ts";
import { property } from "../read-json.ts";
import { LOGON_FAILURES, LOGON_TYPES } from "../tables/windows-security.ts";
import { portOf, processId, processOf, userOf } from "./objects.ts";
import { field, windowsActivity, type WindowsSubject } from "./windows.ts";

type Data = WindowsEvent["data"];

/** Events whose id alone says that it failed; the others carry a status or an outcome. */
const FAILURES: ReadonlySet<number> = new Set([4625, 4771]);

export function conformLogon(subject: WindowsSubject, activityId: number): OcsfEvent {
  const { data, event } = subject;
  const logonType = LOGON_TYPES.get(field(data, "LogonType") ?? "");
  const failed = FAILURES.has(event.eventId) || event.outcome === "failure" || failureStatus(data) !== undefined;
  const domain = field(data, "TargetDomainName");
  const target = userOf(accountName(field(data, "TargetUserName"), domain), domain, sid(data, "Target")) ?? {
    name: "unknown",
  };
  const actor = userOf(field(data, "SubjectUserName"), field(data, "SubjectDomainName"), sid(data, "Subject"));
  const process = processOf({ image: field(data, "ProcessName"), pid: processId(property(data, "ProcessId")) });
  const logonId = field(data, "TargetLogonId");
  const service = field(data, "ServiceName");
  return windowsActivity(subject, 3002, activityId, {
    user: target,
    actor: actor === undefined && process === undefined ? undefined : { user: actor, process },
    src_endpoint: origin(data),
    dst_endpoint: targetMachine(subject),
    ...(logonType === undefined
      ? {}
      : { logon_type_id: logonType.id, logon_type: logonType.caption, is_remote: logonType.remote }),
    ...protocol(data, event.eventId),
    session: logonId === undefined || logonId === "0x0" ? undefined : { uid: logonId },
    service: service === undefined ? undefined : { name: service },
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
    status_code: failed ? (field(data, "SubStatus") ?? field(data, "Status")) : undefined,
    status_detail: failed ? failureStatus(data) : undefined,
  });
}

/** Kerberos writes `alice@ACME.EXAMPLE` of the realm ACME.EXAMPLE: the account is `alice`, as the other events call it. */
function accountName(name: string | undefined, domain: string | undefined): string | undefined {
  const at = name?.lastIndexOf("@") ?? -1;
  if (name === undefined || domain === undefined || at <= 0) return name;
  return name.slice(at + 1).toLowerCase() === domain.toLowerCase() ? name.slice(0, at) : name;
}

/** S-1-0-0 is nobody. */
function sid(data: Data, side: "Subject" | "Target"): string | undefined {
  const value = field(data, `${side}UserSid`) ?? field(data, `${side}Sid`);
  return value === "S-1-0-0" ? undefined : value;
}

function origin(data: Data): OcsfEvent["src_endpoint"] {
  const address = ipAddress(property(data, "IpAddress"));
  const ip = address?.toLowerCase().startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
  const hostname = field(data, "WorkstationName") ?? field(data, "Workstation");
  if (ip === undefined && hostname === undefined) return undefined;
  const port = portOf(property(data, "IpPort"));
  return { ip, port: port === 0 ? undefined : port, hostname };
}

/** 4648 names the machine the credentials were used on; else it is the one that logged. */
function targetMachine({ data, event }: WindowsSubject): OcsfEvent["dst_endpoint"] {
  const server = event.eventId === 4648 ? field(data, "TargetServerName") : undefined;
  const hostname = server === undefined || server.toLowerCase() === "localhost" ? event.computer : server;
  return hostname === undefined ? { name: "unknown" } : { hostname };
}

function protocol(data: Data, eventId: number): { auth_protocol_id?: number; auth_protocol?: string } {
  const name = field(data, "LmPackageName") ?? field(data, "AuthenticationPackageName") ?? field(data, "PackageName");
  if (eventId >= 4768 && eventId <= 4771) return { auth_protocol_id: 2, auth_protocol: "Kerberos" };
  if (name === undefined) return {};
  if (/^(?:NTLM|MICROSOFT_AUTHENTICATION_PACKAGE)/i.test(name)) return { auth_protocol_id: 1, auth_protocol: "NTLM" };
  return /^kerberos$/i.test(name)
    ? { auth_protocol_id: 2, auth_protocol: "Kerberos" }
    : { auth_protocol_id: 99, auth_protocol: name };
}

/** The reason in words; undefined when the event reports no failure. */
function failureStatus(data: Data): string | undefined {
  for (const name of ["SubStatus", "Status"]) {
    const code = field(data, name)?.toLowerCase();
    if (code === undefined || /^0x0+$/.test(code)) continue;
    return LOGON_FAILURES.get(code) ?? `status ${code.slice(0, 32)}`;
  }
  return undefined;
}
