/** Activity -> the facts that a match carries into correlation and escalation. */
import type { Activity } from "../../model/activity.ts";
import type { Lane, Match } from "../../model/incident.ts";
import { describeEvent } from "./describe.ts";

/** Longest value a match carries of one field: group keys, not payloads. */
const MAX_VALUE = 512;

/**
 * @param rule id of the rule that holds
 * @param fields fields its correlations need, each with its reader
 */
export function toMatch(
  activity: Activity,
  rule: string,
  lane: Lane,
  fields: readonly { readonly name: string; readonly read: (activity: Activity) => unknown }[],
): Match {
  const { event, context, source } = activity;
  const { destination } = context;
  const carried: Record<string, string> = Object.create(null) as Record<string, string>;
  const what = describeEvent(event);
  if (what !== "") carried["what"] = what;
  for (const { name, read } of fields) {
    const value = asText(read(activity));
    if (value !== "") carried[name] = value.slice(0, MAX_VALUE);
  }
  return {
    rule,
    activity_uid: event.metadata.uid ?? "",
    time: event.time,
    source,
    lane,
    class_uid: event.class_uid,
    actor: context.actor.name ?? "",
    actor_names: context.actor.names,
    host: context.host.name ?? "",
    host_role: context.host.role ?? "",
    address: context.address.ip ?? "",
    destination: destination?.name ?? "",
    destination_host: destination?.host ?? "",
    destination_owner: destination?.owner ?? "",
    verdict: destination?.verdict ?? "",
    visibility: destination?.visibility ?? "unknown",
    look_alike_of: destination?.look_alike_of ?? "",
    seen_by: destination?.seen_by ?? "",
    operation: destination?.operation ?? "",
    bytes_out: event.traffic?.bytes_out ?? null,
    connection_uid: event.connection_info?.uid ?? "",
    fields: carried,
  };
}

/** The first scalar: a group has one value. */
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? asText(value[0]) : "";
}
