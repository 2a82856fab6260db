import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import type { AuditEvent, AuditUser } from "../decoders/audit-event.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { conformEcs } from "../endpoint/ecs.ts";
import { conformAuditEvent } from "../endpoint/linux-audit.ts";
import { portOf, processId } from "../endpoint/objects.ts";
import { list, object, property, text, textOf } from "../read-json.ts";

const product = { name: "Auditbeat", vendor_name: "Elastic" };

export default defineMap({
  id: "auditbeat",
  title: "Auditbeat and the auditd and file integrity integrations of Elastic Agent",
  product,
  reference: "https://www.elastic.co/guide/en/beats/auditbeat/current/auditbeat-modules.html",
  lane: "endpoint",
  exporting:
    "Auditbeat with the auditd, file_integrity and system modules, or the Auditd Manager and File Integrity " +
    "integrations of Elastic Agent: write to a file, Kafka or Logstash, or export from Elasticsearch with " +
    "`_source`. Add rules for execve and connect, and the socket data set for bytes.",
  limits: [
    "The auditd module records what the audit rules ask for.",
    "Only the socket data set of the system module counts bytes; it also knows the process.",
    "File integrity sees changes in the folders it watches, not who made them.",
  ],

  recognise({ json }) {
    if (json === null) return 0;
    const auditd = object(json, "auditd");
    // Filebeat's module of the same name wraps the raw line.
    if (auditd !== undefined) return object(auditd, "log") === undefined ? 1 : 0;
    const event = object(json, "event");
    const module = text(event, "module");
    if (module === "auditd" || module === "file_integrity") return 1;
    const beat = text(object(json, "agent"), "type");
    return beat === "auditbeat"
      ? 1
      : module === "system" && /^(?:process|socket|login)$/.test(text(event, "dataset") ?? "")
        ? 0.9
        : 0;
  },

  conform({ json }) {
    if (json === null) throw new MalformedInputError("no Auditbeat event");
    const auditd = object(json, "auditd");
    return auditd === undefined ? conformEcs(json, product) : conformAuditEvent(auditEvent(json, auditd), product);
  },
});

/** The auditd module joins records, looks names up, and keeps what it did not move into ECS under `auditd.data`. */
function auditEvent(json: JsonObject, auditd: JsonObject): AuditEvent {
  const time = parseTime(property(json, "@timestamp")) ?? kernelTime(object(json, "event"));
  if (time === undefined) throw new MalformedInputError("Auditbeat event without a readable @timestamp");
  const data = object(auditd, "data") ?? {};
  const process = object(json, "process");
  const socket = object(data, "socket");
  const ip = ipAddress(property(socket, "addr"));
  const args = list(process, "args").filter((item): item is string => typeof item === "string");
  const type = text(auditd, "message_type") ?? text(object(json, "event"), "type") ?? "syscall";
  const syscall = text(data, "syscall");
  const result = text(auditd, "result");
  const exit = textOf(data, "exit");
  return {
    host:
      text(object(json, "host"), "name") ??
      text(object(json, "host"), "hostname") ??
      text(object(json, "agent"), "hostname") ??
      text(object(json, "beat"), "hostname"),
    time,
    id: `${time}:${textOf(auditd, "sequence") ?? "0"}`,
    types: [type.toUpperCase()],
    syscall,
    success: result === "success" ? true : result === "fail" ? false : undefined,
    // Errors come by name.
    exit: exit === "EINPROGRESS" ? -115 : exit !== undefined && /^-?\d{1,15}$/.test(exit) ? Number(exit) : undefined,
    registers: ["a0", "a1", "a2", "a3"].map((name) => Number.parseInt((textOf(data, name) ?? "0").slice(-8), 16) || 0),
    pid: processId(property(process, "pid")),
    ppid: processId(property(object(process, "parent"), "pid") ?? property(process, "ppid")),
    comm: text(process, "name"),
    exe: text(process, "executable") ?? text(process, "exe"),
    key: list(json, "tags").find((tag): tag is string => typeof tag === "string"),
    terminal: text(data, "tty") ?? text(data, "terminal"),
    session: set(textOf(auditd, "session")),
    loginUser: userOf(json, "audit", "auid"),
    user: userOf(json, undefined, "uid"),
    argv: args.length === 0 ? undefined : args,
    title: text(process, "title")?.split(" "),
    cwd: text(process, "working_directory") ?? text(process, "cwd"),
    paths: list(auditd, "paths").flatMap((path) => {
      const name = text(path, "name");
      return name === undefined
        ? []
        : [{ name, nametype: text(path, "nametype") ?? "NORMAL", mode: text(path, "mode") }];
    }),
    address:
      ip === undefined
        ? undefined
        : { family: ip.includes(":") ? "inet6" : "inet", address: ip, port: portOf(property(socket, "port")) },
    message: syscall === undefined ? messageOf(json, data) : new Map(),
  };
}

/** `user.audit.id` since 7.0, `user.auid` with `user.name_map` before. */
function userOf(json: JsonObject, part: string | undefined, old: string): AuditUser {
  const user = object(json, "user");
  const holder = part === undefined ? user : object(user, part);
  const uid = set(textOf(holder, "id") ?? textOf(user, old));
  const name = text(holder, "name") ?? text(object(user, "name_map"), old);
  return { uid, name: uid === undefined ? undefined : name };
}

function set(id: string | undefined): string | undefined {
  return id === "unset" || id === "4294967295" ? undefined : id;
}

/** As records of programs write it, values quoted so that none is taken for hexadecimal. */
function messageOf(json: JsonObject, data: JsonObject): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const key of Object.keys(data)) {
    const value = textOf(data, key);
    if (value !== undefined) fields.set(key, key === "op" ? value : `"${value}"`);
  }
  const address = text(object(json, "source"), "ip");
  if (address !== undefined) fields.set("addr", address);
  const hostname = text(object(json, "source"), "domain");
  if (hostname !== undefined) fields.set("hostname", hostname);
  if (fields.size === 0) fields.set("op", "unknown");
  return fields;
}

/** The time of the records that an event keeps as they came: `type=… msg=audit(1773997500.125:7)`. */
function kernelTime(event: JsonObject | undefined): number | undefined {
  const original = list(event, "original")[0] ?? property(event, "original");
  const [, seconds, ms] = (typeof original === "string" ? /\baudit\((\d{9,11})\.(\d{3}):/.exec(original) : null) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000 + Number(ms);
}
