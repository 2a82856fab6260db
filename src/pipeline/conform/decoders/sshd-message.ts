/**
 * The messages of the OpenSSH server that decide a sign-on or end one.
 *
 * @see https://man.openbsd.org/sshd
 */
import { parsePam } from "./pam.ts";

const ACCEPTED =
  /^(?:Accepted|Partial) ([\w/-]{1,60}) for (\S{1,255}) from (\S{1,64}) port (\d{1,5})(?: ssh2)?(?:: ?(.{1,1024}))?$/;
/** A name that fails may hold anything, ` from 192.0.2.1 port 22 ssh2: ` too: the last address is the client's. */
const FAILED =
  /^Failed ([\w/-]{1,60}) for (?:(invalid user|illegal user) )?(.{0,255}) from (\S{1,64}) port (\d{1,5})(?: ssh[12])?(?:: ?(.{1,1024}))?$/;
/** Older servers tell no port; a name with blanks in it would be anybody's to shape. */
const FAILED_WITHOUT_PORT =
  /^Failed ([\w/-]{1,60}) for (?:(invalid user|illegal user) )?(\S{0,255}) from ([0-9A-Fa-f.:]{2,45})$/;
const INVALID = /^(?:Invalid|Illegal) user (.{0,255}?) from (\S{1,64})(?: port (\d{1,5}))?$/;
const NOT_ALLOWED = /^User (\S{1,255})(?: from (\S{1,64}))? (not allowed because .{1,300})$/;
const TOO_MANY =
  /^(?:error: )?(maximum authentication attempts exceeded|Too many authentication failures) for (?:(?:invalid|illegal) user )?(.{0,255}?) from (\S{1,64}) port (\d{1,5})(?: ssh2)?(?: \[preauth\])?$/;
const BROKEN_OFF =
  /^(Connection closed by|Connection reset by|Disconnected from|Disconnecting) (?:authenticating|invalid) user (.{0,255}) (\S{1,64}) port (\d{1,5})(?:: (.{1,300}?))?(?: \[preauth\])?$/;
/** The one reason that quotes the name, with whatever looks like an address in it. */
const NAME_CHANGED =
  /^(Disconnecting) (?:authenticating|invalid) user (.{0,255}) (\S{1,64}) port (\d{1,5}): (Change of username or service not allowed: \(\2,.{1,600}?)(?: \[preauth\])?$/;
const DISCONNECTED = /^Disconnected from user (\S{1,255}) (\S{1,64}) port (\d{1,5})$/;
const STARTED = /^Starting session: (.{1,1024}?) for (\S{1,255}) from (\S{1,64}) port (\d{1,5})(?: id \d{1,6})?$/;
const CLOSED = /^Close session: user (\S{1,255}) from (\S{1,64}) port (\d{1,5})(?: id \d{1,6})?$/;
const SUBSYSTEM = /^subsystem request for (\S{1,64}) by user (\S{1,255})$/;
const ROOT_REFUSED = /^(ROOT LOGIN REFUSED) FROM (\S{1,64})(?: port (\d{1,5}))?(?: \[preauth\])?$/;
const WRAPPED = /^(refused connect) from \S{1,512} \((\S{1,64})\)$/;
const FAREWELL =
  /^(?:error: )?Received disconnect from (\S{1,64}?)(?: port (\d{1,5}))?: ?\d{1,3}: (.{0,300}?)( \[preauth\])?$/;
const PAM_ERROR =
  /^(?:error: )?PAM: (.{1,200}?) for (?:(?:illegal|invalid) user )?(.{0,255}?) from (\S{1,255})(?: via \S{1,255})?(?: \[preauth\])?$/;

/** What rsyslog writes in place of the same line again. */
const REPEATED = /^message repeated \d{1,6} times: \[ (.{1,4096})\]$/;

/** What one line says of one sign-on. */
export interface Attempt {
  readonly code: string;
  /** 1 Logon, 2 Logoff, 99 a session within a sign-on, or a connection that ended before one. */
  readonly activity: 1 | 2 | 99;
  /** undefined: the line does not tell. */
  readonly succeeded: boolean | undefined;
  readonly method?: string | undefined;
  readonly name: string;
  readonly address: string;
  readonly port: string | undefined;
  readonly rest: string;
  readonly reason?: string | undefined;
  /** Numeric id of the account. */
  readonly uid?: string | undefined;
  /** What was started: `shell`, `command`, `subsystem sftp`, a forced command. */
  readonly session?: string | undefined;
}

/** null for a line that decides nothing, or repeats what another says. */
export function attemptOf(line: string): Attempt | null {
  if (line.length > 4096) return null;
  const body = line.startsWith("message repeated ") ? (REPEATED.exec(line)?.[1]?.trimEnd() ?? line) : line;
  const accepted = ACCEPTED.exec(body);
  if (accepted !== null) {
    const [, method, name = "", address = "", port, rest = ""] = accepted;
    // `Partial`: one of several methods has been passed, the sign-on is not complete
    return body.startsWith("Partial")
      ? null
      : { code: "Accepted", activity: 1, succeeded: true, method, name, address, port, rest };
  }
  const failed = FAILED.exec(body) ?? FAILED_WITHOUT_PORT.exec(body);
  if (failed !== null) {
    const [, method, invalid, name = "", address = "", port, rest = ""] = failed;
    // each client asks so what it may try: only of a name that is nobody's it is an attempt
    return method === "none" && invalid === undefined
      ? null
      : { code: "Failed", activity: 1, succeeded: false, method, name, address, port, rest, reason: invalid };
  }
  const invalid = INVALID.exec(body);
  if (invalid !== null)
    return {
      code: "Invalid user",
      activity: 1,
      succeeded: false,
      name: invalid[1] ?? "",
      address: invalid[2] ?? "",
      port: invalid[3],
      rest: "",
      reason: "invalid user",
    };
  const refused = refusalOf(body);
  if (refused !== null) return refused;
  const left = DISCONNECTED.exec(body);
  if (left !== null)
    return {
      code: "Disconnected",
      activity: 2,
      succeeded: true,
      name: left[1] ?? "",
      address: left[2] ?? "",
      port: left[3],
      rest: "",
    };
  return sessionOf(body) ?? pamOf(body);
}

/** What comes after the sign-on, or instead of one: sessions, and the other side's farewell. */
function sessionOf(body: string): Attempt | null {
  const started = STARTED.exec(body);
  if (started !== null) {
    const [, session, name = "", address = "", port] = started;
    return { code: "Starting session", activity: 99, succeeded: undefined, name, address, port, rest: "", session };
  }
  const subsystem = SUBSYSTEM.exec(body);
  if (subsystem !== null) {
    const [, session, name = ""] = subsystem;
    return {
      code: "Subsystem request",
      activity: 99,
      succeeded: undefined,
      name,
      address: "",
      port: undefined,
      rest: "",
      session: `subsystem ${session}`,
    };
  }
  const closed = CLOSED.exec(body);
  if (closed !== null) {
    const [, name = "", address = "", port] = closed;
    return { code: "Close session", activity: 2, succeeded: true, name, address, port, rest: "" };
  }
  const farewell = FAREWELL.exec(body);
  if (farewell === null) return null;
  const [, address = "", port, reason, early] = farewell;
  return {
    code: "Received disconnect",
    activity: early === undefined ? 2 : 99,
    succeeded: undefined,
    name: "",
    address,
    port,
    rest: "",
    reason,
  };
}

/** What PAM decided; sshd says the same again only where it asked for the password itself. */
function pamOf(body: string): Attempt | null {
  const error = PAM_ERROR.exec(body);
  if (error !== null) {
    const [, reason, name = "", address = ""] = error;
    return { code: "PAM", activity: 1, succeeded: false, name, address, port: undefined, rest: "", reason };
  }
  const pam = parsePam(body, "sshd");
  if (pam === undefined) return null;
  const { outcome, user: name, uid, rhost: address = "" } = pam;
  const told = { name, uid, address, port: undefined, rest: "" };
  switch (outcome) {
    case "opened":
      return { ...told, code: "Session opened", activity: 1, succeeded: true };
    case "closed":
      return { ...told, code: "Session closed", activity: 2, succeeded: true };
    case "locked":
      return { ...told, code: "Account locked", activity: 1, succeeded: false, reason: "account temporarily locked" };
    case "password changed":
      return null;
    default:
      return {
        ...told,
        code: `PAM authentication ${outcome}`,
        activity: 1,
        succeeded: outcome === "success",
        reason: `authentication ${outcome}`,
      };
  }
}

/** Attempts that ended before a method decided: refused by the configuration, out of tries, broken off by either side. */
function refusalOf(body: string): Attempt | null {
  const failure = { activity: 1, succeeded: false, rest: "" } as const;
  const notAllowed = NOT_ALLOWED.exec(body);
  if (notAllowed !== null) {
    const [, name = "", address = "", reason] = notAllowed;
    return { ...failure, code: "Not allowed", name, address, port: undefined, reason };
  }
  const denied = ROOT_REFUSED.exec(body) ?? WRAPPED.exec(body);
  if (denied !== null) {
    const [, reason = "", address = "", port] = denied;
    const isRoot = reason.startsWith("ROOT");
    return { ...failure, code: isRoot ? "Root refused" : "Refused", name: isRoot ? "root" : "", address, port, reason };
  }
  const tooMany = TOO_MANY.exec(body);
  if (tooMany !== null) {
    const [, reason, name = "", address = "", port] = tooMany;
    return { ...failure, code: "Attempts exceeded", name, address, port, reason };
  }
  const brokenOff = NAME_CHANGED.exec(body) ?? BROKEN_OFF.exec(body);
  if (brokenOff === null) return null;
  const [, how = "", name = "", address = "", port, reason = how] = brokenOff;
  return { ...failure, code: how, name, address, port, reason };
}
