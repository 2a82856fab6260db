/**
 * GitHub webhook -> API Activity (6003): deliveries with their headers, and bare payloads whose event their keys tell.
 *
 * `api.operation` is `<event>` or `<event>.<action>`: `push`, `repository.publicized`, `member.added`. Every event is
 * conformed, those not known here too. The time is the latest of GitHub's own times in the payload; commit times, which
 * the author's machine sets, count only where there is no other.
 *
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
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
  visibilityOf,
} from "../api-activity.ts";
import { hasHeader, openDelivery, type Delivery } from "../decoders/delivery.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { boolean, list, object, property, text, textOf } from "../read-json.ts";
import { eventOfKeys } from "../tables/github-webhook-events.ts";

const PRODUCT = { name: "GitHub", vendor_name: "GitHub" };

/** Placed in OCSF attributes or summarised; the rest of a payload stays under `unmapped`. */
const PLACED: ReadonlySet<string> = new Set([
  "repository",
  "organization",
  "enterprise",
  "sender",
  "installation",
  "commits",
  "head_commit",
]);

const MAX_FILES = 200;
const MAX_MESSAGES = 20;
const MAX_MESSAGE_LENGTH = 200;

export default defineMap({
  id: "github-webhook",
  title: "GitHub webhook deliveries",
  product: PRODUCT,
  reference: "https://docs.github.com/en/webhooks/webhook-events-and-payloads",
  lane: "repository",
  exporting:
    "An organisation webhook with content type `application/json` and all events that concern repositories, " +
    "members, keys and tokens; store each payload as a line, with the header `X-GitHub-Event` beside it where " +
    "the receiver can.",
  limits: [
    "Webhooks carry no client address, no user agent and no token.",
    "A push lists at most 2048 commits and no sizes.",
    "Reading (clone, fetch, download) sends no webhook.",
    "Repositories outside the organisation send nothing.",
    "A bare payload has lost the header that names its event; its keys tell it.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  if (hasHeader(json, "x-github-event")) return 1;
  const repository = object(json, "repository");
  if (property(json, "p_log_type") === "GitHub.Webhook") return 1;
  const sender = object(json, "sender");
  const githubSender = sender !== undefined && Object.hasOwn(sender, "login");
  if (repository !== undefined && Object.hasOwn(repository, "full_name")) {
    if (Object.hasOwn(repository, "node_id") || isGithubAddress(text(repository, "html_url"))) return 1;
    // Gitea and Forgejo send payloads of the same build, without node ids
    if (Object.hasOwn(json, "secret") || Object.hasOwn(sender ?? {}, "login_name")) return 0;
    return eventOfKeys(json) === undefined ? 0 : 0.8;
  }
  if (!githubSender && object(json, "security_advisory") === undefined) return 0;
  return eventOfKeys(json) === undefined
    ? 0
    : Object.hasOwn(sender ?? json, "node_id") || Object.hasOwn(json, "security_advisory")
      ? 1
      : 0.7;
}

function isGithubAddress(url: string | undefined): boolean {
  return url !== undefined && url.startsWith("https://github.com/");
}

function conform({ json }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("github-webhook: not a JSON object");
  const delivery = openDelivery(json);
  const payload = delivery === null ? json : delivery.body;
  const event = delivery?.headers.get("x-github-event") ?? text(json, "event") ?? eventOfKeys(payload);
  if (event === undefined || !/^[A-Za-z0-9_]{1,64}$/.test(event))
    throw new MalformedInputError("github-webhook: no webhook event has these keys");

  const action = text(payload, "action");
  const operation = action === undefined || action === event ? event : `${event}.${action.slice(0, 64)}`;
  const repository = object(payload, "repository");
  const host = hostOf(repository ?? object(payload, "organization") ?? object(payload, "sender"));
  return createEvent(
    6003,
    activityOf(event, operation),
    {
      product: PRODUCT,
      time: timeOf(event, payload, delivery) ?? environment.fileModifiedTime,
      uid: delivery?.headers.get("x-github-delivery"),
      event_code: event,
    },
    {
      actor: actorOf(payload),
      api: { operation, service: { name: "GitHub" } },
      resources: resourcesOf(payload, repository),
      src_endpoint: sourceEndpoint(undefined),
      dst_endpoint: host === undefined ? undefined : { hostname: host },
      unmapped: unmappedOf(operation, payload, repository),
    },
  );
}

function activityOf(event: string, operation: string): number {
  if (event === "push") return 99;
  return event === "public" || event === "gollum" ? 3 : operationActivity(operation);
}

/** Host name of the code host, from the address of a page on it; Enterprise Servers have their own. */
function hostOf(owner: JsonObject | undefined): string | undefined {
  const url = text(owner, "html_url") ?? text(owner, "url");
  const host = url === undefined ? undefined : /^https?:\/\/([A-Za-z0-9.-]{1,253})(?:[:/]|$)/.exec(url)?.[1];
  return host === "api.github.com" ? "github.com" : host;
}

const TIMES = [
  "updated_at",
  "created_at",
  "pushed_at",
  "published_at",
  "submitted_at",
  "completed_at",
  "started_at",
  "closed_at",
  "merged_at",
  "dismissed_at",
  "resolved_at",
  "withdrawn_at",
];

/** Every one of these times lies before the delivery, so the latest is nearest to the event. */
function timeOf(event: string, payload: JsonObject, delivery: Delivery | null): number | undefined {
  let latest = latestTime(object(payload, "repository"));
  latest = later(latest, latestTime(payload));
  latest = later(latest, parseTime(property(payload, "starred_at")));
  for (const key in payload) {
    if (key === "repository" || key === "sender" || key === "organization") continue;
    const subject = object(payload, key);
    if (subject !== undefined) latest = later(latest, latestTime(subject));
  }
  latest ??= delivery?.receivedTime;
  if (latest !== undefined || event !== "push") return latest;
  const commits = list(payload, "commits");
  return (
    parseTime(property(object(payload, "head_commit"), "timestamp")) ??
    parseTime(property(commits[commits.length - 1], "timestamp"))
  );
}

function latestTime(subject: JsonObject | undefined): number | undefined {
  let latest: number | undefined;
  for (const key of TIMES) latest = later(latest, parseTime(property(subject, key)));
  return latest;
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

function actorOf(payload: JsonObject): NonNullable<OcsfEvent["actor"]> {
  const pusher = object(payload, "pusher");
  const sender = object(payload, "sender") ?? firstUser(payload);
  const name = text(sender, "login") ?? text(pusher, "name");
  const uid = textOf(sender, "id");
  const pusherEmail = emailAddress(text(pusher, "email"));
  // GitHub's no-reply address is a form of the login, not where the person gets mail
  const email = pusherEmail?.endsWith("@users.noreply.github.com") ? undefined : pusherEmail;
  return apiActor({
    name,
    uid,
    email_addr: email,
    ...userType(text(sender, "type") === "Bot" || (name?.endsWith("[bot]") ?? false)),
  });
}

/** The author of the subject, for payloads a forwarder cut down to it. */
function firstUser(payload: JsonObject): JsonObject | undefined {
  for (const key of ["comment", "review", "pull_request", "issue", "discussion", "release"]) {
    const subject = object(payload, key);
    const user = object(subject, "user") ?? object(subject, "author");
    if (user !== undefined) return user;
  }
  return undefined;
}

function resourcesOf(payload: JsonObject, repository: JsonObject | undefined): OcsfResource[] | undefined {
  const resources: OcsfResource[] = [];
  const add = (subject: unknown, nameKey: string, type: string): void => {
    const name = text(subject, nameKey);
    const uid = textOf(subject, "id");
    if (name !== undefined || uid !== undefined) resources.push({ name, uid, type });
  };
  add(repository, "full_name", "repository");
  add(object(payload, "forkee"), "full_name", "repository");
  if (repository === undefined)
    for (const key of ["repositories", "repositories_added", "repositories_removed"])
      for (const item of list(payload, key).slice(0, 50)) add(item, "full_name", "repository");
  if (resources.length === 0) add(object(payload, "organization"), "login", "organization");
  if (resources.length === 0) add(object(payload, "installation"), "app_slug", "application");
  return resources.length === 0 ? undefined : resources;
}

/** What a repository was before the event that says it changed. */
const PREVIOUS_VISIBILITY: ReadonlyMap<string, string> = new Map([
  ["public", "private"],
  ["repository.publicized", "private"],
  ["repository.privatized", "public"],
]);

function unmappedOf(
  operation: string,
  payload: JsonObject,
  repository: JsonObject | undefined,
): Record<string, unknown> {
  const rest = unmappedRest(payload, PLACED);
  const organization = text(object(payload, "organization"), "login");
  if (organization !== undefined) rest["org"] = organization;
  const installation = textOf(object(payload, "installation"), "id");
  if (installation !== undefined) rest["installation_id"] = installation;
  noteRepository(rest, repository);
  const previous = PREVIOUS_VISIBILITY.get(operation);
  if (previous !== undefined) rest["previous_visibility"] = previous;
  if (Array.isArray(property(payload, "commits")))
    noteCommits(rest, list(payload, "commits"), object(payload, "head_commit"));
  return rest;
}

/** Of a repository's ninety keys those that say what it is; the others are addresses of the API. */
function noteRepository(rest: Record<string, unknown>, repository: JsonObject | undefined): void {
  if (repository === undefined) return;
  const isPrivate = boolean(repository, "private");
  noteVisibility(
    rest,
    visibilityOf(property(repository, "visibility")),
    isPrivate === undefined ? undefined : !isPrivate,
  );
  const description = text(repository, "description");
  if (description !== undefined) rest["repository_description"] = description;
  for (const key of [
    "fork",
    "size",
    "created_at",
    "pushed_at",
    "default_branch",
    "has_wiki",
    "has_issues",
    "has_projects",
    "archived",
    "homepage",
  ]) {
    const value = property(repository, key);
    if (value !== undefined && value !== null) rest[`repository_${key}`] = value;
  }
  const owner = text(object(repository, "owner"), "login");
  if (owner !== undefined) rest["repository_owner"] = owner;
}

function noteCommits(rest: Record<string, unknown>, commits: readonly unknown[], head: JsonObject | undefined): void {
  const counts = { added: 0, modified: 0, removed: 0 };
  const files = new Set<string>();
  const messages: string[] = [];
  for (const commit of commits) {
    for (const kind of ["added", "modified", "removed"] as const) {
      const paths = list(commit, kind);
      counts[kind] += paths.length;
      for (const path of paths)
        if (kind !== "removed" && typeof path === "string" && files.size < MAX_FILES) files.add(path);
    }
    const message = text(commit, "message");
    if (message !== undefined && messages.length < MAX_MESSAGES) messages.push(message.slice(0, MAX_MESSAGE_LENGTH));
  }
  rest["commit_count"] = commits.length;
  rest["files_added"] = counts.added;
  rest["files_modified"] = counts.modified;
  rest["files_removed"] = counts.removed;
  rest["files"] = [...files];
  rest["commit_messages"] = messages;
  const author = object(head, "author");
  if (author !== undefined) rest["head_commit_author"] = author;
}
