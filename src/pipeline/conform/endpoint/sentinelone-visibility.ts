/**
 * Deep Visibility's own records (Cloud Funnel before 2.0): nodes within nodes, under the event's name or beside `event_type`,
 * -> the names of Cloud Funnel 2.0, so that one reader serves both.
 */
import type { JsonObject } from "../../../model/activity.ts";
import { object, property, text } from "../read-json.ts";

type Names = Record<string, unknown>;

/** Name of the event -> type and category of Cloud Funnel 2.0; the others keep their name. */
const TYPES: ReadonlyMap<string, readonly [type: string, category: string]> = new Map([
  ["processCreation", ["Process Creation", "process"]],
  ["processExit", ["Process Exit", "process"]],
  ["processTermination", ["Process Termination", "process"]],
  ["openProcess", ["Open Remote Process Handle", "cross_process"]],
  ["duplicateProcess", ["Duplicate Process Handle", "cross_process"]],
  ["duplicateThread", ["Duplicate Thread Handle", "cross_process"]],
  ["remoteThread", ["Remote Thread Creation", "cross_process"]],
  ["fileCreation", ["File Creation", "file"]],
  ["fileModification", ["File Modification", "file"]],
  ["fileDeletion", ["File Deletion", "file"]],
  ["fileRename", ["File Rename", "file"]],
  ["moduleLoad", ["Module Load", "module"]],
  ["tcpv4", ["IP Connect", "ip"]],
  ["tcpv6", ["IP Connect", "ip"]],
  ["udpv4", ["IP Connect", "ip"]],
  ["tcpv4Listen", ["IP Listen", "ip"]],
  ["dns", ["DNS Resolved", "dns"]],
  ["http", ["HTTP Request", "url"]],
  ["scripts", ["Command Script", "command_script"]],
]);

/** Whether the record is one of Deep Visibility's own. Does not throw. */
export function isVisibilityRecord(json: JsonObject): boolean {
  const meta = object(json, "meta");
  return (
    meta !== undefined &&
    text(meta, "agentVersion") !== undefined &&
    text(meta, "computerName") !== undefined &&
    property(object(json, "timestamp"), "millisecondsSinceEpoch") !== undefined
  );
}

/** The record under the names of Cloud Funnel 2.0; without `event.type` when it holds no event. */
export function visibilityRecord(json: JsonObject): JsonObject {
  const name = text(json, "event_type") ?? eventMember(json);
  if (name === undefined) return {};
  const event = object(json, name) ?? json;
  const meta = object(json, "meta");
  const [type, category] = TYPES.get(name) ?? [name, undefined];
  const record: Names = {
    "event.type": type,
    "event.category": category,
    "event.time": epoch(json, "timestamp"),
    "endpoint.name": text(meta, "computerName"),
    "endpoint.os": text(meta, "osFamily"),
    "endpoint.type": text(meta, "machineType"),
    "agent.uuid": text(meta, "uuid"),
    "meta.event.name": name.toUpperCase(),
  };
  const subject = object(event, "process");
  const launched = name === "processCreation";
  placeProcess(record, "src.process", launched ? object(event, "parent") : (object(event, "source") ?? subject));
  placeProcess(record, "tgt.process", launched ? subject : object(event, "target"));
  placeFile(record, event);
  placeEnd(record, "src", object(event, "sourceAddress"));
  placeEnd(record, "dst", object(event, "destinationAddress"));
  for (const [from, to] of NAMES) {
    const value = property(event, from);
    if (value !== undefined) record[to] = value;
  }
  const key = text(object(event, "regValue"), "path") ?? text(object(event, "regKey"), "path");
  if (key !== undefined) record["registry.keyPath"] = key;
  return record as JsonObject;
}

const NAMES: readonly (readonly [from: string, to: string])[] = [
  ["direction", "event.network.direction"],
  ["status", "event.network.connectionStatus"],
  ["query", "event.dns.request"],
  ["results", "event.dns.response"],
  ["url", "url.address"],
  ["method", "event.url.action"],
  ["path", "module.path"],
  ["content", "cmdScript.content"],
  ["taskName", "task.name"],
  ["friendlyName", "indicator.name"],
  ["category", "indicator.category"],
  ["description", "indicator.description"],
];

/** The one member that names the event, where no `event_type` stands beside it. */
function eventMember(json: JsonObject): string | undefined {
  for (const name in json) if (TYPES.has(name) && object(json, name) !== undefined) return name;
  return undefined;
}

function placeProcess(record: Names, prefix: "src.process" | "tgt.process", node: JsonObject | undefined): void {
  if (node === undefined) return;
  const executable = object(node, "executable");
  const path = text(executable, "path");
  const user = object(node, "user");
  const id = object(node, "fullPid");
  record[`${prefix}.image.path`] = path;
  // `name` is what the program calls itself: `Git for Windows`
  if (path === undefined) record[`${prefix}.name`] = text(node, "name");
  record[`${prefix}.pid`] = property(id, "pid");
  record[`${prefix}.uid`] = keyOf(node);
  record[`${prefix}.cmdline`] = text(node, "commandLine");
  record[`${prefix}.user`] = text(user, "name");
  record[`${prefix}.userSid`] = text(user, "sid");
  record[`${prefix}.integrityLevel`] = text(node, "integrityLevel");
  record[`${prefix}.startTime`] = epoch(id, "startTime");
  placeHashes(record, `${prefix}.image`, object(executable, "hashes"));
  const parent = object(node, "parent");
  if (prefix === "src.process" && parent !== undefined) record["src.process.parent.uid"] = keyOf(parent);
}

function placeFile(record: Names, event: JsonObject): void {
  const file = object(event, "newFile") ?? object(event, "targetFile") ?? object(event, "file");
  if (file === undefined) return;
  record["tgt.file.path"] = text(file, "path");
  record["tgt.file.size"] = property(file, "sizeBytes");
  record["tgt.file.oldPath"] = text(object(event, "oldFile"), "path") ?? text(event, "oldPath");
  placeHashes(record, "tgt.file", object(file, "hashes"));
}

function placeEnd(record: Names, side: "src" | "dst", end: JsonObject | undefined): void {
  if (end === undefined) return;
  record[`${side}.ip.address`] = property(end, "address");
  record[`${side}.port.number`] = property(end, "port");
}

function placeHashes(record: Names, prefix: string, hashes: JsonObject | undefined): void {
  if (hashes === undefined) return;
  for (const algorithm of ["md5", "sha1", "sha256"]) record[`${prefix}.${algorithm}`] = text(hashes, algorithm);
}

function keyOf(node: JsonObject): string | undefined {
  return text(object(object(node, "node"), "key"), "value");
}

/** ms since 1970 as text; undefined where it is none, as the largest number that stands for "not known". */
function epoch(parent: JsonObject | undefined, name: string): number | undefined {
  const value = Number(property(object(parent, name), "millisecondsSinceEpoch"));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
