/** All records of one audit event, joined: what a process did, or what a program such as sshd or sudo reported. */
import { decodeText, plainValue, readArguments, readProcessTitle, textValue, type AuditRecord } from "./auditd.ts";
import { readInterpretedAddress, readSocketAddress, type SocketAddress } from "./socket-address.ts";
import { syscallName } from "../tables/linux-syscalls.ts";

export interface AuditUser {
  /** Numeric; undefined where it is unset (daemons have no login user). */
  readonly uid: string | undefined;
  /** Where the source looked it up. */
  readonly name: string | undefined;
}

export interface AuditPath {
  readonly name: string;
  /** NORMAL, CREATE, DELETE, PARENT, UNKNOWN */
  readonly nametype: string;
  /** st_mode, octal digits; undefined when the file does not exist. */
  readonly mode: string | undefined;
}

export interface AuditEvent {
  /** The machine, as the source spells it. */
  readonly host: string | undefined;
  /** ms since 1970 UTC */
  readonly time: number;
  /** `seconds.ms:serial` */
  readonly id: string;
  /** Types of its records, in order, each once. */
  readonly types: readonly string[];
  /** By name. */
  readonly syscall: string | undefined;
  readonly success: boolean | undefined;
  /** Return value; negative is an error number. */
  readonly exit: number | undefined;
  /** The call's first four arguments, low 32 bits. */
  readonly registers: readonly number[];
  readonly pid: number | undefined;
  readonly ppid: number | undefined;
  readonly comm: string | undefined;
  readonly exe: string | undefined;
  /** The audit rule's key. */
  readonly key: string | undefined;
  readonly terminal: string | undefined;
  readonly session: string | undefined;
  /** Who logged in, whatever became of the user id since. */
  readonly loginUser: AuditUser;
  readonly user: AuditUser;
  readonly argv: readonly string[] | undefined;
  /** The arguments where the source has them only as one text. */
  readonly commandLine?: string | undefined;
  /** Where the source looked the parent up. */
  readonly parent?:
    | {
        readonly exe: string | undefined;
        readonly comm: string | undefined;
        readonly argv: readonly string[] | undefined;
      }
    | undefined;
  /** The process title, possibly cut. */
  readonly title: readonly string[] | undefined;
  readonly cwd: string | undefined;
  readonly paths: readonly AuditPath[];
  readonly address: SocketAddress | undefined;
  /** What a user-space message says: op, acct, addr, hostname, res, cmd …, or a change of the audit rules; empty for other system calls. */
  readonly message: ReadonlyMap<string, string>;
}

const UNSET = "4294967295";
const NOTHING: ReadonlyMap<string, string> = new Map();

/** @param records of one event, at least one, each once */
export function joinRecords(records: readonly AuditRecord[], host: string | undefined): AuditEvent {
  const byType = (type: string) => records.find((record) => record.type === type);
  const call = byType("SYSCALL");
  const first = call ?? records[0]!;
  const { fields } = first;
  const number = (name: string) => integer(plainValue(fields, name));
  const cwd = byType("CWD");
  const socket = byType("SOCKADDR")?.fields;
  const title = byType("PROCTITLE")?.fields.get("proctitle");
  return {
    host: host ?? undefined,
    time: first.time,
    id: first.id,
    types: [...new Set(records.map(({ type }) => type))],
    syscall:
      call === undefined
        ? undefined
        : (plainValue(fields, "SYSCALL") ?? syscallName(fields.get("arch") ?? "", fields.get("syscall") ?? "")),
    success: succeeded(fields.get("success") ?? plainValue(fields, "res")),
    exit: number("exit"),
    registers: call === undefined ? [] : ["a0", "a1", "a2", "a3"].map((name) => lowBits(fields.get(name))),
    pid: processNumber(plainValue(fields, "pid")),
    ppid: processNumber(plainValue(fields, "ppid")),
    comm: textValue(fields, "comm"),
    exe: textValue(fields, "exe"),
    key: textValue(fields, "key"),
    terminal: plainValue(fields, "tty") ?? plainValue(fields, "terminal"),
    session: set(plainValue(fields, "ses")),
    loginUser: userOf(fields, "auid", "AUID"),
    user: userOf(fields, "uid", "UID"),
    argv: argumentsOf(records),
    title: title === undefined ? undefined : readProcessTitle(title),
    cwd: cwd === undefined ? undefined : textValue(cwd.fields, "cwd"),
    paths: records.flatMap((record) => (record.type === "PATH" ? pathOf(record) : [])),
    address: socket === undefined ? undefined : addressOf(socket),
    message: byType("CONFIG_CHANGE")?.fields ?? (call === undefined ? fields : NOTHING),
  };
}

/** Some transports drop the control character before the enriched part, so that it sticks to the bytes: `…0000SADDR={ … }`. */
function addressOf(fields: ReadonlyMap<string, string>): SocketAddress | undefined {
  const raw = fields.get("saddr") ?? "";
  const bytes = raw.startsWith("{") ? "" : raw.split("SADDR=", 1)[0]!;
  return readSocketAddress(bytes) ?? readInterpretedAddress(raw.startsWith("{") ? raw : (fields.get("SADDR") ?? ""));
}

function argumentsOf(records: readonly AuditRecord[]): string[] | undefined {
  let argv: string[] | undefined;
  for (const { type, fields } of records) if (type === "EXECVE") readArguments(fields, (argv ??= []));
  return argv === undefined || argv.length === 0 ? undefined : Array.from(argv, (argument) => argument ?? "");
}

function pathOf({ fields }: AuditRecord): AuditPath[] {
  const raw = fields.get("name");
  const name = raw === undefined ? undefined : decodeText(raw);
  return name === undefined
    ? []
    : [{ name, nametype: plainValue(fields, "nametype") ?? "NORMAL", mode: plainValue(fields, "mode") }];
}

function userOf(fields: ReadonlyMap<string, string>, id: string, name: string): AuditUser {
  const uid = set(plainValue(fields, id));
  // where the log was interpreted, the name stands in the number's place
  if (uid !== undefined && !/^\d/.test(uid)) return { uid: undefined, name: uid === "unset" ? undefined : uid };
  const known = plainValue(fields, name);
  return {
    uid,
    name: uid === undefined || known === "unset" || known?.startsWith("unknown(") === true ? undefined : known,
  };
}

function set(id: string | undefined): string | undefined {
  return id === UNSET || id === "-1" || id === "unset" ? undefined : id;
}

function integer(value: string | undefined): number | undefined {
  return value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function processNumber(value: string | undefined): number | undefined {
  const number = integer(value);
  return number === undefined || number < 0 ? undefined : number;
}

/** Hexadecimal of up to 64 bits: flags sit in the lower half. */
function lowBits(hex: string | undefined): number {
  return hex !== undefined && /^[0-9a-f]{1,16}$/.test(hex) ? Number.parseInt(hex.slice(-8), 16) : 0;
}

function succeeded(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === "yes" || value === "success" || value === "1") return true;
  return value === "no" || value === "failed" || value === "0" ? false : undefined;
}
