/**
 * Auth0 tenant logs -> Authentication (3002) for log-ins, Account Change (3001) for what happens to an account, API
 * Activity (6003) for management API calls and the rest. Input: stream records (`log_id`, `data`) or bare log entries.
 *
 * @see https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes
 */
import type { JsonObject, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  methodActivity,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  unmappedRest,
  userType,
} from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { integer, object, property, text } from "../read-json.ts";
import { createSignOn, isNamed, locate } from "../sign-on.ts";

const PRODUCT = { name: "Auth0", vendor_name: "Okta" };

const PLACED: ReadonlySet<string> = new Set(["date", "log_id", "_id", "ip", "description", "user_agent"]);

export default defineMap({
  id: "auth0",
  title: "Auth0 tenant logs",
  product: PRODUCT,
  reference: "https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes",
  lane: "identity",
  exporting:
    "A log stream (Monitoring, Streams: webhook, EventBridge, Event Grid) or the Management API's " +
    "`/api/v2/logs`, stored as JSON.",
  limits: [
    "Tells that somebody signed in to an application, not what was done there.",
    "Event types are short codes; new ones are kept as they are.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || Object.hasOwn(json, "ecs") || Object.hasOwn(json, "class_uid")) return 0;
  const data = object(json, "data") ?? json;
  if (text(data, "type") === undefined || property(data, "date") === undefined) return 0;
  if (property(json, "p_log_type") === "Auth0.Events") return 1;
  if (text(json, "log_id") === undefined) return 0;
  return data !== json ||
    Object.hasOwn(data, "client_id") ||
    Object.hasOwn(data, "connection_id") ||
    Object.hasOwn(data, "strategy") ||
    Object.hasOwn(data, "_id")
    ? 1
    : 0.6;
}

/** Log-in codes: 1 Logon, 2 Logoff, and whether it went well. */
const LOG_INS: ReadonlyMap<
  string,
  { readonly activity: 1 | 2; readonly succeeded: boolean; readonly isMfa?: boolean }
> = new Map([
  ["s", { activity: 1, succeeded: true }],
  ["ssa", { activity: 1, succeeded: true }],
  ["sepft", { activity: 1, succeeded: true }],
  ["seacft", { activity: 1, succeeded: true }],
  ["sercft", { activity: 1, succeeded: true }],
  ["sertft", { activity: 1, succeeded: true }],
  ["sens", { activity: 1, succeeded: true }],
  ["gd_auth_succeed", { activity: 1, succeeded: true, isMfa: true }],
  ["f", { activity: 1, succeeded: false }],
  ["fp", { activity: 1, succeeded: false }],
  ["fu", { activity: 1, succeeded: false }],
  ["fsa", { activity: 1, succeeded: false }],
  ["fcoa", { activity: 1, succeeded: false }],
  ["fens", { activity: 1, succeeded: false }],
  ["feoobft", { activity: 1, succeeded: false, isMfa: true }],
  ["feotpft", { activity: 1, succeeded: false, isMfa: true }],
  ["fepft", { activity: 1, succeeded: false }],
  ["feacft", { activity: 1, succeeded: false }],
  ["fertft", { activity: 1, succeeded: false }],
  ["ferrt", { activity: 1, succeeded: false }],
  ["pwd_leak", { activity: 1, succeeded: false }],
  ["limit_wc", { activity: 1, succeeded: false }],
  ["limit_mu", { activity: 1, succeeded: false }],
  ["gd_auth_failed", { activity: 1, succeeded: false, isMfa: true }],
  ["gd_auth_rejected", { activity: 1, succeeded: false, isMfa: true }],
  ["slo", { activity: 2, succeeded: true }],
  ["flo", { activity: 2, succeeded: false }],
]);

/** Account codes: activity_id of Account Change, and whether it went well. */
const ACCOUNT_CHANGES: ReadonlyMap<string, { readonly activity: number; readonly succeeded: boolean }> = new Map([
  ["ss", { activity: 1, succeeded: true }],
  ["fs", { activity: 1, succeeded: false }],
  ["signup_pwd_leak", { activity: 1, succeeded: false }],
  ["scp", { activity: 3, succeeded: true }],
  ["fcp", { activity: 3, succeeded: false }],
  ["scpr", { activity: 4, succeeded: true }],
  ["fcpr", { activity: 4, succeeded: false }],
  ["sdu", { activity: 6, succeeded: true }],
  ["fdu", { activity: 6, succeeded: false }],
  ["sce", { activity: 99, succeeded: true }],
  ["fce", { activity: 99, succeeded: false }],
  ["gd_enrollment_complete", { activity: 10, succeeded: true }],
  ["gd_unenroll", { activity: 11, succeeded: true }],
]);

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("auth0: not a JSON object");
  const data = object(json, "data") ?? json;
  const type = text(data, "type");
  if (type === undefined) throw new MalformedInputError("auth0: the record has no type");

  const base: EventBase = {
    product: PRODUCT,
    time:
      parseTime(property(data, "date")) ??
      parseTime(property(json, "p_event_time")) ??
      syslog?.time ??
      environment.fileModifiedTime,
    uid: text(json, "log_id") ?? text(data, "log_id") ?? text(data, "_id"),
    event_code: type,
  };
  const request = object(object(data, "details"), "request");
  const user = userOf(data, request);
  const place = object(data, "location_info");
  const source = locate(
    sourceEndpoint(property(data, "ip") ?? property(request, "ip")),
    text(place, "country_code") ?? text(place, "country_name"),
    text(place, "city_name"),
  );
  const agent = text(data, "user_agent") ?? text(request, "userAgent");
  const description = text(data, "description");
  const unmapped = unmappedRest(data, PLACED);

  const logIn = LOG_INS.get(type);
  if (logIn !== undefined) {
    return createSignOn(base, {
      ...logIn,
      user,
      service: text(data, "client_name") ?? "Auth0",
      source,
      detail: logIn.succeeded ? undefined : description,
      message: description,
      sessionUid: text(data, "session_id"),
      userAgent: agent,
      unmapped,
    });
  }
  const change = ACCOUNT_CHANGES.get(type);
  if (change !== undefined && isNamed(user)) {
    return createEvent(3001, change.activity, base, {
      ...outcomeStatus(change.succeeded),
      message: description,
      actor: apiActor(user),
      user,
      src_endpoint: source,
      http_request: agent === undefined ? undefined : { user_agent: agent },
      unmapped,
    });
  }
  return managementCall(base, data, request, { user, source, agent, unmapped });
}

/** A call of the management API (`sapi`, `fapi`), with its path and method, or any other event. */
function managementCall(
  base: EventBase,
  data: JsonObject,
  request: JsonObject | undefined,
  known: {
    user: OcsfUser;
    source: OcsfEvent["src_endpoint"];
    agent: string | undefined;
    unmapped: Record<string, unknown>;
  },
): OcsfEvent {
  const type = base.event_code ?? "";
  const description = text(data, "description");
  const method = text(request, "method")?.toUpperCase();
  const path = text(request, "path");
  const code = integer(object(object(data, "details"), "response"), "statusCode");
  const operation = description !== undefined && /^[sf]api$|^mgmt_api_read$/.test(type) ? description : type;
  return createEvent(6003, method === undefined ? operationActivity(operation) : methodActivity(method), base, {
    ...outcomeStatus(code === undefined ? undefined : code < 400),
    message: description,
    actor: apiActor(known.user, text(object(object(request, "auth"), "credentials"), "jti")),
    api: { operation, service: { name: "Auth0" }, response: code === undefined ? undefined : { code } },
    resources: path === undefined ? undefined : [{ name: path, type: "management-api" }],
    src_endpoint: known.source,
    http_request:
      method === undefined && path === undefined && known.agent === undefined
        ? undefined
        : { http_method: method, url: path === undefined ? undefined : { path }, user_agent: known.agent },
    http_response: code === undefined ? undefined : { code },
    unmapped: known.unmapped,
  });
}

function userOf(data: JsonObject, request: JsonObject | undefined): OcsfUser {
  const caller = object(object(request, "auth"), "user");
  const email = emailAddress(text(caller, "email")) ?? emailAddress(text(data, "user_name"));
  const name = text(data, "user_name") ?? email ?? text(caller, "name");
  return { name, uid: text(data, "user_id") ?? text(caller, "user_id"), email_addr: email, ...userType(false) };
}
