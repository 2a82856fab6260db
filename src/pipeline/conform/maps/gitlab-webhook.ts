/**
 * GitLab webhooks, of projects and groups (`object_kind`) and of the instance (system hooks, `event_name`) -> API Activity
 * (6003); a sign-in that a system hook says was refused -> Authentication (3002).
 *
 * `api.operation` is GitLab's audit event type of the same happening where there is one, `git.push` for a push, else the
 * kind with its action (`merge_request.open`); `metadata.event_code` is the hook's own name.
 *
 * @see https://docs.gitlab.com/user/project/integrations/webhook_events/
 * @see https://docs.gitlab.com/administration/system_hooks/
 */
import type { JsonObject, OcsfEvent, OcsfResource, OcsfUser } from "../../../model/activity.ts";
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
import { noteCommits } from "../github-payload.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { integer, list, object, property, text, textOf } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";
import { hookEvent, hookOperation, isPush } from "../tables/gitlab-webhook.ts";

const PRODUCT = { name: "GitLab", vendor_name: "GitLab" };

/** Placed in OCSF attributes, summarised, or a second spelling of what is placed. */
const PLACED: ReadonlySet<string> = new Set([
  "object_kind",
  "event_name",
  "project",
  "repository",
  "commits",
  "user",
  "user_id",
  "user_name",
  "user_username",
  "user_email",
  "user_avatar",
]);
/** Events whose `user_…` is somebody to whom a thing was done, not who did it. */
const CONCERNS_USER = /^user_/;
const MAX_CHANGES = 50;

export default defineMap({
  id: "gitlab-webhook",
  title: "GitLab webhook deliveries and system hooks",
  product: PRODUCT,
  reference: "https://docs.gitlab.com/user/project/integrations/webhook_events/",
  lane: "repository",
  exporting:
    "A system hook (Admin area, System hooks) with push, tag and repository update events, or a webhook of each group with all " +
    "events; store each payload as a line, with its headers beside it where the receiver can.",
  limits: [
    "Webhooks carry no client address, no user agent and no token.",
    "A push lists at most 20 commits, with `total_commits_count` beside them, and no sizes; those of system hooks list none.",
    "System hooks do not say who created, moved or deleted a project, or who added a member: only whose it is, and who was added.",
    "A system hook tells a project's visibility as it is, not that it changed.",
    "Reading (clone, fetch, download) sends no webhook.",
    "A push has no time of its own: the receiver's is taken, else that of its last commit.",
  ],
  recognise({ json }: DecodedRecord): number {
    if (json === null) return 0;
    if (hasHeader(json, "x-gitlab-event")) return 1;
    if (hookEvent(json) === undefined) return 0;
    return Object.hasOwn(json, "event_name") || object(json, "project") !== undefined ? 1 : 0.8;
  },
  conform({ json }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
    if (json === null) throw new MalformedInputError("gitlab-webhook: not a JSON object");
    const delivery = openDelivery(json);
    const payload = delivery === null ? json : delivery.body;
    const event = hookEvent(payload);
    if (event === undefined) throw new MalformedInputError("gitlab-webhook: no hook event has these keys");
    const base: EventBase = {
      product: PRODUCT,
      time: timeOf(payload, delivery) ?? environment.fileModifiedTime,
      uid: delivery?.headers.get("idempotency-key") ?? delivery?.headers.get("x-gitlab-event-uuid"),
      event_code: event,
    };
    return event === "user_failed_login" ? refusedSignIn(payload, base) : change(event, payload, delivery, base);
  },
});

function change(event: string, payload: JsonObject, delivery: Delivery | null, base: EventBase): OcsfEvent {
  const operation = hookOperation(event, payload);
  const host = hostOf(payload, delivery);
  return createEvent(6003, isPush(event) ? 99 : operationActivity(operation), base, {
    actor: apiActor(actorOf(event, payload)),
    api: { operation, service: { name: "GitLab" } },
    resources: resourcesOf(event, payload),
    src_endpoint: sourceEndpoint(undefined),
    dst_endpoint: host === undefined ? undefined : { hostname: host },
    unmapped: unmappedOf(event, payload),
  });
}

function refusedSignIn(payload: JsonObject, base: EventBase): OcsfEvent {
  return createSignOn(base, {
    activity: 1,
    user: {
      name: text(payload, "username"),
      full_name: text(payload, "name"),
      uid: textOf(payload, "user_id"),
      email_addr: emailAddress(text(payload, "email")),
      ...userType(false),
    },
    service: "GitLab",
    source: sourceEndpoint(undefined),
    succeeded: false,
    detail: text(payload, "state"),
    unmapped: {},
  });
}

function actorOf(event: string, payload: JsonObject): OcsfUser {
  const user = object(payload, "user");
  if (user !== undefined)
    return {
      name: text(user, "username") ?? text(user, "name"),
      full_name: text(user, "username") === undefined ? undefined : text(user, "name"),
      uid: textOf(user, "id"),
      email_addr: emailAddress(text(user, "email")),
      ...userType(isBot(text(user, "username"))),
    };
  // a key is its owner's to add
  if (event === "key_create" || event === "key_destroy")
    return { name: text(payload, "username"), ...userType(isBot(text(payload, "username"))) };
  if (CONCERNS_USER.test(event)) return {};
  const login = text(payload, "user_username");
  const name = login ?? text(payload, "user_name");
  return {
    name,
    full_name: login === undefined ? undefined : text(payload, "user_name"),
    uid: textOf(payload, "user_id"),
    email_addr: emailAddress(text(payload, "user_email")),
    ...userType(isBot(name)),
  };
}

/** Tokens of projects and groups act as accounts with such names. */
function isBot(login: string | undefined): boolean {
  return login !== undefined && /^(?:project|group)_\d+_bot/.test(login);
}

function resourcesOf(event: string, payload: JsonObject): OcsfResource[] | undefined {
  const resources: OcsfResource[] = [];
  const add = (
    name: string | undefined,
    uid: string | undefined,
    type: string,
    owner?: OcsfResource["owner"],
  ): void => {
    if (name !== undefined || uid !== undefined)
      resources.push(owner === undefined ? { name, uid, type } : { name, uid, type, owner });
  };
  const project = object(payload, "project");
  add(
    text(project, "path_with_namespace") ??
      text(payload, "path_with_namespace") ??
      text(payload, "project_path_with_namespace") ??
      text(payload, "project_path"),
    textOf(project, "id") ?? textOf(payload, "project_id"),
    "repository",
    ownerOf(payload),
  );
  if (Object.hasOwn(payload, "group_id"))
    add(
      text(payload, "full_path") ??
        text(payload, "group_full_path") ??
        text(payload, "group_path") ??
        text(payload, "path"),
      textOf(payload, "group_id"),
      "group",
    );
  if (CONCERNS_USER.test(event))
    add(text(payload, "user_username") ?? text(payload, "username"), textOf(payload, "user_id"), "user");
  if (event === "key_create" || event === "key_destroy") add(undefined, textOf(payload, "id"), "ssh_key");
  return resources.length === 0 ? undefined : resources;
}

/** Whose namespace a new project lies in; a group's is told by the name of its first owner. */
function ownerOf(payload: JsonObject): OcsfResource["owner"] {
  const name = text(payload, "owner_name");
  const email = emailAddress(text(payload, "owner_email"));
  return name === undefined ? undefined : { name, email_addr: email };
}

function hostOf(payload: JsonObject, delivery: Delivery | null): string | undefined {
  const project = object(payload, "project");
  const repository = object(payload, "repository");
  for (const address of [
    delivery?.headers.get("x-gitlab-instance"),
    text(project, "web_url"),
    text(project, "git_http_url"),
    text(repository, "homepage"),
  ]) {
    const host = address === undefined ? undefined : /^https?:\/\/([A-Za-z0-9.-]{1,253})(?:[:/]|$)/.exec(address)?.[1];
    if (host !== undefined) return host;
  }
  return undefined;
}

/** What the payload says of its subject lies before the delivery, so the latest is nearest to it. */
function timeOf(payload: JsonObject, delivery: Delivery | null): number | undefined {
  if (delivery?.receivedTime !== undefined) return delivery.receivedTime;
  let latest: number | undefined;
  const consider = (value: unknown): void => {
    const time = parseTime(value);
    if (time !== undefined && (latest === undefined || time > latest)) latest = time;
  };
  const attributes = object(payload, "object_attributes");
  for (const subject of [payload, attributes])
    for (const key of [
      "updated_at",
      "created_at",
      "finished_at",
      "build_finished_at",
      "status_changed_at",
      "released_at",
    ])
      consider(property(subject, key));
  // commit times are set by the author's machine
  if (latest === undefined) for (const commit of list(payload, "commits")) consider(property(commit, "timestamp"));
  return latest;
}

function unmappedOf(event: string, payload: JsonObject): Record<string, unknown> {
  const rest = unmappedRest(payload, PLACED);
  const project = object(payload, "project");
  const visibility =
    visibilityOf(property(project, "visibility_level")) ??
    visibilityOf(property(payload, "project_visibility")) ??
    visibilityOf(property(object(payload, "repository"), "visibility_level"));
  noteVisibility(rest, visibility, undefined);
  for (const key of ["description", "default_branch", "namespace"]) {
    const value = text(project, key);
    if (value !== undefined) rest[`repository_${key}`] = value;
  }
  // the account a thing was done to is a resource; its words stay
  if (CONCERNS_USER.test(event))
    for (const key of ["user_name", "user_email"]) {
      const value = text(payload, key);
      if (value !== undefined) rest[key] = value;
    }
  if (isPush(event)) notePush(rest, payload);
  return rest;
}

function notePush(rest: Record<string, unknown>, payload: JsonObject): void {
  rest["git_operation"] = "push";
  const changes = list(payload, "changes").slice(0, MAX_CHANGES);
  const refs = (changes.length > 0 ? changes : [payload])
    .filter((change) => text(change, "ref") !== undefined)
    .map((change) => ({ name: text(change, "ref"), from: text(change, "before"), to: text(change, "after") }));
  if (refs.length > 0) rest["refs"] = refs;
  delete rest["changes"];
  const commits = list(payload, "commits");
  if (commits.length > 0) noteCommits(rest, commits, object({ last: commits[commits.length - 1] }, "last"));
  const total = integer(payload, "total_commits_count");
  if (total !== undefined && total >= 0) rest["commit_count"] = total;
}
