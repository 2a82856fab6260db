/**
 * Which event a GitHub webhook payload belongs to, told by its keys: the event's name travels in a header, which a bare
 * payload has lost.
 *
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
import type { JsonObject } from "../../../model/activity.ts";
import { object, property, text } from "../read-json.ts";

/** In order: the first whose keys are all there wins, so the more particular stands before the more general. */
const BY_KEYS: readonly (readonly [event: string, ...keys: string[]])[] = [
  ["push", "ref", "commits"],
  ["push", "ref", "pusher"],
  ["push", "ref", "before", "after", "compare"],
  ["workflow_job", "workflow_job"],
  ["deployment_protection_rule", "deployment_callback_url"],
  ["deployment_review", "workflow_run", "requestor"],
  ["deployment_review", "workflow_run", "approver"],
  ["deployment_status", "deployment_status"],
  ["deployment", "deployment"],
  ["workflow_run", "workflow_run"],
  ["workflow_dispatch", "inputs", "workflow"],
  ["check_run", "check_run"],
  ["check_suite", "check_suite"],
  ["pull_request_review_thread", "pull_request", "thread"],
  ["pull_request_review_comment", "pull_request", "comment"],
  ["pull_request_review", "pull_request", "review"],
  ["pull_request", "pull_request"],
  ["discussion_comment", "discussion", "comment"],
  ["discussion", "discussion"],
  ["issue_comment", "issue", "comment"],
  ["sub_issues", "sub_issue"],
  ["issue_dependencies", "blocking_issue"],
  ["issues", "issue"],
  ["commit_comment", "comment"],
  ["fork", "forkee"],
  ["gollum", "pages"],
  ["release", "release"],
  ["registry_package", "registry_package"],
  ["package", "package"],
  ["page_build", "build", "id"],
  ["ping", "zen"],
  ["meta", "hook", "hook_id"],
  ["deploy_key", "key"],
  ["branch_protection_rule", "rule"],
  ["repository_ruleset", "repository_ruleset"],
  ["merge_group", "merge_group"],
  ["projects_v2_status_update", "projects_v2_status_update"],
  ["projects_v2_item", "projects_v2_item"],
  ["projects_v2", "projects_v2"],
  ["project_card", "project_card"],
  ["project_column", "project_column"],
  ["project", "project"],
  ["installation_target", "installation", "target_type"],
  ["installation_repositories", "repositories_added"],
  ["personal_access_token_request", "personal_access_token_request"],
  ["secret_scanning_alert_location", "alert", "location"],
  ["secret_scanning_scan", "secret_types"],
  ["repository_advisory", "repository_advisory"],
  ["security_advisory", "security_advisory"],
  ["sponsorship", "sponsorship"],
  ["marketplace_purchase", "marketplace_purchase"],
  ["membership", "team", "member"],
  ["org_block", "blocked_user"],
  ["organization", "organization", "membership"],
  ["organization", "organization", "invitation"],
  ["member", "member"],
  ["team", "team", "action"],
  ["team_add", "team", "repository"],
  ["label", "label"],
  ["milestone", "milestone"],
  ["star", "starred_at"],
  ["repository_dispatch", "client_payload"],
  ["custom_property_values", "new_property_values"],
  ["custom_property", "definition"],
  ["status", "sha", "state", "context"],
  ["create", "ref", "ref_type", "master_branch"],
  ["delete", "ref", "ref_type"],
  ["repository_import", "repository", "status"],
  ["user", "user", "action", "sender"],
];

const REPOSITORY_ACTIONS: ReadonlySet<string> = new Set([
  "created",
  "deleted",
  "archived",
  "unarchived",
  "edited",
  "renamed",
  "transferred",
  "publicized",
  "privatized",
]);

/** The event's name as GitHub's header would give it, or undefined when no event has such keys. */
export function eventOfKeys(payload: JsonObject): string | undefined {
  const alert = object(payload, "alert");
  if (alert !== undefined && !Object.hasOwn(payload, "location")) return alertEvent(payload, alert);
  for (const [event, ...keys] of BY_KEYS) {
    if (keys.every((key) => Object.hasOwn(payload, key))) return event;
  }
  return eventOfAction(payload, text(payload, "action"));
}

function alertEvent(payload: JsonObject, alert: JsonObject): string {
  if (Object.hasOwn(payload, "commit_oid") || Object.hasOwn(alert, "rule")) return "code_scanning_alert";
  if (Object.hasOwn(alert, "secret_type")) return "secret_scanning_alert";
  return Object.hasOwn(alert, "dependency") ? "dependabot_alert" : "repository_vulnerability_alert";
}

function eventOfAction(payload: JsonObject, action: string | undefined): string | undefined {
  // an Enterprise Server's administrator opens it to those who have not signed in
  if (action?.startsWith("anonymous_access_") === true) return "enterprise";
  if (object(payload, "repository") !== undefined) {
    if (action === undefined) return object(payload, "sender") === undefined ? undefined : "public";
    // forwarders that lost the header sometimes put the event's name where the action belongs
    if (action === "push") return "push";
    if (action === "started") return "watch";
    if (property(object(object(payload, "changes"), "from"), "security_and_analysis") !== undefined)
      return "security_and_analysis";
    if (REPOSITORY_ACTIONS.has(action)) return "repository";
    return undefined;
  }
  if (action === undefined) return undefined;
  if (
    object(payload, "installation") !== undefined &&
    (Object.hasOwn(payload, "repositories") || object(payload, "organization") === undefined)
  )
    return "installation";
  if (object(payload, "organization") !== undefined) return "organization";
  return action === "revoked" && object(payload, "sender") !== undefined ? "github_app_authorization" : undefined;
}
