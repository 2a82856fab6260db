/**
 * Events of the Windows Security channel -> OCSF: files, processes, logons, accounts, the log itself. Events without a
 * class of their own become base events: their fields stay under `unmapped`, where public rules find them.
 */
import type { OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import type { WindowsEvent } from "../decoders/windows-event.ts";
import type { EventBase } from "../ocsf.ts";
import { protocolOf } from "../network/protocols.ts";
import { property } from "../read-json.ts";
import {
  ACCOUNT_CHANGE,
  AUTHENTICATION,
  BLOCKED_CONNECTIONS,
  FILE_ACCESS,
  FILTERING_PLATFORM,
  GROUP_MANAGEMENT,
  SCHEDULED_JOB,
} from "../tables/windows-security.ts";
import { fileOf, portOf, processId, processOf, userOf } from "./objects.ts";
import { integrityOf } from "./sysmon-fields.ts";
import { field, mask, subjectOf, windowsActivity, type WindowsSubject } from "./windows.ts";
import { conformLogon } from "./windows-logon.ts";

type Data = WindowsEvent["data"];

const AUDITING = "Microsoft-Windows-Security-Auditing";

/**
 * @throws {MalformedInputError} when the event lacks what its id promises, or has no readable time
 */
export function conformSecurity(event: WindowsEvent, product: EventBase["product"]): OcsfEvent | null {
  const subject = subjectOf(event, product, "windows");
  const id = event.eventId;
  if (event.provider !== "" && event.provider !== AUDITING) {
    // The event log service itself: 1102 in Security, 104 in System.
    return id === 1102 || id === 104 ? logCleared(subject) : baseEvent(subject);
  }
  if (AUTHENTICATION.has(id)) return conformLogon(subject, AUTHENTICATION.get(id) ?? 99);
  switch (id) {
    case 1102:
      return logCleared(subject);
    case 4656:
    case 4663:
    case 4659:
    case 4670:
      return objectAccess(subject);
    case 5140:
      return shareConnection(subject);
    case 5145:
      return shareAccess(subject);
    case 4688:
      return launch(subject);
    case 4689:
      return terminate(subject);
    case 4719:
      return auditPolicy(subject);
    // A handle closed or duplicated: the access itself is 4656 and 4663.
    case 4658:
    case 4690:
      return null;
    default:
      return (
        tableActivity(subject, ACCOUNT_CHANGE, accountChange) ??
        tableActivity(subject, GROUP_MANAGEMENT, groupManagement) ??
        tableActivity(subject, SCHEDULED_JOB, scheduledJob) ??
        tableActivity(subject, FILTERING_PLATFORM, filteredConnection) ??
        baseEvent(subject)
      );
  }
}

function tableActivity(
  subject: WindowsSubject,
  table: ReadonlyMap<number, number>,
  handler: (subject: WindowsSubject, activityId: number) => OcsfEvent,
): OcsfEvent | undefined {
  const activityId = table.get(subject.event.eventId);
  return activityId === undefined ? undefined : handler(subject, activityId);
}

/** Account of the `Subject…` or `Target…` fields; undefined when they name nobody. */
export function account(data: Data, side: "Subject" | "Target"): OcsfUser | undefined {
  const sid = field(data, `${side}UserSid`) ?? field(data, `${side}Sid`);
  const name = field(data, `${side}UserName`);
  // S-1-0-0 is nobody.
  return userOf(name, field(data, `${side}DomainName`), sid === "S-1-0-0" ? undefined : sid);
}

/** Who did it, and with which program. */
function actorOf(data: Data): NonNullable<OcsfEvent["actor"]> {
  const user = account(data, "Subject");
  const process = processOf({ image: field(data, "ProcessName"), pid: processId(property(data, "ProcessId")) });
  return user === undefined && process === undefined ? { app_name: "Windows" } : { user, process };
}

function baseEvent(subject: WindowsSubject): OcsfEvent {
  return windowsActivity(subject, 0, 99, { actor: actorOf(subject.data) });
}

function objectAccess(subject: WindowsSubject): OcsfEvent {
  const { data, event } = subject;
  const type = field(data, "ObjectType");
  const path = field(data, "ObjectName");
  if (path === undefined || (type !== undefined && type !== "File")) return baseEvent(subject);
  const file = fileOf(path, path.endsWith("\\") ? 2 : 1);
  const accessMask = mask(data, "AccessMask");
  const activityId =
    event.eventId === 4670 ? 7 : event.eventId === 4659 ? 4 : fileActivityId(accessMask, field(data, "AccessList"));
  return windowsActivity(subject, 1001, activityId, {
    file,
    access_mask: accessMask,
    actor: actorOf(data),
    ...statusOf(event),
  });
}

/** The strongest access that was asked for or used: a write says more than the read beside it. */
function fileActivityId(accessMask: number | undefined, accessList: string | undefined): number {
  if (accessMask !== undefined) {
    for (const { bits, activityId } of FILE_ACCESS) if ((accessMask & bits) !== 0) return activityId;
  }
  if (accessList !== undefined) {
    for (const { codes, activityId } of FILE_ACCESS)
      if (codes.some((code) => accessList.includes(code))) return activityId;
  }
  return 14;
}

function shareAccess(subject: WindowsSubject): OcsfEvent {
  const { data } = subject;
  const share = field(data, "ShareName");
  const target = field(data, "RelativeTargetName");
  const file = fileOf(
    share === undefined || target === undefined ? (target ?? share) : `${share.replace(/^\\\\\*/, "\\")}\\${target}`,
  );
  if (file === undefined) throw new MalformedInputError("event 5145 without a file");
  const accessMask = mask(data, "AccessMask");
  return windowsActivity(subject, 1001, fileActivityId(accessMask, field(data, "AccessList")), {
    file,
    access_mask: accessMask,
    actor: actorOf(data),
    ...statusOf(subject.event),
  });
}

/** Somebody reaches a share of this machine, from another one as a rule. */
function shareConnection(subject: WindowsSubject): OcsfEvent {
  const { data, event } = subject;
  const ip = ipAddress(property(data, "IpAddress"));
  const share = field(data, "ShareName");
  return windowsActivity(subject, 4006, 99, {
    actor: actorOf(data),
    src_endpoint: ip === undefined ? undefined : { ip, port: portOf(property(data, "IpPort")) },
    dst_endpoint: event.computer === undefined ? { name: "unknown" } : { hostname: event.computer },
    file: fileOf(share, 2),
    connection_info: { direction_id: 1, direction: "Inbound" },
    ...statusOf(event),
  });
}

function launch(subject: WindowsSubject): OcsfEvent {
  const { data } = subject;
  const creator = account(data, "Subject");
  const target = field(data, "TargetUserName") === undefined ? undefined : account(data, "Target");
  const process = processOf({
    image: field(data, "NewProcessName"),
    pid: processId(property(data, "NewProcessId")),
    cmd_line: field(data, "CommandLine"),
    user: target ?? creator,
  });
  if (process === undefined) throw new MalformedInputError("event 4688 without a process");
  const integrity = integrityOf(field(data, "MandatoryLabel"));
  if (integrity !== undefined) Object.assign(process, integrity);
  const parent = processOf({ image: field(data, "ParentProcessName"), pid: processId(property(data, "ProcessId")) });
  process.parent_process = parent;
  return windowsActivity(subject, 1007, 1, {
    process,
    actor: creator === undefined && parent === undefined ? { app_name: "Windows" } : { user: creator, process: parent },
  });
}

function terminate(subject: WindowsSubject): OcsfEvent {
  const { data } = subject;
  const process = processOf({ image: field(data, "ProcessName"), pid: processId(property(data, "ProcessId")) });
  if (process === undefined) throw new MalformedInputError("event 4689 without a process");
  return windowsActivity(subject, 1007, 2, {
    process,
    actor: { user: account(data, "Subject"), process },
    exit_code: mask(data, "Status"),
  });
}

function logCleared(subject: WindowsSubject): OcsfEvent {
  return windowsActivity(subject, 1008, 1, {
    actor: actorOf(subject.data),
    log_name: field(subject.data, "Channel") ?? subject.event.channel,
    log_type_id: 1,
  });
}

/** `%%8448` success auditing removed, `%%8450` failure auditing removed, `%%8449` and `%%8451` added. */
function auditPolicy(subject: WindowsSubject): OcsfEvent {
  const changes = field(subject.data, "AuditPolicyChanges") ?? "";
  const activityId = /%%84(?:48|50)|removed/.test(changes) ? 10 : /%%84(?:49|51)|added/.test(changes) ? 9 : 99;
  return windowsActivity(subject, 1008, activityId, {
    actor: actorOf(subject.data),
    log_name: "Security",
    log_type_id: 1,
  });
}

function accountChange(subject: WindowsSubject, activityId: number): OcsfEvent {
  const user = account(subject.data, "Target");
  if (user === undefined) throw new MalformedInputError(`event ${subject.event.eventId} without an account`);
  return windowsActivity(subject, 3001, activityId, { user, actor: actorOf(subject.data), ...statusOf(subject.event) });
}

function groupManagement(subject: WindowsSubject, activityId: number): OcsfEvent {
  const { data } = subject;
  const group = account(data, "Target");
  if (group === undefined) throw new MalformedInputError(`event ${subject.event.eventId} without a group`);
  const member = userOf(field(data, "MemberName"), undefined, field(data, "MemberSid"));
  return windowsActivity(subject, 3006, activityId, { group, user: member, actor: actorOf(data) });
}

function scheduledJob(subject: WindowsSubject, activityId: number): OcsfEvent {
  const name = field(subject.data, "TaskName");
  if (name === undefined) throw new MalformedInputError(`event ${subject.event.eventId} without TaskName`);
  return windowsActivity(subject, 1006, activityId, { job: { name }, actor: actorOf(subject.data) });
}

/** The filtering platform: `%%14592` inbound, where the source is the peer, `%%14593` outbound. */
function filteredConnection(subject: WindowsSubject, activityId: number): OcsfEvent {
  const { data } = subject;
  const inbound = field(data, "Direction") === "%%14592";
  const from = { ip: ipAddress(property(data, "SourceAddress")), port: portOf(property(data, "SourcePort")) };
  const to = { ip: ipAddress(property(data, "DestAddress")), port: portOf(property(data, "DestPort")) };
  if (from.ip === undefined && to.ip === undefined)
    throw new MalformedInputError(`event ${subject.event.eventId} without addresses`);
  const blocked = BLOCKED_CONNECTIONS.has(subject.event.eventId);
  const activity = windowsActivity(subject, 4001, activityId, {
    ...(blocked ? BLOCKED : {}),
    actor: {
      process: processOf({
        image: field(data, "Application"),
        pid: processId(property(data, "ProcessID") ?? property(data, "ProcessId")),
      }) ?? { name: "System" },
    },
    src_endpoint: from.ip === undefined ? undefined : from,
    dst_endpoint: to.ip === undefined ? undefined : to,
    connection_info: {
      direction_id: inbound ? 1 : field(data, "Direction") === "%%14593" ? 2 : 0,
      direction: inbound ? "Inbound" : field(data, "Direction") === "%%14593" ? "Outbound" : "Unknown",
      ...protocolOf(field(data, "Protocol")),
    },
  });
  if (blocked) activity.metadata.profiles = ["host", "security_control"];
  return activity;
}

const BLOCKED = { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" } as const;

function statusOf(event: WindowsEvent): { status_id?: number; status?: string } {
  if (event.outcome === undefined) return {};
  return event.outcome === "success" ? { status_id: 1, status: "Success" } : { status_id: 2, status: "Failure" };
}
