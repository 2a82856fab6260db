/** What a machine's own log says: programs started, files created and read, names resolved, connections opened. */
import { isInternal, type Account, type Host } from "../company.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { auditdLines, type AuditdEvent, type AuditdProcess } from "../writers/auditd.ts";
import { winlogbeatLine, type WindowsRecord } from "../writers/winlogbeat.ts";

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
    sysmon(world, time, process, 1, processCreated(world, process, start.originalName, random));
  else if (host.endpointLog === "security") security(world, time, host, 4688, processCreatedAudit(world, process));
  return process;
}

/** Sysmon 11, or an audited open for writing on Linux where the folder is watched. */
export function createFile(world: World, time: number, process: Process, path: string): void {
  if (process.host.endpointLog === "sysmon")
    sysmon(world, time, process, 11, { TargetFilename: path, CreationUtcTime: utc(time) });
  else if (process.host.endpointLog === "auditd" && isWatched(path))
    auditd(world, time, process, { kind: "openat", key: "sensitive", path, write: true });
}

/** Security 4663 where the folder has an audit entry, an audited open on Linux where it is watched. */
export function readFile(world: World, time: number, process: Process, path: string): void {
  if (!isWatched(path)) return;
  if (process.host.endpointLog === "auditd")
    auditd(world, time, process, { kind: "openat", key: "sensitive", path, write: false });
  else if (process.host.os === "windows")
    security(
      world,
      time,
      process.host,
      4663,
      accessed(world, process.account, process.logonId, path, `0x${process.pid.toString(16)}`, process.image),
    );
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
  security(world, time, fileServer, 4663, accessed(world, account, `0x${random.hex(7)}`, path, "0x4", ""));
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
  sysmon(world, lookup.time, lookup.process, 22, {
    QueryName: lookup.name,
    QueryStatus: "0",
    QueryResults: `::ffff:${lookup.answer};`,
  });
}

interface Connection {
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
    sysmon(world, connection.time, process, 3, {
      Protocol: "tcp",
      Initiated: "true",
      SourceIsIpv6: "false",
      SourceIp: host.ip,
      SourceHostname: `${host.name}.${world.company.profile.domain}`,
      SourcePort: String(connection.sourcePort),
      SourcePortName: "-",
      DestinationIsIpv6: "false",
      DestinationIp: connection.ip,
      // a reverse lookup, which most servers outside have no good answer to
      DestinationHostname: isInternal(connection.ip) ? connection.name : "-",
      DestinationPort: String(connection.port),
      DestinationPortName: connection.port === 443 ? "https" : connection.port === 22 ? "ssh" : "-",
    });
  }
}

function sysmon(
  world: World,
  time: number,
  process: Process,
  eventId: number,
  more: Readonly<Record<string, string>>,
): void {
  const own: Record<string, string> = {
    RuleName: "-",
    UtcTime: utc(time),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
  };
  if (eventId !== 1) own["User"] = `${world.company.profile.windowsDomain}\\${process.account.name}`;
  const record: WindowsRecord = {
    time,
    computer: `${process.host.name}.${world.company.profile.domain}`,
    channel: "Microsoft-Windows-Sysmon/Operational",
    eventId,
    data: { ...own, ...more },
  };
  world.book.add("windows/sysmon.ndjson", time, (next) => [winlogbeatLine(record, 40_000 + next(record.computer))]);
}

function security(
  world: World,
  time: number,
  host: Host,
  eventId: number,
  data: Readonly<Record<string, string>>,
): void {
  const computer = `${host.name}.${world.company.profile.domain}`;
  const record: WindowsRecord = { time, computer, channel: "Security", eventId, data };
  world.book.add("windows/security.ndjson", time, (next) => [winlogbeatLine(record, 900_000 + next(record.computer))]);
}

function auditd(world: World, time: number, process: Process, event: AuditdEvent): void {
  const { account } = process;
  const interactive = account.uid >= 1_000;
  const view: AuditdProcess = {
    pid: process.pid,
    ppid: process.parent?.pid ?? 1,
    auid: interactive ? account.uid : 4_294_967_295,
    auidName: interactive ? account.name : "unset",
    uid: account.uid,
    uidName: account.name,
    session: interactive ? 1_000 + (account.uid % 500) : null,
    tty: interactive ? "pts0" : null,
    comm: process.image.split("/").at(-1) as string,
    exe: process.image,
    argv: process.argv,
    cwd: process.cwd,
  };
  const record = { time, node: process.host.name, process: view, event };
  world.book.add("linux/audit.log", time, (next) => auditdLines(record, 5_000 + next(record.node)));
}

function processCreated(
  world: World,
  process: Process,
  originalName: string | undefined,
  random: Random,
): Record<string, string> {
  const file = process.image.split("\\").at(-1) as string;
  const domain = world.company.profile.windowsDomain;
  const user = `${domain}\\${process.account.name}`;
  return {
    FileVersion: "-",
    Description: "-",
    Product: "-",
    Company: "-",
    OriginalFileName: originalName ?? (file === "powershell.exe" ? "PowerShell.EXE" : file),
    CommandLine: process.commandLine,
    CurrentDirectory: process.cwd,
    User: user,
    LogonGuid: guid(process.host, random),
    LogonId: process.logonId,
    TerminalSessionId: "1",
    IntegrityLevel: "Medium",
    Hashes: `SHA256=${random.hex(64).toUpperCase()}`,
    ParentProcessGuid: process.parent?.guid ?? "{00000000-0000-0000-0000-000000000000}",
    ParentProcessId: String(process.parent?.pid ?? 0),
    ParentImage: process.parent?.image ?? "-",
    ParentCommandLine: process.parent?.commandLine ?? "-",
    ParentUser: process.parent === null ? "-" : `${domain}\\${process.parent.account.name}`,
  };
}

function processCreatedAudit(world: World, process: Process): Record<string, string> {
  return {
    SubjectUserSid: sid(process.account),
    SubjectUserName: process.account.name,
    SubjectDomainName: world.company.profile.windowsDomain,
    SubjectLogonId: process.logonId,
    NewProcessId: `0x${process.pid.toString(16)}`,
    NewProcessName: process.image,
    TokenElevationType: "%%1938",
    ProcessId: `0x${(process.parent?.pid ?? 4).toString(16)}`,
    CommandLine: process.commandLine,
    TargetUserSid: "S-1-0-0",
    TargetUserName: "-",
    TargetDomainName: "-",
    TargetLogonId: "0x0",
    ParentProcessName: process.parent?.image ?? "",
    MandatoryLabel: "S-1-16-8192",
  };
}

function accessed(
  world: World,
  account: Account,
  logonId: string,
  path: string,
  processId: string,
  image: string,
): Record<string, string> {
  return {
    SubjectUserSid: sid(account),
    SubjectUserName: account.name,
    SubjectDomainName: world.company.profile.windowsDomain,
    SubjectLogonId: logonId,
    ObjectServer: "Security",
    ObjectType: "File",
    ObjectName: path,
    HandleId: "0x1f4c",
    AccessList: "%%4416\n\t\t\t\t",
    AccessMask: "0x1",
    ProcessId: processId,
    ProcessName: image,
    ResourceAttributes: "S:AI",
  };
}

function sid(account: Account): string {
  return `S-1-5-21-3623811015-3361044348-30300820-${account.uid + 100}`;
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

function utc(time: number): string {
  return new Date(time).toISOString().slice(0, 23).replace("T", " ");
}
