/**
 * Atlassian organisation audit log -> API Activity (6003): Bitbucket Cloud's workspaces, projects and repositories, and
 * what the organisation's other products and accounts report beside them.
 *
 * @see https://developer.atlassian.com/cloud/admin/organization/rest/api-group-events/
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfResource } from "../../../model/activity.ts";
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
import { countryCode } from "../decoders/country.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { boolean, list, object, property, text } from "../read-json.ts";

const PRODUCT = { name: "Atlassian organization audit log", vendor_name: "Atlassian" };

const PLACED: ReadonlySet<string> = new Set(["id", "message", "type", "links"]);

export default defineMap({
  id: "atlassian-audit",
  title: "Atlassian organisation audit log, with Bitbucket Cloud",
  product: PRODUCT,
  reference: "https://developer.atlassian.com/cloud/admin/organization/rest/api-group-events/",
  lane: "repository",
  exporting:
    "Organisation audit log in Atlassian Administration (needs Guard): export it there, or poll " +
    "`/admin/v1/orgs/ORG/events` and keep the answers as they are. Link the Bitbucket workspace to the " +
    "organisation.",
  limits: [
    "Clones and pushes are not logged.",
    "Needs Atlassian Guard and a workspace that is linked to the organisation.",
    "Nothing tells how many bytes went which way.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  const attributes = object(json, "attributes");
  if (attributes === undefined || text(attributes, "action") === undefined || object(attributes, "actor") === undefined)
    return 0;
  const isEvent = property(json, "type") === "events";
  return Array.isArray(property(attributes, "container")) || Array.isArray(property(attributes, "context"))
    ? 1
    : isEvent
      ? 0.8
      : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("atlassian-audit: not a JSON object");
  const attributes = object(json, "attributes");
  const action = text(attributes, "action");
  if (action === undefined) throw new MalformedInputError("atlassian-audit: the record has no attributes.action");

  const actor = object(attributes, "actor");
  const email = emailAddress(text(actor, "email"));
  const token = text(object(actor, "auth"), "tokenId");
  const isBitbucket =
    action.toLowerCase().includes("bitbucket") ||
    [...list(attributes, "container"), ...list(attributes, "context")].some((item) =>
      /repositor|workspace/i.test(text(item, "type") ?? ""),
    );
  return createEvent(
    6003,
    operationActivity(action),
    {
      product: PRODUCT,
      time: parseTime(property(attributes, "time")) ?? syslog?.time ?? environment.fileModifiedTime,
      uid: text(json, "id"),
      event_code: action,
    },
    {
      message: text(object(json, "message"), "content"),
      actor: apiActor(
        {
          name: email ?? text(actor, "name"),
          uid: text(actor, "id"),
          email_addr: email,
          full_name: email === undefined ? undefined : text(actor, "name"),
          ...userType(email === undefined && token !== undefined),
          credential_uid: token,
        },
        token,
      ),
      api: { operation: action, service: { name: isBitbucket ? "Bitbucket" : "Atlassian" } },
      resources: resourcesOf(attributes),
      src_endpoint: sourceOf(object(attributes, "location")),
      dst_endpoint: isBitbucket ? { hostname: "bitbucket.org" } : undefined,
      unmapped: unmappedOf(json, attributes),
    },
  );
}

function sourceOf(location: JsonObject | undefined): OcsfEndpoint {
  const endpoint = sourceEndpoint(property(location, "ip"));
  const country = countryCode(text(location, "countryName"));
  const city = text(location, "city");
  if (country !== undefined || city !== undefined) endpoint.location = { country, city };
  return endpoint;
}

const MAX_RESOURCES = 50;

/** What was acted on first, then where it lies; a repository is named `workspace/repository` where the record tells both. */
function resourcesOf(attributes: JsonObject | undefined): OcsfResource[] | undefined {
  const items = [...list(attributes, "context"), ...list(attributes, "container")].slice(0, MAX_RESOURCES);
  const resources: OcsfResource[] = [];
  for (const item of items) {
    const own = object(item, "attributes");
    const type = singular(text(item, "type") ?? "unknown");
    const name =
      text(own, "fullName") ??
      text(own, "full_name") ??
      pathOf(object(item, "links"), type) ??
      text(own, "name") ??
      text(own, "siteName") ??
      text(own, "email");
    const uid = text(item, "id");
    if (name === undefined && uid === undefined) continue;
    resources.push({ name, uid, type });
  }
  return resources.length === 0 ? undefined : resources;
}

function singular(type: string): string {
  const lower = type.toLowerCase();
  if (lower.includes("repositor")) return "repository";
  return lower.endsWith("s") ? lower.slice(0, -1) : lower;
}

function pathOf(links: JsonObject | undefined, type: string): string | undefined {
  if (type !== "repository") return undefined;
  return /^https:\/\/bitbucket\.org\/([^/?#]{1,100}\/[^/?#]{1,100})/.exec(text(links, "alt") ?? "")?.[1];
}

function unmappedOf(json: JsonObject, attributes: JsonObject | undefined): Record<string, unknown> {
  const rest = unmappedRest(json, PLACED);
  for (const item of list(attributes, "context")) {
    const own = object(item, "attributes");
    const isPrivate = boolean(own, "isPrivate") ?? boolean(own, "is_private");
    noteVisibility(rest, visibilityOf(property(own, "visibility")), isPrivate === undefined ? undefined : !isPrivate);
  }
  // the record has the state as it is now; where privacy changed it was the other one before
  if (/privacy|visibility/i.test(text(attributes, "action") ?? "") && typeof rest["repository_public"] === "boolean")
    rest["previous_visibility"] = rest["repository_public"] ? "private" : "public";
  return rest;
}
