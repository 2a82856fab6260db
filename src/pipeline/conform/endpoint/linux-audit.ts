/** Joined Linux audit events -> OCSF, whatever wrote them (auditd, laurel, auoms). */
import type { OcsfEvent, OcsfFile, OcsfProcess } from "../../../model/activity.ts";
import type { AuditEvent, AuditPath } from "../decoders/audit-event.ts";
import type { EventBase } from "../ocsf.ts";
import { account, auditActivity, personOf, statusOf } from "./audit-activity.ts";
import { fileOf, processOf } from "./objects.ts";
import { conformUserMessage } from "./linux-user-message.ts";
import { shellCommand } from "./shell-command.ts";

/** System call -> activity of File System Activity; `open` is told apart by its flags. */
const FILE_CALLS: ReadonlyMap<string, number | "open"> = new Map<string, number | "open">([
  ["open", "open"],
  ["openat", "open"],
  ["openat2", "open"],
  ["creat", 1],
  ["mkdir", 1],
  ["mkdirat", 1],
  ["link", 1],
  ["linkat", 1],
  ["symlink", 1],
  ["symlinkat", 1],
  ["read", 2],
  ["sendfile", 2],
  ["write", 3],
  ["truncate", 3],
  ["ftruncate", 3],
  ["unlink", 4],
  ["unlinkat", 4],
  ["rmdir", 4],
  ["rename", 5],
  ["renameat", 5],
  ["renameat2", 5],
  ["setxattr", 6],
  ["lsetxattr", 6],
  ["fsetxattr", 6],
  ["chmod", 7],
  ["fchmod", 7],
  ["fchmodat", 7],
  ["chown", 7],
  ["fchown", 7],
  ["lchown", 7],
  ["fchownat", 7],
]);

const O_ACCMODE = 0o3;
const O_CREAT = 0o100;
/** A connection that does not wait is under way, not failed. */
const EINPROGRESS = -115;

/** null for an event that is no activity. */
export function conformAuditEvent(event: AuditEvent, product: EventBase["product"]): OcsfEvent | null {
  const { syscall } = event;
  if (syscall === undefined || event.types.includes("CONFIG_CHANGE"))
    return event.message.size === 0 ? null : conformUserMessage(event, product);
  if (syscall === "execve" || syscall === "execveat") return launch(event, product);
  if (
    syscall === "connect" ||
    syscall === "sendto" ||
    syscall === "sendmsg" ||
    syscall === "accept" ||
    syscall === "accept4" ||
    syscall === "socketcall"
  ) {
    return connection(event, product);
  }
  const activity = FILE_CALLS.get(syscall);
  return activity === undefined ? null : fileActivity(event, product, activity);
}

function launch(event: AuditEvent, product: EventBase["product"]): OcsfEvent {
  const process = ownProcess(event);
  // Before a call succeeds the title is still that of the program that calls.
  const argv = event.argv ?? (event.success === false ? undefined : event.title);
  const line = argv === undefined ? event.commandLine : shellCommand(argv);
  if (line !== undefined) process.cmd_line = line;
  if (event.cwd !== undefined) process.working_directory = event.cwd;
  if (event.exe === undefined || event.success === false) {
    const program = event.paths[0]?.name;
    if (program !== undefined) process.file = fileOf(resolve(program, event.cwd));
  }
  const parent = parentOf(event);
  process.parent_process = parent;
  return auditActivity(event, product, 1007, 1, {
    process,
    actor: { user: personOf(event), process: parent },
    ...statusOf(event.success),
  });
}

function fileActivity(event: AuditEvent, product: EventBase["product"], activity: number | "open"): OcsfEvent | null {
  const named = event.paths.filter(({ nametype }) => nametype !== "PARENT");
  const subject = named[0];
  // Calls on a descriptor name no file: the open did.
  if (subject === undefined) return null;
  const activityId = activity === "open" ? openActivity(event, subject) : activity;
  const renamed = activityId === 5 ? named.find(({ nametype }) => nametype === "CREATE") : undefined;
  const created =
    event.syscall?.startsWith("sym") === true || event.syscall?.startsWith("link") === true
      ? named.find(({ nametype }) => nametype === "CREATE")
      : undefined;
  return auditActivity(event, product, 1001, activityId, {
    file: pathFile(created ?? (renamed === subject ? (named[1] ?? subject) : subject), event.cwd),
    file_result: renamed === undefined ? undefined : pathFile(renamed, event.cwd),
    actor: actorOf(event),
    ...statusOf(event.success),
  });
}

/** Flags are the second argument of `open`, the third of `openat`; `openat2` hides them in memory. */
function openActivity({ syscall, registers }: AuditEvent, { nametype }: AuditPath): number {
  if (nametype === "CREATE") return 1;
  const flags = syscall === "open" ? (registers[1] ?? 0) : syscall === "openat" ? (registers[2] ?? 0) : 0;
  const mode = flags & O_ACCMODE;
  if (mode === 1 || mode === 2) return 3;
  return (flags & O_CREAT) === 0 || nametype === "NORMAL" ? 2 : 1;
}

function connection(event: AuditEvent, product: EventBase["product"]): OcsfEvent | null {
  const { address, syscall } = event;
  if (address === undefined || address.family === "local") return null;
  const inbound = syscall === "accept" || syscall === "accept4";
  const peer = { ip: address.address, port: address.port };
  const self = event.host === undefined ? undefined : { hostname: event.host };
  return auditActivity(event, product, 4001, syscall === "sendto" || syscall === "sendmsg" ? 6 : 1, {
    actor: actorOf(event),
    src_endpoint: inbound ? peer : self,
    dst_endpoint: inbound ? self : peer,
    connection_info: { direction_id: inbound ? 1 : 2, direction: inbound ? "Inbound" : "Outbound" },
    ...statusOf(event.exit === EINPROGRESS ? true : event.success),
  });
}

function ownProcess(event: AuditEvent): OcsfProcess {
  const process = processOf({
    image: event.exe,
    name: event.exe === undefined ? event.comm : undefined,
    pid: event.pid,
    user: account(event.user),
  });
  return process ?? { uid: event.id };
}

function actorOf(event: AuditEvent): NonNullable<OcsfEvent["actor"]> {
  const process = ownProcess(event);
  if (event.title !== undefined) process.cmd_line = shellCommand(event.title);
  const parent = parentOf(event);
  if (parent !== undefined) process.parent_process = parent;
  return { user: personOf(event), process };
}

function parentOf({ ppid, parent }: AuditEvent): OcsfProcess | undefined {
  if (ppid === undefined) return undefined;
  return processOf({
    pid: ppid,
    image: parent?.exe,
    name: parent?.exe === undefined ? parent?.comm : undefined,
    cmd_line: parent?.argv === undefined ? undefined : shellCommand(parent.argv),
  });
}

function pathFile({ name, mode }: AuditPath, cwd: string | undefined): OcsfFile {
  return fileOf(resolve(name, cwd), fileType(mode)) ?? { name, type_id: 0 };
}

/** st_mode in octal -> OCSF file.type_id. */
function fileType(mode: string | undefined): number {
  const digits = mode?.replace(/^0o?/, "") ?? "";
  if (!/^[0-7]{5,6}$/.test(digits)) return 1;
  const kind = digits.slice(0, -4);
  return { "1": 6, "2": 3, "4": 2, "6": 4, "10": 1, "12": 7, "14": 5 }[kind] ?? 0;
}

/** A path seen from the working directory, `.` and `..` taken out. */
export function resolve(path: string, cwd: string | undefined): string {
  if (path.startsWith("/") && !path.includes("/.")) return path;
  if (!path.startsWith("/") && cwd === undefined) return path;
  const parts: string[] = [];
  for (const part of `${path.startsWith("/") ? "" : cwd}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
