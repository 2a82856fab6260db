/**
 * Sysmon events -> OCSF, for Windows and Linux alike. Events without a class of their own in OCSF become base events:
 * their fields stay under `unmapped`, where public rules find them.
 *
 * @see https://learn.microsoft.com/sysinternals/downloads/sysmon#events
 */
import type { OcsfEvent, OcsfProcess } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import type { WindowsEvent } from "../decoders/windows-event.ts";
import type { EventBase } from "../ocsf.ts";
import { property } from "../read-json.ts";
import { fileOf, portOf, processId, processOf, userOf, type OperatingSystem } from "./objects.ts";
import { conformDnsQuery } from "./sysmon-dns.ts";
import { actorFrom, actorOf, hashesOf, imageOf, integrityOf } from "./sysmon-fields.ts";
import { field, mask, subjectOf, windowsActivity, type WindowsSubject } from "./windows.ts";

type Data = WindowsEvent["data"];

/** Event id -> conversion. */
const HANDLERS: ReadonlyMap<number, (subject: WindowsSubject) => OcsfEvent> = new Map([
  [1, launch],
  [2, (subject) => fileActivity(subject, 6)],
  [3, connection],
  [4, serviceState],
  [5, terminate],
  [6, driverLoad],
  [7, imageLoad],
  [8, remoteThread],
  [9, (subject) => fileActivity(subject, 2, field(subject.data, "Device"), 4)],
  [10, processAccess],
  [11, (subject) => fileActivity(subject, 1)],
  [15, (subject) => fileActivity(subject, 1)],
  [17, (subject) => fileActivity(subject, 1, field(subject.data, "PipeName"), 6)],
  [18, (subject) => fileActivity(subject, 14, field(subject.data, "PipeName"), 6)],
  [22, conformDnsQuery],
  [23, (subject) => fileActivity(subject, 4)],
  [26, (subject) => fileActivity(subject, 4)],
  [27, (subject) => fileActivity(subject, 1)],
  [28, (subject) => fileActivity(subject, 4)],
  [29, (subject) => fileActivity(subject, 1)],
]);

/**
 * @throws {MalformedInputError} when the event lacks what its id promises, or has no readable time
 */
export function conformSysmon(event: WindowsEvent, product: EventBase["product"], os: OperatingSystem): OcsfEvent {
  const subject = subjectOf(event, product, os, sysmonTime(event));
  const handler = HANDLERS.get(event.eventId);
  if (handler !== undefined) return handler(subject);
  return windowsActivity(subject, 0, 99, { actor: actorOf(subject.data) });
}

/** UtcTime is when it happened; the header's time is when the event was written. */
function sysmonTime(event: WindowsEvent): number | undefined {
  const utc = property(event.data, "UtcTime");
  return (typeof utc === "string" ? parseIsoTime(utc) : undefined) ?? event.time;
}

function launch(subject: WindowsSubject): OcsfEvent {
  const { data } = subject;
  const user = userOf(field(data, "User"));
  const process = processOf({ ...imageOf(data), cmd_line: field(data, "CommandLine"), user });
  if (process === undefined) throw new MalformedInputError("Sysmon 1 without a process");
  const parent = processOf({
    image: field(data, "ParentImage"),
    pid: processId(property(data, "ParentProcessId")),
    uid: field(data, "ParentProcessGuid"),
    cmd_line: field(data, "ParentCommandLine"),
    user: userOf(field(data, "ParentUser")),
  });
  const directory = field(data, "CurrentDirectory");
  if (directory !== undefined) process.working_directory = directory;
  const integrity = integrityOf(field(data, "IntegrityLevel"));
  if (integrity !== undefined) Object.assign(process, integrity);
  if (process.file !== undefined) {
    const hashes = hashesOf(field(data, "Hashes"));
    if (hashes !== undefined) process.file.hashes = hashes;
    const company = field(data, "Company");
    if (company !== undefined) process.file.company_name = company;
  }
  process.parent_process = parent;
  return windowsActivity(subject, 1007, 1, { process, actor: { user, process: parent } });
}

function terminate(subject: WindowsSubject): OcsfEvent {
  const { data } = subject;
  const process = processOf(imageOf(data));
  if (process === undefined) throw new MalformedInputError("Sysmon 5 without a process");
  return windowsActivity(subject, 1007, 2, { process, actor: actorOf(data) });
}

/** `Initiated` false: somebody else opened it, and the source is that peer. */
function connection(subject: WindowsSubject): OcsfEvent {
  const { data } = subject;
  const src = endpoint(data, "Source");
  const dst = endpoint(data, "Destination");
  if (src === undefined && dst === undefined) throw new MalformedInputError("Sysmon 3 without addresses");
  const initiated = field(data, "Initiated")?.toLowerCase();
  return windowsActivity(subject, 4001, 1, {
    actor: actorOf(data),
    src_endpoint: src,
    dst_endpoint: dst,
    connection_info: {
      direction_id: initiated === "true" ? 2 : initiated === "false" ? 1 : 0,
      direction: initiated === "true" ? "Outbound" : initiated === "false" ? "Inbound" : "Unknown",
      protocol_name: field(data, "Protocol")?.toLowerCase(),
    },
  });
}

function endpoint(data: Data, side: "Source" | "Destination"): OcsfEvent["dst_endpoint"] {
  const ip = ipAddress(property(data, `${side}Ip`));
  const hostname = field(data, `${side}Hostname`);
  return ip === undefined && hostname === undefined
    ? undefined
    : { ip, port: portOf(property(data, `${side}Port`)), hostname };
}

/**
 * @param typeId OCSF file.type_id
 */
function fileActivity(
  subject: WindowsSubject,
  activityId: number,
  path = field(subject.data, "TargetFilename"),
  typeId = 1,
): OcsfEvent {
  const { data } = subject;
  const file = fileOf(path, typeId);
  if (file === undefined) throw new MalformedInputError(`Sysmon ${subject.event.eventId} without a file`);
  const created = field(data, "CreationUtcTime");
  if (created !== undefined) file.created_time = parseIsoTime(created);
  const hashes = hashesOf(field(data, "Hashes") ?? field(data, "Hash"));
  if (hashes !== undefined) file.hashes = hashes;
  return windowsActivity(subject, 1001, activityId, { file, actor: actorOf(data) });
}

function driverLoad(subject: WindowsSubject): OcsfEvent {
  const file = fileOf(field(subject.data, "ImageLoaded"));
  if (file === undefined) throw new MalformedInputError("Sysmon 6 without ImageLoaded");
  file.hashes = hashesOf(field(subject.data, "Hashes"));
  return windowsActivity(subject, 1002, 1, { driver: { file }, actor: { app_name: "Windows kernel" } });
}

function imageLoad(subject: WindowsSubject): OcsfEvent {
  const file = fileOf(field(subject.data, "ImageLoaded"));
  if (file === undefined) throw new MalformedInputError("Sysmon 7 without ImageLoaded");
  file.hashes = hashesOf(field(subject.data, "Hashes"));
  return windowsActivity(subject, 1005, 1, { module: { file, load_type_id: 1 }, actor: actorOf(subject.data) });
}

function remoteThread(subject: WindowsSubject): OcsfEvent {
  return onProcess(subject, 4, { injection_type_id: 1, injection_type: "Remote Thread" });
}

function processAccess(subject: WindowsSubject): OcsfEvent {
  return onProcess(subject, 3, { actual_permissions: mask(subject.data, "GrantedAccess") });
}

/** One process acting on another: `Source…` on `Target…`. */
function onProcess(subject: WindowsSubject, activityId: number, fields: Partial<OcsfEvent>): OcsfEvent {
  const { data } = subject;
  const side = (name: "Source" | "Target"): OcsfProcess | undefined =>
    processOf({
      image: field(data, `${name}Image`),
      pid: processId(property(data, `${name}ProcessId`)),
      uid: field(data, `${name}ProcessGuid`) ?? field(data, `${name}ProcessGUID`),
    });
  const process = side("Target");
  if (process === undefined) throw new MalformedInputError(`Sysmon ${subject.event.eventId} without a target process`);
  process.user = userOf(field(data, "TargetUser"));
  return windowsActivity(subject, 1007, activityId, {
    ...fields,
    process,
    actor: actorFrom(side("Source"), userOf(field(data, "SourceUser"))),
  });
}

function serviceState(subject: WindowsSubject): OcsfEvent {
  const state = field(subject.data, "State");
  const activityId = state === "Started" ? 6 : state === "Stopped" ? 7 : 99;
  return windowsActivity(subject, 1008, activityId, {
    log_name: subject.event.channel,
    log_provider: subject.event.provider,
  });
}
