/**
 * The lines of a machine's own log, by the product that keeps it: Sysmon or Defender on Windows, auditd, laurel or Tetragon on
 * Linux, and Windows' Security log where there is no other.
 */
import { isInternal, type Account, type Host } from "../company.ts";
import { hash, type Random } from "../random.ts";
import type { World } from "../world.ts";
import { auditdLines, type AuditdEvent, type AuditdProcess } from "../writers/auditd.ts";
import { defenderLine, type DefenderRecord } from "../writers/defender.ts";
import { laurelLine } from "../writers/laurel.ts";
import { tetragonLine } from "../writers/tetragon.ts";
import { winlogbeatLine, type WindowsRecord } from "../writers/winlogbeat.ts";
import type { Connection, Process } from "./endpoint.ts";

/** A program started on Windows. `originalName`: the name in its version resource, where it is not the file's. */
export function launched(
  world: World,
  time: number,
  process: Process,
  originalName: string | undefined,
  logonGuid: string,
  random: Random,
): void {
  const file = process.image.split("\\").at(-1) as string;
  const original = originalName ?? (file === "powershell.exe" ? "PowerShell.EXE" : file);
  if (world.company.profile.formats.windows === "defender") {
    const { pid, image, commandLine } = process;
    defender(world, time, process.parent ?? process, {
      kind: "launch",
      process: { pid, image, commandLine },
      originalName: original,
    });
    return;
  }
  const domain = world.company.profile.windowsDomain;
  const user = `${domain}\\${process.account.name}`;
  sysmon(world, time, process, 1, {
    FileVersion: "-",
    Description: "-",
    Product: "-",
    Company: "-",
    OriginalFileName: original,
    CommandLine: process.commandLine,
    CurrentDirectory: process.cwd,
    User: user,
    LogonGuid: logonGuid,
    LogonId: process.logonId,
    TerminalSessionId: "1",
    IntegrityLevel: "Medium",
    Hashes: `SHA256=${random.hex(64).toUpperCase()}`,
    ParentProcessGuid: process.parent?.guid ?? "{00000000-0000-0000-0000-000000000000}",
    ParentProcessId: String(process.parent?.pid ?? 0),
    ParentImage: process.parent?.image ?? "-",
    ParentCommandLine: process.parent?.commandLine ?? "-",
    ParentUser: process.parent === null ? "-" : `${domain}\\${process.parent.account.name}`,
  });
}

/** Security 4688: a program started where nothing but Windows itself watches. */
export function launchedAudit(world: World, time: number, process: Process): void {
  security(world, time, process.host, 4688, {
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
  });
}

export function fileCreated(world: World, time: number, process: Process, path: string): void {
  if (world.company.profile.formats.windows === "defender") defender(world, time, process, { kind: "file", path });
  else sysmon(world, time, process, 11, { TargetFilename: path, CreationUtcTime: utc(time) });
}

/** Security 4663: a watched file opened. */
export function accessed(
  world: World,
  time: number,
  host: Host,
  account: Account,
  path: string,
  by: { readonly logonId: string; readonly processId: string; readonly image: string },
): void {
  security(world, time, host, 4663, {
    SubjectUserSid: sid(account),
    SubjectUserName: account.name,
    SubjectDomainName: world.company.profile.windowsDomain,
    SubjectLogonId: by.logonId,
    ObjectServer: "Security",
    ObjectType: "File",
    ObjectName: path,
    HandleId: "0x1f4c",
    AccessList: "%%4416\n\t\t\t\t",
    AccessMask: "0x1",
    ProcessId: by.processId,
    ProcessName: by.image,
    ResourceAttributes: "S:AI",
  });
}

export function lookedUp(world: World, time: number, process: Process, name: string, answer: string): void {
  // Defender streams no table of lookups
  if (world.company.profile.formats.windows === "defender") return;
  sysmon(world, time, process, 22, { QueryName: name, QueryStatus: "0", QueryResults: `::ffff:${answer};` });
}

export function connected(world: World, time: number, process: Process, connection: Connection): void {
  const { ip, port, name, sourcePort } = connection;
  const { host } = process;
  if (world.company.profile.formats.windows === "defender") {
    defender(world, time, process, { kind: "connection", ip, port, url: isInternal(ip) ? "" : name, from: host.ip });
    return;
  }
  sysmon(world, time, process, 3, {
    Protocol: "tcp",
    Initiated: "true",
    SourceIsIpv6: "false",
    SourceIp: host.ip,
    SourceHostname: `${host.name}.${world.company.profile.domain}`,
    SourcePort: String(sourcePort),
    SourcePortName: "-",
    DestinationIsIpv6: "false",
    DestinationIp: ip,
    // a reverse lookup, which most servers outside have no good answer to
    DestinationHostname: isInternal(ip) ? name : "-",
    DestinationPort: String(port),
    DestinationPortName: port === 443 ? "https" : port === 22 ? "ssh" : "-",
  });
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

function defender(world: World, time: number, process: Process, event: DefenderRecord["event"]): void {
  const { profile, people } = world.company;
  const { host, account, parent } = process;
  const person = people.find((candidate) => candidate.account.name === account.name);
  const { pid, image, commandLine } = process;
  const record: DefenderRecord = {
    time,
    deviceId: [1, 2, 3, 4, 5].map((part) => hash(`${part} ${host.name}`).toString(16).padStart(8, "0")).join(""),
    device: `${host.name}.${profile.domain}`,
    account: {
      name: account.name,
      domain: profile.windowsDomain,
      sid: sid(account),
      upn: person?.email ?? null,
    },
    initiating: { pid, image, commandLine },
    initiatingParent: parent === null ? null : { pid: parent.pid, file: parent.image.split("\\").at(-1) as string },
    event,
  };
  world.book.add("windows/defender.ndjson", time, (next) => [defenderLine(record, next(host.name))]);
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

/** What an audit rule of the kernel asks for, in the format the company keeps it in. */
export function auditd(world: World, time: number, process: Process, event: AuditdEvent): void {
  const node = process.host.name;
  const record = { time, node, process: viewOf(process), event };
  const parent = process.parent === null ? null : viewOf(process.parent);
  switch (world.company.profile.formats.linux) {
    case "auditd":
      world.book.add("linux/audit.log", time, (next) => auditdLines(record, 5_000 + next(node)));
      break;
    case "laurel":
      world.book.add("linux/laurel.ndjson", time, (next) => [laurelLine({ ...record, parent }, 5_000 + next(node))]);
      break;
    case "tetragon":
      world.book.add("linux/tetragon.ndjson", time, () => [
        tetragonLine({ ...record, parent, address: process.host.ip }),
      ]);
  }
}

function viewOf(process: Process): AuditdProcess {
  const { account } = process;
  const interactive = account.uid >= 1_000;
  return {
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
}

function sid(account: Account): string {
  return `S-1-5-21-3623811015-3361044348-30300820-${account.uid + 100}`;
}

function utc(time: number): string {
  return new Date(time).toISOString().slice(0, 23).replace("T", " ");
}
