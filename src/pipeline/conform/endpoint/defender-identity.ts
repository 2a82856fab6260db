/**
 * The tables of advanced hunting that tell of accounts, not of a device: IdentityLogonEvents -> Authentication,
 * IdentityQueryEvents -> DNS or API Activity, IdentityDirectoryEvents and CloudAppEvents -> API Activity, UrlClickEvents -> HTTP Activity.
 *
 * @see https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, operationActivity, sourceEndpoint, unmappedRest, userType } from "../api-activity.ts";
import { parseJson } from "../decode.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { object, property, text, textOf } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";
import { splitUrl } from "../url.ts";
import { endpointOf, portOf, userOf } from "./objects.ts";

const TABLES: ReadonlySet<string> = new Set([
  "IdentityLogonEvents",
  "IdentityQueryEvents",
  "IdentityDirectoryEvents",
  "CloudAppEvents",
  "UrlClickEvents",
]);

/** Whether the table is one of those read here. */
export function isIdentityTable(table: string | undefined): boolean {
  return table !== undefined && TABLES.has(table);
}

/** The table of a row that does not name it, by columns that only this one has; undefined when no table is certain. */
export function identityTable(row: JsonObject): string | undefined {
  if (!Object.hasOwn(row, "ActionType") || !Object.hasOwn(row, "ReportId") || !Object.hasOwn(row, "IPAddress"))
    return undefined;
  if (Object.hasOwn(row, "ApplicationId") && Object.hasOwn(row, "ActivityObjects")) return "CloudAppEvents";
  if (Object.hasOwn(row, "NetworkMessageId") && Object.hasOwn(row, "IsClickedThrough")) return "UrlClickEvents";
  if (!Object.hasOwn(row, "DestinationIPAddress") || !Object.hasOwn(row, "TargetAccountDisplayName")) return undefined;
  if (Object.hasOwn(row, "QueryType")) return "IdentityQueryEvents";
  return Object.hasOwn(row, "LogonType") ? "IdentityLogonEvents" : "IdentityDirectoryEvents";
}

/** @throws {MalformedInputError} when a lookup or a click does not say of what */
export function identityActivity(table: string, action: string, row: JsonObject, base: EventBase): OcsfEvent {
  switch (table) {
    case "IdentityLogonEvents":
      return logon(action, row, base);
    case "CloudAppEvents":
      return cloudActivity(action, row, base);
    case "UrlClickEvents":
      return click(action, row, base);
    default:
      return table === "IdentityQueryEvents" && /^dns/i.test(text(row, "Protocol") ?? "")
        ? lookup(row, base)
        : directoryActivity(action, row, base);
  }
}

const PLACED: ReadonlySet<string> = new Set([
  "Timestamp",
  "TimeGenerated",
  "AccountName",
  "AccountDomain",
  "AccountUpn",
  "AccountSid",
  "AccountObjectId",
  "IPAddress",
  "Port",
  "DeviceName",
  "DestinationDeviceName",
  "DestinationIPAddress",
  "DestinationPort",
  "FailureReason",
  "UserAgent",
  "ReportId",
]);

function logon(action: string, row: JsonObject, base: EventBase): OcsfEvent {
  return createSignOn(base, {
    activity: 1,
    user: account(row),
    service: text(row, "Application") ?? text(row, "Protocol") ?? base.product.name,
    source: source(row),
    destination: destination(row),
    succeeded: action === "LogonSuccess" ? true : action === "LogonFailed" ? false : undefined,
    detail: text(row, "FailureReason"),
    protocol: authProtocol(row),
    unmapped: unmappedRest(row, PLACED),
  });
}

interface AuthProtocol {
  readonly auth_protocol_id: number;
  readonly auth_protocol: string;
}

const PROTOCOLS: ReadonlyMap<string, AuthProtocol> = new Map([
  ["ntlm", { auth_protocol_id: 1, auth_protocol: "NTLM" }],
  ["kerberos", { auth_protocol_id: 2, auth_protocol: "Kerberos" }],
]);

/** How a logon was proven, of column `Protocol`. */
export function authProtocol(row: JsonObject): AuthProtocol | undefined {
  return PROTOCOLS.get((text(row, "Protocol") ?? "").toLowerCase());
}

function lookup(row: JsonObject, base: EventBase): OcsfEvent {
  const hostname = text(row, "QueryTarget");
  if (hostname === undefined) throw new MalformedInputError("DNS query without QueryTarget");
  return createEvent(4003, 1, base, {
    query: { hostname },
    src_endpoint: source(row),
    dst_endpoint: destination(row),
    unmapped: unmappedRest(row, PLACED),
  });
}

/** Who asked a domain controller for what, or changed what there. */
function directoryActivity(action: string, row: JsonObject, base: EventBase): OcsfEvent {
  const target =
    text(row, "TargetAccountUpn") ??
    text(row, "TargetAccountDisplayName") ??
    text(row, "TargetDeviceName") ??
    text(row, "QueryTarget");
  return createEvent(6003, operationActivity(action), base, {
    actor: apiActor(account(row)),
    api: { operation: action, service: { name: text(row, "Application") ?? "Active Directory" } },
    src_endpoint: source(row),
    dst_endpoint: destination(row),
    resources: target === undefined ? undefined : [{ name: target }],
    unmapped: unmappedRest(row, PLACED),
  });
}

function cloudActivity(action: string, row: JsonObject, base: EventBase): OcsfEvent {
  const name = text(row, "ObjectName");
  const uid = text(row, "ObjectId");
  const agent = text(row, "UserAgent");
  return createEvent(6003, operationActivity(action), base, {
    actor: apiActor(cloudAccount(row)),
    api: { operation: action, service: { name: text(row, "Application") ?? "unknown" } },
    src_endpoint: sourceEndpoint(property(row, "IPAddress"), country(row)),
    http_request: agent === undefined ? undefined : { user_agent: agent },
    resources: name === undefined && uid === undefined ? undefined : [{ name, uid, type: text(row, "ObjectType") }],
    unmapped: unmappedRest(row, PLACED),
  });
}

/** The name to show is a display name; the audit record it came from has the account. */
function cloudAccount(row: JsonObject): OcsfUser {
  const raw = rawEvent(row);
  const email = emailAddress(text(raw, "UserId")) ?? emailAddress(text(row, "AccountId"));
  const display = text(row, "AccountDisplayName");
  const user: OcsfUser = { name: email ?? display ?? text(row, "AccountId") };
  const uid = text(row, "AccountObjectId") ?? text(row, "AccountId");
  if (uid !== undefined) user.uid = uid;
  if (email !== undefined) user.email_addr = email;
  if (display !== undefined && display !== user.name) user.full_name = display;
  return text(row, "AccountType") === "Application" ? Object.assign(user, userType(true)) : user;
}

/** An object in exports, JSON text in tables. */
function rawEvent(row: JsonObject): JsonObject | undefined {
  const value = text(row, "RawEventData");
  if (value === undefined) return object(row, "RawEventData");
  return value.startsWith("{") ? object({ parsed: parseJson(value) as never }, "parsed") : undefined;
}

function country(row: JsonObject): string | undefined {
  const code = text(row, "CountryCode");
  return code !== undefined && /^[A-Z]{2}$/.test(code) ? code : undefined;
}

/** A link in a mail or a chat was followed, through Safe Links. */
function click(action: string, row: JsonObject, base: EventBase): OcsfEvent {
  const address = text(row, "Url");
  if (address === undefined) throw new MalformedInputError("click without Url");
  const url = splitUrl(address);
  const blocked = /block/i.test(action);
  const allowed = action === "ClickAllowed";
  const user = account(row);
  const event = createEvent(4002, 0, base, {
    actor: apiActor(user),
    src_endpoint: source(row),
    dst_endpoint: url.hostname === undefined ? undefined : { hostname: url.hostname, port: url.port },
    http_request: { url },
    ...(blocked
      ? { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" }
      : allowed
        ? { action_id: 1, action: "Allowed", disposition_id: 1, disposition: "Allowed" }
        : {}),
    unmapped: unmappedRest(row, PLACED),
  });
  event.metadata.profiles = blocked || allowed ? ["host", "security_control"] : ["host"];
  return event;
}

function account(row: JsonObject): OcsfUser {
  const upn = emailAddress(text(row, "AccountUpn"));
  const user =
    userOf(
      text(row, "AccountName") ?? upn ?? text(row, "AccountDisplayName"),
      text(row, "AccountDomain"),
      text(row, "AccountSid") ?? text(row, "AccountObjectId"),
    ) ?? {};
  if (upn !== undefined) user.email_addr = upn;
  return user;
}

function source(row: JsonObject): OcsfEndpoint {
  const end = endpointOf(ipAddress(property(row, "IPAddress")), portOf(property(row, "Port")), text(row, "DeviceName"));
  return end ?? { name: "unknown" };
}

function destination(row: JsonObject): OcsfEndpoint | undefined {
  return endpointOf(
    ipAddress(property(row, "DestinationIPAddress")),
    portOf(property(row, "DestinationPort")),
    text(row, "DestinationDeviceName") ?? textOf(row, "TargetDeviceName"),
  );
}
