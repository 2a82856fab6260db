/** The objects of the Elastic Common Schema -> OCSF. @see https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html */
import type { JsonObject, OcsfDevice, OcsfEvent, OcsfFile, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { list, number, object, property, text, textOf } from "../read-json.ts";
import { deviceOf, fileOf, hashOf, portOf, processId, processOf, userOf, type OperatingSystem } from "./objects.ts";
import { shellCommand } from "./shell-command.ts";

export function ecsDevice(json: JsonObject): OcsfDevice {
  const host = object(json, "host");
  const os = object(host, "os");
  const hostname =
    text(host, "hostname") ??
    text(host, "name") ??
    text(object(json, "agent"), "hostname") ??
    text(object(json, "beat"), "hostname");
  const address = ipAddress(list(host, "ip")[0] ?? property(host, "ip"));
  return deviceOf(hostname, systemOf(text(os, "type") ?? text(os, "family") ?? text(os, "platform")), {
    uid: text(host, "id"),
    ip: address,
  });
}

function systemOf(name: string | undefined): OperatingSystem | undefined {
  if (name === undefined) return undefined;
  if (name === "windows") return "windows";
  return name === "macos" || name === "darwin" ? "macos" : "linux";
}

/** @param holder the object that has `process` and, beside it, the user it runs as */
export function ecsProcess(source: unknown, user?: OcsfUser | undefined): OcsfProcess | undefined {
  const args = list(source, "args").filter((item): item is string => typeof item === "string");
  const image = text(source, "executable") ?? text(source, "exe");
  const process = processOf({
    image,
    name: text(source, "name"),
    pid: processId(property(source, "pid")),
    uid: text(source, "entity_id"),
    cmd_line: text(source, "command_line") ?? (args.length === 0 ? text(source, "title") : shellCommand(args)),
    user,
  });
  if (process === undefined) return undefined;
  const directory = text(source, "working_directory") ?? text(source, "cwd");
  if (directory !== undefined) process.working_directory = directory;
  const started = parseTime(property(source, "start"));
  if (started !== undefined) process.created_time = started;
  if (process.file !== undefined) process.file.hashes = hashesOf(object(source, "hash"));
  const parent = ecsProcess(object(source, "parent"));
  if (parent?.pid !== undefined || parent?.uid !== undefined) process.parent_process = parent;
  else {
    const ppid = processId(property(source, "ppid"));
    if (ppid !== undefined) process.parent_process = { pid: ppid };
  }
  return process.pid === undefined && process.uid === undefined ? undefined : process;
}

export function ecsUser(source: unknown): OcsfUser | undefined {
  const user = userOf(text(source, "name"), text(source, "domain"), textOf(source, "id"));
  const mail = text(source, "email");
  if (user !== undefined && mail !== undefined) user.email_addr = mail;
  return user;
}

export function ecsFile(source: unknown): OcsfFile | undefined {
  const path = text(source, "path");
  const file =
    fileOf(path, text(source, "type") === "dir" ? 2 : text(source, "type") === "symlink" ? 7 : 1) ??
    (text(source, "name") === undefined ? undefined : { name: text(source, "name"), type_id: 1 });
  if (file === undefined) return undefined;
  const size = number(source, "size");
  if (size !== undefined && Number.isSafeInteger(size) && size >= 0) file.size = size;
  file.hashes = hashesOf(object(source, "hash")) ?? hashesOf(object(source, "hashes"));
  return file;
}

export function ecsEndpoint(source: unknown): NonNullable<OcsfEvent["dst_endpoint"]> | undefined {
  const ip = ipAddress(property(source, "ip") ?? property(source, "address"));
  const hostname = text(source, "domain");
  return ip === undefined && hostname === undefined
    ? undefined
    : { ip, port: portOf(property(source, "port")), hostname };
}

function hashesOf(source: unknown): OcsfFile["hashes"] {
  const hashes = ["md5", "sha1", "sha256"].flatMap((algorithm) => hashOf(algorithm, text(source, algorithm)) ?? []);
  return hashes.length === 0 ? undefined : hashes;
}
