/**
 * Keycloak's user and admin events -> Authentication (3002), Account Change (3001), API Activity (6003). As its logging listener
 * writes them into the server log (`type=LOGIN, realmId=…`, from version 22 on with quotes; plain, JSON or ECS log format), and as
 * the admin API and event listeners hand them out as JSON.
 *
 * @see https://www.keycloak.org/docs/latest/server_admin/#configuring-auditing-to-track-events
 */
import type { JsonObject, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, operationActivity, outcomeStatus, sourceEndpoint } from "../api-activity.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseIsoTime, parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { object, property, text, textOf } from "../read-json.ts";
import { createSignOn, isNamed, NOBODY } from "../sign-on.ts";

const product = { name: "Keycloak", vendor_name: "Keycloak" } as const;

/** Time, with or without its date, level, logger and thread, as JBoss and Quarkus write them. */
const SERVER_LINE =
  /^\uFEFF?(\d{4}-\d{2}-\d{2}[ T])?(\d{2}:\d{2}:\d{2}[,.]\d{3})\S{0,8} +[A-Z]{4,7} +\[(org\.keycloak[\w.$]{0,120})\] \(([^)]{1,80})\) /;
const USER_EVENT = /^type="?[A-Z0-9_]{3,60}"?, realm(?:Id|Name)=/;
const ADMIN_EVENT = /^operationType="?[A-Z]{3,20}"?, realm(?:Id|Name)=/;
const EVENTS_LOGGER = "org.keycloak.events";

export default defineMap({
  id: "keycloak",
  title: "Keycloak events",
  product,
  reference: "https://www.keycloak.org/docs/latest/server_admin/#configuring-auditing-to-track-events",
  lane: "identity",
  exporting:
    "The jboss-logging listener is on by default; raise its `success-level` to info, else the server log " +
    "holds failures only. Events from the admin REST API and the server's JSON and ECS log formats are read " +
    "too.",
  limits: [
    "Successful events are logged at DEBUG: by default the server log holds failures only.",
    "The address is the proxy's unless Keycloak is told to trust its headers.",
    "The server log of old versions carries the time of day alone: the date is taken from the file.",
  ],
  recognise({ body, json }) {
    if (json !== null) return recogniseObject(json);
    if (isEventText(body)) return 0.95;
    const first = body.charCodeAt(0);
    return ((first >= 0x30 && first <= 0x39) || first === 0xfeff) && SERVER_LINE.test(body) ? 1 : 0;
  },
  conform,
});

function isEventText(text: string): boolean {
  const first = text.charCodeAt(0);
  return (first === 0x74 && USER_EVENT.test(text)) || (first === 0x6f && ADMIN_EVENT.test(text));
}

function recogniseObject(json: JsonObject): number {
  if (loggerOf(json)?.startsWith("org.keycloak") === true) return 1;
  if (text(json, "realmId") === undefined && text(json, "realmName") === undefined) return 0;
  if (object(json, "authDetails") !== undefined && text(json, "operationType") !== undefined) return 1;
  const type = text(json, "type");
  return type !== undefined && /^[A-Z0-9_]{3,60}$/.test(type) && Object.hasOwn(json, "clientId") ? 1 : 0;
}

function loggerOf(json: JsonObject): string | undefined {
  return text(json, "loggerName") ?? text(json, "log.logger") ?? text(object(json, "log"), "logger");
}

/** One event's attributes by name; what is `null` is left out. */
type Attributes = ReadonlyMap<string, string>;

function conform(record: DecodedRecord, { fileModifiedTime }: ConformEnvironment): OcsfEvent | null {
  const { json, body, syslog } = record;
  if (json === null) {
    const line = SERVER_LINE.exec(body);
    if (line !== null && line[3] !== EVENTS_LOGGER) return null;
    const attributes = attributesOf(line === null ? body : body.slice(line[0].length));
    const time = line === null ? undefined : timeOf(line[1], line[2]!, syslog?.time ?? fileModifiedTime);
    return eventOf(attributes, time ?? syslog?.time ?? fileModifiedTime);
  }
  const logger = loggerOf(json);
  if (logger !== undefined) {
    if (logger !== EVENTS_LOGGER) return null;
    const time = parseTime(property(json, "timestamp") ?? property(json, "@timestamp"));
    return eventOf(attributesOf(text(json, "message") ?? ""), time ?? syslog?.time ?? fileModifiedTime);
  }
  return eventOf(
    attributesOfObject(json),
    parseTime(property(json, "time")) ?? syslog?.time ?? fileModifiedTime,
    text(json, "id"),
  );
}

/** Without a date: the last such time of day that is not after the reference. */
function timeOf(date: string | undefined, clock: string, referenceMs: number): number | undefined {
  if (date !== undefined) return parseIsoTime(`${date}${clock}`);
  const day = new Date(referenceMs).toISOString().slice(0, 10);
  const time = parseIsoTime(`${day} ${clock}`);
  return time !== undefined && time > referenceMs ? time - 86_400_000 : time;
}

function attributesOf(message: string): Attributes {
  const attributes = readKeyValues(message, { delimiter: "," });
  for (const [name, value] of attributes) if (value === "null" || value === "") attributes.delete(name);
  return attributes;
}

function attributesOfObject(json: JsonObject): Attributes {
  const attributes = new Map<string, string>();
  for (const source of [json, object(json, "authDetails"), object(json, "details")]) {
    for (const name of Object.keys(source ?? {}).slice(0, 200)) {
      const value = textOf(source, name);
      if (value !== undefined && !attributes.has(name)) attributes.set(name, value);
    }
  }
  return attributes;
}

/** Names that have a home; all others go to `unmapped`. */
const PLACED: ReadonlySet<string> = new Set("id time type operationType userId ipAddress error username".split(" "));

function eventOf(attributes: Attributes, time: number, uid?: string): OcsfEvent {
  const type = attributes.get("type");
  const operation = attributes.get("operationType");
  if ((type === undefined || !/^[A-Z0-9_]{1,60}$/.test(type)) && operation === undefined)
    throw new MalformedInputError("Keycloak event without a type");
  const resource = attributes.get("resourceType");
  const code = operation === undefined ? type! : resource === undefined ? operation : `${resource}.${operation}`;
  const base: EventBase = { product, time, uid, event_code: code };
  return operation === undefined ? userEvent(type!, attributes, base) : adminEvent(code, attributes, base);
}

/** Sign-on and sign-off; the suffix `_ERROR` is taken off before. */
const SIGN_ONS: ReadonlyMap<string, 1 | 2 | 7> = new Map([
  ["LOGIN", 1],
  ["CLIENT_LOGIN", 1],
  ["IDENTITY_PROVIDER_LOGIN", 1],
  ["IDENTITY_PROVIDER_POST_LOGIN", 1],
  ["OAUTH2_DEVICE_AUTH", 1],
  ["LOGOUT", 2],
  ["USER_SESSION_DELETED", 2],
  ["IMPERSONATE", 7],
]);

/** Changes of an account -> activity of Account Change. */
const ACCOUNT_CHANGES: ReadonlyMap<string, number> = new Map([
  ["REGISTER", 1],
  ["UPDATE_PASSWORD", 3],
  ["RESET_PASSWORD", 4],
  ["DELETE_ACCOUNT", 6],
  ["USER_DISABLED_BY_TEMPORARY_LOCKOUT", 9],
  ["USER_DISABLED_BY_PERMANENT_LOCKOUT", 5],
  ["UPDATE_TOTP", 10],
  ["REMOVE_TOTP", 11],
]);

function userEvent(type: string, attributes: Attributes, base: EventBase): OcsfEvent {
  const error = attributes.get("error");
  const failed = type.endsWith("_ERROR") || error !== undefined;
  const kind = type.replace(/_ERROR$/, "");
  const user = userOf(attributes);
  const signOn = SIGN_ONS.get(kind);
  const unmapped = unmappedOf(attributes);
  if (signOn !== undefined) {
    const impersonator = attributes.get("impersonator");
    return createSignOn(base, {
      activity: signOn,
      user,
      by: impersonator === undefined ? undefined : { name: impersonator },
      service: attributes.get("clientId") ?? product.name,
      source: sourceEndpoint(attributes.get("ipAddress")),
      succeeded: !failed,
      detail: error,
      sessionUid: attributes.get("sessionId") ?? attributes.get("code_id"),
      protocol: protocolOf(attributes.get("auth_method")),
      unmapped,
    });
  }
  const source = sourceEndpoint(attributes.get("ipAddress"));
  const change = ACCOUNT_CHANGES.get(kind);
  if (change !== undefined) {
    return createEvent(3001, change, base, {
      ...outcomeStatus(!failed),
      status_detail: error,
      actor: apiActor(user),
      user: isNamed(user) ? user : NOBODY,
      src_endpoint: source,
      unmapped,
    });
  }
  return createEvent(6003, operationActivity(kind.toLowerCase()), base, {
    ...outcomeStatus(!failed),
    status_detail: error,
    actor: apiActor(user, undefined, attributes.get("sessionId") ?? attributes.get("code_id")),
    api: { operation: type, service: { name: attributes.get("clientId") ?? product.name } },
    src_endpoint: source,
    unmapped,
  });
}

function adminEvent(code: string, attributes: Attributes, base: EventBase): OcsfEvent {
  const error = attributes.get("error");
  const path = attributes.get("resourcePath");
  return createEvent(6003, operationActivity(code.toLowerCase()), base, {
    ...outcomeStatus(error === undefined),
    status_detail: error,
    actor: apiActor(userOf(attributes)),
    api: { operation: code, service: { name: attributes.get("clientId") ?? product.name } },
    src_endpoint: sourceEndpoint(attributes.get("ipAddress")),
    resources: path === undefined ? undefined : [{ name: path, type: attributes.get("resourceType")?.toLowerCase() }],
    unmapped: unmappedOf(attributes),
  });
}

function userOf(attributes: Attributes): OcsfUser {
  const name = attributes.get("username");
  const user: OcsfUser = {};
  if (name !== undefined) user.name = name;
  const uid = attributes.get("userId");
  if (uid !== undefined) user.uid = uid;
  const email = emailAddress(name) ?? emailAddress(attributes.get("email"));
  if (email !== undefined) user.email_addr = email;
  return user;
}

function protocolOf(method: string | undefined): { auth_protocol_id: number; auth_protocol: string } | undefined {
  if (method === "openid-connect") return { auth_protocol_id: 4, auth_protocol: "OpenID" };
  return method === "saml" ? { auth_protocol_id: 5, auth_protocol: "SAML" } : undefined;
}

function unmappedOf(attributes: Attributes): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  for (const [name, value] of attributes) if (!PLACED.has(name) && name !== "__proto__") rest[name] = value;
  return rest;
}
