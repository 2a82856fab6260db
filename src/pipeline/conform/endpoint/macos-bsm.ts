/**
 * Records of the BSM audit trail of macOS as JSON (Jamf compliance reporter, earlier Jamf telemetry) -> OCSF.
 *
 * @see https://github.com/openbsm/openbsm/blob/master/etc/audit_event
 */
import type { JsonObject, OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import type { EventBase } from "../ocsf.ts";
import { list, number, object, property, text, textOf } from "../read-json.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { deviceOf, fileOf, portOf, processId, processOf, userOf } from "./objects.ts";
import { shellCommand } from "./shell-command.ts";

/** EINPROGRESS: a connection that does not wait is under way, not failed. */
const IN_PROGRESS = "Operation now in progress";
const UNSET = 4_294_967_295;

const FILE_EVENTS: ReadonlyMap<string, number> = new Map([
  ["AUE_OPEN_R", 2],
  ["AUE_OPENAT_R", 2],
  ["AUE_READLINK", 2],
  ["AUE_OPEN_RC", 1],
  ["AUE_OPEN_WC", 1],
  ["AUE_OPEN_RWC", 1],
  ["AUE_CREAT", 1],
  ["AUE_MKDIR", 1],
  ["AUE_LINK", 1],
  ["AUE_SYMLINK", 1],
  ["AUE_OPEN_W", 3],
  ["AUE_OPEN_RW", 3],
  ["AUE_OPEN_WT", 3],
  ["AUE_OPEN_RWT", 3],
  ["AUE_OPEN_WTC", 3],
  ["AUE_TRUNCATE", 3],
  ["AUE_UNLINK", 4],
  ["AUE_RMDIR", 4],
  ["AUE_RENAME", 5],
  ["AUE_CHMOD", 7],
  ["AUE_CHOWN", 7],
  ["AUE_CHFLAGS", 6],
]);

const LOGONS: ReadonlyMap<string, number> = new Map([
  ["AUE_lw_login", 1],
  ["AUE_lw_logout", 2],
  ["AUE_openssh", 1],
  ["AUE_ssh", 1],
  ["AUE_login", 1],
  ["AUE_logout", 2],
  ["AUE_su", 1],
  ["AUE_sudo", 1],
  ["AUE_auth_user", 1],
  ["AUE_ssauthorize", 1],
]);

export function isBsmRecord(json: JsonObject): boolean {
  return text(object(json, "header"), "event_name")?.startsWith("AUE_") === true;
}

/** @throws {MalformedInputError} when it lacks what its name promises, or has no readable time */
export function conformBsm(json: JsonObject, product: EventBase["product"]): OcsfEvent {
  const header = object(json, "header");
  const seconds = number(header, "time_seconds_epoch");
  if (seconds === undefined || !(seconds > 0 && seconds < 4_102_444_800))
    throw new MalformedInputError("audit record without a readable time");
  const name = text(header, "event_name") ?? "";
  const host = object(json, "host_info");
  const source = object(json, "subject");
  const unmapped: Record<string, unknown> = {
    event_id: property(header, "event_id"),
    identity: property(json, "identity"),
    return: property(json, "return"),
    arguments: property(json, "arguments"),
  };
  const subject: EndpointSubject = {
    base: { product, time: Math.floor(seconds) * 1000 + milliseconds(header), event_code: name },
    device: deviceOf(text(host, "host_name"), "macos", { uid: text(host, "host_uuid") }),
    unmapped,
  };
  const process = processOf({
    image: text(source, "process_name"),
    pid: processId(property(source, "process_id")),
    user: userOf(text(source, "effective_user_name"), undefined, textOf(source, "effective_user_id")),
  });
  const user = personOf(source);
  const actor =
    process?.pid === undefined && user === undefined
      ? { app_name: product.name }
      : { user, process: process?.pid === undefined ? undefined : process };
  return activityOf(name, json, subject, actor, process);
}

function activityOf(
  name: string,
  json: JsonObject,
  subject: EndpointSubject,
  actor: NonNullable<OcsfEvent["actor"]>,
  process: OcsfProcess | undefined,
): OcsfEvent {
  if (name === "AUE_EXECVE" || name === "AUE_POSIX_SPAWN" || name === "AUE_MAC_EXECVE")
    return launch(json, subject, actor, process);
  if (name === "AUE_EXIT" && process?.pid !== undefined) return endpointActivity(subject, 1007, 2, { process, actor });
  if (name === "AUE_CONNECT" || name === "AUE_ACCEPT" || name === "AUE_SENDTO")
    return connection(name, json, subject, actor);
  const file = FILE_EVENTS.get(name);
  if (file !== undefined) return fileActivity(name, file, json, subject, actor);
  const logon = LOGONS.get(name);
  if (logon === undefined) return endpointActivity(subject, 0, 99, { actor });
  const self = subject.device.hostname;
  const from = ipAddress(property(object(object(json, "subject"), "terminal_id"), "ip_address"));
  const remote = from === undefined || from === "0.0.0.0" ? undefined : { ip: from };
  return endpointActivity(subject, 3002, logon, {
    user: actor.user ?? { name: "unknown" },
    actor,
    src_endpoint: remote,
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    ...statusOf(json),
  });
}

function milliseconds(header: JsonObject | undefined): number {
  const offset = Math.floor(number(header, "time_milliseconds_offset") ?? 0);
  return offset >= 0 && offset < 1_000 ? offset : 0;
}

function launch(
  json: JsonObject,
  subject: EndpointSubject,
  actor: NonNullable<OcsfEvent["actor"]>,
  process: OcsfProcess | undefined,
): OcsfEvent {
  const paths = pathsOf(json);
  const args = object(json, "exec_args");
  const values = list(args, "args").length > 0 ? list(args, "args") : Object.values(object(args, "args") ?? {});
  const argv = values.filter((value): value is string => typeof value === "string");
  const compiled = text(args, "args_compiled")?.replaceAll(",", " ");
  const image = paths.at(-1) ?? process?.file?.path;
  const started = processOf({
    image,
    pid: process?.pid,
    user: process?.user,
    cmd_line: argv.length > 0 ? shellCommand(argv) : compiled,
  });
  if (started?.pid === undefined) throw new MalformedInputError("audit record of a launch without a process");
  return endpointActivity(subject, 1007, 1, {
    process: started,
    actor: actor.user === undefined ? { app_name: "macOS" } : { user: actor.user },
    ...statusOf(json),
  });
}

function connection(name: string, json: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const socket = object(json, "socket_inet") ?? object(json, "socket_inet6");
  const ip = ipAddress(property(socket, "ip_address"));
  if (ip === undefined)
    return object(json, "socket_unix") === undefined
      ? fail(`${name} without an address`)
      : endpointActivity(subject, 0, 99, { actor });
  const inbound = name === "AUE_ACCEPT";
  const peer = { ip, port: portOf(property(socket, "port")) };
  return endpointActivity(subject, 4001, name === "AUE_SENDTO" ? 6 : 1, {
    actor,
    src_endpoint: inbound ? peer : undefined,
    dst_endpoint: inbound ? undefined : peer,
    connection_info: { direction_id: inbound ? 1 : 2, direction: inbound ? "Inbound" : "Outbound" },
    ...statusOf(json),
  });
}

function fileActivity(
  name: string,
  activityId: number,
  json: JsonObject,
  subject: EndpointSubject,
  actor: OcsfEvent["actor"],
): OcsfEvent {
  const paths = pathsOf(json);
  const file = fileOf(activityId === 5 ? paths[0] : paths.at(-1));
  if (file === undefined) return fail(`${name} without a path`);
  return endpointActivity(subject, 1001, activityId, {
    file,
    file_result: activityId === 5 ? fileOf(paths.at(-1)) : undefined,
    actor,
    ...statusOf(json),
  });
}

function fail(message: string): never {
  throw new MalformedInputError(message);
}

function pathsOf(json: JsonObject): string[] {
  return list(json, "path").filter((path): path is string => typeof path === "string" && path !== "");
}

function personOf(source: JsonObject | undefined): OcsfUser | undefined {
  const unset = number(source, "audit_id") === UNSET;
  const name = unset
    ? text(source, "effective_user_name")
    : (text(source, "audit_user_name") ?? text(source, "user_name"));
  return userOf(name, undefined, textOf(source, unset ? "effective_user_id" : "audit_id"));
}

function statusOf(json: JsonObject): { status_id?: number; status?: string; status_detail?: string } {
  const result = object(json, "return");
  const detail = text(result, "description");
  if (detail === undefined) return {};
  return detail.startsWith("success") || detail.includes(IN_PROGRESS)
    ? { status_id: 1, status: "Success" }
    : { status_id: 2, status: "Failure", status_detail: detail };
}
