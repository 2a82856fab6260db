/**
 * Google Cloud audit logs (activity, data access, policy, system events) -> API Activity, Cloud Storage, BigQuery, Artifact
 * Registry and Source Repositories among it.
 *
 * @see https://cloud.google.com/logging/docs/audit/understanding-audit-logs
 * @see https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
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
import { boolean, integer, list, object, property, text } from "../read-json.ts";

const product = { name: "Cloud Audit Logs", vendor_name: "Google Cloud" } as const;

const PLACED: ReadonlySet<string> = new Set(
  "insertId insertid logName logname protoPayload protopayload timestamp receiveTimestamp receivetimestamp".split(" "),
);

const PAYLOAD_PLACED: ReadonlySet<string> = new Set(
  "@type at_sign_type at_type methodName serviceName status".split(" "),
);

export default defineMap({
  id: "gcp-audit",
  title: "Google Cloud audit logs",
  product,
  reference: "https://cloud.google.com/logging/docs/audit/understanding-audit-logs",
  lane: "repository",
  exporting:
    'A log sink for `logName:"cloudaudit.googleapis.com"` to Cloud Storage or Pub/Sub; `gcloud logging read ' +
    "--format=json` is read too. Switch on Data Access logs for the services that hold data.",
  limits: [
    "Reading and writing of data (objects, repositories) is recorded only where Data Access logs are switched on.",
    "It counts no bytes.",
    "The caller's address is hidden for calls from Google's own services and for some other organisations' callers.",
    "Long operations are recorded twice, at their beginning and end: the second carries `operation.last`.",
  ],
  recognise({ json }) {
    if (json === null) return 0;
    const payload = payloadOf(json);
    if (payload === undefined) return text(json, "p_log_type") === "GCP.AuditLog" ? 0.8 : 0;
    const log = logName(json);
    if (log !== undefined) return log.includes("cloudaudit.googleapis.com") ? 1 : 0;
    const type = text(payload, "@type") ?? text(payload, "at_sign_type");
    if (type !== undefined) return type.endsWith("google.cloud.audit.AuditLog") ? 1 : 0;
    if (text(json, "p_log_type") === "GCP.AuditLog") return 1;
    return Object.hasOwn(payload, "authenticationInfo") || Object.hasOwn(payload, "authorizationInfo") ? 0.8 : 0;
  },
  conform,
});

function payloadOf(json: JsonObject): JsonObject | undefined {
  return object(json, "protoPayload") ?? object(json, "protopayload");
}

function logName(json: JsonObject): string | undefined {
  return text(json, "logName") ?? text(json, "logname");
}

function conform({ json, syslog }: DecodedRecord, { fileModifiedTime }: ConformEnvironment): OcsfEvent {
  const payload = json === null ? undefined : payloadOf(json);
  if (json === null || payload === undefined) throw new MalformedInputError("no audit log entry: no protoPayload");
  const permissions = list(payload, "authorizationInfo");
  const operation = text(payload, "methodName") ?? text(permissions[0], "permission");
  if (operation === undefined) throw new MalformedInputError("audit log entry without methodName");
  const service = text(payload, "serviceName");
  const request = object(payload, "requestMetadata");
  const status = object(payload, "status");
  const code = integer(status, "code");
  const refused = permissions.some((permission) => boolean(permission, "granted") === false);
  const agent = text(request, "callerSuppliedUserAgent");
  const labels = object(object(json, "resource"), "labels");
  const project = text(labels, "project_id") ?? /^projects\/([^/]{1,64})/.exec(logName(json) ?? "")?.[1];
  const event = createEvent(
    6003,
    activityOf(operation),
    {
      product,
      time:
        parseTime(property(json, "timestamp")) ??
        parseTime(property(json, "p_event_time")) ??
        parseTime(property(json, "receiveTimestamp")) ??
        syslog?.time ??
        fileModifiedTime,
      uid: text(json, "insertId") ?? text(json, "insertid"),
      event_code: operation,
      severity_id: SEVERITIES.get(text(json, "severity") ?? ""),
    },
    {
      ...outcomeStatus(code === undefined || code === 0 ? !refused : false),
      status_code: code === undefined || code === 0 ? undefined : String(code),
      status_detail: text(status, "message"),
      actor: actorOf(object(payload, "authenticationInfo")),
      api: {
        operation,
        service: service === undefined ? undefined : { name: service },
        request: requestOf(json),
        response:
          code === undefined || code === 0
            ? undefined
            : { code, error: CODES.get(code) ?? String(code), error_message: text(status, "message") },
      },
      src_endpoint: sourceEndpoint(property(request, "callerIp") ?? property(request, "callerIP")),
      dst_endpoint: service === undefined ? undefined : { hostname: service.toLowerCase() },
      http_request: agent === undefined ? undefined : { user_agent: agent },
      resources: resourcesOf(payload, service, object(json, "resource")),
      cloud: {
        provider: "GCP",
        region: text(labels, "location") ?? text(labels, "zone") ?? text(labels, "region"),
        project_uid: project,
      },
      unmapped: { ...unmappedRest(json, PLACED), protoPayload: unmappedRest(payload, PAYLOAD_PLACED) },
    },
  );
  event.metadata.profiles = [...(event.metadata.profiles ?? []), "cloud"];
  const log = logName(json);
  if (log !== undefined) event.metadata.log_name = log;
  return event;
}

/** Google's severities -> OCSF severity_id; NOTICE is what ordinary changes carry. */
const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["ERROR", 2],
  ["WARNING", 2],
  ["CRITICAL", 4],
  ["ALERT", 4],
  ["EMERGENCY", 5],
]);

/** google.rpc.Code -> its name. */
const CODES: ReadonlyMap<number, string> = new Map([
  [1, "CANCELLED"],
  [2, "UNKNOWN"],
  [3, "INVALID_ARGUMENT"],
  [4, "DEADLINE_EXCEEDED"],
  [5, "NOT_FOUND"],
  [6, "ALREADY_EXISTS"],
  [7, "PERMISSION_DENIED"],
  [8, "RESOURCE_EXHAUSTED"],
  [9, "FAILED_PRECONDITION"],
  [10, "ABORTED"],
  [12, "UNIMPLEMENTED"],
  [13, "INTERNAL"],
  [14, "UNAVAILABLE"],
  [16, "UNAUTHENTICATED"],
]);

/** Git of Source Repositories: a push writes, whatever else the method's name holds. */
function activityOf(operation: string): number {
  if (/ReceivePack$/i.test(operation)) return 99;
  if (/UploadPack$/i.test(operation)) return 2;
  return operationActivity(operation);
}

function requestOf(json: JsonObject): { uid: string } | undefined {
  const uid = text(object(json, "operation"), "id");
  return uid === undefined ? undefined : { uid };
}

/** A person or service account by e-mail; workload and workforce identities by their subject. */
function actorOf(info: JsonObject | undefined): NonNullable<OcsfEvent["actor"]> {
  const email = text(info, "principalEmail");
  const subject = text(info, "principalSubject");
  const key = text(info, "serviceAccountKeyName");
  const delegated = text(
    object(list(info, "serviceAccountDelegationInfo")[0], "firstPartyPrincipal"),
    "principalEmail",
  );
  const name = email ?? subjectName(subject);
  const isService =
    (email !== undefined && (/\.gserviceaccount\.com$/.test(email) || email.startsWith("system:"))) ||
    subject?.startsWith("serviceAccount:") === true ||
    key !== undefined;
  const user: OcsfUser = name === undefined ? {} : { name, uid: subject, ...userType(isService) };
  const address = emailAddress(email);
  if (address !== undefined) user.email_addr = address;
  const actor = apiActor(user, key);
  if (delegated !== undefined) actor.invoked_by = delegated;
  return actor;
}

/** `user:alice@acme.example`, `principal://…/subject/alice` -> who it is; whole where it is of no such form. */
function subjectName(subject: string | undefined): string | undefined {
  if (subject === undefined) return undefined;
  const federated = subject.indexOf("/subject/");
  if (federated !== -1) return subject.slice(federated + "/subject/".length) || subject;
  return /^(?:user|serviceAccount|group):(.{1,320})$/.exec(subject)?.[1] ?? subject;
}

const MAX_RESOURCES = 50;

function resourcesOf(
  payload: JsonObject,
  service: string | undefined,
  monitored: JsonObject | undefined,
): OcsfResource[] | undefined {
  const name = text(payload, "resourceName");
  const type = text(monitored, "type");
  const repository = service === "sourcerepo.googleapis.com" ? /\/repos\/(.{1,200})$/.exec(name ?? "")?.[1] : undefined;
  const resources: OcsfResource[] = [];
  if (name !== undefined)
    resources.push(repository === undefined ? { name, type } : { name: repository, uid: name, type: "repository" });
  for (const permission of list(payload, "authorizationInfo").slice(0, MAX_RESOURCES)) {
    const other = text(permission, "resource") ?? text(object(permission, "resourceAttributes"), "name");
    if (other === undefined || resources.some((known) => known.name === other || known.uid === other)) continue;
    resources.push({ name: other, type: text(object(permission, "resourceAttributes"), "type") });
  }
  return resources.length === 0 ? undefined : resources;
}
