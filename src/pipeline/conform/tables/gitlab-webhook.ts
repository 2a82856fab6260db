/**
 * GitLab's hooks: which event a payload is, and what it is called in GitLab's list of audit event types, so that a rule sees
 * one name whichever way the event came.
 *
 * @see https://docs.gitlab.com/administration/system_hooks/
 * @see https://docs.gitlab.com/user/project/integrations/webhook_events/
 */
import type { JsonObject } from "../../../model/activity.ts";
import { object, text } from "../read-json.ts";

/** `event_name` of system and group hooks -> the audit event type of the same happening. */
const AUDIT_TYPES: ReadonlyMap<string, string> = new Map([
  ["project_create", "project_created"],
  ["project_destroy", "project_destroyed"],
  ["project_rename", "project_path_updated"],
  ["project_transfer", "project_transferred"],
  ["project_update", "project_updated"],
  ["group_create", "group_created"],
  ["subgroup_create", "group_created"],
  ["group_destroy", "group_destroyed"],
  ["subgroup_destroy", "group_destroyed"],
  ["group_rename", "group_path_updated"],
  ["user_add_to_team", "member_created"],
  ["user_add_to_group", "member_created"],
  ["user_update_for_team", "member_updated"],
  ["user_update_for_group", "member_updated"],
  ["user_remove_from_team", "member_destroyed"],
  ["user_remove_from_group", "member_destroyed"],
  ["user_create", "user_created"],
  ["user_destroy", "user_destroyed"],
  ["user_rename", "user_username_updated"],
  ["key_create", "add_ssh_key"],
  ["key_destroy", "remove_ssh_key"],
]);

/** Refs moved: by one push each, or (`repository_update`) summed up once for all of them. */
const PUSHES: ReadonlySet<string> = new Set(["push", "tag_push", "repository_update"]);

/** Those of system hooks that have no audit event type of their own, besides the names above. */
const OTHERS: ReadonlySet<string> = new Set([
  "user_failed_login",
  "user_access_request_to_project",
  "user_access_request_to_group",
  "user_access_request_revoked_for_project",
  "user_access_request_revoked_for_group",
]);

/** Kinds of the hooks of projects and groups; `build` is a CI job. */
const KINDS: ReadonlySet<string> = new Set([
  "push",
  "tag_push",
  "merge_request",
  "issue",
  "work_item",
  "note",
  "wiki_page",
  "pipeline",
  "build",
  "deployment",
  "release",
  "milestone",
  "feature_flag",
  "emoji",
  "access_token",
  "deploy_token",
  "vulnerability",
  "gitlab_subscription_member_approval",
  "gitlab_subscription_member_approvals",
]);

/** The event of a payload, in GitLab's own name; undefined where its keys are not those of a hook. */
export function hookEvent(payload: JsonObject): string | undefined {
  const kind = text(payload, "object_kind");
  if (kind !== undefined) return KINDS.has(kind) ? kind : undefined;
  const name = text(payload, "event_name");
  return name !== undefined && (AUDIT_TYPES.has(name) || PUSHES.has(name) || OTHERS.has(name)) ? name : undefined;
}

export function isPush(event: string): boolean {
  return PUSHES.has(event);
}

/** `git.push`, the audit event type, or the kind with what was done: `merge_request.open`. */
export function hookOperation(event: string, payload: JsonObject): string {
  if (PUSHES.has(event)) return "git.push";
  const known = AUDIT_TYPES.get(event);
  if (known !== undefined) return known;
  const attributes = object(payload, "object_attributes");
  const action = text(attributes, "action") ?? text(payload, "action") ?? text(payload, "event_type");
  return action === undefined || action === event ? event : `${event}.${action.slice(0, 64)}`;
}
