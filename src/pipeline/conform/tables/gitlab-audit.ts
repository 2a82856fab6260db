/**
 * GitLab's audit event types where the record does not name its own: derived from the change, or from the message.
 * Names are those of GitLab's list, so that a rule sees one name whichever way the event came.
 *
 * @see https://docs.gitlab.com/user/compliance/audit_event_types/
 */
import type { JsonObject } from "../../../model/activity.ts";
import { property, text, textOf } from "../read-json.ts";

/** `change` of an event about a project, group or user, as audit_json.log writes it. */
const CHANGES: ReadonlyMap<string, string> = new Map([
  ["project visibility", "project_visibility_level_updated"],
  ["project visibility_level", "project_visibility_level_updated"],
  ["group visibility", "group_visibility_level_updated"],
  ["group visibility_level", "group_visibility_level_updated"],
  ["project name", "project_name_updated"],
  ["project path", "project_path_updated"],
  ["project namespace", "project_namespace_updated"],
  ["group path", "group_path_updated"],
  ["user email address", "user_email_address_updated"],
  ["project access_level", "member_updated"],
  ["group access_level", "member_updated"],
]);

const ADDED: ReadonlyMap<string, string> = new Map([
  ["project", "project_created"],
  ["group", "group_created"],
  ["user", "user_created"],
  ["user_access", "member_created"],
  ["ssh_key", "add_ssh_key"],
  ["gpg_key", "add_gpg_key"],
  ["deploy_key", "deploy_key_added"],
  ["email", "email_created"],
]);

const REMOVED: ReadonlyMap<string, string> = new Map([
  ["project", "project_destroyed"],
  ["group", "group_destroyed"],
  ["user", "user_destroyed"],
  ["user_access", "member_destroyed"],
  ["ssh_key", "remove_ssh_key"],
  ["gpg_key", "remove_gpg_key"],
  ["deploy_key", "deploy_key_removed"],
  ["email", "email_destroyed"],
]);

/** What a message begins with, for events that have nothing but a message. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/^Repository [Dd]ownload [Ss]tarted/, "repository_download_operation"],
  [/^Export file download started/, "project_export_file_download_started"],
  [/^Project export (?:file )?created|^Exported project/, "project_export_created"],
  [/^Group file export was created/, "group_export_created"],
  [/^Changed visibility(?: level)? from/, "project_visibility_level_updated"],
  [/^Created personal access token/, "personal_access_token_created"],
  [/^Revoked personal access token/, "personal_access_token_revoked"],
  [/^Created project access token/, "project_access_token_created"],
  [/^Created group access token/, "group_access_token_created"],
  [/^Added (?:SSH|ssh) key/, "add_ssh_key"],
  [/^Added deploy key/, "deploy_key_added"],
  [/^Created deploy token|^Added deploy token/, "deploy_token_created"],
  [/^User is using (?:an )?OAuth|^Authorized OAuth|^User authorized/, "user_authorized_oauth_application"],
  [/^Forked? project|^Project forked|^Created fork/, "project_fork_operation"],
  [/^Signed in with STANDARD/i, "authenticated_with_password"],
  [/^Failed to login with STANDARD/i, "login_failed_with_standard_authentication"],
  [/^Ask for password reset|^Password reset requested/, "password_reset_requested"],
  [/^Created webhook|^Webhook created/, "webhook_created"],
  [/^Project archived|^Archived project/, "project_archived"],
  [/^Project imported|^Imported project/, "project_imported"],
];

/**
 * The event type of a record that carries none: from `change`, `add`, `remove`, `with` or the message. `audit_event`
 * where nothing of these tells.
 *
 * @param message `custom_message`, as text or as the object git operations have
 */
export function operationOf(entityType: string, details: JsonObject, message: string | JsonObject | undefined): string {
  const entity = entityType === "" ? "" : entityType.toLowerCase();
  const change = text(details, "change");
  if (change !== undefined)
    return (
      CHANGES.get(`${entity} ${change.toLowerCase()}`) ?? `${entity === "" ? "" : `${entity}_`}${slug(change)}_updated`
    );
  const added = text(details, "add");
  if (added !== undefined) return ADDED.get(added) ?? `${slug(added)}_added`;
  const removed = text(details, "remove");
  if (removed !== undefined) return REMOVED.get(removed) ?? `${slug(removed)}_removed`;
  const failedLogin = textOf(details, "failed_login");
  if (failedLogin !== undefined) return `login_failed_with_${slug(failedLogin)}_authentication`;
  const signedInWith = text(details, "with");
  if (signedInWith !== undefined)
    return `authenticated_with_${signedInWith.toLowerCase() === "standard" ? "password" : slug(signedInWith)}`;
  if (message === undefined) return "audit_event";
  if (typeof message !== "string")
    return gitOperation(message) === undefined ? "audit_event" : "repository_git_operation";
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? "audit_event";
}

function slug(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_");
}

/** Direction of a git operation by the message's `verb` or `action`; undefined when it is none. */
export function gitOperation(message: string | JsonObject | undefined): "push" | "fetch" | "clone" | undefined {
  if (message === undefined || typeof message === "string") return undefined;
  const action = text(message, "action");
  if (action === "git-receive-pack") return "push";
  if (action !== "git-upload-pack") return undefined;
  return text(message, "verb") === "clone" ? "clone" : "fetch";
}

const FROM_TO = /^Changed visibility(?: level)? from (\w{1,20}) to (\w{1,20})/;

/** Old and new visibility as the record spells them, of an event that changes one. */
export function visibilityChange(
  details: JsonObject,
  message: string | JsonObject | undefined,
): { from: unknown; to: unknown } | undefined {
  const change = text(details, "change")?.toLowerCase();
  if (change === "visibility" || change === "visibility_level")
    return { from: property(details, "from"), to: property(details, "to") };
  const match = typeof message === "string" ? FROM_TO.exec(message) : null;
  return match === null ? undefined : { from: match[1], to: match[2] };
}
