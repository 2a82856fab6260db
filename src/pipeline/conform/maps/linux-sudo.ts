/**
 * sudo -> Process Activity (1007): the command that somebody ran as another, or was refused; su and what PAM says of both ->
 * Authentication (3002), Account Switch.
 *
 * Input: syslog lines of `sudo` and `su`. PAM's sessions of sudo repeat its command's line and are no activity of their own.
 *
 * @see https://www.sudo.ws/docs/man/sudoers.man/#EVENT_LOGGING
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { outcomeStatus } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parsePam } from "../decoders/pam.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord, type SyslogHeader } from "../define-map.ts";
import { endpointActivity } from "../endpoint/endpoint-activity.ts";
import { deviceOf, fileName, processId, processOf, userOf } from "../endpoint/objects.ts";
import type { EventBase } from "../ocsf.ts";
import { createSignOn } from "../sign-on.ts";

const SUDO = { name: "sudo", vendor_name: "Sudo Project" };
const SU = { name: "su", vendor_name: "util-linux" };

/** `dana : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/git push`; a refusal stands before the first name. */
const COMMAND = /^\s*(\S{1,255}) : (.{1,8192})$/;
const FIELD = /^(HOST|TTY|PWD|CHROOT|USER|GROUP|TSID|ENV|COMMAND)=/;
const SWITCH = /^(FAILED SU )?\(to (\S{1,255})\) (\S{1,255}) on (\S{1,64})$/;
const OLDER_SWITCH = /^(Successful|FAILED) su for (\S{1,255}) by (\S{1,255})$/;

export default defineMap({
  id: "linux-sudo",
  title: "sudo and su",
  product: SUDO,
  reference: "https://www.sudo.ws/docs/man/sudoers.man/#EVENT_LOGGING",
  lane: "endpoint",
  exporting:
    "sudo and su write to syslog (`auth.log`, `secure`, the journal) by default; sudo's shells and scripts hide what runs " +
    "within them, which `log_subcmds` shows.",
  limits: [
    "Only the command that was asked for is told, with its arguments; not what it started.",
    "A shell opened by sudo or su shows nothing of what was typed in it.",
    "The process id is sudo's own.",
  ],
  recognise({ syslog, body, json }: DecodedRecord): number {
    if (json !== null || syslog === null) return 0;
    if (syslog.app === "sudo") return /^\s*\S{1,255} : |^pam_/.test(body) ? 1 : 0.9;
    return syslog.app === "su" || syslog.app === "su-l" ? (/\bsu\b|^pam_|\(to /i.test(body) ? 1 : 0.9) : 0;
  },
  conform({ syslog, body }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
    if (syslog === null) throw new MalformedInputError("linux-sudo: the line has no syslog header");
    if (body.length > 9000) throw new MalformedInputError("linux-sudo: the line is longer than sudo writes");
    const time = syslog.time ?? environment.fileModifiedTime;
    const message = body.trimEnd();
    if (message.startsWith("pam_")) return decided(message, syslog, time);
    return syslog.app === "sudo" ? command(message, syslog, time) : switched(message, syslog, time);
  },
});

function command(message: string, syslog: SyslogHeader, time: number): OcsfEvent | null {
  const [, name, told] = COMMAND.exec(message) ?? [];
  if (name === undefined || told === undefined) return null;
  const fields = new Map<string, string>();
  const refusals: string[] = [];
  let rest = told;
  while (rest !== "") {
    const field = FIELD.exec(rest)?.[1];
    // the command is the last field and may hold the separator itself
    const end = field === "COMMAND" ? -1 : rest.indexOf(" ; ");
    const part = end === -1 ? rest : rest.slice(0, end);
    if (field === undefined) refusals.push(part.trim());
    else fields.set(field, part.slice(field.length + 1).trim());
    rest = end === -1 ? "" : rest.slice(end + 3);
  }
  const line = fields.get("COMMAND");
  if (line === undefined || line === "") return null;
  const program = line.split(" ", 1)[0] ?? line;
  const runAs = userOf(fields.get("USER"));
  const pid = processId(syslog.pid ?? undefined);
  const process = processOf({
    image: program.startsWith("/") ? program : undefined,
    name: fileName(program),
    pid,
    cmd_line: line,
    user: runAs,
  });
  if (process === undefined) return null;
  const directory = fields.get("PWD");
  if (directory !== undefined) process.working_directory = directory;
  const detail = refusals.join("; ");
  const unmapped: Record<string, unknown> = {};
  for (const [field, key] of [
    ["TTY", "tty"],
    ["GROUP", "group"],
    ["ENV", "env"],
    ["CHROOT", "chroot"],
    ["TSID", "tsid"],
  ] as const) {
    const value = fields.get(field);
    if (value !== undefined) unmapped[key] = value;
  }
  return endpointActivity(
    {
      base: { product: SUDO, time, event_code: detail === "" ? "COMMAND" : "refused" },
      device: deviceOf(fields.get("HOST") ?? syslog.hostname ?? undefined, "linux"),
      unmapped,
    },
    1007,
    1,
    {
      process,
      actor: { user: userOf(name), process: processOf({ name: "sudo", pid }) },
      status_detail: detail === "" ? undefined : detail,
      ...outcomeStatus(detail === ""),
    },
  );
}

function switched(message: string, syslog: SyslogHeader, time: number): OcsfEvent | null {
  const now = SWITCH.exec(message);
  if (now !== null) {
    const [, failed, to = "", by, tty] = now;
    return accountSwitch({ to, by, tty, succeeded: failed === undefined, code: "su" }, syslog, { product: SU, time });
  }
  const older = OLDER_SWITCH.exec(message);
  if (older === null) return null;
  const [, outcome, to = "", by] = older;
  const succeeded = outcome === "Successful";
  return accountSwitch({ to, by, tty: undefined, succeeded, code: "su" }, syslog, { product: SU, time });
}

function decided(message: string, syslog: SyslogHeader, time: number): OcsfEvent | null {
  const pam = parsePam(message, syslog.app ?? "");
  // a password or a lock is the account's, not of a switch
  if (pam === undefined || pam.outcome === "password changed" || pam.outcome === "locked") return null;
  const { outcome, user: to, by, tty, uid, rhost } = pam;
  const isSession = outcome === "opened" || outcome === "closed";
  const isSudo = syslog.app === "sudo";
  if (isSudo && isSession) return null;
  return accountSwitch(
    {
      to,
      uid,
      by,
      tty,
      rhost,
      succeeded: outcome !== "failure",
      code: isSession ? `Session ${outcome}` : `PAM authentication ${outcome}`,
      isEnd: outcome === "closed",
    },
    syslog,
    { product: isSudo ? SUDO : SU, time },
  );
}

interface Switch {
  readonly to: string;
  readonly uid?: string | undefined;
  readonly by: string | undefined;
  readonly tty: string | undefined;
  readonly rhost?: string | undefined;
  readonly succeeded: boolean;
  readonly code: string;
  readonly isEnd?: boolean;
}

function accountSwitch(told: Switch, syslog: SyslogHeader, base: EventBase): OcsfEvent {
  const unmapped: Record<string, unknown> = {};
  if (told.tty !== undefined) unmapped["tty"] = told.tty;
  if (syslog.pid !== null) unmapped["pid"] = syslog.pid;
  const hostname = syslog.hostname ?? undefined;
  const ip = ipAddress(told.rhost);
  const event = createSignOn(
    { ...base, event_code: told.code },
    {
      activity: told.isEnd === true ? 2 : 7,
      user: (told.to === "" ? undefined : userOf(told.to, undefined, told.uid)) ?? {},
      by: userOf(told.by),
      service: base.product.name,
      source: ip === undefined ? { hostname: hostname ?? "unknown" } : { ip },
      succeeded: told.succeeded,
      unmapped,
    },
  );
  event.is_remote = ip !== undefined;
  event.device = deviceOf(hostname, "linux");
  if (hostname !== undefined) event.dst_endpoint = { hostname };
  event.metadata.profiles = ["host"];
  return event;
}
