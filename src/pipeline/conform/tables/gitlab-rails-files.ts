/**
 * Two more logs of GitLab Rails: graphql_json.log, one record for each query executed, whose name tells what POST
 * /api/graphql alone does not (`createSnippet`, `commitCreate`); and git_json.log, git commands that failed on the server.
 *
 * @see https://docs.gitlab.com/administration/logs/#graphql_jsonlog
 * @see https://docs.gitlab.com/administration/logs/#git_jsonlog
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { outcomeStatus } from "../api-activity.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { boolean, durationMs, property, text } from "../read-json.ts";

/** Who did it and from where, as all files of Rails tell it. */
export interface RailsContext {
  readonly actor: NonNullable<OcsfEvent["actor"]>;
  readonly source: OcsfEndpoint;
  readonly unmapped: Record<string, unknown>;
}

export function isGraphql(json: JsonObject): boolean {
  return (
    typeof property(json, "query_string") === "string" &&
    Object.hasOwn(json, "variables") &&
    (Object.hasOwn(json, "complexity") || Object.hasOwn(json, "operation_fingerprint"))
  );
}

export function graphqlEvent(json: JsonObject, base: EventBase, { actor, source, unmapped }: RailsContext): OcsfEvent {
  const isMutation =
    boolean(json, "is_mutation") ?? /^\s{0,20}mutation\b/.test(text(json, "query_string")?.slice(0, 64) ?? "");
  const name = text(json, "operation_name");
  return createEvent(
    6003,
    isMutation ? 1 : 2,
    { ...base, event_code: name === undefined ? "graphql" : `graphql:${name}` },
    {
      actor,
      api: { operation: "api.request", service: { name: "GitLab" } },
      src_endpoint: source,
      http_request: { http_method: "POST", url: { path: "/api/graphql" } },
      duration: durationMs(json, "duration_s", 1000),
      unmapped,
    },
  );
}

const COMMAND_FAILED = /^Command failed \[-?\d{1,5}\]: \S{0,200}git\s/;

/** A command of GitLab's own git that failed: a merge that could not be pushed, a repository that could not be read. */
export function isGitFailure(json: JsonObject): boolean {
  return text(json, "severity") !== undefined && COMMAND_FAILED.test(text(json, "message") ?? "");
}

export function gitFailureEvent(json: JsonObject, base: EventBase, context: RailsContext): OcsfEvent {
  const { actor, source, unmapped } = context;
  const message = text(json, "message");
  const project = text(json, "meta.project");
  return createEvent(
    6003,
    99,
    { ...base, event_code: "Command failed" },
    {
      ...outcomeStatus(false),
      message,
      actor,
      api: { operation: "git_command_failed", service: { name: "GitLab" } },
      resources: project === undefined ? undefined : [{ name: project, type: "repository" }],
      src_endpoint: source,
      unmapped,
    },
  );
}
