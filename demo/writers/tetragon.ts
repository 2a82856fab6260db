/**
 * Tetragon's JSON export: launches, and the connections and files its tracing policies watch.
 *
 * @see https://tetragon.io/docs/reference/grpc-api/
 */
import type { AuditdEvent, AuditdProcess } from "./auditd.ts";

interface TetragonRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly node: string;
  readonly address: string;
  readonly process: AuditdProcess;
  readonly parent: Pick<AuditdProcess, "exe" | "argv" | "pid" | "uid"> | null;
  readonly event: AuditdEvent;
}

export function tetragonLine(record: TetragonRecord): string {
  const { process, event, parent, node } = record;
  const stamp = `${new Date(record.time).toISOString().slice(0, 23)}000000Z`;
  const own = {
    exec_id: Buffer.from(`${node}:${record.time}:${process.pid}`).toString("base64"),
    pid: process.pid,
    uid: process.uid,
    cwd: process.cwd,
    binary: process.exe,
    arguments: argumentsOf(process.argv),
    flags: "execve clone",
    start_time: stamp,
    auid: process.auid,
  };
  const above =
    parent === null
      ? {}
      : {
          parent: {
            exec_id: Buffer.from(`${node}:0:${parent.pid}`).toString("base64"),
            pid: parent.pid,
            uid: parent.uid,
            binary: parent.exe,
            arguments: argumentsOf(parent.argv),
          },
        };
  if (event.kind === "execve")
    return JSON.stringify({ process_exec: { process: own, ...above }, node_name: node, time: stamp });
  const call =
    event.kind === "openat"
      ? {
          function_name: "security_file_permission",
          args: [{ file_arg: { path: event.path, permission: "-rw-r-----" } }, { int_arg: event.write ? 2 : 4 }],
          policy_name: "sensitive-files",
        }
      : {
          function_name: "tcp_connect",
          args: [
            {
              sock_arg: {
                family: "AF_INET",
                type: "SOCK_STREAM",
                protocol: "IPPROTO_TCP",
                saddr: record.address,
                daddr: event.address,
                sport: 40_000 + (process.pid % 20_000),
                dport: event.port,
              },
            },
          ],
          policy_name: "connections",
        };
  return JSON.stringify({ process_kprobe: { process: own, ...above, ...call }, node_name: node, time: stamp });
}

/** Arguments without the program; one that holds a blank is quoted. */
function argumentsOf(argv: readonly string[]): string {
  return argv
    .slice(1)
    .map((argument) => (/\s/.test(argument) ? `"${argument.replaceAll('"', String.raw`\"`)}"` : argument))
    .join(" ");
}
