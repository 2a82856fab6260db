/** What a machine's own log says: programs started, files created and read, names resolved, connections opened. */
import type { Account, Host } from "../company.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { accessed, auditd, connected, fileCreated, launched, launchedAudit, lookedUp } from "./machine-log.ts";

export interface Process {
  readonly host: Host;
  readonly account: Account;
  readonly pid: number;
  readonly guid: string;
  /** Path of the program. */
  readonly image: string;
  readonly argv: readonly string[];
  readonly commandLine: string;
  readonly cwd: string;
  readonly parent: Process | null;
  readonly logonId: string;
}

export interface Start {
  readonly time: number;
  readonly parent: Process;
  readonly image: string;
  /** Arguments with the program's name first. */
  readonly argv: readonly string[];
  readonly cwd?: string;
  /** The name in the program's version resource, where it is not the file's name (a renamed program). */
  readonly originalName?: string;
  /** The account it runs as, where it is not the parent's. */
  readonly account?: Account;
  readonly random: Random;
}

/** The shell, desktop or service a session hangs under. It was started before the logs begin, so no line tells of it. */
export function session(host: Host, account: Account, random: Random, image?: string): Process {
  const windows = host.os === "windows";
  const program = image ?? (windows ? "C:\\Windows\\explorer.exe" : "/usr/bin/bash");
  const argv = [windows ? program : (program.split("/").at(-1) as string)];
  return {
    host,
    account,
    pid: random.int(1_200, 9_000),
    guid: guid(host, random),
    image: program,
    argv,
    commandLine: argv.join(" "),
    cwd: homeOf(host, account),
    parent: null,
    logonId: `0x${random.hex(6)}`,
  };
}

export function homeOf(host: Host, account: Account): string {
  if (host.os === "windows") return `C:\\Users\\${account.name}\\`;
  return account.uid < 1_000 ? `/var/lib/${account.name}` : `/home/${account.name}`;
}

export function startProcess(world: World, start: Start): Process {
  const { parent, time, random } = start;
  const host = parent.host;
  const process: Process = {
    host,
    account: start.account ?? parent.account,
    pid: host.os === "windows" ? random.int(1_000, 8_000) * 4 : random.int(20_000, 4_000_000),
    guid: guid(host, random),
    image: start.image,
    argv: start.argv,
    commandLine: host.os === "windows" ? start.argv.map(quoteArgument).join(" ") : start.argv.join(" "),
    cwd: start.cwd ?? parent.cwd,
    parent,
    logonId: parent.logonId,
  };
  if (host.endpointLog === "auditd") auditd(world, time, process, { kind: "execve", key: "exec" });
  else if (host.endpointLog === "sysmon")
    launched(world, time, process, start.originalName, guid(host, random), random);
  else if (host.endpointLog === "security") launchedAudit(world, time, process);
  return process;
}

/** Sysmon 11, or an audited open for writing on Linux where the folder is watched. */
export function createFile(world: World, time: number, process: Process, path: string): void {
  if (process.host.endpointLog === "sysmon") fileCreated(world, time, process, path);
  else if (process.host.endpointLog === "auditd" && isWatched(path))
    auditd(world, time, process, { kind: "openat", key: "sensitive", path, write: true });
}

/** Security 4663 where the folder has an audit entry, an audited open on Linux where it is watched. */
export function readFile(world: World, time: number, process: Process, path: string): void {
  if (!isWatched(path)) return;
  if (process.host.endpointLog === "auditd")
    auditd(world, time, process, { kind: "openat", key: "sensitive", path, write: false });
  else if (process.host.os === "windows")
    accessed(world, time, process.host, process.account, path, {
      logonId: process.logonId,
      processId: `0x${process.pid.toString(16)}`,
      image: process.image,
    });
}

/** A file of a share read over the network: the file server's own log tells who, not from which program. */
export function readShare(
  world: World,
  time: number,
  fileServer: Host,
  account: Account,
  path: string,
  random: Random,
): void {
  accessed(world, time, fileServer, account, path, { logonId: `0x${random.hex(7)}`, processId: "0x4", image: "" });
}

/** Folders with audit entries: finance and personnel data, credential stores, keys. */
function isWatched(path: string): boolean {
  return /\\Finance\\|\\Personnel\\|\\Documents\\|^\/srv\/(?:finance|personnel|customers)\/|\/\.(?:git-credentials|netrc|npmrc|ssh|aws|config\/gh)(?:\/|$)|\\\.git-credentials$|^\/var\/backups\/|^\/vmfs\//.test(
    path,
  );
}

interface Lookup {
  readonly time: number;
  readonly host: Host;
  readonly process: Process | null;
  readonly name: string;
  readonly answer: string;
}

export function noteLookup(world: World, lookup: Lookup): void {
  if (lookup.process === null || lookup.host.endpointLog !== "sysmon") return;
  lookedUp(world, lookup.time, lookup.process, lookup.name, lookup.answer);
}

export interface Connection {
  readonly time: number;
  readonly host: Host;
  readonly process: Process | null;
  readonly ip: string;
  readonly name: string;
  readonly port: number;
  readonly sourcePort: number;
}

export function noteConnection(world: World, connection: Connection): void {
  const { process, host } = connection;
  if (process === null) return;
  if (host.endpointLog === "auditd") {
    auditd(world, connection.time, process, {
      kind: "connect",
      key: "net",
      address: connection.ip,
      port: connection.port,
    });
  } else if (host.endpointLog === "sysmon") {
    connected(world, connection.time, process, connection);
  }
}

function guid(host: Host, random: Random): string {
  const machine = (host.ip.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0) >>> 0)
    .toString(16)
    .padStart(8, "0");
  return `{${machine}-${random.hex(4)}-69${random.hex(2)}-${random.hex(4)}-00000000${random.hex(2)}00}`;
}

/** Quotes an argument as Windows' own rules do. */
function quoteArgument(argument: string): string {
  if (argument !== "" && !/[\s"]/.test(argument)) return argument;
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`;
}
