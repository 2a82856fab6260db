/**
 * Okta System Log -> Authentication (3002) for sessions and sign-ons, Account Change (3001) for what happens to an
 * account, API Activity (6003) for the rest.
 *
 * Keys are read in Okta's spelling and in lower case, as warehouses store them.
 *
 * @see https://developer.okta.com/docs/reference/api/system-log/
 * @see https://developer.okta.com/docs/reference/api/event-types/
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfResource, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, operationActivity, sourceEndpoint, unmappedRest, userType } from "../api-activity.ts";
import { countryCode } from "../decoders/country.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent, type ClassUid } from "../ocsf.ts";
import { integer, list, object, property, text } from "../read-json.ts";
import { isNamed, NOBODY } from "../sign-on.ts";

const PRODUCT = { name: "Okta System Log", vendor_name: "Okta" };

const PLACED: ReadonlySet<string> = new Set([
  "uuid",
  "published",
  "eventType",
  "eventtype",
  "displayMessage",
  "displaymessage",
  "severity",
]);

export default defineMap({
  id: "okta-system-log",
  title: "Okta System Log",
  product: PRODUCT,
  reference: "https://developer.okta.com/docs/reference/api/system-log/",
  lane: "identity",
  exporting: "Poll `/api/v1/logs` as JSON, or a log stream to EventBridge or Splunk.",
  limits: [
    "Tells that somebody signed in to a code host, not what was done there.",
    "A session that is already open at the code host signs in without Okta.",
    "Addresses behind a proxy or Okta's own agents may be those of the proxy.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || Object.hasOwn(json, "ecs") || Object.hasOwn(json, "class_uid")) return 0;
  const eventType = text(json, "eventType") ?? text(json, "eventtype");
  if (eventType === undefined || !/^[a-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+$/.test(eventType)) return 0;
  if (
    property(json, "p_log_type") === "Okta.SystemLog" ||
    Object.hasOwn(json, "legacyEventType") ||
    Object.hasOwn(json, "legacyeventtype")
  )
    return 1;
  const actor = object(json, "actor");
  if (actor !== undefined && Object.hasOwn(actor, "alternateId")) return 1;
  return Object.hasOwn(json, "published") && object(json, "outcome") !== undefined ? 0.9 : 0;
}

/** Event type -> activity_id of Account Change. */
const ACCOUNT_CHANGES: ReadonlyMap<string, number> = new Map([
  ["user.lifecycle.create", 1],
  ["user.lifecycle.activate", 2],
  ["user.lifecycle.reactivate", 2],
  ["user.lifecycle.unsuspend", 2],
  ["user.account.update_password", 3],
  ["user.account.reset_password", 4],
  ["user.account.expire_password", 4],
  ["user.lifecycle.deactivate", 5],
  ["user.lifecycle.suspend", 5],
  ["user.lifecycle.delete.initiated", 6],
  ["user.lifecycle.delete.completed", 6],
  ["user.account.lock", 9],
  ["user.mfa.factor.activate", 10],
  ["user.mfa.factor.unsuspend", 10],
  ["user.mfa.factor.deactivate", 11],
  ["user.mfa.factor.suspend", 11],
  ["user.mfa.factor.reset_all", 11],
  ["system.mfa.factor.deactivate", 11],
  ["user.account.unlock", 12],
]);

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("okta-system-log: not a JSON object");
  const eventType = text(json, "eventType") ?? text(json, "eventtype");
  if (eventType === undefined) throw new MalformedInputError("okta-system-log: the record has no eventType");

  const targets = list(json, "target");
  const context = either(json, "authenticationContext");
  const debug = object(either(json, "debugContext"), "debugData");
  const outcome = object(json, "outcome");
  const reason = text(outcome, "reason");
  const message = text(json, "displayMessage") ?? text(json, "displaymessage");
  const user = userOf(object(json, "actor"));
  const sessionUid = text(context, "externalSessionId");
  const common = {
    ...statusOf(text(outcome, "result")),
    status_detail: reason,
    message,
    src_endpoint: sourceOf(json),
    ...requestOf(object(json, "client"), debug),
    unmapped: unmappedRest(json, PLACED),
  };
  const event = (classUid: ClassUid, activityId: number, fields: Parameters<typeof createEvent>[3]): OcsfEvent => {
    const base = {
      product: PRODUCT,
      time:
        parseTime(property(json, "published")) ??
        parseTime(property(json, "p_event_time")) ??
        syslog?.time ??
        environment.fileModifiedTime,
      uid: text(json, "uuid"),
      event_code: eventType,
      severity_id: SEVERITIES.get(text(json, "severity")?.toUpperCase() ?? ""),
    };
    const made = createEvent(classUid, activityId, base, fields);
    const transaction = text(object(json, "transaction"), "id");
    if (transaction !== undefined) made.metadata.correlation_uid = transaction;
    return made;
  };

  if (isSignOn(eventType)) {
    const application = targets.find((target) => text(target, "type") === "AppInstance");
    const service = text(application, "alternateId") ?? text(application, "displayName");
    // the login at the application, which ties the person's e-mail to their name on the code host
    const account = known(
      text(
        targets.find((target) => text(target, "type") === "AppUser"),
        "alternateId",
      ),
    );
    const subject = account === undefined || !isNamed(user) ? user : { ...user, account: { name: account } };
    const protocol = PROTOCOLS.get(text(debug, "signOnMode")?.toUpperCase() ?? "");
    return event(3002, eventType === "user.session.end" ? 2 : 1, {
      ...common,
      actor: apiActor(subject),
      user: isNamed(user) ? subject : NOBODY,
      service: { name: text(application, "displayName") ?? service ?? "Okta" },
      session: sessionUid === undefined ? undefined : { uid: sessionUid },
      ...protocol,
      is_mfa: usedSecondFactor(eventType, context, debug) ? true : undefined,
      is_remote: true,
    });
  }

  const change =
    ACCOUNT_CHANGES.get(eventType) ?? (/^user\.(?:lifecycle|account|mfa\.factor)\./.test(eventType) ? 99 : undefined);
  const affected = userOf(targets.find((target) => text(target, "type") === "User") as JsonObject | undefined);
  const subject = isNamed(affected) ? affected : user;
  if (change !== undefined && isNamed(subject)) {
    return event(3001, change, { ...common, actor: apiActor(user, undefined, sessionUid), user: subject });
  }
  return event(6003, operationActivity(eventType), {
    ...common,
    actor: apiActor(user, undefined, sessionUid),
    api: { operation: eventType, service: { name: "Okta" } },
    resources: resourcesOf(targets),
  });
}

const PROTOCOLS: ReadonlyMap<string, { auth_protocol_id: number; auth_protocol: string }> = new Map([
  ["SAML_2_0", { auth_protocol_id: 5, auth_protocol: "SAML" }],
  ["SAML_1_1", { auth_protocol_id: 5, auth_protocol: "SAML" }],
  ["OPENID_CONNECT", { auth_protocol_id: 4, auth_protocol: "OpenID" }],
]);

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["DEBUG", 1],
  ["INFO", 1],
  ["WARN", 3],
  ["HIGH", 4],
  ["ERROR", 4],
]);

function isSignOn(eventType: string): boolean {
  return (
    eventType === "user.session.start" ||
    eventType === "user.session.end" ||
    eventType === "user.session.access_admin_app" ||
    eventType.startsWith("user.authentication.")
  );
}

/** Okta tells a second factor by the event itself, or by the factor that the attempt used. */
function usedSecondFactor(eventType: string, context: JsonObject | undefined, debug: JsonObject | undefined): boolean {
  if (eventType === "user.authentication.auth_via_mfa") return true;
  return text(context, "credentialType") === "OTP" || text(debug, "factor") !== undefined;
}

function statusOf(result: string | undefined): { status_id?: number; status?: string } {
  if (result === undefined) return {};
  const upper = result.toUpperCase();
  if (upper === "SUCCESS" || upper === "ALLOW") return { status_id: 1, status: "Success" };
  if (upper === "FAILURE" || upper === "DENY" || upper === "ABANDONED") return { status_id: 2, status: "Failure" };
  return { status_id: 99, status: result };
}

function either(json: JsonObject, key: string): JsonObject | undefined {
  return object(json, key) ?? object(json, key.toLowerCase());
}

/** `alternateId` is the login, most often an e-mail address; Okta writes `unknown` where it has none. */
function userOf(actor: JsonObject | undefined): OcsfUser {
  const type = text(actor, "type");
  // an attempt nobody could be tied to: the address is the source end point's
  if (type === "IP address") return {};
  const login = known(text(actor, "alternateId")) ?? (type === "User" ? undefined : known(text(actor, "displayName")));
  const fullName = known(text(actor, "displayName"));
  const uid = known(text(actor, "id"));
  const email = emailAddress(login);
  return {
    name: login,
    uid,
    email_addr: email,
    full_name: fullName === login ? undefined : fullName,
    ...userType(type !== undefined && type !== "User"),
  };
}

function known(value: string | undefined): string | undefined {
  return value === "unknown" ? undefined : value;
}

function sourceOf(json: JsonObject): OcsfEndpoint {
  const client = object(json, "client");
  const place = object(client, "geographicalContext");
  const endpoint = sourceEndpoint(
    property(client, "ipAddress") ?? property(list(object(json, "request"), "ipChain")[0], "ip"),
  );
  const country = countryCode(text(place, "country"));
  const city = text(place, "city");
  const region = text(place, "state");
  if (country !== undefined || city !== undefined) {
    endpoint.location = { country, city, region };
  }
  const security = either(json, "securityContext");
  const asNumber = integer(security, "asNumber");
  const asName = text(security, "asOrg");
  if (asNumber !== undefined) endpoint.autonomous_system = { number: asNumber, name: asName };
  return endpoint;
}

function requestOf(client: JsonObject | undefined, debug: JsonObject | undefined): Pick<OcsfEvent, "http_request"> {
  const agent = text(object(client, "userAgent"), "rawUserAgent");
  const path = text(debug, "requestUri");
  const uid = text(debug, "requestId");
  if (agent === undefined && path === undefined && uid === undefined) return {};
  return { http_request: { user_agent: agent, url: path === undefined ? undefined : { path }, uid } };
}

function resourcesOf(targets: readonly unknown[]): OcsfResource[] | undefined {
  const resources: OcsfResource[] = [];
  for (const target of targets.slice(0, 50)) {
    const name = text(target, "displayName") ?? known(text(target, "alternateId"));
    const uid = text(target, "id");
    if (name === undefined && uid === undefined) continue;
    resources.push({ name, uid, type: text(target, "type") ?? "unknown" });
  }
  return resources.length === 0 ? undefined : resources;
}
