/**
 * GitLab Rails request logs -> API Activity (6003) for API calls and pages, Authentication (3002) for sign-ins at the web
 * page: api_json.log (`route`, `/api/…`), production_json.log (`controller`, `action`), auth_json.log (requests refused),
 * graphql_json.log (queries), git_json.log (commands that failed) and of application_json.log what somebody did.
 *
 * `api.operation` is `api.request`, as in GitHub's stream: what a request does shows in its method and path.
 *
 * @see https://docs.gitlab.com/administration/logs/#api_jsonlog
 * @see https://docs.gitlab.com/administration/logs/#production_jsonlog
 */
import type { JsonObject, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  methodActivity,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  userType,
} from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { durationMs, integer, list, object, property, text, textOf } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";
import { gitlabChange, gitlabSignOn, isRackAttack } from "../tables/gitlab-application.ts";
import {
  gitFailureEvent,
  graphqlEvent,
  isGitFailure,
  isGraphql,
  type RailsContext,
} from "../tables/gitlab-rails-files.ts";
import { urlOfTarget } from "../url.ts";

const PRODUCT = { name: "GitLab", vendor_name: "GitLab" };

/** Counters of GitLab's own machinery are no part of what somebody did. */
const MACHINERY =
  /^(?:db_|redis_|gitaly_|mem_|cpu_|view_|queue_|rack_attack_|elasticsearch_|zoekt_|target_|worker_|pid$|exclusive_lock)/;

const PLACED: ReadonlySet<string> = new Set([
  "time",
  "method",
  "request_method",
  "path",
  "status",
  "host",
  "remote_ip",
  "ua",
  "username",
  "user_id",
  "meta.user",
  "meta.remote_ip",
  "correlation_id",
  "duration_s",
]);

export default defineMap({
  id: "gitlab-rails",
  title:
    "GitLab Rails logs (api_json.log, production_json.log, auth_json.log, graphql_json.log, git_json.log, application_json.log)",
  product: PRODUCT,
  reference: "https://docs.gitlab.com/administration/logs/#api_jsonlog",
  lane: "repository",
  exporting:
    "The files `api_json.log`, `production_json.log`, `auth_json.log`, `graphql_json.log`, `git_json.log` and `application_json.log` in " +
    "`/var/log/gitlab/gitlab-rails/`; on Kubernetes the webservice container's output.",
  limits: [
    "The size of the request body is not logged: what an upload sent stays unknown.",
    "A failed sign-in that answers with the page again cannot be told from one that goes on to the second factor.",
    "The address may be a list that the client began.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  if (isRackAttack(json) || isGraphql(json)) return 1;
  if (isGitFailure(json)) return 0.9;
  if (text(json, "method") === undefined || text(json, "path") === undefined) return recogniseSentence(json);
  const isRails =
    Object.hasOwn(json, "db_count") ||
    Object.hasOwn(json, "db_duration_s") ||
    Object.hasOwn(json, "redis_calls") ||
    Object.hasOwn(json, "meta.caller_id");
  if (Object.hasOwn(json, "controller") && Object.hasOwn(json, "action")) return isRails ? 1 : 0.7;
  return text(json, "route")?.startsWith("/api/:version") === true ? 1 : 0;
}

/** Sentences of application_json.log; the others of its lines are about GitLab's own work. */
function recogniseSentence(json: JsonObject): number {
  if (text(json, "severity") === undefined || text(json, "time") === undefined) return 0;
  if (gitlabSignOn(text(json, "message")) !== undefined) return 1;
  const inside = Object.hasOwn(json, "meta.caller_id") || Object.hasOwn(json, "meta.feature_category");
  return inside && Object.hasOwn(json, "message") ? 0.8 : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (json === null) throw new MalformedInputError("gitlab-rails: not a JSON object");
  const refused = isRackAttack(json);
  const method = text(json, refused ? "request_method" : "method");
  const path = text(json, "path");
  const correlation = textOf(json, "correlation_id");
  const time = parseTime(property(json, "time")) ?? syslog?.time ?? environment.fileModifiedTime;
  if (isGraphql(json)) return graphqlEvent(json, { product: PRODUCT, time }, contextOf(json));
  if (isGitFailure(json)) return gitFailureEvent(json, { product: PRODUCT, time }, contextOf(json));
  if (!refused && method === undefined && recogniseSentence(json) > 0)
    return sentence(json, { product: PRODUCT, time });
  if (method === undefined || path === undefined)
    throw new MalformedInputError("gitlab-rails: the record has no method or no path");

  const controller = text(json, "controller");
  const action = text(json, "action");
  const base: EventBase = {
    product: PRODUCT,
    time,
    uid: correlation === "..." ? undefined : correlation,
    event_code: refused
      ? `Rack_Attack ${text(json, "env") ?? ""}`.trim()
      : controller === undefined
        ? text(json, "route")
        : `${controller}#${action ?? ""}`,
  };
  const signIn = controller === undefined || action === undefined ? undefined : SIGN_INS.get(`${controller}#${action}`);
  return signIn === undefined ? request(json, method, path, base) : signOn(json, signIn, base);
}

function contextOf(json: JsonObject): RailsContext {
  return { actor: apiActor(userOf(json)), source: sourceOf(json), unmapped: restOf(json) };
}

/** One request makes many lines of application_json.log: its correlation id is not the line's own. */
function sentence(json: JsonObject, base: EventBase): OcsfEvent | null {
  const message = text(json, "message");
  const user = userOf(json);
  const signOn = gitlabSignOn(message);
  if (signOn !== undefined)
    return createSignOn(
      { ...base, event_code: text(json, "meta.caller_id") },
      {
        activity: signOn.activity,
        succeeded: signOn.succeeded,
        user: signOn.username === undefined ? user : { ...user, name: signOn.username },
        service: "GitLab",
        source: sourceEndpoint(signOn.ip ?? property(json, "meta.remote_ip")),
        message,
        unmapped: restOf(json),
      },
    );
  const change = gitlabChange(json);
  if (change === undefined) return null;
  return createEvent(
    6003,
    operationActivity(change.operation),
    { ...base, event_code: change.operation },
    {
      ...outcomeStatus(true),
      message,
      actor: apiActor(user),
      api: { operation: change.operation, service: { name: "GitLab" } },
      resources: [{ name: change.name, type: change.type }],
      src_endpoint: sourceOf(json),
      unmapped: restOf(json),
    },
  );
}

const SIGN_INS: ReadonlyMap<string, 1 | 2> = new Map([
  ["SessionsController#create", 1],
  ["OmniauthCallbacksController#failure", 1],
  ["Ldap::OmniauthCallbacksController#ldapmain", 1],
  ["SessionsController#destroy", 2],
]);

function signOn(json: JsonObject, activity: 1 | 2, base: EventBase): OcsfEvent {
  const status = integer(json, "status");
  const user = userOf(json);
  const login = object(parameter(json, "user"), "user") ?? parameter(json, "user");
  const typed = text(login, "login") ?? text(parameterValue(json, "username"), "value");
  return createSignOn(base, {
    activity,
    user: user.name === undefined && typed !== undefined ? { name: typed, ...userType(false) } : user,
    service: "GitLab",
    source: sourceOf(json),
    succeeded: signedIn(status),
    code: status === undefined ? undefined : String(status),
    userAgent: text(json, "ua"),
    unmapped: restOf(json),
  });
}

/** Signing in redirects, a refusal has an error or (when Rails aborted it) no status. 200 is the page again, or that of the second factor. */
function signedIn(status: number | undefined): boolean | undefined {
  if (status === undefined || (status >= 200 && status < 300)) return undefined;
  return status >= 300 && status < 400;
}

function request(json: JsonObject, method: string, path: string, base: EventBase): OcsfEvent {
  const status = integer(json, "status");
  const host = text(json, "host");
  const project = text(json, "meta.project");
  const tokenId = textOf(json, "token_id");
  // Rack Attack only counts where it tracks
  const refused = isRackAttack(json) && text(json, "env") !== "track";
  return createEvent(6003, methodActivity(method), base, {
    ...outcomeStatus(refused ? false : status === undefined ? undefined : status > 0 && status < 400),
    status_detail: refused ? (text(json, "matched") ?? text(json, "env")) : undefined,
    actor: apiActor({ ...userOf(json), credential_uid: tokenId }, tokenId),
    api: {
      operation: "api.request",
      service: { name: "GitLab" },
      response: status === undefined ? undefined : { code: status },
    },
    resources: project === undefined ? undefined : [{ name: project, type: "repository" }],
    src_endpoint: sourceOf(json),
    dst_endpoint: host === undefined ? undefined : { hostname: host },
    http_request: {
      http_method: method.toUpperCase(),
      url: urlOfTarget(path, host),
      user_agent: text(json, "ua"),
    },
    http_response: status === undefined ? undefined : { code: status },
    duration: durationMs(json, "duration_s", 1000),
    unmapped: restOf(json),
  });
}

function userOf(json: JsonObject): OcsfUser {
  return {
    name: text(json, "username") ?? text(json, "meta.user"),
    uid: textOf(json, "user_id") ?? textOf(json, "meta.user_id"),
    ...userType(false),
  };
}

function sourceOf(json: JsonObject): NonNullable<OcsfEvent["src_endpoint"]> {
  return sourceEndpoint(property(json, "remote_ip") ?? property(json, "meta.remote_ip"));
}

/** `params` is a list of `{"key", "value"}`. */
function parameterValue(json: JsonObject, key: string): JsonObject | undefined {
  return list(json, "params").find((item) => text(item, "key") === key) as JsonObject | undefined;
}

function parameter(json: JsonObject, key: string): JsonObject | undefined {
  return object(parameterValue(json, key), "value");
}

function restOf(json: JsonObject): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  for (const key in json) if (!isPlaced(key) && Object.hasOwn(json, key) && key !== "__proto__") rest[key] = json[key];
  return rest;
}

/** A hundred counters in every record have the same names: each is looked at once. */
const MAX_REMEMBERED = 1000;
const remembered = new Map<string, boolean>();

function isPlaced(key: string): boolean {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  const placed = PLACED.has(key) || MACHINERY.test(key);
  remembered.set(key, placed);
  return placed;
}
