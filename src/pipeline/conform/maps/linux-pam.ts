/**
 * Sign-ins of a Linux machine besides ssh, sudo and su -> Authentication (3002): what PAM decided for any other service (a
 * desktop, the console, FTP, mail), `login`, and the sessions of systemd-logind; a password changed or an account locked by
 * PAM -> Account Change (3001).
 *
 * Input: syslog lines. The sessions of cron and of systemd itself are nobody's sign-in and no activity.
 *
 * @see https://man7.org/linux/man-pages/man8/pam_unix.8.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parsePam, type PamMessage } from "../decoders/pam.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord, type SyslogHeader } from "../define-map.ts";
import { endpointActivity } from "../endpoint/endpoint-activity.ts";
import { deviceOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import type { EventBase } from "../ocsf.ts";
import { createSignOn } from "../sign-on.ts";

const PRODUCT = { name: "Linux-PAM", vendor_name: "Linux" };
/** Have maps of their own. */
const ELSEWHERE = /^(?:.*\/)?(?:sshd(?:-session|-auth)?|sudo|su|su-l)$/;
const PAM = /^(?:pam_\w{1,40}(?:\(|:)|\(pam_\w{1,40}\) |authentication failure; logname=)/;
const MACHINERY: ReadonlySet<string> = new Set([
  "cron",
  "crond",
  "atd",
  "anacron",
  "systemd-user",
  "runuser",
  "runuser-l",
]);

const NEW_SESSION = /^New session (\S{1,40}) of user (\S{1,255}?)\.?$/;
const LOGIN_FAILED =
  /^FAILED LOGIN (?:\(\d{1,4}\)|\d{1,4})(?: on '(\S{1,64})')?(?: FROM (\S{1,255}))? FOR '?(.{0,255}?)'?, (.{1,200})$/i;
const LOGIN_ON = /^(?:(ROOT) )?LOGIN ON (\S{1,64})(?: BY (\S{1,255}))?(?: FROM (\S{1,255}))?$/;

export default defineMap({
  id: "linux-pam",
  title: "Linux sign-ins: PAM of other services, login, systemd-logind",
  product: PRODUCT,
  reference: "https://man7.org/linux/man-pages/man8/pam_unix.8.html",
  lane: "identity",
  exporting: "PAM's modules, login and systemd-logind write to syslog (`auth.log`, `secure`, the journal) by default.",
  limits: [
    "A session that ssh opens is told by sshd, by PAM and by systemd-logind: `metadata.event_code` tells the lines apart.",
    "The address shows only where the service hands it to PAM as `rhost`.",
  ],
  recognise({ syslog, body, json }: DecodedRecord): number {
    const app = syslog?.app;
    if (json !== null || typeof app !== "string" || ELSEWHERE.test(app)) return 0;
    if (app === "systemd-logind" || app === "login") return 0.9;
    return PAM.test(body) ? 0.85 : 0;
  },
  conform({ syslog, body }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
    if (syslog === null) throw new MalformedInputError("linux-pam: the line has no syslog header");
    if (body.length > 4096) throw new MalformedInputError("linux-pam: the line is longer than PAM writes");
    const message = body.trimEnd();
    const base: EventBase = { product: PRODUCT, time: syslog.time ?? environment.fileModifiedTime };
    const pam = parsePam(message, syslog.app ?? "");
    return pam === undefined ? ownWords(message, syslog, base) : decided(pam, syslog, base);
  },
});

function decided(pam: PamMessage, syslog: SyslogHeader, base: EventBase): OcsfEvent | null {
  const { outcome, user, uid, service } = pam;
  if (MACHINERY.has(service.toLowerCase())) return null;
  if (outcome === "password changed" || outcome === "locked")
    return endpointActivity(
      { base: { ...base, event_code: outcome }, device: deviceOf(syslog.hostname ?? undefined, "linux") },
      3001,
      outcome === "locked" ? 9 : 3,
      {
        user: userOf(user, undefined, uid) ?? {},
        actor: { process: processOf({ name: syslog.app ?? service, pid: processId(syslog.pid ?? undefined) }) },
        status_id: 1,
        status: "Success",
      },
    );
  const isSession = outcome === "opened" || outcome === "closed";
  return signIn(
    {
      code: isSession ? `Session ${outcome}` : `PAM authentication ${outcome}`,
      user: user === "" ? (pam.by ?? "") : user,
      uid,
      service,
      from: pam.rhost,
      tty: pam.tty,
      succeeded: outcome !== "failure",
      isEnd: outcome === "closed",
    },
    syslog,
    base,
  );
}

function ownWords(message: string, syslog: SyslogHeader, base: EventBase): OcsfEvent | null {
  const service = syslog.app ?? "login";
  const session = NEW_SESSION.exec(message);
  if (session !== null) {
    const [, sessionUid, user = ""] = session;
    return signIn({ code: "New session", user, service, sessionUid, succeeded: true }, syslog, base);
  }
  const failed = LOGIN_FAILED.exec(message);
  if (failed !== null) {
    const [, tty, from, user = "", detail] = failed;
    return signIn({ code: "FAILED LOGIN", user, service, from, tty, succeeded: false, detail }, syslog, base);
  }
  const login = LOGIN_ON.exec(message);
  if (login === null) return null;
  const [, root, tty, by, from] = login;
  return signIn(
    { code: "LOGIN", user: root === undefined ? (by ?? "") : "root", service, from, tty, succeeded: true },
    syslog,
    base,
  );
}

interface SignIn {
  readonly code: string;
  /** Empty where the line names nobody. */
  readonly user: string;
  readonly uid?: string | undefined;
  readonly service: string;
  readonly from?: string | undefined;
  readonly tty?: string | undefined;
  readonly sessionUid?: string | undefined;
  readonly succeeded: boolean;
  readonly detail?: string | undefined;
  readonly isEnd?: boolean;
}

function signIn(told: SignIn, syslog: SyslogHeader, base: EventBase): OcsfEvent {
  const unmapped: Record<string, unknown> = {};
  if (told.tty !== undefined) unmapped["tty"] = told.tty;
  if (syslog.pid !== null) unmapped["pid"] = syslog.pid;
  const hostname = syslog.hostname ?? undefined;
  const ip = ipAddress(told.from);
  const isName = ip === undefined && told.from !== undefined && /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(told.from);
  const event = createSignOn(
    { ...base, event_code: told.code },
    {
      activity: told.isEnd === true ? 2 : 1,
      user: (told.user === "" ? undefined : userOf(told.user, undefined, told.uid)) ?? {},
      service: told.service,
      source: ip !== undefined ? { ip } : { hostname: isName ? told.from : (hostname ?? "unknown") },
      succeeded: told.succeeded,
      detail: told.detail,
      sessionUid: told.sessionUid,
      unmapped,
    },
  );
  event.is_remote = ip !== undefined || isName;
  event.device = deviceOf(hostname, "linux");
  if (hostname !== undefined) event.dst_endpoint = { hostname };
  event.metadata.profiles = ["host"];
  return event;
}
