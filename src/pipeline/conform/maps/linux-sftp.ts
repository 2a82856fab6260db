/**
 * OpenSSH's SFTP server -> File System Activity (1001): files opened, read, written, renamed and deleted over SFTP, with the
 * account and the address of the session; the session's begin and end -> Authentication (3002).
 *
 * Input: syslog lines of `sftp-server` and `internal-sftp` at log level INFO. Only the first line of a session tells whose it
 * is: the process id ties the others to it.
 *
 * @see https://man.openbsd.org/sftp-server
 */
import type { OcsfEvent, OcsfFile } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { sourceEndpoint } from "../api-activity.ts";
import {
  defineMap,
  type ConformEnvironment,
  type DecodedRecord,
  type RecordReader,
  type SyslogHeader,
} from "../define-map.ts";
import { endpointActivity } from "../endpoint/endpoint-activity.ts";
import { deviceOf, fileOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { createSignOn } from "../sign-on.ts";

const PRODUCT = { name: "OpenSSH", vendor_name: "OpenBSD" };
const PROGRAMS = /^(?:.*\/)?(?:sftp-server|internal-sftp)$/;
const MAX_SESSIONS = 10_000;

const SESSION = /^session (opened|closed) for local user (\S{1,255}) from \[(\S{1,64})\]$/;
const OPEN = /^open "(.{1,4096})" flags ([A-Z,]{1,80}) mode 0?\d{1,6}$/;
const CLOSE = /^(?:forced )?close "(.{1,4096})" bytes read (\d{1,18}) written (\d{1,18})$/;
const RENAME = /^(?:posix-)?rename old "(.{1,4096})" new "(.{1,4096})"$/;
const ONE_PATH = /^(remove|rmdir|mkdir) name "(.{1,4096}?)"(?: mode 0?\d{1,6})?$/;
const SET = /^(?:f?set|setstat|fsetstat) "(.{1,4096})" (?:size|mode|modtime|owner)/;

interface Session {
  readonly user: string;
  readonly address: string;
}

export default defineMap({
  id: "linux-sftp",
  title: "OpenSSH SFTP server",
  product: PRODUCT,
  reference: "https://man.openbsd.org/sftp-server",
  lane: "endpoint",
  exporting:
    "`Subsystem sftp internal-sftp -l INFO` in `sshd_config` (in a chroot with a log socket in it); the lines are in `auth.log`, `secure` or the journal.",
  limits: [
    "Whose a transfer is shows only while the line that opened its session is in the same stream.",
    "`bytes read` are those handed out, `written` those received; what the files held is not told.",
    "scp in its old mode, rsync and git go past the SFTP server.",
  ],
  recognise({ syslog, json }: DecodedRecord): number {
    return json === null && typeof syslog?.app === "string" && PROGRAMS.test(syslog.app) ? 0.95 : 0;
  },
  open(environment: ConformEnvironment): RecordReader {
    const sessions = new Map<string, Session>();
    return {
      push({ syslog, body }: DecodedRecord): readonly OcsfEvent[] {
        if (syslog === null) throw new MalformedInputError("linux-sftp: the line has no syslog header");
        const message = body.trimEnd();
        const key = `${syslog.hostname ?? ""}:${syslog.pid ?? ""}`;
        const time = syslog.time ?? environment.fileModifiedTime;
        const session = SESSION.exec(message);
        if (session !== null) {
          const [, outcome, user = "", address = ""] = session;
          const isEnd = outcome === "closed";
          if (isEnd) sessions.delete(key);
          else {
            if (sessions.size >= MAX_SESSIONS) sessions.clear();
            sessions.set(key, { user, address });
          }
          return [signIn(user, address, isEnd, syslog, time)];
        }
        const event = transfer(message, sessions.get(key), syslog, time);
        return event === undefined ? [] : [event];
      },
      flush: () => [],
    };
  },
});

function signIn(user: string, address: string, isEnd: boolean, syslog: SyslogHeader, time: number): OcsfEvent {
  const event = createSignOn(
    { product: PRODUCT, time, event_code: isEnd ? "Session closed" : "Session opened" },
    {
      activity: isEnd ? 2 : 1,
      user: userOf(user) ?? {},
      service: "sftp",
      source: sourceEndpoint(address),
      succeeded: true,
      unmapped: syslog.pid === null ? {} : { pid: syslog.pid },
    },
  );
  const hostname = syslog.hostname ?? undefined;
  if (hostname !== undefined) event.dst_endpoint = { hostname };
  event.device = deviceOf(hostname, "linux");
  event.metadata.profiles = ["host"];
  return event;
}

function transfer(
  message: string,
  session: Session | undefined,
  syslog: SyslogHeader,
  time: number,
): OcsfEvent | undefined {
  const deed = deedOf(message);
  if (deed === undefined) return undefined;
  const unmapped: Record<string, unknown> = { ...deed.unmapped };
  if (session !== undefined) unmapped["client_address"] = session.address;
  return endpointActivity(
    {
      base: { product: PRODUCT, time, event_code: deed.code },
      device: deviceOf(syslog.hostname ?? undefined, "linux"),
      unmapped,
    },
    1001,
    deed.activity,
    {
      file: deed.file,
      file_result: deed.result,
      actor: {
        user: userOf(session?.user),
        process: processOf({ name: "sftp-server", pid: processId(syslog.pid ?? undefined) }),
      },
    },
  );
}

interface Deed {
  readonly code: string;
  readonly activity: number;
  readonly file: OcsfFile | undefined;
  readonly result?: OcsfFile | undefined;
  readonly unmapped?: Record<string, unknown>;
}

const ONE_PATH_ACTIVITY: ReadonlyMap<string, number> = new Map([
  ["remove", 4],
  ["rmdir", 4],
  ["mkdir", 1],
]);

function deedOf(message: string): Deed | undefined {
  if (message.length > 9000) return undefined;
  const opened = OPEN.exec(message);
  if (opened !== null)
    return { code: "open", activity: 14, file: fileOf(opened[1]), unmapped: { flags: opened[2]?.split(",") } };
  const closed = CLOSE.exec(message);
  if (closed !== null) {
    const [read, written] = [Number(closed[2]), Number(closed[3])];
    return {
      code: "close",
      activity: written > 0 ? 3 : read > 0 ? 2 : 99,
      file: fileOf(closed[1]),
      unmapped: { bytes_read: read, bytes_written: written },
    };
  }
  const renamed = RENAME.exec(message);
  if (renamed !== null) return { code: "rename", activity: 5, file: fileOf(renamed[1]), result: fileOf(renamed[2]) };
  const one = ONE_PATH.exec(message);
  if (one !== null) {
    const [, code = "", path] = one;
    return { code, activity: ONE_PATH_ACTIVITY.get(code) ?? 99, file: fileOf(path, code === "remove" ? 1 : 2) };
  }
  const set = SET.exec(message);
  return set === null ? undefined : { code: "set", activity: 6, file: fileOf(set[1]) };
}
