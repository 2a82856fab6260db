/**
 * Duo Security logs -> Authentication (3002) for authentications, API Activity (6003) for administrator actions:
 * authentication log v2 and v1, administrator log, offline enrolment log, activity log, telephony log v1 and v2.
 *
 * @see https://duo.com/docs/adminapi#authentication-logs
 * @see https://duo.com/docs/adminapi#activity-logs
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  unmappedRest,
  userType,
} from "../api-activity.ts";
import { parseJson } from "../decode.ts";
import { isIpAddress, portOf } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { object, property, text, textOf } from "../read-json.ts";
import { createSignOn, locate } from "../sign-on.ts";

const PRODUCT = { name: "Duo", vendor_name: "Cisco" };

const PLACED: ReadonlySet<string> = new Set([
  "isotimestamp",
  "timestamp",
  "ts",
  "txid",
  "activity_id",
  "result",
  "reason",
]);

export default defineMap({
  id: "duo",
  title: "Duo authentication, administrator, activity and telephony logs",
  product: PRODUCT,
  reference: "https://duo.com/docs/adminapi#logs",
  lane: "identity",
  exporting:
    "Poll the Admin API (`/admin/v2/logs/authentication`, `/admin/v1/logs/administrator`, " +
    "`/admin/v2/logs/activity`, `/admin/v2/logs/telephony`) with Duo Log Sync or your own script, as JSON.",
  limits: [
    "Sees the second factor only, for the applications that ask Duo.",
    "Administrator records carry no address; telephony records name a telephone, not a person.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || Object.hasOwn(json, "ecs") || Object.hasOwn(json, "class_uid")) return 0;
  if (
    Object.hasOwn(json, "access_device") &&
    (Object.hasOwn(json, "auth_device") || Object.hasOwn(json, "txid") || Object.hasOwn(json, "activity_id"))
  )
    return 1;
  if (
    Object.hasOwn(json, "isotimestamp") &&
    typeof property(json, "action") === "string" &&
    (Object.hasOwn(json, "object") || Object.hasOwn(json, "username"))
  )
    return 1;
  if (isTelephony(json)) return 1;
  // the authentication log of the first version of the API
  if (Object.hasOwn(json, "integration") && Object.hasOwn(json, "factor") && Object.hasOwn(json, "new_enrollment"))
    return 1;
  if (Object.hasOwn(json, "isotimestamp") && Object.hasOwn(json, "factor") && Object.hasOwn(json, "result")) return 1;
  return object(json, "action") !== undefined && Object.hasOwn(json, "activity_id") && Object.hasOwn(json, "actor")
    ? 0.9
    : 0;
}

/** A call or message that Duo paid for: `credits` is Duo's own currency. */
function isTelephony(json: JsonObject): boolean {
  return (
    Object.hasOwn(json, "credits") &&
    Object.hasOwn(json, "phone") &&
    Object.hasOwn(json, "context") &&
    (Object.hasOwn(json, "telephony_id") || Object.hasOwn(json, "isotimestamp"))
  );
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("duo: not a JSON object");
  const action = text(json, "action") ?? text(object(json, "action"), "name");
  const factor = text(json, "factor");
  const result = text(json, "result");
  const base: EventBase = {
    product: PRODUCT,
    time:
      parseTime(property(json, "isotimestamp")) ??
      parseTime(property(json, "ts")) ??
      parseTime(property(json, "timestamp")) ??
      syslog?.time ??
      environment.fileModifiedTime,
    uid: text(json, "telephony_id") ?? text(json, "txid") ?? text(json, "activity_id"),
    event_code: action ?? (isTelephony(json) ? "telephony" : undefined) ?? text(json, "event_type") ?? "authentication",
  };
  if (action !== undefined) return administration(json, action, base);
  if (isTelephony(json)) return telephony(json, base);
  if (result === undefined && factor === undefined)
    throw new MalformedInputError("duo: neither an action nor a result");

  const succeeded = result === undefined ? undefined : /^(?:success|allow)$/i.test(result);
  return createSignOn(base, {
    activity: 1,
    user: userOf(json),
    service: text(object(json, "application"), "name") ?? text(json, "integration") ?? "Duo",
    source: sourceOf(json),
    succeeded,
    detail: text(json, "reason"),
    code: result,
    isMfa: factor === undefined || factor === "not_available" || factor === "n/a" ? undefined : true,
    unmapped: unmappedRest(json, PLACED),
  });
}

/** Duo called or sent a message; `type` says which, `context` what for. */
function telephony(json: JsonObject, base: EventBase): OcsfEvent {
  const phone = text(json, "phone");
  return createEvent(6003, 99, base, {
    actor: apiActor({}),
    api: { operation: `telephony.${text(json, "type") ?? "unknown"}`, service: { name: "Duo" } },
    message: text(json, "context"),
    resources: phone === undefined ? undefined : [{ name: phone, type: "telephone" }],
    src_endpoint: sourceEndpoint(undefined),
    unmapped: unmappedRest(json, PLACED),
  });
}

function administration(json: JsonObject, action: string, base: EventBase): OcsfEvent {
  const actor = object(json, "actor");
  const name = text(json, "username") ?? text(actor, "name");
  const description = jsonOf(json, "description");
  const source = sourceOf(json, text(description, "ip_address"));
  if (action === "admin_login" || action === "admin_login_error" || action === "admin_2fa_error") {
    const email = emailAddress(text(description, "email")) ?? emailAddress(name);
    return createSignOn(base, {
      activity: 1,
      user: { name, email_addr: email, ...userType(false) },
      service: "Duo Admin Panel",
      source,
      succeeded: action === "admin_login",
      detail: text(description, "error"),
      isMfa: text(description, "factor") === undefined ? undefined : true,
      unmapped: unmappedRest(json, PLACED),
    });
  }
  const target = object(json, "target");
  const agent = text(description, "user_agent") ?? text(jsonOf(target, "details"), "user_agent");
  const hostname = text(description, "hostname");
  if (hostname !== undefined) source.hostname = hostname;
  const result = text(object(json, "outcome"), "result");
  const affected = text(json, "object") ?? text(target, "name");
  return createEvent(6003, operationActivity(action), base, {
    ...outcomeStatus(result === undefined ? undefined : /^success$/i.test(result)),
    actor: apiActor({
      name,
      uid: text(actor, "key"),
      email_addr: emailAddress(name),
      ...userType(/^(?:api|system|integration)$/i.test(text(actor, "type") ?? name ?? "")),
    }),
    api: { operation: action, service: { name: "Duo" } },
    resources:
      affected === undefined
        ? undefined
        : [{ name: affected, uid: text(target, "key"), type: text(target, "type") ?? "unknown" }],
    src_endpoint: source,
    http_request: agent === undefined ? undefined : { user_agent: agent },
    unmapped: unmappedRest(json, PLACED),
  });
}

/** Administrator records keep what is particular to the action as JSON text, activity records what they tell of actor and target. */
function jsonOf(json: JsonObject | undefined, key: string): JsonObject | undefined {
  const description = text(json, key);
  if (description === undefined || !description.startsWith("{")) return undefined;
  try {
    return parseJson(description) as JsonObject;
  } catch (error) {
    if (error instanceof MalformedInputError) return undefined;
    throw error;
  }
}

function userOf(json: JsonObject): OcsfUser {
  const user = object(json, "user");
  const name = text(user, "name") ?? text(json, "username") ?? text(json, "alias");
  return {
    name,
    uid: text(user, "key") ?? textOf(json, "user_id"),
    email_addr: emailAddress(text(json, "email")) ?? emailAddress(name),
    ...userType(false),
  };
}

/** An address before a port in the ways that RFC 5952 lists for IPv6: `…:4242`, `…#4242`, `…p4242`, `… port 4242`, `….4242`. */
const WITH_PORT = /^\[?([0-9a-f:.]{2,45}?)\]?(?:[:#p.]| port )(\d{1,5})$/i;

/** Where the person works (`access_device`), not where the telephone is that answered (`auth_device`). */
function sourceOf(json: JsonObject, described?: string): OcsfEndpoint {
  const device = object(json, "access_device");
  const place = object(device, "location") ?? object(json, "location");
  const address = text(object(device, "ip"), "address") ?? property(device, "ip") ?? property(json, "ip") ?? described;
  const written = typeof address === "string" && !isIpAddress(address) ? WITH_PORT.exec(address) : null;
  const endpoint = locate(
    sourceEndpoint(written?.[1] ?? address),
    text(place, "country"),
    text(place, "city"),
    text(place, "state"),
  );
  if (written !== null) endpoint.port = portOf(Number(written[2]));
  const hostname = text(device, "hostname");
  if (hostname !== undefined) endpoint.hostname = hostname;
  return endpoint;
}
