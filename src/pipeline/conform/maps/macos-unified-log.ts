import type { OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { type DecodedRecord, defineMap } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { deviceOf, fileName, fileOf, portOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { number, property, text } from "../read-json.ts";

const product = { name: "Unified log", vendor_name: "Apple" };

/** `log show --style syslog`: time, machine, process[pid], then library and subsystem. */
const SYSLOG_STYLE =
  /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}[+-]\d{4}) {1,4}(\S{1,255}) ([^[\]]{1,255})\[(\d{1,10})\]: {0,4}(?:\(([^)]{1,128})\) )?(?:\[([\w.-]{1,128}:[\w. -]{1,128})\] )?(.*)$/;
/** `log show`: time, thread, type, activity, pid, ttl, process. */
const DEFAULT_STYLE =
  /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}[+-]\d{4}) {1,4}0x[0-9a-f]{1,16} {1,8}\w{1,12} {1,8}0x[0-9a-f]{1,16} {1,24}(\d{1,10}) {1,8}\d{1,4} {1,8}([^:]{1,255}): (?:\(([^)]{1,128})\) )?(?:\[([\w.-]{1,128}:[\w. -]{1,128})\] )?(.*)$/;

/** What is read of a message stands at its beginning; the whole stays in raw_data. */
const MAX_MESSAGE = 8_192;

interface Entry {
  readonly time: number | undefined;
  readonly host: string | undefined;
  readonly process: OcsfProcess | undefined;
  readonly user: OcsfUser | undefined;
  readonly subsystem: string;
  readonly message: string;
}

export default defineMap({
  id: "macos-unified-log",
  title: "macOS unified log: ndjson, syslog and default style of `log show` and `log stream`",
  product,
  reference: "https://developer.apple.com/documentation/os/logging",
  lane: "endpoint",
  exporting:
    "`log show --style ndjson --info` or `log stream --style ndjson` with a predicate for ssh, sudo, git, TCC " +
    "and the network; the styles syslog and default are read too.",
  limits: [
    "Messages are free text: only connections, transfers, sudo, ssh and requests for protected folders are read.",
    "Names and addresses are often redacted as <private> or a hash; then the destination is not known.",
    "A program that logs nothing leaves no trace.",
  ],

  recognise({ json, body }) {
    if (json !== null)
      return property(json, "processImagePath") !== undefined &&
        property(json, "eventMessage") !== undefined &&
        property(json, "machTimestamp") !== undefined
        ? 1
        : 0;
    if (body.startsWith("Timestamp   ")) return 0.6;
    return body.charCodeAt(4) === 0x2d &&
      body.charCodeAt(19) === 0x2e &&
      (SYSLOG_STYLE.test(body.slice(0, 2_000)) || DEFAULT_STYLE.test(body.slice(0, 2_000)))
      ? 0.85
      : 0;
  },

  conform(record) {
    if (record.json === null && record.body.startsWith("Timestamp   ")) return null;
    const entry = entryOf(record);
    if (entry.time === undefined) throw new MalformedInputError("unified log entry without a readable time");
    const subject = {
      base: { product, time: entry.time, event_code: entry.subsystem === "" ? undefined : entry.subsystem },
      device: deviceOf(entry.host, "macos"),
      unmapped: { subsystem: entry.subsystem, eventMessage: entry.message },
    };
    const actor =
      entry.process === undefined && entry.user === undefined
        ? { app_name: "macOS" }
        : { user: entry.user, process: entry.process };
    return (
      command(entry, subject) ??
      logon(entry, subject, actor) ??
      protectedFolder(entry, subject) ??
      transfer(entry, subject, actor) ??
      connection(entry, subject, actor)
    );
  },
});

function entryOf({ json, body, syslog }: DecodedRecord): Entry {
  if (json !== null) {
    const uid = number(json, "userID");
    return {
      time: parseIsoTime(text(json, "timestamp") ?? ""),
      host: text(json, "hostname") ?? syslog?.hostname ?? undefined,
      process: usable(
        processOf({ image: text(json, "processImagePath"), pid: processId(property(json, "processID")) }),
      ),
      user: uid === undefined || uid < 0 ? undefined : userOf(uid === 0 ? "root" : undefined, undefined, String(uid)),
      subsystem: text(json, "subsystem") ?? "",
      message: (text(json, "eventMessage") ?? "").slice(0, MAX_MESSAGE),
    };
  }
  const first = SYSLOG_STYLE.exec(body);
  if (first !== null) {
    return {
      time: parseIsoTime(first[1] ?? ""),
      host: first[2],
      process: usable(processOf({ name: first[3]?.trim(), pid: processId(first[4]) })),
      user: undefined,
      subsystem: (first[6] ?? "").split(":", 1)[0] ?? "",
      message: (first[7] ?? "").slice(0, MAX_MESSAGE),
    };
  }
  const second = DEFAULT_STYLE.exec(body);
  if (second === null) throw new MalformedInputError("no unified log entry");
  return {
    time: parseIsoTime(second[1] ?? ""),
    host: syslog?.hostname ?? undefined,
    process: usable(processOf({ name: second[3]?.trim(), pid: processId(second[2]) })),
    user: undefined,
    subsystem: (second[5] ?? "").split(":", 1)[0] ?? "",
    message: (second[6] ?? "").slice(0, MAX_MESSAGE),
  };
}

function usable(process: OcsfProcess | undefined): OcsfProcess | undefined {
  return process?.pid === undefined ? undefined : process;
}

const SUDO =
  /^\s{0,8}([\w.@-]{1,64}) : (?:[^;]{1,128} ; )?TTY=(\S{1,64}) ; PWD=([^;]{1,1024}) ; USER=([\w.@-]{1,64}) ; COMMAND=(.{1,8192})$/;

function command({ process, message }: Entry, subject: EndpointSubject): OcsfEvent | undefined {
  const match = process?.name === "sudo" ? SUDO.exec(message) : null;
  if (match === null) return undefined;
  const [, person, , directory, as, line = ""] = match;
  const started: OcsfProcess = {
    name: fileName(line.split(" ", 1)[0] ?? line),
    pid: process?.pid,
    cmd_line: line,
    working_directory: directory?.trim(),
    user: userOf(as),
    parent_process: process,
  };
  return endpointActivity(subject, 1007, 1, { process: started, actor: { user: userOf(person), process } });
}

const SSHD = /^(Accepted|Failed) (\S{1,32}) for (?:invalid user )?(\S{1,64}) from (\S{2,64}) port (\d{1,5})/;

function logon(
  { process, message }: Entry,
  subject: EndpointSubject,
  actor: OcsfEvent["actor"],
): OcsfEvent | undefined {
  const match = process?.name?.startsWith("sshd") === true ? SSHD.exec(message) : null;
  if (match === null) return undefined;
  const [, result, method, name, address, port] = match;
  const self = subject.device.hostname;
  const ip = ipAddress(address);
  return endpointActivity(subject, 3002, 1, {
    user: { name },
    actor,
    src_endpoint: ip === undefined ? { hostname: address } : { ip, port: portOf(port) },
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    auth_protocol_id: 99,
    auth_protocol: method,
    is_remote: true,
    status_id: result === "Accepted" ? 1 : 2,
    status: result === "Accepted" ? "Success" : "Failure",
  });
}

/** What TCC calls the folders it protects -> where they are. */
const FOLDERS: ReadonlyMap<string, string> = new Map([
  ["kTCCServiceSystemPolicyDocumentsFolder", "~/Documents"],
  ["kTCCServiceSystemPolicyDesktopFolder", "~/Desktop"],
  ["kTCCServiceSystemPolicyDownloadsFolder", "~/Downloads"],
  ["kTCCServiceSystemPolicyNetworkVolumes", "/Volumes"],
  ["kTCCServiceSystemPolicyRemovableVolumes", "/Volumes"],
  ["kTCCServiceSystemPolicyAllFiles", "/"],
]);

/** A program asked for a protected folder: tccd says which program and which folder. */
function protectedFolder({ process, message }: Entry, subject: EndpointSubject): OcsfEvent | undefined {
  if (process?.name !== "tccd") return undefined;
  const folder = FOLDERS.get(/\bservice="?(kTCCService\w{1,64})/.exec(message)?.[1] ?? "");
  const token = /(?:target_token|accessing)=\{TCCDProcess: ([^{}]{1,2048})\}/.exec(message)?.[1];
  if (folder === undefined || token === undefined) return undefined;
  const pid = processId(/\bpid=(\d{1,10})/.exec(token)?.[1]);
  const image = /\bbinary_path=(.{1,1024}?)(?:,|$)/.exec(token)?.[1];
  const uid = /\bauid=(\d{1,10})/.exec(token)?.[1];
  const asking = usable(processOf({ image, pid }));
  if (asking === undefined) return undefined;
  return endpointActivity(subject, 1001, 2, {
    file: fileOf(folder, 2),
    actor: { user: userOf(undefined, undefined, uid), process: asking },
  });
}

const SUMMARY = /\bconnection=(\d{1,9}),.{0,600}?\brequest_bytes=(\d{1,15}),.{0,200}?\bresponse_bytes=(\d{1,15})\b/;

/** CFNetwork's summary of a task: what was sent on which connection of the process. */
function transfer(
  { message, process }: Entry,
  subject: EndpointSubject,
  actor: OcsfEvent["actor"],
): OcsfEvent | undefined {
  const match = message.startsWith("Task ") ? SUMMARY.exec(message) : null;
  if (match === null) return undefined;
  const self = subject.device.hostname;
  return endpointActivity(subject, 4001, 6, {
    actor,
    src_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    connection_info: {
      uid: connectionUid(process, match[1]),
      direction_id: 2,
      direction: "Outbound",
      protocol_name: "tcp",
    },
    traffic: { bytes_out: Number(match[2]), bytes_in: Number(match[3]) },
  });
}

/** `[C12 api.github.com:443 tcp, …] start`, with an identifier before the name since macOS 11. */
const CONNECTION = /\[C(\d{1,9})(?:\.\d{1,9}){0,8} (?:[0-9A-F-]{36} )?(\S{1,255}?)[:.](\d{1,5})[ ,\]]/;

function connection(
  { message, process, subsystem }: Entry,
  subject: EndpointSubject,
  actor: OcsfEvent["actor"],
): OcsfEvent | null {
  if (subsystem !== "" && subsystem !== "com.apple.network" && subsystem !== "com.apple.CFNetwork") return null;
  const failed = message.startsWith("nw_endpoint_flow_failed");
  const match =
    failed || /\] (?:start|ready|event: path:satisfied|event: flow:finish_connect)\b/.test(message)
      ? CONNECTION.exec(message)
      : null;
  const name = match?.[2];
  // Redacted: `Hostname#1a2b3c4d`, `IPv4#…`, `<private>`.
  if (match === null || name === undefined || /[#<>]/.test(name)) return null;
  const ip = ipAddress(name);
  const hostname =
    ip === undefined && /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/.test(name) && !/^[\d.]+$/.test(name) ? name : undefined;
  if (ip === undefined && hostname === undefined) return null;
  const protocol = /\b(tcp|udp|quic)\b/.exec(message)?.[1];
  return endpointActivity(subject, 4001, failed ? 4 : 1, {
    actor,
    dst_endpoint: { ip, hostname, port: portOf(match[3]) },
    connection_info: {
      uid: connectionUid(process, match[1]),
      direction_id: 2,
      direction: "Outbound",
      protocol_name: protocol,
    },
  });
}

/** Connections are numbered within their process. */
function connectionUid(process: OcsfProcess | undefined, connectionNumber: string | undefined): string {
  return `${process?.pid ?? ""}:C${connectionNumber ?? ""}`;
}
