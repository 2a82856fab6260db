/** Activity -> the facts that a match carries into correlation and escalation. */
import type { Activity, OcsfEvent } from "../../model/activity.ts";
import type { Lane, Match } from "../../model/incident.ts";
import { describeEvent } from "./describe.ts";

/** Longest value a match carries of one field: group keys, not payloads. */
const MAX_VALUE = 512;

/** What all matches of one activity have in common. */
export interface Facts {
  readonly shared: Omit<Match, "rule" | "fields">;
  /** As in Subject. */
  readonly what: string;
}

/** A field that correlations need, with its reader. */
export interface CarriedField {
  readonly name: string;
  readonly read: (activity: Activity) => unknown;
}

/**
 * @param facts of the activity
 * @param rule id of the rule that holds
 * @param fields fields its correlations need
 */
export function toMatch(activity: Activity, facts: Facts, rule: string, fields: readonly CarriedField[]): Match {
  const { shared, what } = facts;
  const carried: Record<string, string> = Object.create(null) as Record<string, string>;
  if (what !== "") carried["what"] = what;
  for (const { name, read } of fields) {
    const value = asText(read(activity));
    if (value !== "") carried[name] = value.slice(0, MAX_VALUE);
  }
  return { ...shared, rule, fields: carried };
}

export function factsOf(activity: Activity, lane: Lane): Facts {
  const { event, context, source } = activity;
  const { destination } = context;
  const shared: Facts["shared"] = {
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
    answers: answersOf(event),
  };
  return { shared, what: describeEvent(event) };
}

/** Addresses among the answers of a DNS activity; a name with more than these is served by half the internet. */
const MAX_ANSWERS = 16;
const NO_ANSWERS: readonly string[] = [];

function answersOf({ class_uid, answers }: OcsfEvent): readonly string[] {
  if (class_uid !== 4003 || !Array.isArray(answers)) return NO_ANSWERS;
  const addresses = answers.flatMap(({ rdata }) => (typeof rdata === "string" && ADDRESS.test(rdata) ? [rdata] : []));
  return addresses.slice(0, MAX_ANSWERS);
}

/** Enough to tell an address from a name: it is only compared with addresses. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7})$/i;

/** The first scalar: a group has one value. */
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? asText(value[0]) : "";
}
