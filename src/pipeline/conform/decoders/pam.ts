/**
 * What the modules of Linux-PAM write in the name of the program that calls them: `pam_unix(sshd:session): …`.
 *
 * @see https://man7.org/linux/man-pages/man8/pam_unix.8.html
 */

/** One message of a PAM module that says how a sign-on or a session went. */
export interface PamMessage {
  /** The service file in force: `sshd`, `su`, `sudo`. */
  readonly service: string;
  readonly outcome: "opened" | "closed" | "failure" | "success" | "locked" | "password changed";
  /** Whose account; empty where the module does not tell. */
  readonly user: string;
  /** Numeric id of that account, in decimal. */
  readonly uid: string | undefined;
  /** Who asked for it: the account before the switch. */
  readonly by: string | undefined;
  /** Address or name of the other end. */
  readonly rhost: string | undefined;
  readonly tty: string | undefined;
}

const HEAD = /^pam_\w{1,40}\(([\w.-]{1,60}):(auth|session|account|chauthtok)\): (.{1,2000})$/;
/** Before Linux-PAM 0.99 the service was the program's own: `(pam_unix) session closed …`; some modules still leave it out. */
const OLD_HEAD = /^(?:\(pam_\w{1,40}\)|pam_\w{1,40}(?:\(auth\))?:) (.{1,2000})$/;
const PASSWORD_CHANGED = /^password changed for (\S{1,255})$/;
const LOCKED = /^Consecutive login failures for user (\S{1,255}) account temporarily locked$/;
const SESSION =
  /^session (opened|closed) for user ([^\s(]{1,255})(?:\(uid=(\d{1,10})\))?(?: by ([^\s(]{1,255})?(?:\(uid=\d{1,10}\))?)?$/;
const AUTHENTICATION = /^authentication (failure|success); (.{1,1900})$/;
/** The counter line of a connection that tried again and again carries no module name. */
const REPEATED = /^PAM \d{1,6} more authentication failures?; (.{1,1900})$/;

/** undefined where the line is no message of PAM, or one that decides nothing (`check pass`). */
export function parsePam(body: string, program: string): PamMessage | undefined {
  const repeated = REPEATED.exec(body);
  if (repeated !== null) return credentials(program, "failure", repeated[1] ?? "");
  const head = HEAD.exec(body);
  if (head === null) {
    const old = OLD_HEAD.exec(body)?.[1];
    // `sshd(pam_unix)[4920]: authentication failure; …`: the module stands with the program's name
    return old === undefined ? decisionOf(program, body) : (sessionOf(program, old) ?? decisionOf(program, old));
  }
  const [, service = "", facility, told = ""] = head;
  if (facility === "session") return sessionOf(service, told);
  if (facility !== "chauthtok") return decisionOf(service, told);
  const user = PASSWORD_CHANGED.exec(told.trimEnd())?.[1];
  return user === undefined ? undefined : { ...NOTHING_ELSE, service, outcome: "password changed", user };
}

const NOTHING_ELSE = { uid: undefined, by: undefined, rhost: undefined, tty: undefined };

function sessionOf(service: string, told: string): PamMessage | undefined {
  const session = SESSION.exec(told.trimEnd());
  if (session === null) return undefined;
  const [, outcome, user = "", uid, by] = session;
  return { ...NOTHING_ELSE, service, outcome: outcome as "opened" | "closed", user, uid, by };
}

function decisionOf(service: string, told: string): PamMessage | undefined {
  const locked = LOCKED.exec(told.trimEnd())?.[1];
  if (locked !== undefined) return { ...NOTHING_ELSE, service, outcome: "locked", user: locked };
  const decided = AUTHENTICATION.exec(told);
  return decided === null ? undefined : credentials(service, decided[1] as "failure" | "success", decided[2] ?? "");
}

/**
 * `logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root`; a value may be empty. The names of both users are the
 * other side's to choose, ` rhost=192.0.2.1` in them too: the order of the fields decides.
 */
const CREDENTIALS = /\bruser=(.{0,255}?) rhost=(\S{0,255})(?: {1,2}user=(.{0,255}))?\s*$/;

function credentials(service: string, outcome: "failure" | "success", told: string): PamMessage {
  const match = CREDENTIALS.exec(told);
  return {
    service,
    outcome,
    user: match?.[3]?.trimEnd() ?? "",
    uid: undefined,
    by: named(match?.[1]),
    rhost: named(match?.[2]),
    tty: named(/(?:^| )tty=([^ ]{1,255})/.exec(told)?.[1]),
  };
}

function named(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
