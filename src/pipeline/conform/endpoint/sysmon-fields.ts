/** Fields that several Sysmon events share. */
import type { OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import type { WindowsEvent } from "../decoders/windows-event.ts";
import { property } from "../read-json.ts";
import { hashOf, processId, processOf, userOf } from "./objects.ts";
import { field } from "./windows.ts";

type Data = WindowsEvent["data"];

/** The acting process of an event, as `processOf` takes it. */
export function imageOf(data: Data): { image: string | undefined; pid: number | undefined; uid: string | undefined } {
  return {
    image: imagePath(field(data, "Image")),
    pid: processId(property(data, "ProcessId")),
    uid: field(data, "ProcessGuid"),
  };
}

/** Where Sysmon came too late to look a process up it writes `<unknown process>`. */
function imagePath(image: string | undefined): string | undefined {
  return image?.startsWith("<") === true ? undefined : image;
}

/** The process that did it, and its user where the version of Sysmon says. */
export function actorOf(data: Data): OcsfEvent["actor"] {
  return actorFrom(processOf(imageOf(data)), userOf(field(data, "User")));
}

/** OCSF wants an actor: Sysmon itself where the event names nobody. */
export function actorFrom(process: OcsfProcess | undefined, user: OcsfUser | undefined): OcsfEvent["actor"] {
  return process === undefined && user === undefined ? { app_name: "Sysmon" } : { process, user };
}

/** `SHA1=…,MD5=…`; older versions write the bare `SHA1=…` or a value without its name. */
export function hashesOf(value: string | undefined): NonNullable<NonNullable<OcsfEvent["file"]>["hashes"]> | undefined {
  if (value === undefined || value.length > 1_000) return undefined;
  const hashes: NonNullable<NonNullable<OcsfEvent["file"]>["hashes"]> = [];
  for (let from = 0; from < value.length;) {
    const comma = value.indexOf(",", from);
    const end = comma === -1 ? value.length : comma;
    const equals = value.indexOf("=", from);
    const hash =
      equals === -1 || equals > end ? undefined : hashOf(value.slice(from, equals), value.slice(equals + 1, end));
    if (hash !== undefined) hashes.push(hash);
    from = end + 1;
  }
  return hashes.length === 0 ? undefined : hashes;
}

const INTEGRITY: ReadonlyMap<string, number> = new Map([
  ["Untrusted", 1],
  ["Low", 2],
  ["Medium", 3],
  ["High", 4],
  ["System", 5],
  ["Protected", 6],
  ["Protected Process", 6],
]);
/** Last part of the SIDs S-1-16-…; 8448 is medium plus. */
const INTEGRITY_OF_SID: ReadonlyMap<string, string> = new Map([
  ["S-1-16-0", "Untrusted"],
  ["S-1-16-4096", "Low"],
  ["S-1-16-8192", "Medium"],
  ["S-1-16-8448", "Medium"],
  ["S-1-16-12288", "High"],
  ["S-1-16-16384", "System"],
  ["S-1-16-20480", "Protected"],
]);

/** Level by name, or by its SID as Windows writes it where it does not look the name up. */
export function integrityOf(level: string | undefined): { integrity: string; integrity_id: number } | undefined {
  if (level === undefined) return undefined;
  const name = INTEGRITY_OF_SID.get(level) ?? level;
  const id = INTEGRITY.get(name);
  return { integrity: id === 6 ? "Protected" : name, integrity_id: id ?? 99 };
}
