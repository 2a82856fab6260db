/**
 * GitHub audit log -> API Activity (6003): REST export, streaming, GitHub Enterprise Server over syslog.
 *
 * Input: one record per line with `action` in `category.operation` form. Times are `@timestamp` or `created_at` in ms,
 * or `at_sign_timestamp` where a warehouse renamed it. Unknown actions are conformed like known ones. Enterprise
 * Server also writes Ruby hashes, and one record per git transfer without `action`: see tables/github-transfer.ts; its
 * babeld tells sizes: see tables/github-babeld.ts.
 *
 * @see https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise
 */
import type { JsonObject, OcsfEvent, OcsfResource } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  methodActivity,
  noteVisibility,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  unmappedRest,
  userType,
  visibilityOf,
} from "../api-activity.ts";
import { parseRubyHash } from "../decoders/ruby-hash.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { boolean, integer, object, property, text, textOf } from "../read-json.ts";
import { GITHUB_CATEGORIES } from "../tables/github-audit.ts";
import { conformBabeld, isBabeld } from "../tables/github-babeld.ts";
import { conformTransfer, isTransfer } from "../tables/github-transfer.ts";

const PRODUCT = { name: "GitHub", vendor_name: "GitHub" };
const SERVICE = { name: "GitHub" };

/** Placed in OCSF attributes; everything else of a record stays under `unmapped`. */
const PLACED: ReadonlySet<string> = new Set([
  "@timestamp",
  "at_sign_timestamp",
  "_document_id",
  "action",
  "actor",
  "actor_id",
  "actor_ip",
  "actor_location",
  "actor_is_bot",
  "user_agent",
  "hashed_token",
  "repo",
  "repo_id",
  "repository",
  "repository_id",
  "request_method",
  "url_path",
  "query_string",
  "status_code",
  "request_id",
  "protocol_name",
  "public_repo",
]);

export default defineMap({
  id: "github-audit",
  title: "GitHub audit log",
  product: PRODUCT,
  reference:
    "https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/audit-log-events-for-your-enterprise",
  lane: "repository",
  exporting:
    "Enterprise settings, Audit log, Log streaming: with 'API requests' and source addresses switched on. Or " +
    "export JSON with Git events, or ask `/orgs/ORG/audit-log?include=all`. Enterprise Server: forward " +
    "syslog.",
  limits: [
    "Git events carry no sizes, refs or commits; only Enterprise Server's syslog tells how much a push sent.",
    "The client's address is absent unless IP disclosure is switched on.",
    "Pushes and repositories outside the organisation's own accounts never appear.",
    "REST calls (contents, gists, releases) appear only in a stream with api.request events switched on.",
    "Git events are kept for seven days and are missing from the web page.",
  ],
  recognise,
  conform,
});

function recognise(record: DecodedRecord): number {
  const { json, syslog, body } = record;
  if (syslog?.app === "github_audit") return json !== null || body.startsWith("{") ? 1 : 0;
  if (json === null) return isBabeld(record) ? 1 : body.startsWith("{:") && body.includes(":action=>") ? 0.9 : 0;
  const action = text(json, "action");
  if (action === undefined) return isTransfer(json) ? 1 : 0;
  if (property(json, "p_log_type") === "GitHub.Audit") return 1;
  if (
    Object.hasOwn(json, "ecs") ||
    Object.hasOwn(json, "class_uid") ||
    typeof property(json, "repository") === "object"
  )
    return 0;

  const dot = action.indexOf(".");
  const known = GITHUB_CATEGORIES.has(dot === -1 ? action : action.slice(0, dot));
  if (
    Object.hasOwn(json, "programmatic_access_type") ||
    Object.hasOwn(json, "at_sign_timestamp") ||
    Object.hasOwn(json, "external_identity_nameid")
  )
    return 1;
  if (
    Object.hasOwn(json, "_document_id") ||
    typeof property(object(json, "actor_location"), "country_code") === "string"
  )
    return known ? 1 : 0.9;
  if (!known || typeof property(json, "actor") !== "string") return 0;
  const stamped = typeof property(json, "@timestamp") === "number" || Object.hasOwn(json, "created_at");
  const owned =
    Object.hasOwn(json, "org") ||
    Object.hasOwn(json, "business") ||
    Object.hasOwn(json, "repo") ||
    Object.hasOwn(json, "repository") ||
    Object.hasOwn(json, "gist_id");
  return owned ? (stamped ? 1 : 0.9) : stamped ? 0.6 : 0;
}

function conform(record: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (isBabeld(record)) return conformBabeld(PRODUCT, record, environment.fileModifiedTime);
  const entry = record.json ?? parseRubyHash(record.body);
  const action = text(entry, "action");
  const data = object(entry, "data");
  const time = timeOf(entry, data) ?? record.syslog?.time ?? environment.fileModifiedTime;
  if (action === undefined) {
    if (isTransfer(entry)) return conformTransfer(PRODUCT, entry, time, record.syslog?.hostname ?? undefined);
    throw new MalformedInputError("github-audit: the record has no action");
  }

  const method = text(entry, "request_method");
  const isRequest = method !== undefined && action === "api.request";
  const code = integer(entry, "status_code");
  const server = record.syslog?.hostname ?? undefined;
  const agent = text(entry, "user_agent");
  const path = text(entry, "url_path");
  const requestId = textOf(entry, "request_id");
  const query = text(entry, "query_string");
  const hasRequest = agent !== undefined || method !== undefined || path !== undefined;

  return createEvent(
    6003,
    isRequest ? methodActivity(method) : gitActivity(action),
    { product: PRODUCT, time, uid: text(entry, "_document_id"), event_code: action },
    {
      ...outcomeStatus(code === undefined ? undefined : code < 400),
      actor: actorOf(entry, data),
      api: {
        operation: action,
        service: SERVICE,
        request: requestId === undefined ? undefined : { uid: requestId },
        response: code === undefined ? undefined : { code },
      },
      resources: withTargets(resourcesOf(action, entry, data, path), action, entry, data),
      src_endpoint: sourceEndpoint(
        property(entry, "actor_ip") ?? property(data, "actor_ip"),
        text(object(entry, "actor_location") ?? object(data, "actor_location"), "country_code"),
      ),
      dst_endpoint: server === undefined ? undefined : { hostname: server },
      http_request: hasRequest
        ? {
            http_method: method?.toUpperCase(),
            url: path === undefined ? undefined : { path, query_string: query },
            user_agent: agent,
          }
        : undefined,
      http_response: code === undefined ? undefined : { code },
      unmapped: unmappedOf(entry, data),
    },
  );
}

/** Moving a repository's content is neither create nor update of an object: OCSF's own GitHub example calls a push Other. */
function gitActivity(action: string): number {
  return action === "git.push" ? 99 : operationActivity(action);
}

function timeOf(entry: JsonObject, data: JsonObject | undefined): number | undefined {
  return (
    parseTime(property(entry, "@timestamp")) ??
    parseTime(property(entry, "at_sign_timestamp")) ??
    parseTime(property(entry, "created_at")) ??
    parseTime(property(data, "@timestamp") ?? property(data, "created_at")) ??
    parseTime(property(entry, "p_event_time"))
  );
}

function actorOf(entry: JsonObject, data: JsonObject | undefined): NonNullable<OcsfEvent["actor"]> {
  const name = text(entry, "actor") ?? text(data, "actor");
  const uid = idOf(entry, "actor_id") ?? idOf(data, "actor_id");
  const email =
    emailAddress(text(entry, "external_identity_nameid")) ?? emailAddress(text(entry, "external_identity_username"));
  const organization = text(entry, "org") ?? text(data, "org");
  const tokenId = idOf(entry, "token_id");
  const isBot = boolean(entry, "actor_is_bot") ?? name?.endsWith("[bot]") ?? false;
  return apiActor(
    {
      name,
      uid,
      email_addr: email,
      ...userType(isBot),
      org: organization === undefined ? undefined : { name: organization, uid: idOf(entry, "org_id") },
      credential_uid: tokenId,
    },
    text(entry, "hashed_token") ?? text(data, "hashed_token") ?? tokenId,
  );
}

/** Ids are numbers or strings; 0 stands for nobody. */
function idOf(entry: JsonObject | undefined, key: string): string | undefined {
  const id = textOf(entry, key);
  return id === "0" ? undefined : id;
}

const REPOSITORY_PATH = /^\/?(?:api\/v3\/)?repos\/([^/]{1,100})\/([^/]{1,100})/;

/** What was acted on: the repository or gist; the organisation or enterprise where the action concerns no repository. */
function resourcesOf(
  action: string,
  entry: JsonObject,
  data: JsonObject | undefined,
  path: string | undefined,
): OcsfResource[] | undefined {
  const gistId = textOf(entry, "gist_id") ?? textOf(data, "gist_id");
  if (
    gistId !== undefined ||
    action.startsWith("gist.") ||
    (path !== undefined && /^\/?(?:api\/v3\/)?gists(?:\/|$)/.test(path))
  ) {
    const owner = text(entry, "user") ?? text(entry, "actor");
    const inPath = /gists\/([0-9A-Za-z]{1,64})/.exec(path ?? "")?.[1];
    const id = gistId ?? inPath;
    // the answer names a new gist, the request does not: its owner is all that shows
    return [
      { name: id ?? owner ?? "gist", uid: id, type: "gist", owner: owner === undefined ? undefined : { name: owner } },
    ];
  }
  const match = path === undefined ? null : REPOSITORY_PATH.exec(path);
  const name =
    text(entry, "repo") ??
    text(entry, "repository") ??
    text(data, "repo") ??
    text(data, "repository") ??
    (match === null ? undefined : `${match[1]}/${match[2]}`);
  const uid =
    idOf(entry, "repo_id") ?? idOf(entry, "repository_id") ?? idOf(data, "repo_id") ?? idOf(data, "repository_id");
  if (name !== undefined || uid !== undefined) return [{ name, uid, type: "repository" }];

  const organization = text(entry, "org") ?? text(data, "org");
  if (organization !== undefined) return [{ name: organization, uid: idOf(entry, "org_id"), type: "organization" }];
  const enterprise = text(entry, "business");
  return enterprise === undefined
    ? undefined
    : [{ name: enterprise, uid: idOf(entry, "business_id"), type: "enterprise" }];
}

/** Besides the object itself whom it concerned: the member added, the team given access. */
function withTargets(
  resources: OcsfResource[] | undefined,
  action: string,
  entry: JsonObject,
  data: JsonObject | undefined,
): OcsfResource[] | undefined {
  if (action.startsWith("git.") || action === "api.request") return resources;
  const named = resources ?? [];
  const user = text(entry, "user");
  const userId = idOf(entry, "user_id");
  if (user !== undefined && !named.some(({ type }) => type === "gist"))
    named.push({ name: user, uid: userId, type: "user" });
  const team = text(entry, "team") ?? text(data, "team");
  if (team !== undefined) named.push({ name: team, type: "team" });
  return named.length === 0 ? undefined : named;
}

function unmappedOf(entry: JsonObject, data: JsonObject | undefined): Record<string, unknown> {
  const rest = unmappedRest(entry, PLACED);
  const isPublic =
    boolean(entry, "repository_public") ??
    boolean(entry, "public_repo") ??
    boolean(data, "repository_public") ??
    boolean(data, "public_repo") ??
    boolean(entry, "repo_public");
  noteVisibility(rest, visibilityOf(property(entry, "visibility") ?? property(data, "visibility")), isPublic);
  const previous = visibilityOf(property(entry, "previous_visibility") ?? property(data, "previous_visibility"));
  if (previous !== undefined) rest["previous_visibility"] = previous;
  const protocol =
    text(entry, "transport_protocol_name") ?? text(entry, "protocol_name") ?? text(data, "transport_protocol_name");
  if (protocol !== undefined) rest["transport_protocol_name"] = protocol;
  return rest;
}
