import type { JsonObject, OcsfEvent, OcsfFile, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { emailAddress } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { falconStream, isFalconStream } from "../endpoint/falcon-stream.ts";
import { endpointActivity, leftover, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import {
  countOf,
  deviceOf,
  endpointOf,
  fileOf,
  hashOf,
  portOf,
  processId,
  processOf,
  userOf,
  type OperatingSystem,
} from "../endpoint/objects.ts";
import { integrityOf } from "../endpoint/sysmon-fields.ts";
import { number, object, property, text, textOf } from "../read-json.ts";
import { DNS_TYPES } from "../tables/dns-types.ts";
import { LOGON_TYPES } from "../tables/windows-security.ts";

const product = { name: "Falcon", vendor_name: "CrowdStrike" };

const PLATFORMS: ReadonlyMap<string, OperatingSystem> = new Map([
  ["Win", "windows"],
  ["Lin", "linux"],
  ["Mac", "macos"],
]);

/** What the conversion reads; the rest stays under `unmapped`. */
const READ: ReadonlySet<string> = new Set(
  "timestamp id aid ComputerName event_platform CommandLine ImageFileName TargetProcessId RawProcessId ParentProcessId ParentBaseFileName UserName UserSid SHA1HashData SHA256HashData MD5HashData LocalAddressIP4 LocalAddressIP6 LocalPort RemoteAddressIP4 RemoteAddressIP6 RemotePort Protocol DomainName ContextProcessId ContextBaseFileName ContextTimeStamp ProcessStartTime TargetFileName event".split(
    " ",
  ),
);

export default defineMap({
  id: "crowdstrike-fdr",
  title: "CrowdStrike Falcon: sensor events of the Data Replicator, and the event stream of the console",
  product,
  reference: "https://falcon.crowdstrike.com/documentation/page/e3ce0b24/events-data-dictionary",
  lane: "endpoint",
  exporting:
    "Subscribe to Falcon Data Replicator and copy its objects out of the S3 bucket as they are " +
    "(`data/…/part-*.gz`). Joining `fdrv2/aidmaster` by sensor id gives the host names. Of the event stream " +
    "(SIEM connector, JSON) detections, firewall matches and the audit of the console are read.",
  limits: [
    "It counts no bytes.",
    "Events name the process by Falcon's id: its program and command line stand in the ProcessRollup2 of that id.",
    "The host name is there only where the feed is joined with the host list; else the sensor id.",
    "Files are recorded when they are written, hardly ever when they are read.",
  ],

  recognise({ json }) {
    if (json === null) return 0;
    if (text(json, "fdr_event_type") !== undefined || text(object(json, "event"), "event_simpleName") !== undefined)
      return 1;
    if (isFalconStream(json)) return 1;
    if (text(json, "event_simpleName") === undefined) return 0;
    return property(json, "aid") !== undefined ||
      property(json, "cid") !== undefined ||
      property(json, "event_platform") !== undefined
      ? 1
      : 0.6;
  },

  conform({ json }) {
    if (json === null) throw new MalformedInputError("no Falcon event");
    if (isFalconStream(json)) return falconStream(json, product);
    // Some collectors lift the envelope's fields up and keep the event below.
    const inner = object(json, "event");
    const event = inner !== undefined && property(inner, "event_simpleName") !== undefined ? inner : json;
    const name = text(event, "event_simpleName");
    // Detections and sessions of analysts come in the same feed.
    if (name === undefined && text(json, "fdr_event_type") !== undefined) return null;
    if (name === undefined) throw new MalformedInputError("Falcon event without event_simpleName");
    const time = happened(event) ?? parseTime(property(event, "timestamp")) ?? parseTime(property(json, "timestamp"));
    if (time === undefined) throw new MalformedInputError(`${name} without a readable time`);
    const platform = PLATFORMS.get(text(event, "event_platform") ?? text(json, "event_platform") ?? "");
    const subject: EndpointSubject = {
      base: { product, time, uid: text(event, "id") ?? text(json, "id"), event_code: name },
      device: deviceOf(text(event, "ComputerName") ?? text(json, "ComputerName"), platform, {
        uid: text(event, "aid") ?? text(json, "aid"),
      }),
      unmapped: leftover(event, READ),
    };
    return activityOf(name, event, subject);
  },
});

/** When it happened on the machine; `timestamp` is when the cloud took it in. Seconds. */
function happened(event: JsonObject): number | undefined {
  return (
    parseTime(property(event, "ContextTimeStamp")) ??
    (text(event, "event_simpleName")?.endsWith("ProcessRollup2") === true
      ? parseTime(property(event, "ProcessStartTime"))
      : undefined)
  );
}

function activityOf(name: string, event: JsonObject, subject: EndpointSubject): OcsfEvent | null {
  if (name === "ProcessRollup2" || name === "SyntheticProcessRollup2") return launch(event, subject);
  if (name === "EndOfProcess" || name === "TerminateProcess") return terminate(event, subject);
  if (/^(?:Raw)?(?:NetworkConnect|NetworkReceiveAccept|NetworkListen|NetworkClose|LocalIpAddress|BindIP)/.test(name))
    return connection(name, event, subject);
  if (name === "DnsRequest" || name === "SuspiciousDnsRequest") return lookup(event, subject);
  if (name === "DriverLoad" || name === "KextLoad") {
    const driver = driverLoad(event, subject);
    if (driver !== undefined) return driver;
  }
  const script = name.startsWith("ScriptControl") ? text(event, "ScriptContent") : undefined;
  if (script !== undefined)
    return endpointActivity(subject, 1009, 1, {
      script: { script_content: { value: script }, type_id: 0, file: fileOf(text(event, "ScriptContentName")) },
      actor: actorOf(event),
    });
  if (/^UserLog(?:on|off)/.test(name) || name === "UserIdentity")
    return name === "UserIdentity" ? null : logon(name, event, subject);
  const file = fileActivityId(name);
  if (file !== undefined && text(event, "TargetFileName") !== undefined) return fileActivity(file, event, subject);
  if (name.startsWith("DataEgress")) {
    const leaving = fileOf(text(object(event, "File"), "AbsolutePath") ?? text(event, "TargetFileName"));
    if (leaving !== undefined)
      return endpointActivity({ ...subject, unmapped: leftover(event, ENVELOPE) }, 1001, 99, {
        file: leaving,
        actor: actorOf(event),
      });
  }
  // Heartbeats, inventories and changes of the sensor's own state.
  return property(event, "ContextProcessId") === undefined && property(event, "TargetProcessId") === undefined
    ? null
    : endpointActivity({ ...subject, unmapped: leftover(event, ENVELOPE) }, 0, 99, { actor: actorOf(event) });
}

/** What an event without a class of its own is still read for: all else of it stays as it came. */
const ENVELOPE: ReadonlySet<string> = new Set(["timestamp", "id", "aid", "ComputerName", "event_platform"]);

function driverLoad(event: JsonObject, subject: EndpointSubject): OcsfEvent | undefined {
  const file = fileOf(text(event, "ImageFileName") ?? text(event, "BundleID"));
  if (file === undefined) return undefined;
  const hashes = hashesOf(event);
  if (hashes.length > 0) file.hashes = hashes;
  return endpointActivity(subject, 1002, 1, { driver: { file }, actor: actorOf(event) });
}

function launch(event: JsonObject, subject: EndpointSubject): OcsfEvent {
  const user = userFrom(event);
  const process = processOf({
    image: text(event, "ImageFileName"),
    pid: processId(property(event, "RawProcessId")),
    uid: text(event, "TargetProcessId"),
    cmd_line: text(event, "CommandLine"),
    user,
  });
  if (process === undefined || process.name === undefined)
    throw new MalformedInputError("ProcessRollup2 without a process");
  if (process.file !== undefined) {
    const hashes = hashesOf(event);
    if (hashes.length > 0) process.file.hashes = hashes;
  }
  const started = parseTime(property(event, "ProcessStartTime"));
  if (started !== undefined) process.created_time = started;
  const level = textOf(event, "IntegrityLevel");
  const integrity = level === undefined ? undefined : integrityOf(`S-1-16-${level}`);
  if (integrity !== undefined && integrity.integrity_id !== 99) Object.assign(process, integrity);
  const parent = processOf({ name: text(event, "ParentBaseFileName"), uid: text(event, "ParentProcessId") });
  if (parent !== undefined) process.parent_process = parent;
  return endpointActivity(subject, 1007, 1, {
    process,
    actor: user === undefined && parent === undefined ? { app_name: product.name } : { user, process: parent },
  });
}

function terminate(event: JsonObject, subject: EndpointSubject): OcsfEvent {
  const process = processOf({
    image: text(event, "ImageFileName"),
    pid: processId(property(event, "RawProcessId")),
    uid: text(event, "TargetProcessId"),
  });
  if (process === undefined || (process.pid === undefined && process.uid === undefined))
    throw new MalformedInputError("EndOfProcess without a process");
  return endpointActivity(subject, 1007, 2, {
    process,
    actor: { process, user: userFrom(event) },
    exit_code: countOf(property(event, "ExitCode")),
  });
}

function connection(name: string, event: JsonObject, subject: EndpointSubject): OcsfEvent | null {
  if (name.startsWith("LocalIpAddress") || name.startsWith("BindIP")) return null;
  const local = ipAddress(property(event, "LocalAddressIP4") ?? property(event, "LocalAddressIP6"));
  const remote = ipAddress(property(event, "RemoteAddressIP4") ?? property(event, "RemoteAddressIP6"));
  if (local === undefined && remote === undefined) throw new MalformedInputError(`${name} without addresses`);
  const here = local === undefined ? undefined : { ip: local, port: portOf(property(event, "LocalPort")) };
  const there = remote === undefined ? undefined : { ip: remote, port: portOf(property(event, "RemotePort")) };
  const listens = name.includes("Listen");
  const inbound = name.includes("ReceiveAccept") || textOf(event, "ConnectionDirection") === "1";
  const direction = listens ? 0 : inbound ? 1 : 2;
  return endpointActivity(subject, 4001, listens ? 7 : name.includes("Close") ? 2 : 1, {
    actor: actorOf(event),
    src_endpoint: inbound ? there : here,
    dst_endpoint: inbound ? here : there,
    connection_info: {
      direction_id: direction,
      direction: ["Unknown", "Inbound", "Outbound"][direction],
      protocol_num: processId(property(event, "Protocol")),
    },
  });
}

function lookup(event: JsonObject, subject: EndpointSubject): OcsfEvent {
  const hostname = text(event, "DomainName");
  if (hostname === undefined) throw new MalformedInputError("DnsRequest without DomainName");
  const answers: NonNullable<OcsfEvent["answers"]> = [];
  addRecords(answers, "CNAME", text(event, "CNAMERecords"));
  addRecords(answers, "A", text(event, "IP4Records"));
  addRecords(answers, "AAAA", text(event, "IP6Records"));
  const self = subject.device.hostname;
  return endpointActivity(subject, 4003, 1, {
    actor: actorOf(event),
    query: { hostname, type: DNS_TYPES.get(number(event, "RequestType") ?? -1) },
    answers: answers.length === 0 ? undefined : answers,
    src_endpoint:
      self === undefined
        ? { uid: subject.device.uid, name: subject.device.uid === undefined ? "unknown" : undefined }
        : { hostname: self },
  });
}

function addRecords(answers: NonNullable<OcsfEvent["answers"]>, type: string, records: string | undefined): void {
  for (const record of records?.split(";", 64) ?? []) {
    const rdata = record.trim();
    if (rdata !== "") answers.push({ type, rdata });
  }
}

function logon(name: string, event: JsonObject, subject: EndpointSubject): OcsfEvent {
  const ip = ipAddress(property(event, "RemoteAddressIP4") ?? property(event, "RemoteAddressIP6"));
  const type = LOGON_TYPES.get(textOf(event, "LogonType") ?? "");
  const failed = name.startsWith("UserLogonFailed");
  const session = text(event, "AuthenticationId");
  const peer = text(event, "RemoteHostname") ?? text(event, "ClientComputerName");
  const self = subject.device.hostname;
  return endpointActivity(subject, 3002, name.startsWith("UserLogoff") ? 2 : 1, {
    user: userFrom(event) ?? { name: "unknown" },
    actor: { app_name: product.name },
    src_endpoint: endpointOf(ip, portOf(property(event, "RemotePort")), peer === "-" ? undefined : peer),
    dst_endpoint:
      self === undefined
        ? { uid: subject.device.uid, name: subject.device.uid === undefined ? "unknown" : undefined }
        : { hostname: self },
    ...(type === undefined ? {} : { logon_type_id: type.id, logon_type: type.caption, is_remote: type.remote }),
    session: session === undefined ? undefined : { uid: session },
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
    status_code: failed ? (textOf(event, "Status") ?? textOf(event, "SubStatus")) : undefined,
  });
}

/** `…Written` for dozens of kinds of file; the name alone tells what was done. */
function fileActivityId(name: string): number | undefined {
  if (/(?:Written|FileCreated|FileCreateInfo|NewExecutableRenamed)$/.test(name))
    return name === "NewExecutableRenamed" ? 5 : 1;
  if (/^(?:FileDeleteInfo|DirectoryDelete|ExecutableDeleted|RansomwareFileDelete)/.test(name)) return 4;
  if (/^(?:FileRenameInfo|RansomwareRenameFile)/.test(name)) return 5;
  if (/^(?:FileOpenInfo|CriticalFileAccessed|SensitiveFileRead|MobileFileRead)/.test(name)) return 2;
  if (name.startsWith("DirectoryCreate")) return 1;
  return name.startsWith("CriticalFileModified") ? 3 : undefined;
}

function fileActivity(activityId: number, event: JsonObject, subject: EndpointSubject): OcsfEvent {
  const target = fileOf(text(event, "TargetFileName"));
  const source = text(event, "SourceFileName");
  const size = processId(property(event, "Size"));
  const hashes = hashesOf(event);
  if (target !== undefined && size !== undefined) target.size = size;
  if (target !== undefined && hashes.length > 0) target.hashes = hashes;
  const renamed = activityId === 5 && source !== undefined;
  return endpointActivity(subject, 1001, activityId, {
    file: renamed ? fileOf(source) : target,
    file_result: renamed ? target : undefined,
    actor: actorOf(event),
  });
}

/** The process by Falcon's id. */
function actorOf(event: JsonObject): NonNullable<OcsfEvent["actor"]> {
  const user = userFrom(event);
  const uid = text(event, "ContextProcessId") ?? text(event, "TargetProcessId");
  const process: OcsfProcess | undefined =
    uid === undefined
      ? undefined
      : processOf({ name: text(event, "ContextBaseFileName"), image: text(event, "ContextImageFileName"), uid });
  return user === undefined && process === undefined ? { app_name: product.name } : { user, process };
}

function userFrom(event: JsonObject): OcsfUser | undefined {
  const user = userOf(
    text(event, "UserName"),
    text(event, "LogonDomain") ?? text(event, "UserDomain"),
    text(event, "UserSid") ?? text(event, "FileOperatorSid") ?? textOf(event, "RUID") ?? textOf(event, "UID"),
  );
  const principal = emailAddress(text(event, "UserPrincipal"));
  if (user !== undefined && principal !== undefined) user.email_addr ??= principal;
  return user;
}

const HASHES = ["MD5", "SHA1", "SHA256"].map((algorithm) => ({
  algorithm,
  names: [`${algorithm}HashData`, `${algorithm}String`] as const,
}));

/** A hash of zeros was not computed. */
function hashesOf(event: JsonObject): NonNullable<OcsfFile["hashes"]> {
  const hashes: NonNullable<OcsfFile["hashes"]> = [];
  for (const { algorithm, names } of HASHES) {
    const digest = text(event, names[0]) ?? text(event, names[1]);
    if (digest === undefined || /^0+$/.test(digest)) continue;
    const hash = hashOf(algorithm, digest);
    if (hash !== undefined) hashes.push(hash);
  }
  return hashes;
}
