/**
 * NIOS's audit log -> sign-ons of administrators as Authentication, what they did as API Activity. Blanks in values are `\040`.
 *
 *     httpd: 2026-03-20 08:53:51.087Z [alice]: Login_Allowed - - to=AdminConnector ip=10.1.4.17 auth=LOCAL group=admins apparently_via=GUI
 *     httpd: 2026-03-20 08:54:02.204Z [alice]: Modified Network 10.1.0.0/16 network_view=default: Changed comment:"a"->"b"
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { apiActor, operationActivity } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { loginOf } from "../web/login.ts";
import { createLogon } from "./logon.ts";
import { report, reporterOf } from "./session.ts";

const LINE =
  /httpd(?:\[\d{0,10}\])?: (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z) \[([^\]]{1,255})\]: ([A-Za-z_]{3,40})(?: ([^]{0,8192}))?$/;
const LONGEST_HEADER = 400;

export interface AuditRecord {
  readonly time: number;
  readonly name: string;
  readonly verb: string;
  readonly rest: string;
}

/** null for any other line; the header before it may hold anything. */
export function readInfobloxAudit(line: string): AuditRecord | null {
  const at = line.slice(0, LONGEST_HEADER).indexOf("httpd");
  const match = at === -1 ? null : LINE.exec(line.slice(at));
  if (match === null || match.index !== 0) return null;
  const [, day, clock, name, verb, rest] = match as unknown as (string | undefined)[];
  const time = parseIsoTime(`${day}T${clock}`);
  return time === undefined ? null : { time, name: blanks(name!), verb: verb!, rest: rest ?? "" };
}

export function infobloxAuditEvent(
  product: EventBase["product"],
  { time, name, verb, rest }: AuditRecord,
  hostname: string | undefined,
): OcsfEvent {
  const base: EventBase = { product, time, event_code: verb };
  const user = loginOf(name);
  const ip = ipAddress(value(rest, "ip"));
  if (/^(?:Log(?:in|out)|First_Login)/.test(verb)) {
    return createLogon(base, {
      activity: verb === "Logout" ? 2 : 1,
      user,
      service: value(rest, "to") ?? "NIOS",
      source: ip === undefined ? undefined : { ip },
      succeeded: !verb.endsWith("Denied"),
      detail: value(rest, "error") ?? value(rest, "info") ?? value(rest, "trigger_event"),
      reporter: reporterOf(hostname),
      unmapped: { auth: value(rest, "auth"), group: value(rest, "group"), via: value(rest, "apparently_via") },
    });
  }
  // `Network 10.1.0.0/16 network_view=default: Changed …`, `- RestartService: Args …`
  const [type = "", object = ""] = rest.split(/[: ] ?/, 2);
  const called = type === "-";
  const operation = called ? object : `${verb} ${type}`.trim();
  const event = createEvent(6003, operationActivity(verb), base, {
    actor: apiActor(user ?? { name }),
    src_endpoint: ip === undefined ? { name: "unknown" } : { ip },
    api: { operation: operation === "" ? verb : operation, service: { name: "NIOS" } },
    resources: called || object === "" ? undefined : [{ name: blanks(object), type }],
    message: rest === "" ? undefined : rest.slice(0, 1_024),
  });
  return report(event, reporterOf(hostname));
}

function value(text: string, name: string): string | undefined {
  const at = ` ${text}`.indexOf(` ${name}=`);
  if (at === -1) return undefined;
  const found = text.slice(at + name.length + 1).split(" ", 1)[0]!;
  return found === "" ? undefined : blanks(found);
}

/** `\040` and the like are octal codes. */
function blanks(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}
