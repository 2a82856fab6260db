/** Fields that several Sysmon events share. */
import type { OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import type { WindowsEvent } from "../decoders/windows-event.ts";
import { property } from "../read-json.ts";
import { hashOf, processId, processOf, userOf } from "./objects.ts";
import { field } from "./windows.ts";

type Data = WindowsEvent["data"];

/** The acting process of an event, as `processOf` takes it. */
export function imageOf(data: Data): { image: string | undefined; pid: number | undefined; uid: string | undefined } {
  return { image: field(data, "Image"), pid: processId(property(data, "ProcessId")), uid: field(data, "ProcessGuid") };
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
  const hashes = value.split(",").flatMap((part) => {
    const equals = part.indexOf("=");
    return hashOf(part.slice(0, Math.max(equals, 0)), part.slice(equals + 1)) ?? [];
  });
  return hashes.length === 0 ? undefined : hashes;
}

const INTEGRITY: Readonly<Record<string, number>> = { untrusted: 1, low: 2, medium: 3, high: 4, system: 5, protected: 6 };

/** Level by name, or by its SID as Windows writes it where it cannot look the name up. */
export function integrityOf(level: string | undefined): { integrity: string; integrity_id: number } | undefined {
  if (level === undefined) return undefined;
  const rid = /^S-1-16-(\d{1,5})$/.exec(level)?.[1];
  const id = rid === undefined ? (Object.hasOwn(INTEGRITY, level.toLowerCase()) ? INTEGRITY[level.toLowerCase()] : undefined) : Math.min(Math.floor(Number(rid) / 4096) + 1, 6);
  const name = Object.keys(INTEGRITY).find((key) => INTEGRITY[key] === id);
  return id === undefined || name === undefined ? { integrity: level, integrity_id: 99 } : { integrity: name.charAt(0).toUpperCase() + name.slice(1), integrity_id: id };
}
