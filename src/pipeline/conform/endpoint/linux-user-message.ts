/** Audit messages of user-space programs (sshd, sudo, login, auditd itself) -> OCSF. */
import type { OcsfEvent } from "../../../model/activity.ts";
import type { AuditEvent } from "../decoders/audit-event.ts";
import { plainValue, textValue } from "../decoders/auditd.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import type { EventBase } from "../ocsf.ts";
import { account, auditActivity, personOf, statusOf } from "./audit-activity.ts";
import { fileName, processOf } from "./objects.ts";

/** Record type -> activity of Authentication (3002). */
const AUTHENTICATION: ReadonlyMap<string, number> = new Map([
  ["USER_LOGIN", 1],
  ["USER_AUTH", 1],
  ["USER_START", 1],
  ["USER_END", 2],
  ["USER_LOGOUT", 2],
]);

/** Record type -> activity of Event Log Activity (1008): the audit trail itself. */
const AUDIT_TRAIL: ReadonlyMap<string, number> = new Map([
  ["DAEMON_START", 6],
  ["DAEMON_END", 7],
  ["DAEMON_ABORT", 7],
  ["CONFIG_CHANGE", 99],
]);

/** Record type -> activity of Account Change (3001). */
const ACCOUNT_CHANGE: ReadonlyMap<string, number> = new Map([
  ["ADD_USER", 1],
  ["DEL_USER", 6],
  ["USER_CHAUTHTOK", 3],
  ["ACCT_LOCK", 9],
  ["ACCT_UNLOCK", 12],
]);

/** What PAM and sshd add to a sign-in that has a record of its own, and the keys they agree on. */
const BESIDE_SIGN_ON = /^(?:CRED_|USER_ACCT$|USER_ERR$|CRYPTO_|USER_TTY$|LOGIN$)/;

/** null for a message that is no activity. */
export function conformUserMessage(event: AuditEvent, product: EventBase["product"]): OcsfEvent | null {
  const type = event.types.includes("CONFIG_CHANGE") ? "CONFIG_CHANGE" : (event.types[0] ?? "");
  const authentication = AUTHENTICATION.get(type);
  if (authentication !== undefined) return logon(event, product, authentication);
  if (type === "USER_CMD") return command(event, product);
  const trail = AUDIT_TRAIL.get(type);
  if (trail !== undefined) return auditTrail(event, product, trail);
  const change = ACCOUNT_CHANGE.get(type);
  if (change !== undefined) return accountChange(event, product, change);
  // kernel records have no program of their own
  return event.exe === undefined || BESIDE_SIGN_ON.test(type) ? null : other(event, product);
}

function accountChange(event: AuditEvent, product: EventBase["product"], activityId: number): OcsfEvent {
  const { message } = event;
  const name = textValue(message, "acct");
  const uid = plainValue(message, "id");
  return auditActivity(event, product, 3001, activityId, {
    user: name === undefined && uid === undefined ? { name: "unknown" } : { name, uid },
    actor: { user: personOf(event), process: processOf({ image: event.exe, pid: event.pid }) },
    status_detail: plainValue(message, "op"),
    ...statusOf(event.success),
  });
}

const MAX_TOLD = 500;

/** A program of the system tells what it did: a service begins, a package is installed, a virtual machine is made. */
function other(event: AuditEvent, product: EventBase["product"]): OcsfEvent {
  const told = [...event.message].map(([key, value]) => `${key}=${value}`).join(" ");
  return auditActivity(event, product, 0, 99, {
    actor: { user: personOf(event), process: processOf({ image: event.exe, pid: event.pid }) },
    message: told.slice(0, MAX_TOLD),
    ...statusOf(event.success),
  });
}

function logon(event: AuditEvent, product: EventBase["product"], activityId: number): OcsfEvent {
  const { message } = event;
  const name = textValue(message, "acct") ?? event.loginUser.name;
  const id = plainValue(message, "id");
  const known = account(event.loginUser);
  const user =
    name === undefined
      ? id === undefined
        ? (known ?? { name: "unknown" })
        : { uid: id, name: id === known?.uid ? known?.name : undefined }
      : { name, uid: name === known?.name ? known?.uid : undefined };
  const ip = ipAddress(plainValue(message, "addr")) ?? ipAddress(plainValue(message, "hostname"));
  const hostname = plainValue(message, "hostname");
  const named = hostname === undefined || hostname === ip ? undefined : hostname;
  return auditActivity(event, product, 3002, activityId, {
    user,
    actor: { user: known, process: processOf({ image: event.exe, pid: event.pid }) },
    src_endpoint: ip === undefined && named === undefined ? undefined : { ip, hostname: named },
    dst_endpoint: event.host === undefined ? { name: "unknown" } : { hostname: event.host },
    service: event.exe === undefined ? undefined : { name: fileName(event.exe) },
    session: event.session === undefined ? undefined : { uid: event.session },
    is_remote: ip !== undefined || named !== undefined,
    status_detail: plainValue(message, "op"),
    ...statusOf(event.success),
  });
}

/** sudo runs a command: the process id is sudo's, which becomes the command's. */
function command(event: AuditEvent, product: EventBase["product"]): OcsfEvent | null {
  const line = textValue(event.message, "cmd");
  if (line === undefined) return null;
  const program = line.split(" ", 1)[0] ?? line;
  const process = processOf({ name: fileName(program), pid: event.pid, cmd_line: line }) ?? {};
  if (event.pid === undefined) process.uid = event.id;
  const directory = textValue(event.message, "cwd");
  if (directory !== undefined) process.working_directory = directory;
  const sudo = processOf({ image: event.exe, pid: event.pid });
  return auditActivity(event, product, 1007, 1, {
    process,
    actor: { user: personOf(event), process: sudo },
    ...statusOf(event.success),
  });
}

/** Rules removed or auditing switched off: what comes after is not seen. */
function auditTrail(event: AuditEvent, product: EventBase["product"], activityId: number): OcsfEvent {
  const { message } = event;
  const op = plainValue(message, "op");
  const off = plainValue(message, "audit_enabled") === "0" || op === "remove_rule";
  const id = activityId !== 99 ? activityId : off ? 10 : op === "add_rule" ? 9 : 99;
  const user = personOf(event);
  return auditActivity(event, product, 1008, id, {
    actor: user === undefined ? { app_name: "auditd" } : { user },
    log_name: "audit",
    log_type_id: 1,
    status_detail: op,
    ...statusOf(event.success),
  });
}
