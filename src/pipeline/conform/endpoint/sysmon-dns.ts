/** Sysmon 22: what a process looked up, with the answers Windows gave it. */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { isIpAddress } from "../decoders/ip-address.ts";
import { DNS_TYPES } from "../tables/dns-types.ts";
import { actorOf } from "./sysmon-fields.ts";
import { field, windowsActivity, type WindowsSubject } from "./windows.ts";

/** Windows DNS status -> OCSF rcode_id and caption. @see https://learn.microsoft.com/windows/win32/debug/system-error-codes--9000-11999- */
const RCODES: ReadonlyMap<string, readonly [number, string]> = new Map([
  ["0", [0, "NoError"]],
  ["9001", [1, "FormError"]],
  ["9002", [2, "ServError"]],
  ["9003", [3, "NXDomain"]],
  ["9004", [4, "NotImp"]],
  ["9005", [5, "Refused"]],
  // No records of that type: an answer, and an empty one.
  ["9501", [0, "NoError"]],
]);

/** At most so many answers are kept; the whole text stays under `unmapped`. */
const MAX_ANSWERS = 64;

/** @throws {MalformedInputError} without a name */
export function conformDnsQuery(subject: WindowsSubject): OcsfEvent {
  const { data } = subject;
  const hostname = field(data, "QueryName");
  if (hostname === undefined) throw new MalformedInputError("Sysmon 22 without QueryName");
  const rcode = RCODES.get(field(data, "QueryStatus") ?? "");
  const answers = answersOf(field(data, "QueryResults"));
  return windowsActivity(subject, 4003, 1, {
    actor: actorOf(data),
    // The machine that asked: OCSF wants an end of the conversation.
    src_endpoint: subject.device.hostname === undefined ? { name: "unknown" } : { hostname: subject.device.hostname },
    query: { hostname },
    answers: answers.length === 0 ? undefined : answers,
    rcode_id: rcode?.[0],
    rcode: rcode?.[1],
  });
}

/** `type:  5 name;::ffff:192.0.2.1;2001:db8::1;` */
function answersOf(results: string | undefined): NonNullable<OcsfEvent["answers"]> {
  if (results === undefined) return [];
  const answers: NonNullable<OcsfEvent["answers"]> = [];
  for (const part of results.split(";", MAX_ANSWERS)) {
    const item = part.trim();
    if (item === "") continue;
    const typed = /^type:\s*(\d{1,5})\s+(\S.*)$/.exec(item);
    if (typed !== null)
      answers.push({ type: DNS_TYPES.get(Number(typed[1])) ?? `TYPE${typed[1]}`, rdata: typed[2] ?? "" });
    else {
      const address = item.toLowerCase().startsWith("::ffff:") && item.includes(".") ? item.slice(7) : item;
      if (isIpAddress(address)) answers.push({ type: address.includes(":") ? "AAAA" : "A", rdata: address });
    }
  }
  return answers;
}
