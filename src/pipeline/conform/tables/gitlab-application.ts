/**
 * Two logs beside GitLab's request logs, whose records are sentences: application_json.log (sign-ins, what was created and
 * removed) and auth_json.log (requests that Rack Attack refused).
 *
 * @see https://docs.gitlab.com/administration/logs/#application_jsonlog
 * @see https://docs.gitlab.com/administration/logs/#auth_jsonlog
 */
import type { JsonObject } from "../../../model/activity.ts";
import { property, text, textOf } from "../read-json.ts";

/** `Failed Login: username=alice ip=203.0.113.7`, `Successful Login: username=alice ip=… method=standard admin=false`. */
const SIGN_ON =
  /^(Failed Login|Successful Login|User Logout): username=(.{0,255}?) ip=(\S{0,64})(?: method=(\S{1,64}))?/;

export interface GitlabSignOn {
  readonly activity: 1 | 2;
  readonly succeeded: boolean;
  readonly username: string | undefined;
  readonly ip: string | undefined;
}

export function gitlabSignOn(message: string | undefined): GitlabSignOn | undefined {
  const match = message === undefined ? null : SIGN_ON.exec(message);
  if (match === null) return undefined;
  return {
    activity: match[1] === "User Logout" ? 2 : 1,
    succeeded: match[1] !== "Failed Login",
    username: match[2] === "" ? undefined : match[2],
    ip: match[3] === "" ? undefined : match[3],
  };
}

export interface GitlabChange {
  /** In the names of GitLab's audit events: `project_created`. */
  readonly operation: string;
  readonly type: "repository" | "group" | "user";
  readonly name: string;
}

const KINDS = { project: "repository", group: "group", user: "user" } as const;

/**
 * `Project "acme/shop" was deleted`, `Group "acme" was created`, `User "alice" (alice@acme.example) was removed`,
 * `Alice created a new project "Acme / shop"`.
 */
const CHANGE = /^(Project|Group|User) "([^"]{1,400})"(?: \([^)]{1,255}\))?\s{1,2}was (created|removed|deleted)$/;
const NEW_PROJECT = /^.{1,255} created a new project "([^"]{1,400})"$/;

export function gitlabChange(json: JsonObject): GitlabChange | undefined {
  const message = text(json, "message");
  if (message === undefined || message.length > 1_000) return undefined;
  const created = NEW_PROJECT.exec(message);
  if (created !== null)
    return {
      operation: "project_created",
      type: "repository",
      name: text(json, "meta.project") ?? created[1]!.replaceAll(" / ", "/"),
    };
  const match = CHANGE.exec(message);
  if (match === null) return undefined;
  const kind = match[1]!.toLowerCase() as keyof typeof KINDS;
  return {
    operation: `${kind}_${match[3] === "created" ? "created" : "destroyed"}`,
    type: KINDS[kind],
    name: match[2]!,
  };
}

/** A request that GitLab refused, delayed or only counted, because of its rate or its address. */
export function isRackAttack(json: JsonObject): boolean {
  return (
    text(json, "message")?.startsWith("Rack_Attack") === true &&
    typeof property(json, "request_method") === "string" &&
    textOf(json, "path") !== undefined
  );
}
