/**
 * Linux audit events as laurel writes them: one JSON object an event, arguments decoded, the parent's command line beside.
 *
 * @see https://github.com/threathunters-io/laurel/blob/master/json-format.md
 */
import type { AuditdEvent, AuditdProcess } from "./auditd.ts";

interface LaurelRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly node: string;
  readonly process: AuditdProcess;
  readonly parent: Pick<AuditdProcess, "comm" | "exe" | "argv"> | null;
  readonly event: AuditdEvent;
}

const NUMBERS = { execve: 59, openat: 257, connect: 42 } as const;

/** @param serial the host's running number of the event */
export function laurelLine(record: LaurelRecord, serial: number): string {
  const { process, event, parent } = record;
  const stamp = `${Math.floor(record.time / 1000)}.${String(record.time % 1000).padStart(3, "0")}:${serial}`;
  // what has to be decoded is percent-encoded, and so is the sign itself
  const encode = (text: string): string => text.replaceAll("%", "%25");
  return JSON.stringify({
    ID: stamp,
    NODE: record.node,
    SYSCALL: {
      arch: "0xc000003e",
      syscall: NUMBERS[event.kind],
      success: "yes",
      exit: event.kind === "openat" ? 3 : 0,
      ppid: process.ppid,
      pid: process.pid,
      auid: process.auid,
      uid: process.uid,
      gid: process.uid,
      euid: process.uid,
      tty: process.tty ?? "(none)",
      ses: process.session ?? 4_294_967_295,
      comm: process.comm.slice(0, 15),
      exe: encode(process.exe),
      key: event.key,
      ARCH: "x86_64",
      SYSCALL: event.kind,
      AUID: process.auidName,
      UID: process.uidName,
      ARGV: event.kind === "openat" ? ["0xffffff9c", "0x7ffd4c", event.write ? "0x241" : "0x80000", "0x1a4"] : ["0x5"],
      ...(parent === null
        ? {}
        : { PPID: { EVENT_ID: stamp, comm: parent.comm, exe: parent.exe, ppid: 1, ARGV: parent.argv.map(encode) } }),
    },
    ...(event.kind === "execve" ? { EXECVE: { argc: process.argv.length, ARGV: process.argv.map(encode) } } : {}),
    CWD: { cwd: encode(process.cwd) },
    ...(event.kind === "openat"
      ? {
          PATH: [
            {
              item: 0,
              name: encode(event.path),
              nametype: event.write ? "CREATE" : "NORMAL",
              mode: "0o100640",
              OUID: "root",
            },
          ],
        }
      : {}),
    ...(event.kind === "connect"
      ? { SOCKADDR: { saddr: "%02%00", SADDR: { saddr_fam: "inet", laddr: event.address, lport: event.port } } }
      : {}),
    PROCTITLE: { ARGV: process.argv.slice(0, 12).map(encode) },
  });
}
