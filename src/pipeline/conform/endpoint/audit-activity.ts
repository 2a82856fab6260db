/** What all events of the Linux audit system have in common in OCSF. */
import type { OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import type { AuditEvent, AuditUser } from "../decoders/audit-event.ts";
import { createEvent, type ClassUid, type EventBase } from "../ocsf.ts";
import { actorOr, deviceOf } from "./objects.ts";

type EventFields = Parameters<typeof createEvent>[3];

/** An event of the class with what all audit events carry. */
export function auditActivity(
  event: AuditEvent,
  product: EventBase["product"],
  classUid: ClassUid,
  activityId: number,
  fields: EventFields,
): OcsfEvent {
  const base = {
    product,
    time: event.time,
    uid: `${event.host ?? ""}:${event.id}`,
    event_code: event.syscall ?? event.types[0],
  };
  const activity = createEvent(classUid, activityId, base, {
    ...fields,
    actor: actorOr(fields.actor, product.name),
    device: deviceOf(event.host, "linux"),
    unmapped: originalFields(event),
  });
  if (classUid >= 3000) activity.metadata.profiles = ["host"];
  return activity;
}

/** Who logged in stays the same through su and sudo; daemons have only the user they run as. */
export function personOf(event: AuditEvent): OcsfUser | undefined {
  return account(event.loginUser) ?? account(event.user);
}

export function account({ uid, name }: AuditUser): OcsfUser | undefined {
  if (uid === undefined && name === undefined) return undefined;
  return { name: name ?? (uid === "0" ? "root" : undefined), uid };
}

export function statusOf(success: boolean | undefined): { status_id?: number; status?: string } {
  if (success === undefined) return {};
  return success ? { status_id: 1, status: "Success" } : { status_id: 2, status: "Failure" };
}

/** Under the names of the records, where public rules look: `type`, `a0` …, `name`, `exe`, `key`. */
function originalFields(event: AuditEvent): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    type: event.types,
    syscall: event.syscall,
    exe: event.exe,
    comm: event.comm,
    key: event.key,
    tty: event.terminal,
    ses: event.session,
    auid: event.loginUser.uid,
    uid: event.user.uid,
    exit: event.exit,
    success: event.success === undefined ? undefined : event.success ? "yes" : "no",
    cwd: event.cwd,
  };
  event.argv?.slice(0, 64).forEach((argument, index) => (fields[`a${index}`] = argument));
  if (event.paths.length > 0) fields["name"] = event.paths.map(({ name }) => name);
  if (event.title !== undefined) fields["proctitle"] = event.title.join(" ");
  return fields;
}
