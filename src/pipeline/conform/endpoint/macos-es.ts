/**
 * Messages of macOS Endpoint Security as JSON (`es_message_t` as eslogger, Jamf and others print it) -> OCSF.
 *
 * @see https://developer.apple.com/documentation/endpointsecurity/es_message_t
 */
import type { JsonObject, OcsfDevice, OcsfEvent, OcsfFile, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { outcomeStatus } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import type { EventBase } from "../ocsf.ts";
import { boolean, list, number, object, property, text, textOf } from "../read-json.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { directoryChange } from "./macos-directory.ts";
import { parentFrom, personOf, processFrom } from "./macos-process.ts";
import { fileOf } from "./objects.ts";
import { shellCommand } from "./shell-command.ts";

const FREAD = 1;
const FWRITE = 2;

/** Whether the object is a message: an event of one kind and the process that caused it. */
export function isEsMessage(json: JsonObject): boolean {
  const event = object(json, "event");
  const process = object(json, "process");
  return (
    event !== undefined &&
    object(process, "audit_token") !== undefined &&
    object(process, "executable") !== undefined &&
    Object.keys(event).length === 1
  );
}

/**
 * null for an event that is no activity of its own (a fork, a file closed unchanged).
 *
 * @throws {MalformedInputError} when it lacks what its kind promises, or has no readable time
 */
export function conformEsMessage(
  json: JsonObject,
  product: EventBase["product"],
  device: OcsfDevice,
): OcsfEvent | null {
  const event = object(json, "event");
  const kind = event === undefined ? undefined : Object.keys(event)[0];
  const details = kind === undefined ? undefined : object(event, kind);
  if (kind === undefined || details === undefined)
    throw new MalformedInputError("Endpoint Security message without an event");
  const time = parseTime(property(json, "time")) ?? parseTime(property(json, "timestamp"));
  if (time === undefined) throw new MalformedInputError("Endpoint Security message without a readable time");
  const unmapped: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of ["action", "event_type", "seq_num", "global_seq_num", "match"])
    if (property(json, name) !== undefined) unmapped[name] = property(json, name);
  const source = object(json, "process");
  unmapped["signing_id"] = text(source, "signing_id");
  unmapped["team_id"] = text(source, "team_id");
  const subject = { base: { product, time, event_code: kind }, device, unmapped };
  const process = processFrom(source);
  if (process === undefined) throw new MalformedInputError("Endpoint Security message without a process");
  const actor = { user: personOf(object(source, "audit_token")), process };
  return activityOf(kind, details, subject, actor);
}

type Actor = { readonly user: OcsfUser | undefined; readonly process: OcsfProcess };

function activityOf(kind: string, details: JsonObject, subject: EndpointSubject, actor: Actor): OcsfEvent | null {
  switch (kind) {
    case "exec":
      return launch(details, subject, actor);
    case "exit":
      return endpointActivity(subject, 1007, 2, { process: actor.process, actor, exit_code: exitCode(details) });
    // The program a fork is to become shows at its exec.
    case "fork":
      return null;
    case "signal":
    case "trace":
    case "get_task":
      return onProcess(details, subject, actor, kind === "signal" ? 99 : 3);
    default: {
      const file = fileActivity(kind, details, subject, actor);
      return file === undefined
        ? (logon(kind, details, withDetails(kind, details, subject), actor) ??
            directoryChange(kind, details, withDetails(kind, details, subject), actor) ??
            endpointActivity(withDetails(kind, details, subject), 0, 99, { actor }))
        : file;
    }
  }
}

function launch(details: JsonObject, subject: EndpointSubject, actor: Actor): OcsfEvent {
  const target = object(details, "target");
  const process = processFrom(target);
  if (process === undefined) throw new MalformedInputError("exec without its target");
  const args = list(details, "args").filter((item): item is string => typeof item === "string");
  if (args.length > 0) process.cmd_line = shellCommand(args);
  const directory = text(object(details, "cwd"), "path");
  if (directory !== undefined) process.working_directory = directory;
  // The process keeps its number: who called exec is the same process as another program, its parent is the parent.
  const parent = parentFrom(target) ?? actor.process.parent_process;
  if (parent !== undefined) process.parent_process = parent;
  return endpointActivity(subject, 1007, 1, {
    process,
    actor: { user: personOf(object(target, "audit_token")) ?? actor.user, process: parent ?? actor.process },
  });
}

function onProcess(details: JsonObject, subject: EndpointSubject, actor: Actor, activityId: number): OcsfEvent {
  const process = processFrom(object(details, "target"));
  return process === undefined
    ? endpointActivity(subject, 0, 99, { actor })
    : endpointActivity(subject, 1007, activityId, { process, actor });
}

/** Kind -> activity of File System Activity, and the member that names the file. */
const FILE_EVENTS: ReadonlyMap<string, { readonly activityId: number; readonly member: string }> = new Map([
  ["unlink", { activityId: 4, member: "target" }],
  ["write", { activityId: 3, member: "target" }],
  ["truncate", { activityId: 3, member: "target" }],
  ["clone", { activityId: 1, member: "target" }],
  ["copyfile", { activityId: 1, member: "target" }],
  ["link", { activityId: 1, member: "target" }],
  ["readdir", { activityId: 2, member: "target" }],
  ["setmode", { activityId: 7, member: "target" }],
  ["setowner", { activityId: 7, member: "target" }],
  ["setacl", { activityId: 7, member: "target" }],
  ["setflags", { activityId: 6, member: "target" }],
  ["setextattr", { activityId: 6, member: "target" }],
  ["deleteextattr", { activityId: 6, member: "target" }],
  ["mmap", { activityId: 2, member: "source" }],
  ["readlink", { activityId: 2, member: "source" }],
]);

/** null: of no interest; undefined: no event of a file. */
function fileActivity(
  kind: string,
  details: JsonObject,
  subject: EndpointSubject,
  actor: Actor,
): OcsfEvent | null | undefined {
  if (kind === "open") {
    const flags = number(details, "fflag") ?? FREAD;
    const file = fileFrom(object(details, "file"));
    return file === undefined
      ? undefined
      : endpointActivity(subject, 1001, (flags & FWRITE) === 0 ? 2 : 3, { file, actor });
  }
  if (kind === "close") {
    // Closed unchanged it says nothing that the open did not.
    if (boolean(details, "modified") !== true) return null;
    const file = fileFrom(object(details, "target"));
    return file === undefined ? undefined : endpointActivity(subject, 1001, 3, { file, actor });
  }
  if (kind === "create") {
    const file = destinationOf(details);
    return file === undefined ? undefined : endpointActivity(subject, 1001, 1, { file, actor });
  }
  if (kind === "rename") {
    const file = fileFrom(object(details, "source"));
    return file === undefined
      ? undefined
      : endpointActivity(subject, 1001, 5, { file, file_result: destinationOf(details), actor });
  }
  const known = FILE_EVENTS.get(kind);
  if (known === undefined) return undefined;
  const copied =
    kind === "clone" || kind === "copyfile" || kind === "link"
      ? newFile(object(details, "target_dir"), text(details, "target_name") ?? text(details, "target_filename"))
      : undefined;
  const file = copied ?? fileFrom(object(details, known.member));
  return file === undefined ? undefined : endpointActivity(subject, 1001, known.activityId, { file, actor });
}

/** A destination is a file that was there, or a name in a folder. */
function destinationOf(details: JsonObject): OcsfFile | undefined {
  const destination = object(details, "destination") ?? details;
  const there = fileFrom(object(destination, "existing_file"));
  if (there !== undefined) return there;
  const fresh = object(destination, "new_path");
  return newFile(object(fresh, "dir"), text(fresh, "filename"));
}

function newFile(folder: JsonObject | undefined, name: string | undefined): OcsfFile | undefined {
  const path = text(folder, "path");
  return path === undefined || name === undefined
    ? undefined
    : fileOf(path.endsWith("/") ? `${path}${name}` : `${path}/${name}`);
}

/** Kinds that begin or end a session -> activity of Authentication. */
const LOGONS: ReadonlyMap<string, number> = new Map([
  ["openssh_login", 1],
  ["openssh_logout", 2],
  ["login_login", 1],
  ["login_logout", 2],
  ["lw_session_login", 1],
  ["lw_session_logout", 2],
  ["lw_session_unlock", 1],
  ["screensharing_attach", 1],
  ["screensharing_detach", 2],
  ["authentication", 1],
  ["su", 1],
  ["sudo", 1],
]);

const MAX_DETAILS = 32;

/** What the kind tells in plain values, where no attribute of OCSF holds it: the command of sudo, the name of a profile. */
function withDetails(kind: string, details: JsonObject, subject: EndpointSubject): EndpointSubject {
  const plain = Object.entries(details)
    .slice(0, MAX_DETAILS)
    .filter(([name, value]) => name !== "__proto__" && value !== null && typeof value !== "object");
  return plain.length === 0
    ? subject
    : { ...subject, unmapped: { ...subject.unmapped, [kind]: Object.fromEntries(plain) } };
}

function logon(kind: string, details: JsonObject, subject: EndpointSubject, actor: Actor): OcsfEvent | undefined {
  const activityId = LOGONS.get(kind);
  if (activityId === undefined) return undefined;
  const name =
    text(details, "username") ??
    text(details, "authentication_username") ??
    text(details, "session_username") ??
    text(details, "to_username");
  const uid = textOf(object(details, "uid") ?? details, "uid");
  const user = name === undefined ? (uid === undefined ? (actor.user ?? { name: "unknown" }) : { uid }) : { name };
  // the token of sudo and su is already that of the user they become
  const from = text(details, "from_username");
  const by =
    from === undefined ? actor : { ...actor, user: { ...actor.user, name: from, uid: textOf(details, "from_uid") } };
  const ip = ipAddress(property(details, "source_address"));
  const result = text(details, "result_type") ?? textOf(details, "result_type");
  const success =
    boolean(details, "success") ??
    (kind === "openssh_login" && result !== undefined ? result === "0" || /success/i.test(result) : undefined);
  const self = subject.device.hostname;
  return endpointActivity(subject, 3002, activityId, {
    user,
    actor: by,
    src_endpoint: ip === undefined ? undefined : { ip },
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    is_remote: ip === undefined ? undefined : true,
    ...outcomeStatus(success),
  });
}

function fileFrom(source: JsonObject | undefined): OcsfFile | undefined {
  const mode = number(object(source, "stat"), "st_mode");
  const kind = mode === undefined ? undefined : (mode >> 12) & 0xf;
  const type = kind === undefined ? 1 : ({ 1: 6, 2: 3, 4: 2, 6: 4, 8: 1, 10: 7, 12: 5 }[kind] ?? 0);
  const file = fileOf(text(source, "path"), type);
  const size = number(object(source, "stat"), "st_size");
  if (file !== undefined && size !== undefined && Number.isSafeInteger(size) && size >= 0) file.size = size;
  return file;
}

/** wait(2) status -> exit code. */
function exitCode(details: JsonObject): number | undefined {
  const stat = number(details, "stat");
  return stat === undefined ? undefined : (stat >> 8) & 0xff;
}
