/**
 * Entra ID audit log -> API Activity (6003): changes of users, groups, applications, credentials and policies, from
 * Microsoft Graph, Event Hub or Log Analytics.
 *
 * @see https://learn.microsoft.com/graph/api/resources/directoryaudit
 * @see https://learn.microsoft.com/azure/azure-monitor/reference/tables/auditlogs
 */
import type { JsonObject, OcsfEvent, OcsfResource, OcsfUser } from "../../../model/activity.ts";
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
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { object, property, propertyAnyCase, text, textAnyCase } from "../read-json.ts";
import { isEntraEnvelope, nested, nestedList, openEntra } from "../tables/entra.ts";

const PRODUCT = { name: "Microsoft Entra ID", vendor_name: "Microsoft" };

const PLACED: ReadonlySet<string> = new Set([
  "id",
  "Id",
  "time",
  "activityDateTime",
  "ActivityDateTime",
  "TimeGenerated",
  "callerIpAddress",
]);

export default defineMap({
  id: "entra-audit",
  title: "Microsoft Entra ID audit log",
  product: PRODUCT,
  reference: "https://learn.microsoft.com/entra/identity/monitoring-health/concept-audit-logs",
  lane: "identity",
  exporting:
    "Entra admin centre, Diagnostic settings: AuditLogs to storage, Event Hub or Log Analytics; answers of " +
    "Graph's `/auditLogs/directoryAudits` are read too.",
  limits: [
    "Changes that Microsoft's own services make show the service, not the person behind it.",
    "The address is missing for changes that services make.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || Object.hasOwn(json, "ecs") || Object.hasOwn(json, "class_uid")) return 0;
  const { category, body } = openEntra(json);
  if (category !== undefined && /sign-?inlogs$/i.test(category)) return 0;
  const named =
    textAnyCase(body, "activityDisplayName") !== undefined ||
    textAnyCase(body, "operationName") !== undefined ||
    textAnyCase(json, "operationName") !== undefined;
  if (!named) return 0;
  if (isEntraEnvelope(json) || category === "AuditLogs")
    return Object.hasOwn(body, "initiatedBy") ||
      Object.hasOwn(body, "InitiatedBy") ||
      Object.hasOwn(body, "targetResources") ||
      Object.hasOwn(body, "TargetResources")
      ? 1
      : 0.8;
  if (property(json, "Type") === "AuditLogs" && Object.hasOwn(json, "InitiatedBy")) return 1;
  return Object.hasOwn(body, "activityDateTime") && Object.hasOwn(body, "initiatedBy") ? 1 : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("entra-audit: not a JSON object");
  const { body, outer } = openEntra(json);
  const operation =
    textAnyCase(body, "activityDisplayName") ??
    textAnyCase(body, "operationName") ??
    textAnyCase(outer, "operationName");
  if (operation === undefined) throw new MalformedInputError("entra-audit: the record has no operation");

  const by = nested(body, "initiatedBy");
  const user = object(by, "user") ?? (by === undefined ? subjectOf(body) : undefined);
  const result = textAnyCase(body, "result") ?? textAnyCase(outer, "result");
  const agent =
    textAnyCase(body, "userAgent") ??
    nestedList(body, "additionalDetails")
      .filter((detail) => text(detail, "key") === "User-Agent")
      .map((detail) => text(detail, "value"))[0];
  const event = createEvent(
    6003,
    OPERATION_TYPES.get(textAnyCase(body, "operationType")?.toLowerCase() ?? "") ?? operationActivity(operation),
    {
      product: PRODUCT,
      time:
        parseTime(propertyAnyCase(body, "activityDateTime")) ??
        parseTime(propertyAnyCase(outer, "timeGenerated")) ??
        parseTime(property(outer, "time")) ??
        syslog?.time ??
        environment.fileModifiedTime,
      uid: textAnyCase(body, "id"),
      event_code: operation,
    },
    {
      ...outcomeStatus(result === undefined ? undefined : /^success$/i.test(result)),
      status_detail: textAnyCase(body, "resultReason"),
      actor: apiActor(actorOf(user, object(by, "app"), textAnyCase(outer, "identity"))),
      api: { operation, service: { name: textAnyCase(body, "loggedByService") ?? "Microsoft Entra ID" } },
      resources: resourcesOf(nestedList(body, "targetResources")),
      src_endpoint: sourceEndpoint(
        property(user, "ipAddress") ?? property(body, "ipAddress") ?? propertyAnyCase(outer, "callerIpAddress"),
      ),
      http_request: agent === undefined ? undefined : { user_agent: agent },
      unmapped: unmappedRest(outer, PLACED),
    },
  );
  const correlation = textAnyCase(body, "correlationId") ?? textAnyCase(outer, "correlationId");
  if (correlation !== undefined) event.metadata.correlation_uid = correlation;
  return event;
}

const OPERATION_TYPES: ReadonlyMap<string, number> = new Map([
  ["add", 1],
  ["create", 1],
  ["assign", 1],
  ["update", 3],
  ["delete", 4],
  ["unassign", 4],
]);

/** Records of risk (RiskyUsers, UserRiskEvents) have nobody who did it, but whose account it was. */
function subjectOf(body: JsonObject): JsonObject | undefined {
  const login = textAnyCase(body, "userPrincipalName");
  return login === undefined
    ? undefined
    : {
        userPrincipalName: login,
        displayName: textAnyCase(body, "userDisplayName") ?? null,
        id: textAnyCase(body, "userId") ?? null,
      };
}

function actorOf(
  user: JsonObject | undefined,
  application: JsonObject | undefined,
  identity: string | undefined,
): OcsfUser {
  const login = text(user, "userPrincipalName");
  if (login !== undefined || text(user, "id") !== undefined) {
    return {
      name: login ?? text(user, "displayName"),
      uid: text(user, "id"),
      email_addr: emailAddress(login),
      full_name: text(user, "displayName"),
      ...userType(false),
    };
  }
  const name = text(application, "displayName") ?? text(application, "servicePrincipalName") ?? identity;
  return {
    name,
    uid: text(application, "servicePrincipalId") ?? text(application, "appId"),
    ...userType(application !== undefined),
  };
}

const MAX_RESOURCES = 50;

function resourcesOf(targets: readonly unknown[]): OcsfResource[] | undefined {
  const resources: OcsfResource[] = [];
  for (const target of targets.slice(0, MAX_RESOURCES)) {
    const name = text(target, "userPrincipalName") ?? text(target, "displayName");
    const uid = text(target, "id");
    if (name !== undefined || uid !== undefined) resources.push({ name, uid, type: text(target, "type") ?? "unknown" });
  }
  return resources.length === 0 ? undefined : resources;
}
