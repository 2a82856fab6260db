import type { OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { type DecodedRecord, defineMap } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { envoyRequest } from "../endpoint/esxi-envoy.ts";
import { isVcenterEvent, sshSession, vcenterEvent } from "../endpoint/vcenter-event.ts";
import { isVcenterSso, vcenterSso } from "../endpoint/vcenter-sso.ts";
import { deviceOf, fileName, fileOf, portOf, processId, userOf } from "../endpoint/objects.ts";

const product = { name: "ESXi", vendor_name: "VMware" };

/** A line of a log file on the host itself: time, since 8.0 a level like `In(14)`, for hostd a level in words, program, message. */
const LOCAL =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z) (?:[A-Z][a-z]\(\d{1,3}\) )?(?:(?:info|verbose|warning|error|trivia|panic|Db) )?([A-Za-z][\w-]{0,31})(?:\[(\w{1,16})\])?:? (.*)$/s;
/** hostd and vpxa repeat level, program and thread behind a syslog header. */
const INNER =
  /^(?:(?:info|verbose|warning|error|trivia|panic|Db\(\d+\)) )?(?:hostd|vpxa|vpxd|rhttpproxy|envoy)\[[^\]]{1,20}\]:? /i;
const ORIGINATOR = /^\[Originator@6876 ([^\]]{0,400})\] ?/;
const SHELL_LINE = /^\[([\w.@\\+-]{1,128})\]: (.+)$/s;
/** Since 7.0 the shell also writes `[shell.cmd@6876 subject="root" object="shell" command="ls" result="success" status="0"]`. */
const SHELL_RECORD = /^\[shell\.cmd@6876 /;
/** The same where it is the structured data of a header of RFC 5424, which leaves no message. */
const AUDIT_RECORD = /\[shell\.cmd@6876 [^]*\]$/;
const PROGRAMS: ReadonlySet<string> = new Set([
  "shell",
  "ESXShell",
  "esxcli",
  "SSH",
  "hostd",
  "vpxa",
  "vmkernel",
  "vmkwarning",
  "vobd",
  "rhttpproxy",
  "hostd-probe",
  "vpxd",
  "envoy",
]);

interface Entry {
  readonly time: number | undefined;
  readonly host: string | undefined;
  readonly program: string;
  readonly pid: string | undefined;
  readonly message: string;
}

export default defineMap({
  id: "esxi",
  title: "VMware ESXi: shell, hostd, vpxa, vmkernel and vobd, from syslog or the files of the host; events of vCenter",
  product,
  reference: "https://techdocs.broadcom.com/us/en/vmware-cis/vsphere/vsphere/8-0/esxi-log-files.html",
  lane: "endpoint",
  exporting:
    "`esxcli system syslog config set --loghost=tcp://HOST:PORT` and `esxcli system syslog reload`, or copy " +
    "`/var/log/shell.log`, `hostd.log`, `vpxa.log`, `vmkernel.log` and `vobd.log` from the host.",
  limits: [
    "Commands are recorded in the shell only: what a program starts there is not seen.",
    "It counts no bytes, and its own connections are logged by exception.",
    "Reads of a datastore show where hostd serves them, not where a shell opens the file.",
  ],

  recognise(record) {
    if (isVcenterSso(record.body)) return 1;
    if (record.json !== null) return 0;
    if (record.body.startsWith("--> ")) return 0.6;
    const entry = entryOf(record);
    if (entry === null) return 0;
    const { program, message } = entry;
    if (program === "vpxd") return message.startsWith("[Originator@6876 ") || isVcenterEvent(message) ? 1 : 0;
    if (message.startsWith("[Originator@6876 ")) return 1;
    if (program === "shell" || program === "ESXShell" || program === "esxcli")
      return SHELL_LINE.test(message.slice(0, 200)) || SHELL_RECORD.test(message.slice(0, 200)) ? 0.95 : 0.5;
    if (program === "vmkernel" || program === "vmkwarning")
      return /^(?:ALERT: |WARNING: )?cpu\d{0,4}:\d{0,12}/.test(message) ? 1 : 0.5;
    if (program === "vobd") return /^\[\w{3,40}\] \d{1,20}us: |^\[(?:esx|vob)\./.test(message) ? 1 : 0.5;
    return program === "SSH" && message.startsWith("SSH ") ? 0.9 : message.startsWith("-->") ? 0.8 : 0.5;
  },

  conform(record) {
    if (record.body.startsWith("--> ")) return null;
    if (isVcenterSso(record.body))
      return vcenterSso(record.body, record.syslog?.time ?? undefined, record.syslog?.hostname ?? undefined);
    const entry = entryOf(record);
    if (entry?.program === "vpxd") {
      const event = vcenterEvent(entry.message, entry.time, entry.host);
      if (event !== null) return event;
    }
    if (entry === null) throw new MalformedInputError("no line of ESXi");
    if (entry.time === undefined) throw new MalformedInputError(`${entry.program} without a readable time`);
    const subject = {
      base: { product, time: entry.time, event_code: entry.program },
      device: deviceOf(entry.host, "esxi"),
      unmapped: { program: entry.program },
    };
    switch (entry.program) {
      case "shell":
      case "ESXShell":
      case "esxcli":
        return command(entry, subject);
      case "hostd":
        return hostd(entry, subject);
      case "vpxa":
        return task(entry, subject);
      case "vpxd":
        return task(entry, subject);
      case "envoy":
        return envoyRequest(withoutOriginator(entry.message).message, subject);
      case "vobd":
        return observation(entry, subject);
      case "vmkernel":
        return connection(entry, subject);
      default:
        return null;
    }
  },
});

/** null when the line is of no program of ESXi's. */
function entryOf({ body, line, syslog }: DecodedRecord): Entry | null {
  if (syslog?.app !== null && syslog?.app !== undefined) {
    const program = programOf(syslog.app);
    if (program === undefined) return null;
    return {
      time: syslog.time ?? undefined,
      host: syslog.hostname ?? undefined,
      program,
      pid: syslog.pid ?? undefined,
      message: body === "" ? (AUDIT_RECORD.exec(line.slice(0, 65_536))?.[0] ?? "") : body.replace(INNER, ""),
    };
  }
  // vCenter's events carry their time, so that they need no header
  if (body.startsWith("Event [") && isVcenterEvent(body))
    return { time: undefined, host: undefined, program: "vpxd", pid: undefined, message: body };
  const local = LOCAL.exec(body.slice(0, 65_536));
  const program = local === null ? undefined : programOf(local[2] ?? "");
  if (local === null || program === undefined) return null;
  return {
    time: parseIsoTime(local[1] ?? ""),
    host: undefined,
    program,
    pid: local[3],
    message: (local[4] ?? "").replace(INNER, ""),
  };
}

/** `Hostd` and `Vpxa` behind a syslog header are `hostd` and `vpxa` on the host. */
function programOf(app: string): string | undefined {
  if (PROGRAMS.has(app)) return app;
  const lower = app.toLowerCase();
  return lower !== "ssh" && lower !== "shell" && PROGRAMS.has(lower) ? lower : undefined;
}

function command({ message, pid, time, program }: Entry, subject: EndpointSubject): OcsfEvent | null {
  const match = SHELL_RECORD.test(message) ? null : SHELL_LINE.exec(message);
  const login = match?.[1] ?? parameterOf(message, "subject");
  const typed = (match?.[2] ?? parameterOf(message, "command"))?.trim();
  if (typed === undefined || typed === "") return null;
  // esxcli logs its arguments only.
  const line = program === "esxcli" ? `esxcli ${typed}` : typed;
  const shell: OcsfProcess | undefined = processId(pid) === undefined ? undefined : { name: "sh", pid: processId(pid) };
  // The log has the shell's number, not the command's.
  const process: OcsfProcess = {
    name: fileName(line.split(/\s/, 1)[0] ?? line),
    uid: `${pid ?? "shell"}:${time}`,
    cmd_line: line,
    user: userOf(login),
    parent_process: shell,
  };
  return endpointActivity(subject, 1007, 1, { process, actor: { user: userOf(login), process: shell } });
}

/** A parameter of an audit record; quotes and backslashes in its value are escaped. */
function parameterOf(message: string, name: "subject" | "command"): string | undefined {
  const start = message.indexOf(` ${name}="`);
  if (start === -1) return undefined;
  let value = "";
  for (let at = start + name.length + 3; at < message.length && message[at] !== '"'; at += 1) {
    if (message[at] === "\\" && at + 1 < message.length) at += 1;
    value += message[at];
  }
  return value;
}

const LOGIN = /User ([^\s@]{1,128})@(\S{2,64}) logged (in|out)(?: as ([^\n]{1,200}))?/;
const REFUSED = /Cannot login (?:user )?([^\s@]{1,128})@(\S{2,64})/;
/** The same from the other side, and of the direct console. */
const PASSWORD = /(Accepted|Rejected) password for user (\S{1,128}) from (\S{2,64})/;
const TRANSFER =
  /File (download|upload) (?:from|to) path '([^']{1,1024})' was initiated from '([^']{1,512})' and completed with status '(\w{1,32})'/;

function hostd(entry: Entry, subject: EndpointSubject): OcsfEvent | null {
  const { message, user } = withoutOriginator(entry.message);
  const login = LOGIN.exec(message);
  if (login !== null) {
    const agent = login[4] ?? /user agent: ([^\n)]{1,200})/.exec(message)?.[1];
    return logon(login[1], login[2], login[3] === "out" ? 2 : 1, true, message, subject, agent);
  }
  const password = PASSWORD.exec(message);
  if (password !== null) return logon(password[2], password[3], 1, password[1] === "Accepted", message, subject);
  const refused = REFUSED.exec(message);
  if (refused !== null) return logon(refused[1], refused[2], 1, false, message, subject);
  const transfer = TRANSFER.exec(message);
  if (transfer !== null) {
    const [, direction, path, agent = "", status = ""] = transfer;
    const success = status.toLowerCase() === "success";
    const activity = endpointActivity(subject, 1001, direction === "download" ? 2 : 1, {
      file: fileOf(path),
      actor: { user, app_name: agent },
      status_id: success ? 1 : 2,
      status: success ? "Success" : "Failure",
    });
    return activity;
  }
  const file = datastoreFile(message);
  if (file !== undefined)
    return endpointActivity(subject, 1001, file.activityId, {
      file: fileOf(file.path),
      actor: user === undefined ? { app_name: "hostd" } : { user },
    });
  return noteworthy(message, user, subject) ?? task(entry, subject) ?? numbered(message, user, subject);
}

/** Switches that hide or open something; the sentence is the event. */
function noteworthy(message: string, user: OcsfUser | undefined, subject: EndpointSubject): OcsfEvent | null {
  if (
    !/(?:SSH access|ESXi Shell|Firewall|lockdown mode|Syslog) .{0,80}(?:enabled|disabled|configuration|changed)/i.test(
      message,
    )
  )
    return null;
  const activity = endpointActivity(subject, 0, 99, { actor: user === undefined ? { app_name: "hostd" } : { user } });
  activity.message = message.slice(0, 1_000);
  return activity;
}

/** `Event 406 : Guest OS reboot for build-07 on esx-01 in ha-datacenter`: what the host's own list of events shows. */
function numbered(message: string, user: OcsfUser | undefined, subject: EndpointSubject): OcsfEvent | null {
  const sentence = /^Event \d{1,12} : (.{1,1000})/.exec(message)?.[1];
  if (sentence === undefined) return null;
  const activity = endpointActivity(subject, 0, 99, { actor: user === undefined ? { app_name: "hostd" } : { user } });
  activity.message = sentence;
  return activity;
}

const VERBS: readonly (readonly [RegExp, number])[] = [
  [/\b(?:download|read|open|export|clon|cop)\w*/i, 2],
  [/\b(?:upload|writ|creat)\w*/i, 1],
  [/\b(?:delet|remov)\w*/i, 4],
  [/\b(?:mov|renam)\w*/i, 5],
];
const DATASTORE_PATH =
  /\/vmfs\/volumes\/[^\s'",;]{1,512}|\[[\w. -]{1,80}\] [^\s'",;[\]]{1,400}\.(?:vmdk|vmx|vmsn|vmem|vswp|nvram|vmtx|ova|ovf|iso|log|zip|tar|tgz|gz|7z)\b/;

function datastoreFile(message: string): { path: string; activityId: number } | undefined {
  const head = message.slice(0, 4_000);
  const path = DATASTORE_PATH.exec(head)?.[0];
  if (path === undefined) return undefined;
  const before = head.slice(0, head.indexOf(path));
  const verb = VERBS.find(([pattern]) => pattern.test(before));
  return verb === undefined ? undefined : { path, activityId: verb[1] };
}

function logon(
  name: string | undefined,
  from: string | undefined,
  activityId: number,
  success: boolean,
  message: string,
  subject: EndpointSubject,
  agent?: string,
): OcsfEvent {
  const ip = ipAddress(from);
  const self = subject.device.hostname;
  const activity = endpointActivity(subject, 3002, activityId, {
    user: userOf(name) ?? { name: "unknown" },
    src_endpoint: ip === undefined ? (from === undefined ? undefined : { hostname: from }) : { ip },
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    http_request: agent === undefined ? undefined : { user_agent: agent },
    is_remote: true,
    status_id: success ? 1 : 2,
    status: success ? "Success" : "Failure",
  });
  activity.message = message.slice(0, 1_000);
  return activity;
}

const TASK = /-- BEGIN (\S{1,64}) -- (\S{0,128}) ?-- (vim\.[\w.]{1,128})/;

/** A call of the vSphere API begins: vpxa's, or hostd's of a client that comes directly. */
function task(entry: Entry, subject: EndpointSubject): OcsfEvent | null {
  const { message, user } = withoutOriginator(entry.message);
  const match = TASK.exec(message.slice(0, 2_000));
  if (match === null) return null;
  const operation = match[3] ?? "";
  const method = operation.slice(operation.lastIndexOf(".") + 1);
  const self = subject.device.hostname;
  return endpointActivity(subject, 6003, apiActivity(method), {
    actor: user === undefined ? { app_name: entry.program } : { user },
    api: { operation, service: { name: "vSphere" }, request: { uid: match[1] } },
    src_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    resources: match[2] === undefined || match[2] === "" ? undefined : [{ name: match[2] }],
  });
}

function apiActivity(method: string): number {
  if (/^(?:create|clone|register|add|import|upload)/i.test(method)) return 1;
  if (/^(?:export|download|retrieve|query|read|get|find|search)/i.test(method)) return 2;
  if (/^(?:delete|destroy|unregister|remove)/i.test(method)) return 4;
  return /^(?:reconfig|update|set|power|relocate|move|rename)/i.test(method) ? 3 : 99;
}

const OBSERVATION = /\[((?:esx|vob)\.[\w.]{1,128})\] (.{0,1000})/;

function observation({ message }: Entry, subject: EndpointSubject): OcsfEvent | null {
  const match = OBSERVATION.exec(message);
  if (match === null) return null;
  const activity =
    sshSession(match[2] ?? "", subject) ?? endpointActivity(subject, 0, 99, { actor: { app_name: "vobd" } });
  activity.metadata.event_code = match[1];
  activity.message = match[2];
  return activity;
}

const FLOW = /\b(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})\s{0,3}(?:->|=>)\s{0,3}(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})\b/;

function connection({ message }: Entry, subject: EndpointSubject): OcsfEvent | null {
  const match = FLOW.exec(message.slice(0, 2_000));
  const src = ipAddress(match?.[1]);
  const dst = ipAddress(match?.[3]);
  if (match === null || src === undefined || dst === undefined) return null;
  return endpointActivity(subject, 4001, 1, {
    actor: { app_name: "vmkernel" },
    src_endpoint: { ip: src, port: portOf(match[2]) },
    dst_endpoint: { ip: dst, port: portOf(match[4]) },
    connection_info: { direction_id: 0, direction: "Unknown" },
  });
}

/** Takes `[Originator@6876 sub=… opID=… user=vpxuser:ACME\alice]` off; the part behind the colon is who asked vCenter. */
function withoutOriginator(message: string): { message: string; user: OcsfUser | undefined } {
  const originator = ORIGINATOR.exec(message);
  if (originator === null) return { message, user: undefined };
  const user = /\buser=(\S{1,256})/.exec(originator[1] ?? "")?.[1]?.replaceAll("\\\\", "\\");
  const colon = user?.indexOf(":") ?? -1;
  const name = user === undefined ? undefined : colon === -1 ? user : user.slice(colon + 1);
  return {
    message: message.slice(originator[0].length),
    user: name === "" || name === "<unset>" ? undefined : userOf(name),
  };
}
