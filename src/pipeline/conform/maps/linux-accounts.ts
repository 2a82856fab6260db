/**
 * Accounts and groups of a Linux machine (useradd, usermod, groupadd, gpasswd, passwd …) -> Account Change (3001) and Group
 * Management (3006).
 *
 * Input: syslog lines of the shadow-utils programs. Their lines that repeat a change for another file are no activity.
 *
 * @see https://github.com/shadow-maint/shadow
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parsePam } from "../decoders/pam.ts";
import { accountMessage } from "../decoders/shadow-message.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { deviceOf, fileName, processId, processOf, userOf } from "../endpoint/objects.ts";

const PRODUCT = { name: "shadow-utils", vendor_name: "Linux" };
const PROGRAMS =
  /^(?:.*\/)?(?:useradd|userdel|usermod|groupadd|groupdel|groupmod|groupmems|gpasswd|passwd|chpasswd|chage|chfn|chsh|adduser|deluser|newusers)$/;
const SUCCEEDED = { status_id: 1, status: "Success" };

export default defineMap({
  id: "linux-accounts",
  title: "Linux account management (useradd, usermod, passwd, gpasswd …)",
  product: PRODUCT,
  reference: "https://man7.org/linux/man-pages/man8/useradd.8.html",
  lane: "identity",
  exporting: "The programs write to syslog (`auth.log`, `secure`, the journal) by default.",
  limits: [
    "Who asked for the change shows only in some lines: sudo's line before it, or auditd, tells.",
    "Changes made by editing the files, or in a directory service, leave no line.",
  ],
  recognise({ syslog, json }: DecodedRecord): number {
    return json === null && typeof syslog?.app === "string" && PROGRAMS.test(syslog.app) ? 0.9 : 0;
  },
  conform({ syslog, body }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
    if (syslog === null) throw new MalformedInputError("linux-accounts: the line has no syslog header");
    const message = body.trimEnd();
    const program = fileName(syslog.app ?? "");
    const process = processOf({ name: program, pid: processId(syslog.pid ?? undefined) });
    const subject = (code: string): EndpointSubject => ({
      base: { product: PRODUCT, time: syslog.time ?? environment.fileModifiedTime, event_code: code },
      device: deviceOf(syslog.hostname ?? undefined, "linux"),
    });
    const pam = parsePam(message, program);
    if (pam !== undefined)
      return pam.outcome === "password changed"
        ? endpointActivity(subject("change password"), 3001, 3, {
            user: userOf(pam.user) ?? {},
            actor: { process },
            ...SUCCEEDED,
          })
        : null;
    const told = accountMessage(message);
    if (told === undefined) return null;
    const user = userOf(told.user, undefined, told.uid);
    const actor = { user: userOf(told.by), process };
    const { change } = told;
    return change.kind === "account"
      ? endpointActivity(subject(told.code), 3001, change.activity, { user: user ?? {}, actor, message, ...SUCCEEDED })
      : endpointActivity(subject(told.code), 3006, change.activity, {
          group: { name: change.group, uid: told.gid },
          user,
          actor,
          message,
          ...SUCCEEDED,
        });
  },
});
