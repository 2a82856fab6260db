/**
 * OneLogin events -> Authentication (3002) for log-ins, Account Change (3001) for what happens to an account, API
 * Activity (6003) for the rest. Input: events of the Events API, webhooks and streams; what happened is a number.
 *
 * @see https://developers.onelogin.com/api-docs/1/events/event-resource
 */
import type { JsonObject, OcsfEvent, OcsfResource, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, outcomeStatus, sourceEndpoint, unmappedRest, userType } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { property, text, textOf } from "../read-json.ts";
import { createSignOn, isNamed } from "../sign-on.ts";

const PRODUCT = { name: "OneLogin", vendor_name: "One Identity" };

const PLACED: ReadonlySet<string> = new Set([
  "id",
  "uuid",
  "event_type_id",
  "created_at",
  "event_timestamp",
  "ipaddr",
  "user_agent",
]);

export default defineMap({
  id: "onelogin",
  title: "OneLogin events",
  product: PRODUCT,
  reference: "https://developers.onelogin.com/api-docs/1/events/event-types",
  lane: "identity",
  exporting: "Poll `/api/1/events`, or Developers, Webhooks, 'Event Webhook for Log Management' with a JSON format.",
  limits: [
    "Tells that somebody signed in to an application, not what was done there.",
    "What happened is a number; numbers not known here are kept as they are.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || !Object.hasOwn(json, "event_type_id")) return 0;
  if (
    Object.hasOwn(json, "actor_user_id") ||
    Object.hasOwn(json, "ipaddr") ||
    Object.hasOwn(json, "assuming_acting_user_id")
  )
    return 1;
  return Object.hasOwn(json, "user_id") && Object.hasOwn(json, "user_name") ? 0.9 : 0;
}

const LOG_INS: ReadonlyMap<
  string,
  { readonly activity: 1 | 2 | 7; readonly succeeded: boolean; readonly message: string }
> = new Map([
  ["3", { activity: 7, succeeded: true, message: "User assumed another user" }],
  ["5", { activity: 1, succeeded: true, message: "User logged into OneLogin" }],
  ["6", { activity: 1, succeeded: false, message: "User failed OneLogin login" }],
  ["7", { activity: 2, succeeded: true, message: "User logged out of OneLogin" }],
  ["8", { activity: 1, succeeded: true, message: "User logged into app" }],
  ["9", { activity: 1, succeeded: false, message: "User failed app login" }],
  ["90", { activity: 1, succeeded: false, message: "User denied access to app" }],
]);

const ACCOUNT_CHANGES: ReadonlyMap<string, { readonly activity: number; readonly message: string }> = new Map([
  ["11", { activity: 3, message: "User changed password" }],
  ["13", { activity: 1, message: "User created" }],
  ["16", { activity: 99, message: "User updated" }],
  ["17", { activity: 6, message: "User deleted" }],
  ["24", { activity: 11, message: "User removed authentication factor" }],
  ["172", { activity: 11, message: "User removed authentication factor" }],
  ["531", { activity: 9, message: "User locked" }],
  ["551", { activity: 9, message: "User locked" }],
  ["553", { activity: 9, message: "User locked" }],
]);

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("onelogin: not a JSON object");
  const type = textOf(json, "event_type_id");
  if (type === undefined) throw new MalformedInputError("onelogin: the record has no event_type_id");

  const base = {
    product: PRODUCT,
    time:
      parseTime(property(json, "event_timestamp")) ??
      parseTime(property(json, "created_at")) ??
      parseTime(property(json, "p_event_time")) ??
      syslog?.time ??
      environment.fileModifiedTime,
    uid: textOf(json, "uuid") ?? textOf(json, "id"),
    event_code: type,
  };
  const subject = userOf(json, "user_id", "user_name");
  const actor = userOf(json, "actor_user_id", "actor_user_name");
  const source = sourceEndpoint(property(json, "ipaddr"));
  const agent = text(json, "user_agent");
  const application = text(json, "app_name");
  const unmapped = unmappedRest(json, PLACED);

  const logIn = LOG_INS.get(type);
  if (logIn !== undefined) {
    return createSignOn(base, {
      ...logIn,
      user: isNamed(subject) ? subject : actor,
      by: logIn.activity === 7 && isNamed(actor) ? actor : undefined,
      service: application ?? "OneLogin",
      source,
      detail: text(json, "error_description") ?? text(json, "notes"),
      userAgent: agent,
      unmapped,
    });
  }
  const by = apiActor(isNamed(actor) ? actor : subject);
  const http_request = agent === undefined ? undefined : { user_agent: agent };
  const change = ACCOUNT_CHANGES.get(type);
  if (change !== undefined && isNamed(subject)) {
    return createEvent(3001, change.activity, base, {
      ...outcomeStatus(true),
      message: change.message,
      actor: by,
      user: subject,
      src_endpoint: source,
      http_request,
      unmapped,
    });
  }
  return createEvent(6003, 99, base, {
    message: text(json, "notes"),
    actor: by,
    api: { operation: `event_type_${type}`, service: { name: "OneLogin" } },
    resources: resourcesOf(json, actor),
    src_endpoint: source,
    http_request,
    unmapped,
  });
}

/** What an event is about, in the order OneLogin's own sentences name it; undefined when it names nothing. */
const SUBJECTS = [
  ["app", "application"],
  ["role", "role"],
  ["group", "group"],
  ["otp_device", "authentication factor"],
  ["policy", "policy"],
  ["user", "user"],
] as const;

function resourcesOf(json: JsonObject, actor: OcsfUser): OcsfResource[] | undefined {
  const resources = SUBJECTS.flatMap(([key, type]) => {
    const name = text(json, `${key}_name`);
    const uid = textOf(json, `${key}_id`);
    // who did something to themselves is told already
    const isActor = key === "user" && (isNamed(actor) ? uid === actor.uid : true);
    return (name === undefined && uid === undefined) || isActor ? [] : [{ name, uid, type }];
  });
  return resources.length === 0 ? undefined : resources;
}

function userOf(json: JsonObject, idKey: string, nameKey: string): OcsfUser {
  const name = text(json, nameKey);
  return { name, uid: textOf(json, idKey), email_addr: emailAddress(name), ...userType(false) };
}
