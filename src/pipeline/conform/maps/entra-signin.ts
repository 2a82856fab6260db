/**
 * Entra ID sign-ins -> Authentication (3002): interactive, non-interactive, service principals and managed identities,
 * from Microsoft Graph, Event Hub or Log Analytics.
 *
 * @see https://learn.microsoft.com/graph/api/resources/signin
 * @see https://learn.microsoft.com/azure/azure-monitor/reference/tables/signinlogs
 */
import type { JsonObject, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { emailAddress, sourceEndpoint, unmappedRest, userType } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { property, propertyAnyCase, text, textAnyCase, textOf } from "../read-json.ts";
import { createSignOn, locate } from "../sign-on.ts";
import { isEntraEnvelope, nested, openEntra } from "../tables/entra.ts";

const PRODUCT = { name: "Microsoft Entra ID", vendor_name: "Microsoft" };

const PLACED: ReadonlySet<string> = new Set([
  "id",
  "Id",
  "time",
  "createdDateTime",
  "CreatedDateTime",
  "TimeGenerated",
  "callerIpAddress",
  "ipAddress",
  "IPAddress",
]);

export default defineMap({
  id: "entra-signin",
  title: "Microsoft Entra ID sign-ins",
  product: PRODUCT,
  reference: "https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins",
  lane: "identity",
  exporting:
    "Entra admin centre, Diagnostic settings: SignInLogs and NonInteractiveUserSignInLogs to storage, Event " +
    "Hub or Log Analytics (a P1 licence); answers of Graph's `/auditLogs/signIns` are read too.",
  limits: [
    "Tells that somebody signed in to a code host, not what was done there.",
    "Tokens that are still valid are used without a sign-in.",
    "The address is that of the last hop Microsoft saw.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || Object.hasOwn(json, "ecs") || Object.hasOwn(json, "class_uid")) return 0;
  const { category, body } = openEntra(json);
  if (category !== undefined && /sign-?inlogs$/i.test(category)) return 1;
  if (isEntraEnvelope(json)) return 0;
  if (
    Object.hasOwn(body, "createdDateTime") &&
    Object.hasOwn(body, "appDisplayName") &&
    (Object.hasOwn(body, "userPrincipalName") || Object.hasOwn(body, "servicePrincipalId"))
  )
    return 1;
  return Object.hasOwn(json, "SigninLogs") ||
    (Object.hasOwn(json, "UserPrincipalName") &&
      Object.hasOwn(json, "AppDisplayName") &&
      Object.hasOwn(json, "ResultType"))
    ? 0.9
    : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("entra-signin: not a JSON object");
  const { body, outer, category } = openEntra(json);
  const user = userOf(body);
  const application = textAnyCase(body, "appDisplayName");
  const status = nested(body, "status");
  const code =
    textOf(status, "errorCode") ??
    textOf(outer, "resultType") ??
    textOf(outer, "resulttype") ??
    textOf(outer, "ResultType");
  if (application === undefined && user.name === undefined && user.uid === undefined && code === undefined) {
    throw new MalformedInputError("entra-signin: neither a user, an application nor a result");
  }

  const place = nested(body, "location") ?? nested(body, "locationDetails") ?? nested(outer, "LocationDetails");
  const address =
    property(body, "ipAddress") ?? property(body, "IPAddress") ?? propertyAnyCase(outer, "callerIpAddress");
  const device = nested(body, "deviceDetail");
  const source = locate(
    sourceEndpoint(address),
    text(place, "countryOrRegion") ?? textAnyCase(outer, "location"),
    text(place, "city"),
    text(place, "state"),
  );
  const hostname = text(device, "displayName");
  if (hostname !== undefined) source.hostname = hostname;
  const deviceId = text(device, "deviceId");
  if (deviceId !== undefined) source.uid = deviceId;
  const requirement = textAnyCase(body, "authenticationRequirement");
  const event = createSignOn(
    {
      product: PRODUCT,
      time:
        parseTime(propertyAnyCase(body, "createdDateTime")) ??
        parseTime(propertyAnyCase(outer, "timeGenerated")) ??
        parseTime(property(outer, "time")) ??
        syslog?.time ??
        environment.fileModifiedTime,
      uid: textAnyCase(body, "id"),
      event_code: category ?? "SignInLogs",
    },
    {
      activity: 1,
      user,
      service: serviceOf(body, user, application),
      source,
      succeeded: code === undefined || INTERRUPTS.has(code) ? undefined : code === "0",
      code,
      detail: text(status, "failureReason") ?? textAnyCase(outer, "resultDescription"),
      isMfa: requirement === undefined ? undefined : requirement === "multiFactorAuthentication",
      sessionUid: textAnyCase(body, "sessionId"),
      userAgent: textAnyCase(body, "userAgent"),
      protocol: protocolOf(textAnyCase(body, "authenticationProtocol")),
      unmapped: unmappedRest(outer, PLACED),
    },
  );
  const correlation = textAnyCase(body, "correlationId") ?? textAnyCase(outer, "correlationId");
  if (correlation !== undefined) event.metadata.correlation_uid = correlation;
  return event;
}

/** Not failures of the person but stations on the way: the sign-in waits for a second factor, a consent or a new password. */
const INTERRUPTS: ReadonlySet<string> = new Set(["50074", "50076", "50079", "50097", "50125", "50140", "65001"]);

function protocolOf(name: string | undefined): { auth_protocol_id: number; auth_protocol: string } | undefined {
  if (name === undefined || name === "none") return undefined;
  if (/^saml/i.test(name)) return { auth_protocol_id: 5, auth_protocol: "SAML" };
  if (/^oauth2/i.test(name)) return { auth_protocol_id: 6, auth_protocol: "OAUTH 2.0" };
  return { auth_protocol_id: 99, auth_protocol: name };
}

/** What was signed in to: the application for people; an application that signs in itself is the user, of the resource. */
function serviceOf(body: JsonObject, user: OcsfUser, application: string | undefined): string {
  const resource = textAnyCase(body, "resourceDisplayName");
  const isOwn = user.name === application || application === undefined;
  return (isOwn ? (resource ?? application) : application) ?? "Microsoft Entra ID";
}

function userOf(body: JsonObject): OcsfUser {
  const principal = textAnyCase(body, "servicePrincipalId");
  const principalName = textAnyCase(body, "servicePrincipalName");
  const login = textAnyCase(body, "userPrincipalName");
  if (login === undefined && principal !== undefined)
    return { name: principalName ?? principal, uid: principal, ...userType(true) };
  return {
    name: login,
    uid: textAnyCase(body, "userId"),
    email_addr: emailAddress(login),
    full_name: textAnyCase(body, "userDisplayName"),
    ...userType(false),
  };
}
