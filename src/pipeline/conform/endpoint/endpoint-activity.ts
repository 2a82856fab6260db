/** The constructor that maps of endpoint sensors share. */
import type { JsonObject, OcsfDevice, OcsfEvent } from "../../../model/activity.ts";
import { createEvent, type ClassUid, type EventBase } from "../ocsf.ts";
import { actorOr } from "./objects.ts";

type EventFields = Parameters<typeof createEvent>[3];

/** What one record says of every event made of it. */
export interface EndpointSubject {
  readonly base: EventBase;
  readonly device: OcsfDevice;
  /** What has no home in OCSF. */
  readonly unmapped?: Record<string, unknown> | undefined;
}

/** An event of the class; where the class does not foresee a machine and a program, it declares the profile that does. */
export function endpointActivity(
  { base, device, unmapped }: EndpointSubject,
  classUid: ClassUid,
  activityId: number,
  fields: EventFields,
): OcsfEvent {
  const activity = createEvent(classUid, activityId, base, {
    ...fields,
    actor: actorOr(fields.actor, base.product.name),
    device,
    unmapped,
  });
  if (classUid === 0 || classUid >= 3000) activity.metadata.profiles = ["host"];
  return activity;
}

/** The top-level members of a record that a map does not read, by their names; undefined when there are none. */
export function leftover(json: JsonObject, read: ReadonlySet<string>): Record<string, unknown> | undefined {
  let rest: Record<string, unknown> | undefined;
  for (const key of Object.keys(json)) {
    if (read.has(key)) continue;
    rest ??= Object.create(null) as Record<string, unknown>;
    rest[key] = json[key];
  }
  return rest;
}
