/**
 * Webhook payloads of the build that GitHub gave them, which Gitea, Forgejo and Gogs follow: event, sender, repository.
 *
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
import type { JsonObject, OcsfEvent, OcsfResource } from "../../model/activity.ts";
import {
  apiActor,
  emailAddress,
  noteVisibility,
  operationActivity,
  sourceEndpoint,
  unmappedRest,
  userType,
  visibilityOf,
} from "./api-activity.ts";
import { hasHeader, type Delivery } from "./decoders/delivery.ts";
import { parseTime } from "./decoders/timestamp.ts";
import { createEvent, type EventBase } from "./ocsf.ts";
import { boolean, list, object, property, text, textOf } from "./read-json.ts";

/** Placed in OCSF attributes or summarised; the rest of a payload stays under `unmapped`. */
const PLACED: ReadonlySet<string> = new Set([
  "repository",
  "organization",
  "enterprise",
  "sender",
  "installation",
  "commits",
  "head_commit",
  "secret",
]);

const MAX_FILES = 200;
const MAX_MESSAGES = 20;
const MAX_MESSAGE_LENGTH = 200;

/** Headers by which Gitea and its relatives name the event; the first that is there counts. */
export const GITEA_HEADERS = ["x-forgejo-event", "x-gitea-event", "x-gogs-event"] as const;

/** Whether an envelope came from Gitea, Forgejo or Gogs. */
export function isGiteaDelivery(record: JsonObject): boolean {
  return GITEA_HEADERS.some((name) => hasHeader(record, name));
}

/** Whether a bare payload is Gitea's: of GitHub's build, with counters and names that GitHub does not write. */
export function isGiteaPayload(payload: JsonObject): boolean {
  const repository = object(payload, "repository") ?? {};
  if (Object.hasOwn(repository, "node_id")) return false;
  return (
    Object.hasOwn(payload, "compare_url") ||
    Object.hasOwn(payload, "secret") ||
    Object.hasOwn(repository, "stars_count") ||
    Object.hasOwn(repository, "open_pr_counter") ||
    Object.hasOwn(object(payload, "sender") ?? {}, "login_name")
  );
}

export interface WebhookPayload {
  readonly product: EventBase["product"];
  /** As the header names it: `push`, `repository`. */
  readonly event: string;
  readonly payload: JsonObject;
  readonly delivery: Delivery | null;
  /** Stands in where neither payload nor receiver tells a time, ms since 1970 UTC. */
  readonly fallbackMs: number;
}

/** One payload as API Activity (6003). */
export function webhookEvent({ product, event, payload, delivery, fallbackMs }: WebhookPayload): OcsfEvent {
  const action = text(payload, "action");
  const operation = action === undefined || action === event ? event : `${event}.${action.slice(0, 64)}`;
  const repository = object(payload, "repository");
  const host = hostOf(repository ?? object(payload, "organization") ?? object(payload, "sender"));
  const { headers } = delivery ?? {};
  return createEvent(
    6003,
    activityOf(event, operation),
    {
      product,
      time: timeOf(event, payload, delivery) ?? fallbackMs,
      uid: headers?.get("x-github-delivery") ?? headers?.get("x-gitea-delivery"),
      event_code: event,
    },
    {
      actor: actorOf(payload),
      api: { operation, service: { name: product.name } },
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
  const name = text(sender, "login") ?? text(sender, "username") ?? text(pusher, "name");
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
  // Gitea's instance-wide repositories are not private, and public to those who have signed in
  if (boolean(repository, "internal") === true) noteVisibility(rest, "internal", undefined);
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

export function noteCommits(
  rest: Record<string, unknown>,
  commits: readonly unknown[],
  head: JsonObject | undefined,
): void {
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
