/**
 * Linux audit records as auditd writes them with `log_format = ENRICHED` and `name_format = hostname`: several lines an
 * event, joined by the serial number, the interpreted names behind a group separator (0x1D), and every value that holds a
 * blank, a quote or a byte outside ASCII as upper-case hex without quotes.
 *
 * @see https://github.com/linux-audit/audit-documentation/wiki/SPEC-Writing-Good-Events
 * @see https://man7.org/linux/man-pages/man5/auditd.conf.5.html
 */

export interface AuditdProcess {
  readonly pid: number;
  readonly ppid: number;
  /** Login user id and name; 4294967295 and `unset` for daemons. */
  readonly auid: number;
  readonly auidName: string;
  readonly uid: number;
  readonly uidName: string;
  readonly session: number | null;
  readonly tty: string | null;
  readonly comm: string;
  readonly exe: string;
  readonly argv: readonly string[];
  readonly cwd: string;
}

export type AuditdEvent =
  | { readonly kind: "execve"; readonly key: string }
  | { readonly kind: "openat"; readonly key: string; readonly path: string; readonly write: boolean }
  | { readonly kind: "connect"; readonly key: string; readonly address: string; readonly port: number };

interface AuditdRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly node: string;
  readonly process: AuditdProcess;
  readonly event: AuditdEvent;
}

const SYSCALLS = {
  execve: { number: 59, arguments: "a0=55d0c1a7b2f0 a1=55d0c1a7c0a0 a2=55d0c1a6e010 a3=8" },
  openat: { number: 257, arguments: "a0=ffffff9c a1=7ffd4c1e9b70 a2=0 a3=0" },
  connect: { number: 42, arguments: "a0=5 a1=7f20140012c0 a2=10 a3=0" },
} as const;

const SEPARATOR = "\u001d";

/** @param serial the host's running number of the event */
export function auditdLines(record: AuditdRecord, serial: number): string[] {
  const { process, event } = record;
  const stamp = `${Math.floor(record.time / 1000)}.${String(record.time % 1000).padStart(3, "0")}:${serial}`;
  const line = (type: string, body: string): string => `node=${record.node} type=${type} msg=audit(${stamp}): ${body}`;
  const lines = [line("SYSCALL", syscall(process, event))];
  if (event.kind === "execve") {
    lines.push(line("EXECVE", execve(process.argv)));
    lines.push(line("CWD", `cwd=${value(process.cwd)}`));
    lines.push(line("PATH", path(0, process.exe, "0100755")));
    lines.push(line("PATH", path(1, "/lib64/ld-linux-x86-64.so.2", "0100755")));
  } else if (event.kind === "openat") {
    lines.push(line("CWD", `cwd=${value(process.cwd)}`));
    lines.push(line("PATH", path(0, event.path, "0100640", event.write ? "CREATE" : "NORMAL")));
  } else {
    lines.push(line("SOCKADDR", sockaddr(event.address, event.port)));
  }
  lines.push(line("PROCTITLE", `proctitle=${proctitle(process.argv)}`));
  lines.push(line("EOE", ""));
  return lines;
}

function syscall(process: AuditdProcess, event: AuditdEvent): string {
  const { number, arguments: registers } = SYSCALLS[event.kind];
  const items = event.kind === "execve" ? 2 : event.kind === "openat" ? 1 : 0;
  const id = process.uid;
  const exit = event.kind === "openat" ? 3 : 0;
  const name = process.uidName;
  return (
    `arch=c000003e syscall=${number} success=yes exit=${exit} ${registers} items=${items} ppid=${process.ppid} pid=${process.pid} ` +
    `auid=${process.auid} uid=${id} gid=${id} euid=${id} suid=${id} fsuid=${id} egid=${id} sgid=${id} fsgid=${id} ` +
    `tty=${process.tty ?? "(none)"} ses=${process.session ?? 4_294_967_295} comm=${value(process.comm.slice(0, 15))} exe=${value(process.exe)} ` +
    `subj=unconfined key=${value(event.key)}${SEPARATOR}ARCH=x86_64 SYSCALL=${event.kind} AUID="${process.auidName}" UID="${name}" GID="${name}" ` +
    `EUID="${name}" SUID="${name}" FSUID="${name}" EGID="${name}" SGID="${name}" FSGID="${name}"`
  );
}

function execve(argv: readonly string[]): string {
  return `argc=${argv.length} ${argv.map((argument, index) => `a${index}=${value(argument)}`).join(" ")}`;
}

function path(item: number, name: string, mode: string, nametype: "NORMAL" | "CREATE" = "NORMAL"): string {
  let inode = 131_072;
  for (let index = 0; index < name.length; index++) inode = (inode * 31 + name.charCodeAt(index)) % 9_000_000;
  return (
    `item=${item} name=${value(name)} inode=${inode} dev=fd:00 mode=${mode} ouid=0 ogid=0 rdev=00:00 nametype=${nametype} ` +
    `cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0${SEPARATOR}OUID="root" OGID="root"`
  );
}

/** An IPv4 socket address: family 2 little-endian, port and address big-endian, eight bytes of padding. */
function sockaddr(address: string, port: number): string {
  const hex = (number: number, digits: number): string => number.toString(16).toUpperCase().padStart(digits, "0");
  const octets = address
    .split(".")
    .map((octet) => hex(Number(octet), 2))
    .join("");
  return `saddr=0200${hex(port, 4)}${octets}0000000000000000${SEPARATOR}SADDR={ saddr_fam=inet laddr=${address} lport=${port} }`;
}

/** The kernel keeps the first 128 bytes; several arguments are separated by NUL, which makes the value hex. */
function proctitle(argv: readonly string[]): string {
  const bytes = Buffer.from(argv.join("\0")).subarray(0, 128);
  return argv.length > 1 ? bytes.toString("hex").toUpperCase() : value(bytes.toString());
}

function value(text: string): string {
  return /^[\x21\x23-\x7e]*$/.test(text) ? `"${text}"` : Buffer.from(text).toString("hex").toUpperCase();
}
