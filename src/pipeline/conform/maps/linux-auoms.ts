import type { AuditEvent, AuditPath, AuditUser } from "../decoders/audit-event.ts";
import { isAuditRecord, plainValue, readAuditRecord, textValue, type AuditRecord } from "../decoders/auditd.ts";
import { defineMap } from "../define-map.ts";
import { conformAuditEvent } from "../endpoint/linux-audit.ts";

const product = { name: "auoms", vendor_name: "Microsoft" };

export default defineMap({
  id: "linux-auoms",
  title: "Linux audit events as Microsoft's auoms writes them, one line an event, from syslog or the Syslog table",
  product,
  reference: "https://github.com/microsoft/OMS-Auditd-Plugin",
  lane: "endpoint",
  exporting:
    "The audit collector of Microsoft's Log Analytics agent: its lines in syslog, or the table Syslog with " +
    "ProcessName `auoms`, exported from Log Analytics.",
  limits: [
    "The default rules cover executions and some file changes, not connections.",
    "It counts no bytes.",
    "The process title may be cut, and is the caller's where a launch failed.",
  ],

  recognise: (record) =>
    record.json === null && record.body.includes("type=AUOMS_") && isAuditRecord(record.body) ? 1 : 0,

  conform(record) {
    const part = readAuditRecord(record.body);
    const event = eventOf(part, record.body, part.fields.get("node") ?? record.syslog?.hostname ?? undefined);
    return conformAuditEvent(event, product);
  },
});

/** Everything stands in one record, names looked up; lists are JSON. */
function eventOf({ time, id, type, fields }: AuditRecord, body: string, host: string | undefined): AuditEvent {
  const number = (name: string): number | undefined => {
    const value = plainValue(fields, name);
    return value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
  };
  const success = plainValue(fields, "success");
  return {
    host,
    time,
    id,
    types: [type],
    syscall: plainValue(fields, "syscall"),
    success: success === undefined ? undefined : success === "yes",
    exit: number("exit"),
    registers: ["a0", "a1", "a2", "a3"].map(
      (name) => Number.parseInt((plainValue(fields, name) ?? "0").slice(-8), 16) || 0,
    ),
    pid: number("pid"),
    ppid: number("ppid"),
    comm: textValue(fields, "comm"),
    exe: textValue(fields, "exe"),
    key: plainValue(fields, "key"),
    terminal: plainValue(fields, "tty"),
    session: plainValue(fields, "ses"),
    loginUser: userOf(fields, "auid", "audit_user"),
    user: userOf(fields, "uid", "user"),
    argv: undefined,
    commandLine:
      textUpToNextField(body, "cmdline") ?? (success === "no" ? undefined : textUpToNextField(body, "proctitle")),
    title: undefined,
    cwd: textValue(fields, "cwd"),
    paths: pathsOf(body),
    address: undefined,
    message: new Map(),
  };
}

function userOf(fields: ReadonlyMap<string, string>, id: string, name: string): AuditUser {
  const uid = plainValue(fields, id);
  const known = plainValue(fields, name);
  return uid === "4294967295" || uid === "-1"
    ? { uid: undefined, name: undefined }
    : { uid, name: known === "unset" ? undefined : known };
}

/** Command lines are written bare, blanks included: they end where the next known field begins. */
function textUpToNextField(body: string, name: string): string | undefined {
  const at = body.indexOf(` ${name}=`);
  if (at === -1) return undefined;
  const start = at + name.length + 2;
  const end = /\s(?:redactors|containerid|proctitle|cmdline)=/.exec(body.slice(start))?.index;
  const value = body.slice(start, end === undefined ? undefined : start + end).trim();
  const bare = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  return bare === "" ? undefined : bare;
}

function pathsOf(body: string): AuditPath[] {
  const names = strings(body, "path_name");
  const types = strings(body, "path_nametype");
  const modes = strings(body, "path_mode");
  return names.map((name, index) => ({
    name,
    nametype: types[index] ?? "NORMAL",
    mode: modes[index] === "" ? undefined : modes[index],
  }));
}

/** A field that is a JSON list of strings; none when it is cut or something else. */
function strings(body: string, name: string): string[] {
  const at = body.indexOf(` ${name}=[`);
  const end = at === -1 ? -1 : body.indexOf("] ", at);
  if (end === -1 || end - at > 65_536) return [];
  return [...body.slice(at, end).matchAll(/"((?:[^"\\]|\\.){0,4096})"/g)].map((match) =>
    (match[1] ?? "").replace(/\\(.)/g, "$1"),
  );
}
