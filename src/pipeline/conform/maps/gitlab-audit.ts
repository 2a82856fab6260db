/**
 * GitLab audit events -> API Activity (6003): the API and stream (`details` in an object of its own), and
 * `audit_json.log` (the details beside the rest, `meta.*` keys with points in them).
 *
 * `api.operation` is the event type. The API and the log file leave it out in many releases; it is then derived from
 * what changed, in the names of GitLab's own list. Git traffic is `repository_git_operation` with
 * `unmapped.git_operation` push, fetch or clone.
 *
 * @see https://docs.gitlab.com/user/compliance/audit_event_schema/
 * @see https://docs.gitlab.com/administration/logs/#audit_jsonlog
 */
import type { JsonObject, OcsfEvent, OcsfResource } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  noteVisibility,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  unmappedRest,
  userType,
  visibilityOf,
} from "../api-activity.ts";
import { parseJson } from "../decode.ts";
import { hasHeader, openDelivery } from "../decoders/delivery.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { number, object, property, text, textOf } from "../read-json.ts";
import { gitOperation, operationOf, visibilityChange } from "../tables/gitlab-audit.ts";

const PRODUCT = { name: "GitLab", vendor_name: "GitLab" };

const PLACED: ReadonlySet<string> = new Set([
  "id",
  "author_id",
  "author_name",
  "created_at",
  "time",
  "ip_address",
  "event_type",
  "entity_path",
  "meta.user",
  "meta.remote_ip",
  "user_agent",
]);

export default defineMap({
  id: "gitlab-audit",
  title: "GitLab audit events",
  product: PRODUCT,
  reference: "https://docs.gitlab.com/user/compliance/audit_events/",
  lane: "repository",
  exporting:
    "Audit event streaming of the top-level group or instance (Ultimate) to an HTTP receiver has everything; " +
    "`/var/log/gitlab/gitlab-rails/audit_json.log` and `/api/v4/audit_events` have all but git operations.",
  limits: [
    "Git operations are streamed only (Ultimate); neither the API nor audit_json.log has them.",
    "No event tells how many bytes went which way.",
    "The author is a display name; the login appears only in audit_json.log's meta.user.",
    "Clones of public projects without a login are not recorded.",
    "audit_json.log has no event type in many releases: it is derived from what changed.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  if (Object.hasOwn(json, "author_id") && Object.hasOwn(json, "entity_type") && Object.hasOwn(json, "entity_id"))
    return 1;
  if (hasHeader(json, "x-gitlab-audit-event-type")) return 1;
  if (Object.hasOwn(json, "ecs") || Object.hasOwn(json, "class_uid")) return 0;
  const details = object(json, "details") ?? object(json, "detail");
  if (details === undefined || !Object.hasOwn(details, "custom_message")) return 0;
  return Object.hasOwn(json, "author_id") || Object.hasOwn(details, "author_name") ? 0.9 : 0.6;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("gitlab-audit: not a JSON object");
  const delivery = openDelivery(json);
  const entry = delivery === null ? json : delivery.body;
  const details = object(entry, "details") ?? object(entry, "detail") ?? entry;
  if (
    !Object.hasOwn(entry, "author_id") &&
    !Object.hasOwn(entry, "entity_type") &&
    !Object.hasOwn(details, "custom_message")
  ) {
    throw new MalformedInputError("gitlab-audit: neither an author nor an entity");
  }

  const message = messageOf(details);
  const entityType = text(entry, "entity_type") ?? "";
  const operation =
    text(entry, "event_type") ??
    text(details, "event_name") ??
    delivery?.headers.get("x-gitlab-audit-event-type") ??
    operationOf(entityType, details, message);
  const git = gitOperation(message);
  const failed = /_failed|_fail\b|failed_/.test(operation);
  const agent = text(entry, "user_agent") ?? text(entry, "meta.user_agent") ?? text(details, "user_agent");
  const time =
    parseTime(property(entry, "created_at")) ??
    parseTime(property(entry, "time")) ??
    delivery?.receivedTime ??
    syslog?.time ??
    environment.fileModifiedTime;
  return createEvent(
    6003,
    git === undefined ? operationActivity(operation) : git === "push" ? 99 : 2,
    { product: PRODUCT, time, uid: textOf(entry, "id"), event_code: operation },
    {
      ...outcomeStatus(failed ? false : undefined),
      message: typeof message === "string" ? message : undefined,
      actor: actorOf(entry, details),
      api: { operation, service: { name: "GitLab" } },
      resources: resourcesOf(entry, details, entityType),
      src_endpoint: sourceEndpoint(
        text(entry, "ip_address") ??
          text(details, "ip_address") ??
          text(entry, "meta.remote_ip") ??
          property(object(entry, "meta"), "remote_ip"),
      ),
      http_request: agent === undefined ? undefined : { user_agent: agent },
      unmapped: unmappedOf(operation, entry, details, message, git),
    },
  );
}

/** `custom_message` as text, or as the object that git operations have; that object also comes as its JSON text. */
function messageOf(details: JsonObject): string | JsonObject | undefined {
  const message = object(details, "custom_message") ?? text(details, "custom_message");
  if (typeof message !== "string" || !message.startsWith("{")) return message;
  try {
    const parsed = parseJson(message);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : message;
  } catch (error) {
    if (error instanceof MalformedInputError) return message;
    throw error;
  }
}

const NOBODY = "An unauthenticated user";

/** Authors that are no people: GitLab gives them negative ids, or names their class. */
function actorOf(entry: JsonObject, details: JsonObject): NonNullable<OcsfEvent["actor"]> {
  const id = number(entry, "author_id");
  const displayName = text(entry, "author_name") ?? text(details, "author_name");
  if (displayName === NOBODY) return apiActor({});
  const login = text(entry, "meta.user") ?? text(object(entry, "meta"), "user");
  const authorClass = text(details, "author_class");
  const email = emailAddress(text(details, "author_email") ?? text(entry, "author_email"));
  const isService =
    (id !== undefined && id < -1) ||
    (authorClass !== undefined && authorClass !== "User") ||
    /^(?:project|group)_\d+_bot/.test(login ?? displayName ?? "");
  const name = login ?? displayName;
  return apiActor({
    name,
    full_name: login === undefined ? undefined : displayName,
    uid: id === undefined ? undefined : String(id),
    email_addr: email,
    ...userType(isService),
  });
}

const RESOURCE_TYPES: ReadonlyMap<string, string> = new Map([
  ["Project", "repository"],
  ["Group", "group"],
  ["User", "user"],
  ["Gitlab::Audit::InstanceScope", "instance"],
]);

function resourcesOf(entry: JsonObject, details: JsonObject, entityType: string): OcsfResource[] | undefined {
  const targetType = text(entry, "target_type") ?? text(details, "target_type");
  const target = text(entry, "target_details") ?? text(details, "target_details");
  // the log file has no entity_path; where the project itself is the target, its path is the target's details
  const name =
    text(entry, "entity_path") ??
    text(details, "entity_path") ??
    (entityType !== "" && targetType === entityType ? target : undefined);
  const uid = textOf(entry, "entity_id");
  if (name === undefined && uid === undefined) return undefined;
  return [
    { name, uid, type: RESOURCE_TYPES.get(entityType) ?? (entityType === "" ? "unknown" : entityType.toLowerCase()) },
  ];
}

function unmappedOf(
  operation: string,
  entry: JsonObject,
  details: JsonObject,
  message: string | JsonObject | undefined,
  git: string | undefined,
): Record<string, unknown> {
  const rest = unmappedRest(entry, PLACED);
  if (git !== undefined) {
    rest["git_operation"] = git;
    const protocol = text(message, "protocol");
    if (protocol !== undefined) rest["transport_protocol_name"] = protocol;
  }
  if (operation.startsWith("public_repository_")) noteVisibility(rest, "public", undefined);
  const change = visibilityChange(details, message);
  if (change !== undefined) {
    noteVisibility(rest, visibilityOf(change.to), undefined);
    const previous = visibilityOf(change.from);
    if (previous !== undefined) rest["previous_visibility"] = previous;
  }
  return rest;
}
