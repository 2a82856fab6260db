/**
 * Bitbucket webhooks, of Cloud (`repo:push`, `pullrequest:created`) and of Data Center (`repo:refs_changed`, `pr:opened`) ->
 * API Activity (6003). `api.operation` is the event key.
 *
 * @see https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/
 */
import type { JsonObject, OcsfEvent, OcsfResource } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  noteVisibility,
  operationActivity,
  sourceEndpoint,
  unmappedRest,
  userType,
} from "../api-activity.ts";
import { hasHeader, openDelivery, type Delivery } from "../decoders/delivery.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { boolean, list, object, property, text, textOf } from "../read-json.ts";

const CLOUD = { name: "Bitbucket Cloud", vendor_name: "Atlassian" };
const DATA_CENTER = { name: "Bitbucket Data Center", vendor_name: "Atlassian" };

const PLACED: ReadonlySet<string> = new Set(["actor", "repository", "eventKey", "date", "push", "changes"]);
const EVENT_KEY = /^(?:repo|pullrequest|issue|project|pr|mirror|workspace|diagnostics)(?::[a-z_]{1,40}){1,3}$/;
const MAX_CHANGES = 50;
const MAX_MESSAGE_LENGTH = 200;

export default defineMap({
  id: "bitbucket-webhook",
  title: "Bitbucket webhook deliveries",
  product: CLOUD,
  reference: "https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/",
  lane: "repository",
  exporting:
    "A webhook of the workspace (Cloud) or of each project (Data Center) with all repository and pull request events; store " +
    "each payload as a line, with the header `X-Event-Key` beside it where the receiver can.",
  limits: [
    "Webhooks carry no client address, no user agent and no token.",
    "Cloud lists at most five commits of each changed branch and says `truncated`; neither product gives sizes.",
    "Reading (clone, fetch, download) sends no webhook.",
    "A bare payload of Cloud has lost the header that names its event; its keys tell it.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  if (hasHeader(json, "x-event-key")) return 1;
  const key = text(json, "eventKey");
  if (key !== undefined) return EVENT_KEY.test(key) ? 1 : 0;
  const repository = object(json, "repository");
  const isCloud =
    Object.hasOwn(object(json, "actor") ?? {}, "uuid") ||
    Object.hasOwn(object(json, "actor") ?? {}, "account_id") ||
    (object(repository, "links") !== undefined && Object.hasOwn(repository ?? {}, "full_name"));
  return isCloud && repository !== undefined && keyOf(json) !== undefined ? 0.9 : 0;
}

function conform({ json }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("bitbucket-webhook: not a JSON object");
  const delivery = openDelivery(json);
  const payload = delivery === null ? json : delivery.body;
  const key = text(payload, "eventKey") ?? delivery?.headers.get("x-event-key") ?? keyOf(payload);
  if (key === undefined || !EVENT_KEY.test(key))
    throw new MalformedInputError("bitbucket-webhook: no webhook event has these keys");
  const isCloud = !Object.hasOwn(payload, "eventKey");
  const repository = repositoryOf(payload);
  const host = hostOf(repository) ?? (isCloud ? "bitbucket.org" : undefined);
  return createEvent(
    6003,
    activityOf(key),
    {
      product: isCloud ? CLOUD : DATA_CENTER,
      time: timeOf(payload, delivery) ?? environment.fileModifiedTime,
      uid: delivery?.headers.get("x-request-uuid") ?? delivery?.headers.get("x-request-id"),
      event_code: key,
    },
    {
      actor: actorOf(object(payload, "actor")),
      api: { operation: key, service: { name: isCloud ? CLOUD.name : DATA_CENTER.name } },
      resources: resourcesOf(payload, repository),
      src_endpoint: sourceEndpoint(undefined),
      dst_endpoint: host === undefined ? undefined : { hostname: host },
      unmapped: unmappedOf(payload, repository),
    },
  );
}

/** The event of a payload of Cloud that has lost its header. */
function keyOf(payload: JsonObject): string | undefined {
  const has = (key: string): boolean => object(payload, key) !== undefined;
  if (has("push")) return "repo:push";
  if (has("fork")) return "repo:fork";
  if (has("pullrequest")) return pullRequestKey(payload);
  if (has("commit_status")) return "repo:commit_status_updated";
  if (has("issue"))
    return has("comment") ? "issue:comment_created" : has("changes") ? "issue:updated" : "issue:created";
  if (has("comment") && has("commit")) return "repo:commit_comment_created";
  return has("changes") ? "repo:updated" : undefined;
}

function pullRequestKey(payload: JsonObject): string {
  if (object(payload, "comment") !== undefined) return "pullrequest:comment_created";
  if (object(payload, "approval") !== undefined) return "pullrequest:approved";
  if (object(payload, "changes_request") !== undefined) return "pullrequest:changes_request_created";
  const request = object(payload, "pullrequest");
  const state = text(request, "state");
  if (state === "MERGED") return "pullrequest:fulfilled";
  if (state === "DECLINED") return "pullrequest:rejected";
  return text(request, "created_on") === text(request, "updated_on") ? "pullrequest:created" : "pullrequest:updated";
}

function activityOf(key: string): number {
  if (key === "repo:push" || key === "repo:refs_changed") return 99;
  if (key === "pullrequest:fulfilled" || key === "pullrequest:rejected" || key === "repo:transfer") return 3;
  const end = key.slice(key.lastIndexOf(":") + 1);
  return end === "declined" || end === "from_ref_updated" ? 3 : operationActivity(end);
}

function repositoryOf(payload: JsonObject): JsonObject | undefined {
  const changed = object(payload, "new");
  return (
    object(payload, "repository") ??
    (Object.hasOwn(changed ?? {}, "slug") ? changed : undefined) ??
    object(object(object(payload, "pullRequest"), "toRef"), "repository")
  );
}

/** Cloud tells the name in full; Data Center a project's key and a slug. */
function fullName(repository: JsonObject | undefined): string | undefined {
  const name = text(repository, "full_name");
  if (name !== undefined) return name;
  const slug = text(repository, "slug") ?? text(repository, "name");
  const project = text(object(repository, "project"), "key");
  return slug === undefined || project === undefined ? slug : `${project}/${slug}`;
}

function hostOf(repository: JsonObject | undefined): string | undefined {
  const links = object(repository, "links");
  const link = text(object(links, "html"), "href") ?? text(list(links, "self")[0], "href");
  return link === undefined ? undefined : /^https?:\/\/([A-Za-z0-9.-]{1,253})(?:[:/]|$)/.exec(link)?.[1];
}

/** Data Center dates the event; of Cloud the latest of what the payload tells of its own changes. */
function timeOf(payload: JsonObject, delivery: Delivery | null): number | undefined {
  const own = parseTime(property(payload, "date"));
  if (own !== undefined) return own;
  let latest: number | undefined;
  const consider = (value: unknown): void => {
    const time = parseTime(value);
    if (time !== undefined && (latest === undefined || time > latest)) latest = time;
  };
  for (const key of ["pullrequest", "comment", "commit_status", "issue", "fork", "approval", "changes_request"])
    for (const name of ["updated_on", "created_on", "date"]) consider(property(object(payload, key), name));
  if (delivery?.receivedTime !== undefined && latest === undefined) return delivery.receivedTime;
  // commit times are set by the author's machine, a repository's creation lies anywhere before
  for (const change of list(object(payload, "push"), "changes").slice(0, MAX_CHANGES))
    consider(property(object(object(change, "new"), "target"), "date"));
  if (latest === undefined)
    for (const name of ["updated_on", "created_on"]) consider(property(object(payload, "repository"), name));
  return latest;
}

function actorOf(actor: JsonObject | undefined): NonNullable<OcsfEvent["actor"]> {
  const type = text(actor, "type");
  return apiActor({
    name: text(actor, "nickname") ?? text(actor, "username") ?? text(actor, "name") ?? text(actor, "display_name"),
    uid: text(actor, "account_id") ?? text(actor, "uuid") ?? textOf(actor, "id"),
    full_name: text(actor, "display_name") ?? text(actor, "displayName"),
    email_addr: emailAddress(text(actor, "emailAddress")),
    ...userType(type === "SERVICE" || type === "team" || type === "app_user" || type === "AppUser"),
  });
}

function resourcesOf(payload: JsonObject, repository: JsonObject | undefined): OcsfResource[] | undefined {
  const resources: OcsfResource[] = [];
  const add = (subject: JsonObject | undefined): void => {
    const name = fullName(subject);
    const uid = text(subject, "uuid") ?? textOf(subject, "id");
    if (name !== undefined || uid !== undefined) resources.push({ name, uid, type: "repository" });
  };
  const origin = object(repository, "origin");
  // Data Center names the fork, and what it is of within it; Cloud both beside each other
  if (origin !== undefined) add(origin);
  add(repository);
  add(object(payload, "fork"));
  const project = object(payload, "project") ?? object(payload, "new");
  if (resources.length === 0 && text(project, "key") !== undefined)
    resources.push({
      name: text(project, "key"),
      uid: textOf(project, "id") ?? text(project, "uuid"),
      type: "project",
    });
  return resources.length === 0 ? undefined : resources;
}

function isPublic(repository: JsonObject | undefined): boolean | undefined {
  const isPrivate = boolean(repository, "is_private");
  return isPrivate === undefined ? boolean(repository, "public") : !isPrivate;
}

function unmappedOf(payload: JsonObject, repository: JsonObject | undefined): Record<string, unknown> {
  const rest = unmappedRest(payload, PLACED);
  noteVisibility(rest, undefined, isPublic(repository));
  const before = object(payload, "old") ?? undefined;
  const change = object(object(payload, "changes"), "is_private");
  const was = isPublic(before) ?? negated(boolean(change, "old"));
  const is = negated(boolean(change, "new"));
  if (is !== undefined) noteVisibility(rest, undefined, is);
  if (was !== undefined) rest["previous_visibility"] = was ? "public" : "private";
  const changes = object(payload, "changes");
  if (changes !== undefined) rest["changes"] = changes;
  const fork = object(payload, "fork");
  if (fork !== undefined && isPublic(fork) !== undefined) rest["fork_public"] = isPublic(fork);
  noteRefs(rest, payload);
  return rest;
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

/** Branches and tags a push moved, and what its commits say. */
function noteRefs(rest: Record<string, unknown>, payload: JsonObject): void {
  const cloud = list(object(payload, "push"), "changes");
  const changes = (cloud.length > 0 ? cloud : list(payload, "changes")).slice(0, MAX_CHANGES);
  if (changes.length === 0) return;
  const refs: Record<string, unknown>[] = [];
  const messages: string[] = [];
  let commits = 0;
  for (const change of changes) {
    const after = object(change, "new");
    const before = object(change, "old");
    refs.push({
      name: text(after, "name") ?? text(before, "name") ?? text(object(change, "ref"), "displayId"),
      type: text(after, "type") ?? text(before, "type") ?? text(object(change, "ref"), "type")?.toLowerCase(),
      from: text(object(before, "target"), "hash") ?? text(change, "fromHash"),
      to: text(object(after, "target"), "hash") ?? text(change, "toHash"),
      kind: text(change, "type") ?? (before === undefined ? "ADD" : after === undefined ? "DELETE" : "UPDATE"),
      forced: boolean(change, "forced"),
    });
    for (const commit of list(change, "commits")) {
      commits += 1;
      const message = text(commit, "message");
      if (message !== undefined && messages.length < 20) messages.push(message.slice(0, MAX_MESSAGE_LENGTH));
    }
  }
  rest["refs"] = refs;
  if (commits === 0) return;
  rest["commit_count"] = commits;
  rest["commit_messages"] = messages;
}
