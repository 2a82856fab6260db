/** What events of all Windows channels share: how a field is read, who and where, and the original fields kept for public rules. */
import type { OcsfDevice, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import type { WindowsEvent } from "../decoders/windows-event.ts";
import { createEvent, type ClassUid, type EventBase } from "../ocsf.ts";
import { textOf } from "../read-json.ts";
import { actorOr, deviceOf, type OperatingSystem } from "./objects.ts";

type EventFields = Parameters<typeof createEvent>[3];

/** A field of EventData as text; Windows writes `-` for nothing. */
export function field(data: WindowsEvent["data"], name: string): string | undefined {
  const value = textOf(data, name);
  // Sysmon for Linux prints what it could not tell as C does
  return value === "-" || value === "(null)" ? undefined : value;
}

/** A field that is a hexadecimal or decimal mask. */
export function mask(data: WindowsEvent["data"], name: string): number | undefined {
  const value = textOf(data, name);
  return value !== undefined && /^(?:0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(value) ? Number(value) : undefined;
}

/** The event with the field under conversion: everything a handler needs. */
export interface WindowsSubject {
  readonly event: WindowsEvent;
  readonly data: WindowsEvent["data"];
  readonly base: EventBase;
  readonly device: OcsfDevice;
}

/**
 * @param time ms since 1970 UTC: the event's own time where its fields tell it better than its header
 * @throws {MalformedInputError} when the event has no readable time
 */
export function subjectOf(
  event: WindowsEvent,
  product: EventBase["product"],
  os: OperatingSystem,
  time = event.time,
): WindowsSubject {
  if (time === undefined)
    throw new MalformedInputError(`${event.provider || "Windows"} event ${event.eventId} without a readable time`);
  const { recordId, computer } = event;
  return {
    event,
    data: event.data,
    device: deviceOf(computer, os),
    base: {
      product,
      time,
      // Record ids begin anew when a log is cleared: the time tells two such records apart.
      uid:
        recordId === undefined || computer === undefined
          ? undefined
          : `${computer}:${event.channel}:${recordId}:${time}`,
      event_code: String(event.eventId),
    },
  };
}

/** An event of the class with its original fields under `unmapped`, where public rules look for them. */
export function windowsActivity(
  subject: WindowsSubject,
  classUid: ClassUid,
  activityId: number,
  fields: EventFields,
): OcsfEvent {
  const { event, base, device } = subject;
  const activity = createEvent(classUid, activityId, base, {
    ...fields,
    actor: actorOr(fields.actor, base.product.name),
    device,
    unmapped: originalFields(event),
  });
  if (classUid === 0 || classUid >= 3000) activity.metadata.profiles = ["host"];
  if (event.channel !== "") activity.metadata.log_name = event.channel;
  if (event.provider !== "") activity.metadata.log_provider = event.provider;
  return activity;
}

/** Fields that were gathered for this event are completed in place: copying an object without prototype is slow. */
function originalFields(event: WindowsEvent): Record<string, unknown> {
  const header = { EventID: event.eventId, Channel: event.channel, Provider_Name: event.provider };
  return event.ownsData ? Object.assign(event.data, header) : { ...event.data, ...header };
}
