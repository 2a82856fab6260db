/**
 * Laurel's JSON, one object an audit event -> the same shape as the joined records of auditd.
 *
 * @see https://github.com/threathunters-io/laurel/blob/master/json-format.md
 */
import type { JsonObject } from "../../../model/activity.ts";
import { list, number, object, property, text, textOf } from "../read-json.ts";
import { syscallName } from "../tables/linux-syscalls.ts";
import type { AuditEvent, AuditPath, AuditUser } from "./audit-event.ts";
import { isIpAddress } from "./ip-address.ts";
import { readSocketAddress, type SocketAddress } from "./socket-address.ts";
import { fractionMs } from "./timestamp.ts";

const ID = /^(\d{1,11})\.(\d{1,9}):\d{1,20}$/;
const RECORD = /^[A-Z][A-Z0-9_]{2,39}$/;
const UNSET = "4294967295";

/** Whether the object is one of laurel's; cheap. */
export function isLaurelEvent(json: JsonObject): boolean {
  const id = text(json, "ID");
  return (
    id !== undefined &&
    ID.test(id) &&
    (Object.hasOwn(json, "SYSCALL") ||
      Object.keys(json).some((key) => key !== "ID" && key !== "NODE" && RECORD.test(key)))
  );
}

/** undefined when the object is no event of laurel's. */
export function readLaurelEvent(json: JsonObject, host: string | undefined): AuditEvent | undefined {
  const id = text(json, "ID");
  const stamp = id === undefined ? null : ID.exec(id);
  if (id === undefined || stamp === null) return undefined;
  const types = Object.keys(json).filter((key) => RECORD.test(key) && key !== "NODE" && key !== "PARENT_INFO");
  const call = object(json, "SYSCALL");
  const message = call === undefined ? messageOf(json, types) : new Map<string, string>();
  const subject = call ?? messageObject(json, types);
  const parent = object(call, "PPID") ?? object(json, "PARENT_INFO");
  return {
    host: text(json, "NODE") ?? host,
    time: Number(stamp[1]) * 1000 + fractionMs(stamp[2]),
    id,
    types,
    syscall:
      call === undefined
        ? undefined
        : (text(call, "SYSCALL") ?? syscallName(textOf(call, "arch") ?? "", textOf(call, "syscall") ?? "")),
    success: succeeded(textOf(call, "success") ?? message.get("res")),
    exit: number(call, "exit"),
    registers: list(call, "ARGV").slice(0, 4).map(lowBits),
    pid: processNumber(subject, "pid"),
    ppid: processNumber(subject, "ppid"),
    comm: decoded(text(subject, "comm")),
    exe: decoded(text(subject, "exe") ?? message.get("exe")),
    key: text(subject, "key"),
    terminal: present(text(subject, "tty") ?? message.get("terminal")),
    session: set(textOf(subject, "ses")),
    loginUser: userOf(subject, "auid", "AUID"),
    user: userOf(subject, "uid", "UID"),
    argv: strings(list(object(json, "EXECVE"), "ARGV")),
    commandLine: decoded(text(object(json, "EXECVE"), "ARGV_STR")),
    title: strings(list(object(json, "PROCTITLE"), "ARGV")),
    cwd: decoded(text(object(json, "CWD"), "cwd")),
    paths: list(json, "PATH").flatMap(pathOf),
    address: addressOf(json),
    parent:
      parent === undefined
        ? undefined
        : {
            exe: decoded(text(parent, "exe")),
            comm: decoded(text(parent, "comm")),
            argv: strings(list(parent, "ARGV")),
          },
    message,
  };
}

/** The one record of a user-space message; newer versions put it in a list. */
function messageObject(json: JsonObject, types: readonly string[]): JsonObject | undefined {
  for (const type of types) {
    const record = object(json, type) ?? (list(json, type)[0] as JsonObject | undefined);
    if (typeof record === "object" && record !== null) return record;
  }
  return undefined;
}

/** What it says: its own fields, and those of `msg`. */
function messageOf(json: JsonObject, types: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const record = messageObject(json, types);
  for (const part of [record, object(record, "msg")]) {
    for (const key of Object.keys(part ?? {})) {
      const value = textOf(part, key);
      // Quoted, so that nobody takes a name made of hexadecimal digits for bytes.
      if (value !== undefined) fields.set(key, `"${decoded(value) ?? ""}"`);
    }
  }
  return new Map(
    [...fields].map(([key, value]) => [
      key,
      key === "res" || key === "audit_enabled" || key === "op" ? value.slice(1, -1) : value,
    ]),
  );
}

function addressOf(json: JsonObject): SocketAddress | undefined {
  const socket = (list(json, "SOCKADDR")[0] as JsonObject | undefined) ?? object(json, "SOCKADDR");
  const enriched = property(socket, "SADDR");
  const value = (name: string): string | undefined =>
    typeof enriched === "string"
      ? new RegExp(`[{ ]${name}=([^ }]{1,255})`).exec(enriched)?.[1]
      : textOf(enriched, name);
  const family = value("saddr_fam");
  // laurel's own translation says `addr`, auditd's `laddr`
  const address = value("addr") ?? value("laddr");
  if (enriched === undefined) return readSocketAddress(text(socket, "saddr") ?? "");
  if (address === undefined || (family !== "inet" && family !== "inet6")) return undefined;
  const port = value("port") ?? value("lport");
  const plain = address.toLowerCase().startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
  if (!isIpAddress(plain)) return undefined;
  return { family, address: plain, port: port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined };
}

function pathOf(item: unknown): AuditPath[] {
  const name = decoded(text(item, "name"));
  return name === undefined ? [] : [{ name, nametype: text(item, "nametype") ?? "NORMAL", mode: text(item, "mode") }];
}

function userOf(record: JsonObject | undefined, id: string, name: string): AuditUser {
  const uid = set(textOf(record, id));
  const known = text(record, name);
  return { uid, name: uid === undefined || known === "unset" ? undefined : known };
}

function processNumber(record: JsonObject | undefined, name: string): number | undefined {
  const value = number(record, name);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function set(id: string | undefined): string | undefined {
  return id === UNSET || id === "unset" || id === "-1" ? undefined : id;
}

function present(value: string | undefined): string | undefined {
  const bare = value?.replace(/^"|"$/g, "");
  return bare === "(none)" || bare === "?" ? undefined : bare;
}

function succeeded(value: string | undefined): boolean | undefined {
  if (value === "yes" || value === "success" || value === "1") return true;
  return value === "no" || value === "failed" || value === "0" ? false : undefined;
}

/** `0x7ffd…` -> its lower 32 bits. */
function lowBits(value: unknown): number {
  if (typeof value !== "string" || value.length < 3 || value.length > 18 || !value.startsWith("0x")) return 0;
  let bits = 0;
  for (let at = 2; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
    if (digit < 0) return 0;
    bits = (bits << 4) | digit;
  }
  return bits >>> 0;
}

function strings(items: readonly unknown[]): string[] | undefined {
  return items.length === 0 ? undefined : items.map((item) => (typeof item === "string" ? (decoded(item) ?? "") : ""));
}

/** Bytes outside printable ASCII, `%` and `+` stand as `%XX`. */
function decoded(value: string | undefined): string | undefined {
  const bare = value?.startsWith('"') === true && value.endsWith('"') ? value.slice(1, -1) : value;
  if (bare === undefined || !bare.includes("%") || !/%[0-9A-Fa-f]{2}/.test(bare)) return bare;
  return bare.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}
