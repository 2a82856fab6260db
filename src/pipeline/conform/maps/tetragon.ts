import type { JsonObject, OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { endpointActivity, leftover, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { countOf, deviceOf, endpointOf, fileOf, portOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { list, number, object, property, text, textOf } from "../read-json.ts";

const product = { name: "Tetragon", vendor_name: "Isovalent" };
const KINDS = [
  "process_exec",
  "process_exit",
  "process_kprobe",
  "process_connect",
  "process_close",
  "process_listen",
  "process_tracepoint",
  "process_uprobe",
  "process_lsm",
  "process_accept",
] as const;
type Kind = (typeof KINDS)[number];

const READ: ReadonlySet<string> = new Set([...KINDS, "time", "node_name"]);
const UNSET = 4_294_967_295;
/** Ports the kernel hands out to clients. */
const FIRST_EPHEMERAL_PORT = 32_768;

export default defineMap({
  id: "tetragon",
  title: "Tetragon: processes, and what tracing policies watch",
  product,
  reference: "https://tetragon.io/docs/reference/grpc-api/",
  lane: "endpoint",
  exporting:
    "`tetragon --export-filename` or the `export-stdout` container; add tracing policies for connect " +
    "(`tcp_connect`, `tcp_sendmsg`) and for files.",
  limits: [
    "Connections and files are there only where a tracing policy watches them.",
    "Only the enterprise edition's close events count bytes.",
    "A connection is an address without a name.",
  ],

  recognise({ json }) {
    if (json === null) return 0;
    // asked of every record there is; all events of Tetragon carry one of these
    if (!Object.hasOwn(json, "node_name") && !Object.hasOwn(json, "time") && !Object.hasOwn(json, "nodeName")) return 0;
    const kind = kindOf(json);
    if (kind === undefined) return object(object(json, camelKindOf(json)), "process") === undefined ? 0 : 1;
    return kind !== undefined && object(object(json, kind), "process") !== undefined ? 1 : 0;
  },

  conform({ json: received }) {
    const json = received !== null && camelKindOf(received) !== "" ? inSnakeCase(received) : received;
    const kind = json === null ? undefined : kindOf(json);
    if (json === null || kind === undefined) throw new MalformedInputError("no Tetragon event");
    const event = object(json, kind);
    const time = parseTime(property(json, "time"));
    if (event === undefined || time === undefined)
      throw new MalformedInputError(`${kind} without ${event === undefined ? "its event" : "a readable time"}`);
    const own = object(event, "process");
    const process = processFrom(own);
    if (process === undefined) throw new MalformedInputError(`${kind} without a process`);
    const parent = processFrom(object(event, "parent"));
    if (parent !== undefined) process.parent_process = parent;
    const details = leftover(json, READ) ?? (Object.create(null) as Record<string, unknown>);
    for (const name of ["pod", "docker", "cap", "ns", "flags"])
      if (property(own, name) !== undefined) details[name] = property(own, name);
    for (const name of ["function_name", "args", "action", "policy_name", "stats", "signal", "status"])
      if (property(event, name) !== undefined) details[name] = property(event, name);
    const subject = {
      base: { product, time, event_code: kind },
      device: deviceOf(text(json, "node_name"), "linux"),
      unmapped: details,
    };
    return activityOf(kind, event, subject, process, personOf(own));
  },
});

function kindOf(json: JsonObject): Kind | undefined {
  return KINDS.find((kind) => Object.hasOwn(json, kind));
}

const CAMEL_KINDS: readonly string[] = KINDS.map((kind) =>
  kind.replace(/_(\w)/, (_, letter: string) => letter.toUpperCase()),
);

/** The event's name as protobuf's JSON spells it (`processExec`); empty where there is none. */
function camelKindOf(json: JsonObject): string {
  return CAMEL_KINDS.find((kind) => Object.hasOwn(json, kind)) ?? "";
}

const MAX_DEPTH = 12;

/** The record in the spelling of Tetragon's own export; labels of pods keep their names. */
function inSnakeCase(value: JsonObject, depth = 0): JsonObject {
  const out = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value)) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const member: unknown = value[key];
    out[name] = depth >= MAX_DEPTH || name === "pod_labels" ? member : memberInSnakeCase(member, depth + 1);
  }
  return out as JsonObject;
}

function memberInSnakeCase(member: unknown, depth: number): unknown {
  if (Array.isArray(member))
    return depth >= MAX_DEPTH ? member : member.map((item: unknown) => memberInSnakeCase(item, depth + 1));
  return typeof member === "object" && member !== null ? inSnakeCase(member as JsonObject, depth) : member;
}

function activityOf(
  kind: Kind,
  event: JsonObject,
  subject: EndpointSubject,
  process: OcsfProcess,
  user: OcsfUser | undefined,
): OcsfEvent {
  const actor = { user, process };
  switch (kind) {
    case "process_exec":
      return endpointActivity(subject, 1007, 1, { process, actor: { user, process: process.parent_process } });
    case "process_exit":
      return endpointActivity(subject, 1007, 2, { process, actor, exit_code: countOf(property(event, "status")) });
    case "process_connect":
    case "process_accept":
    case "process_close":
      return connection(subject, event, actor, kind === "process_close" ? 2 : 1);
    case "process_listen": {
      const listener = endpointOf(
        ipAddress(property(event, "ip")),
        portOf(property(event, "port")),
        subject.device.hostname,
      );
      return endpointActivity(subject, 4001, 7, { actor, src_endpoint: listener ?? { name: "unknown" } });
    }
    default:
      return traced(event, subject, actor);
  }
}

function connection(
  subject: EndpointSubject,
  event: JsonObject,
  actor: OcsfEvent["actor"],
  activityId: number,
): OcsfEvent {
  const src = endpointOf(ipAddress(property(event, "source_ip")), portOf(property(event, "source_port")));
  const name = list(event, "destination_names").find((item) => typeof item === "string" && item !== "");
  const dst = endpointOf(
    ipAddress(property(event, "destination_ip")),
    portOf(property(event, "destination_port")),
    name as string | undefined,
  );
  if (dst === undefined && src === undefined) throw new MalformedInputError("connection without addresses");
  const stats = object(event, "stats");
  // The counters are the local socket's: they are client to server only where this side is the client.
  const client =
    src?.port !== undefined &&
    dst?.port !== undefined &&
    src.port >= FIRST_EPHEMERAL_PORT &&
    dst.port < FIRST_EPHEMERAL_PORT;
  return endpointActivity(subject, 4001, activityId, {
    actor,
    src_endpoint: src,
    dst_endpoint: dst,
    connection_info: {
      direction_id: client ? 2 : 0,
      direction: client ? "Outbound" : "Unknown",
      protocol_name: text(event, "protocol")?.toLowerCase(),
    },
    traffic:
      client && stats !== undefined
        ? { bytes_out: countOf(property(stats, "bytes_sent")), bytes_in: countOf(property(stats, "bytes_received")) }
        : undefined,
  });
}

/** Kernel function -> activity of Network Activity. */
const SOCKET_CALLS: ReadonlyMap<string, number> = new Map([
  ["tcp_connect", 1],
  ["security_socket_connect", 1],
  ["sys_connect", 1],
  ["tcp_v4_connect", 1],
  ["tcp_v6_connect", 1],
  ["tcp_close", 2],
  ["inet_csk_listen_start", 7],
]);

/** Kernel function -> activity of File System Activity; permission checks say by their mask. */
const FILE_CALLS: ReadonlyMap<string, number> = new Map([
  ["sys_read", 2],
  ["sys_openat", 14],
  ["sys_open", 14],
  ["fd_install", 14],
  ["security_file_open", 14],
  ["security_mmap_file", 2],
  ["sys_write", 3],
  ["security_path_truncate", 3],
  ["sys_unlinkat", 4],
  ["security_path_unlink", 4],
  ["security_inode_unlink", 4],
  ["security_path_rename", 5],
]);

/** A probe's event: a connection or a file where its arguments are one, else a base event. */
function traced(event: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const name = (text(event, "function_name") ?? "").replace(/^__(?:x64|arm64|ia32)_/, "");
  const args = list(event, "args");
  const socket = find(args, "sock_arg") ?? find(args, "sockaddr_arg");
  if (socket !== undefined) {
    const port = portOf(property(socket, "dport") ?? property(socket, "port"));
    const dst = { ip: ipAddress(property(socket, "daddr") ?? property(socket, "addr")), port };
    if (dst.ip !== undefined) {
      const src = { ip: ipAddress(property(socket, "saddr")), port: portOf(property(socket, "sport")) };
      const protocol = text(socket, "protocol")?.replace("IPPROTO_", "").toLowerCase();
      return endpointActivity(subject, 4001, SOCKET_CALLS.get(name) ?? 6, {
        actor,
        src_endpoint: src.ip === undefined ? undefined : src,
        dst_endpoint: dst,
        connection_info: { direction_id: 0, direction: "Unknown", protocol_name: protocol },
      });
    }
  }
  const path =
    text(find(args, "file_arg"), "path") ??
    text(find(args, "path_arg"), "path") ??
    (name.startsWith("sys_open")
      ? textOf(
          args.find((arg) => text(arg, "string_arg") !== undefined),
          "string_arg",
        )
      : undefined);
  const file = fileOf(path === undefined || path.startsWith("/") ? path : `/${path}`);
  if (file === undefined) return endpointActivity(subject, 0, 99, { actor });
  const mask = number(
    args.find((arg) => property(arg, "int_arg") !== undefined),
    "int_arg",
  );
  // MAY_WRITE is 2, MAY_READ 4.
  const activityId = name === "security_file_permission" ? ((mask ?? 0) & 2 ? 3 : 2) : (FILE_CALLS.get(name) ?? 99);
  return endpointActivity(subject, 1001, activityId, { file, actor });
}

function find(args: readonly unknown[], kind: string): JsonObject | undefined {
  for (const arg of args) {
    const value = object(arg, kind);
    if (value !== undefined) return value;
  }
  return undefined;
}

function processFrom(source: JsonObject | undefined): OcsfProcess | undefined {
  const image = text(source, "binary");
  const args = text(source, "arguments");
  const line =
    args === undefined
      ? image
      : image === undefined || args === image || args.startsWith(`${image} `)
        ? args
        : `${image} ${args}`;
  const process = processOf({
    image,
    pid: processId(property(source, "pid")),
    uid: text(source, "exec_id"),
    cmd_line: line,
    user: accountOf(source, "uid"),
  });
  if (process === undefined) return undefined;
  const directory = text(source, "cwd");
  if (directory !== undefined) process.working_directory = directory;
  const started = parseTime(property(source, "start_time"));
  if (started !== undefined) process.created_time = started;
  return process;
}

/** The login user where there is one; workloads have only the user they run as. */
function personOf(source: JsonObject | undefined): OcsfUser | undefined {
  return number(source, "auid") === UNSET
    ? accountOf(source, "uid")
    : (accountOf(source, "auid") ?? accountOf(source, "uid"));
}

function accountOf(source: JsonObject | undefined, key: "uid" | "auid"): OcsfUser | undefined {
  const id = number(source, key);
  if (id === undefined || id < 0) return undefined;
  return userOf(
    key === "uid"
      ? (text(object(source, "user"), "name") ?? (id === 0 ? "root" : undefined))
      : id === 0
        ? "root"
        : undefined,
    undefined,
    String(id),
  );
}
