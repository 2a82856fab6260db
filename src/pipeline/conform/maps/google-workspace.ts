/**
 * Google Workspace activity reports -> Authentication (3002) for log-ins and SAML sign-ons, API Activity (6003) for the
 * rest: token grants, Drive, administration and so on.
 *
 * Input: activities of the Reports API, whose `events` become one event each; the same parted to one event a record, which
 * then stands in `events` alone, as shippers do; or records flattened to one event (`type`, `name`, `parameters` as an
 * object), as warehouses store them.
 *
 * @see https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfResource, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, operationActivity, sourceEndpoint, unmappedRest, userType } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { list, object, property, text, textOf } from "../read-json.ts";
import { createSignOn, locate } from "../sign-on.ts";

const PRODUCT = { name: "Google Workspace", vendor_name: "Google" };

const PLACED: ReadonlySet<string> = new Set(["kind", "etag", "events", "ipAddress"]);
const MAX_EVENTS = 100;

export default defineMap({
  id: "google-workspace",
  title: "Google Workspace activity reports",
  product: PRODUCT,
  reference: "https://developers.google.com/workspace/admin/reports/v1/appendix/activity/login",
  lane: "identity",
  exporting:
    "Poll the Reports API (`activities.list` for login, token, admin, drive and user_accounts) as JSON, or " +
    "share the data with Google Cloud and export from there.",
  limits: [
    "Reports lag by minutes to days, by application.",
    "Tells that an application was authorised, not what it did at the other end.",
    "Administrative changes by Google's own systems carry no address.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  const id = object(json, "id");
  if (text(id, "applicationName") === undefined) return 0;
  if (property(json, "kind") === "admin#reports#activity" || text(id, "customerId") !== undefined) return 1;
  const named =
    Array.isArray(property(json, "events")) ||
    object(json, "events") !== undefined ||
    text(json, "name") !== undefined ||
    text(json, "type") !== undefined ||
    object(json, "actor") !== undefined;
  return named || String(property(json, "p_log_type")).startsWith("GSuite.") ? 0.8 : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): readonly OcsfEvent[] {
  if (json === null) throw new MalformedInputError("google-workspace: not a JSON object");
  const id = object(json, "id");
  const application = text(id, "applicationName");
  if (application === undefined)
    throw new MalformedInputError("google-workspace: the record has no id.applicationName");

  const only = object(json, "events");
  const activity: Activity = {
    application,
    time:
      parseTime(property(id, "time")) ??
      parseTime(property(json, "p_event_time")) ??
      syslog?.time ??
      environment.fileModifiedTime,
    qualifier: textOf(id, "uniqueQualifier"),
    parted: only !== undefined,
    user: userOf(object(json, "actor")),
    source: sourceOf(json),
    unmapped: unmappedRest(json, PLACED),
  };
  const events = only === undefined ? list(json, "events") : [only];
  if (events.length === 0) return [conformEvent(activity, json, 0)];
  return events.slice(0, MAX_EVENTS).map((event, index) => conformEvent(activity, event as JsonObject, index));
}

/** What all events of one activity share. */
interface Activity {
  readonly application: string;
  readonly time: number;
  readonly qualifier: string | undefined;
  /** One event of an activity that may have had more. */
  readonly parted: boolean;
  readonly user: OcsfUser;
  readonly source: OcsfEndpoint;
  readonly unmapped: Record<string, unknown>;
}

const LOG_INS: ReadonlyMap<string, { readonly activity: 1 | 2; readonly succeeded: boolean | undefined }> = new Map([
  ["login_success", { activity: 1, succeeded: true }],
  ["login_failure", { activity: 1, succeeded: false }],
  ["login_verification", { activity: 1, succeeded: undefined }],
  ["login_challenge", { activity: 1, succeeded: undefined }],
  ["logout", { activity: 2, succeeded: true }],
]);

function conformEvent(activity: Activity, event: JsonObject, index: number): OcsfEvent {
  const name = (text(event, "name") ?? text(event, "type") ?? "unknown").trim();
  const parameters = parametersOf(event);
  const { application, qualifier, source } = activity;
  // the qualifier tells activities of the same time apart; the place in the list tells apart events of one activity, but a
  // record parted from the others of its activity does not say which it was
  const uid =
    qualifier === undefined || activity.parted
      ? undefined
      : `${application}:${activity.time}:${qualifier}${index === 0 ? "" : `:${index}`}`;
  const base = { product: PRODUCT, time: activity.time, uid, event_code: name };
  const unmapped = { ...activity.unmapped, type: text(event, "type"), parameters: Object.fromEntries(parameters) };

  const logIn = application === "login" || application === "saml" ? LOG_INS.get(name) : undefined;
  if (logIn !== undefined) {
    const affected = emailAddress(stringOf(parameters, "affected_email_address"));
    return createSignOn(base, {
      activity: logIn.activity,
      succeeded: logIn.succeeded ?? passed(stringOf(parameters, "login_challenge_status")),
      user:
        activity.user.name === undefined && affected !== undefined
          ? { name: affected, email_addr: affected, ...userType(false) }
          : activity.user,
      service: stringOf(parameters, "application_name") ?? "Google Workspace",
      source,
      detail: stringOf(parameters, "login_failure_type") ?? stringOf(parameters, "failure_type"),
      userAgent: stringOf(parameters, "user_agent"),
      isMfa: parameters.get("is_second_factor") === true ? true : undefined,
      protocol: application === "saml" ? { auth_protocol_id: 5, auth_protocol: "SAML" } : undefined,
      unmapped,
    });
  }
  const agent = stringOf(parameters, "user_agent");
  return createEvent(6003, operationActivity(name), base, {
    actor: apiActor(activity.user, stringOf(parameters, "client_id")),
    api: { operation: `${application}.${name}`, service: { name: `Google Workspace ${application}` } },
    resources: resourcesOf(parameters),
    src_endpoint: source,
    http_request: agent === undefined ? undefined : { user_agent: agent },
    unmapped,
  });
}

/** `Challenge Passed.`, `passed`, `Challenge Failed.`, `incomplete`, ... */
function passed(status: string | undefined): boolean | undefined {
  if (status === undefined) return undefined;
  if (/\bpassed\b/i.test(status)) return true;
  return /\b(?:failed|incomplete)\b/i.test(status) ? false : undefined;
}

/** Parameters by name, from the API's list of typed values or the object of flattened records. */
function parametersOf(event: JsonObject): ReadonlyMap<string, unknown> {
  const out = new Map<string, unknown>();
  const flat = object(event, "parameters");
  if (flat !== undefined) for (const key of Object.keys(flat)) if (key !== "__proto__") out.set(key, flat[key]);
  for (const parameter of list(event, "parameters")) {
    const name = text(parameter, "name");
    if (name === undefined || name === "__proto__") continue;
    for (const key of [
      "value",
      "boolValue",
      "intValue",
      "multiValue",
      "multiIntValue",
      "messageValue",
      "multiMessageValue",
    ]) {
      const value = property(parameter, key);
      if (value !== undefined) out.set(name, value);
    }
  }
  return out;
}

function stringOf(parameters: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = parameters.get(name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function userOf(actor: JsonObject | undefined): OcsfUser {
  const email = text(actor, "email");
  const key = text(actor, "key");
  return {
    name: email ?? key,
    uid: textOf(actor, "profileId"),
    email_addr: emailAddress(email),
    ...userType(text(actor, "callerType") === "KEY" || (email?.endsWith(".gserviceaccount.com") ?? false)),
  };
}

function sourceOf(json: JsonObject): OcsfEndpoint {
  const network = object(json, "networkInfo");
  return locate(sourceEndpoint(property(json, "ipAddress")), text(network, "regionCode"));
}

/** Parameter -> type of the resource it names, what was acted on before what it was acted with. */
const NAMED: readonly (readonly [parameter: string, type: string])[] = [
  ["USER_EMAIL", "user"],
  ["affected_email_address", "user"],
  ["GROUP_EMAIL", "group"],
  ["group_email", "group"],
  ["group_id", "group"],
  ["target_user", "user"],
  ["target", "unknown"],
  ["USER_NICKNAME", "user"],
  ["OAUTH2_APP_NAME", "application"],
  ["OAUTH2_SERVICE_NAME", "application"],
  ["APPLICATION_NAME", "application"],
  ["ROLE_NAME", "role"],
  ["SETTING_NAME", "setting"],
  ["DOMAIN_NAME", "domain"],
  ["ORG_UNIT_NAME", "organization unit"],
  ["DEVICE_ID", "device"],
];
const MAX_RESOURCES = 4;

/** The application or document first, then who or what else the parameters name. */
function resourcesOf(parameters: ReadonlyMap<string, unknown>): OcsfResource[] | undefined {
  const resources: OcsfResource[] = [];
  const application = stringOf(parameters, "app_name");
  if (application !== undefined)
    resources.push({ name: application, uid: stringOf(parameters, "client_id"), type: "application" });
  const document = stringOf(parameters, "doc_title");
  const documentId = stringOf(parameters, "doc_id");
  if (document !== undefined || documentId !== undefined) {
    const owner = stringOf(parameters, "owner");
    resources.push({
      name: document,
      uid: documentId,
      type: stringOf(parameters, "doc_type") ?? "document",
      owner: owner === undefined ? undefined : { name: owner, email_addr: emailAddress(owner) },
    });
  }
  for (const [parameter, type] of NAMED) {
    const name = stringOf(parameters, parameter);
    if (name !== undefined && resources.length < MAX_RESOURCES) resources.push({ name, type });
  }
  return resources.length === 0 ? undefined : resources;
}
