/**
 * Commands that administrators give to ASA and FTD (111008, 111009, 111010) -> API Activity: who, from where, what.
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { apiActor, operationActivity } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { readUser } from "./cisco-place.ts";

const EXECUTED = /^User '([^']{1,255})' executed (?:the '(.{1,1024})' command|cmd: (.{1,1024}))\.?$/;
const RUNNING =
  /^User '([^']{1,255})', running '([^']{1,64})' from IP ([0-9A-Fa-f.:]{2,45}|[^,\s]{1,255}), executed '(.{1,1024})'\.?$/;

const CODES: ReadonlySet<string> = new Set(["111008", "111009", "111010"]);

/** null for other messages, and for commands nobody in particular gave. */
export function commandEvent(base: EventBase, code: string, text: string, service: string): OcsfEvent | null {
  if (!CODES.has(code)) return null;
  const executed = EXECUTED.exec(text);
  const running = executed === null ? RUNNING.exec(text) : null;
  const user = readUser((executed ?? running)?.[1]);
  const command = executed === null ? running?.[4] : (executed[2] ?? executed[3]);
  if (user === undefined || command === undefined) return null;
  const ip = ipAddress(running?.[3]);
  return createEvent(6003, operationActivity(command), base, {
    actor: apiActor(user),
    src_endpoint: ip === undefined ? { name: "unknown" } : { ip },
    api: { operation: command, service: { name: service } },
    message: text,
    unmapped: running === null ? undefined : { application: running[2] },
  });
}
