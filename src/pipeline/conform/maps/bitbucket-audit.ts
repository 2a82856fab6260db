/**
 * Bitbucket Data Center audit log -> API Activity (6003): the log file (`auditType`, time as seconds and nanoseconds)
 * and the REST API (`type`, ISO time); and its access log, whose transfers tell bytes: see tables/bitbucket-access.ts.
 * Bitbucket Cloud is in Atlassian's organisation log: see atlassian-audit.ts.
 *
 * `api.operation` is the last part of the i18n key (`repositorycreated`), which stays the same in every language.
 *
 * @see https://confluence.atlassian.com/bitbucketserver/audit-log-events-776640423.html
 */
import type { JsonObject, OcsfEvent, OcsfResource } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  noteVisibility,
  operationActivity,
  sourceEndpoint,
  unmappedRest,
  userType,
} from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { list, number, object, property, text, textOf } from "../read-json.ts";
import { conformBitbucketAccess, isBitbucketAccess } from "../tables/bitbucket-access.ts";

const PRODUCT = { name: "Bitbucket Data Center", vendor_name: "Atlassian" };

const PLACED: ReadonlySet<string> = new Set(["timestamp", "author", "source", "system"]);

export default defineMap({
  id: "bitbucket-audit",
  title: "Bitbucket Data Center audit log and access log",
  product: PRODUCT,
  reference: "https://confluence.atlassian.com/bitbucketserver/audit-log-events-776640423.html",
  lane: "repository",
  exporting:
    "Administration, Audit log, Settings: set the coverage of 'End user activity' to Full, without which " +
    "clones and pushes are not logged. The files are `log/audit/*.audit.log` of each node; answers of " +
    "`/rest/auditing/1.0/events` are read too, and `log/atlassian-bitbucket-access.log`.",
  limits: [
    "Clones and pushes appear only at full coverage of end-user activity.",
    "Only the access log tells how many bytes went which way; its times carry no zone.",
    "The file is rotated on each node: a cluster has one for every node.",
  ],
  recognise,
  conform,
});

function recognise({ json, body }: DecodedRecord): number {
  if (json === null) return isBitbucketAccess(body) ? 1 : 0;
  const type = object(json, "auditType") ?? object(json, "type");
  const key = text(type, "actionI18nKey");
  if (key === undefined || object(json, "author") === undefined) return 0;
  return key.startsWith("bitbucket.") ? 1 : Object.hasOwn(json, "affectedObjects") ? 0.7 : 0;
}

function conform({ json, syslog, body }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (json === null && isBitbucketAccess(body))
    return conformBitbucketAccess(PRODUCT, body, syslog?.hostname ?? undefined);
  if (json === null) throw new MalformedInputError("bitbucket-audit: not a JSON object");
  const type = object(json, "auditType") ?? object(json, "type");
  const action = text(type, "action");
  const key = text(type, "actionI18nKey");
  if (action === undefined && key === undefined)
    throw new MalformedInputError("bitbucket-audit: the record has no action");

  const operation = key === undefined ? (action ?? "") : key.slice(key.lastIndexOf(".") + 1);
  const host = hostOf(text(json, "system"));
  return createEvent(
    6003,
    activityOf(operation, action),
    { product: PRODUCT, time: timeOf(json) ?? syslog?.time ?? environment.fileModifiedTime, event_code: key ?? action },
    {
      message: action,
      actor: actorOf(object(json, "author")),
      api: { operation, service: { name: PRODUCT.name } },
      resources: resourcesOf(json),
      src_endpoint: sourceEndpoint(property(json, "source")),
      dst_endpoint: host === undefined ? undefined : { hostname: host },
      unmapped: unmappedOf(json),
    },
  );
}

const ENDINGS: readonly (readonly [RegExp, number])[] = [
  [/(?:created|forked|added|imported|granted|installed)$/, 1],
  [/(?:accessed|viewed|cloned?|fetch(?:ed)?|pull(?:ed)?|downloaded|exported|archivedownload(?:ed)?)$/, 2],
  [/(?:modified|changed|updated|moved|renamed|enabled|disabled|requested|merged)$/, 3],
  [/(?:deleted|removed|revoked|uninstalled)$/, 4],
];

/** The English text has words; the key of another language's record is one word and told by its ending. */
function activityOf(operation: string, action: string | undefined): number {
  if (/push(?:ed)?$/.test(operation)) return 99;
  const byKey = ENDINGS.find(([ending]) => ending.test(operation))?.[1];
  return byKey ?? operationActivity(action ?? "");
}

/** `{"epochSecond", "nano"}` in the file, ISO text or epoch in the API. */
function timeOf(json: JsonObject): number | undefined {
  const timestamp = object(json, "timestamp");
  const seconds = number(timestamp, "epochSecond");
  if (seconds === undefined) return parseTime(property(json, "timestamp"));
  return parseTime(seconds + Math.floor((number(timestamp, "nano") ?? 0) / 1_000_000) / 1000);
}

function actorOf(author: JsonObject | undefined): NonNullable<OcsfEvent["actor"]> {
  const type = text(author, "type");
  const id = textOf(author, "id");
  const name = text(author, "name");
  const isNobody = id === "-1" || id === "-2" || type === "anonymous";
  if (isNobody && (name === undefined || name === "Anonymous")) return apiActor({});
  return apiActor({
    name,
    uid: id,
    ...userType(type?.toUpperCase() === "SERVICE" || type?.toUpperCase() === "SYSTEM"),
  });
}

function hostOf(system: string | undefined): string | undefined {
  return system === undefined ? undefined : /^https?:\/\/([A-Za-z0-9.-]{1,253})(?:[:/]|$)/.exec(system)?.[1];
}

const MAX_RESOURCES = 50;

function resourcesOf(json: JsonObject): OcsfResource[] | undefined {
  const objects = list(json, "affectedObjects").slice(0, MAX_RESOURCES);
  const project = text(
    objects.find((item) => text(item, "type")?.toUpperCase() === "PROJECT"),
    "name",
  );
  const resources: OcsfResource[] = [];
  for (const item of objects) {
    const type = text(item, "type")?.toLowerCase() ?? "unknown";
    const name = text(item, "name");
    const uid = textOf(item, "id");
    if (name === undefined && uid === undefined) continue;
    // a repository's name is unique only within its project
    const fullName =
      type === "repository" && name !== undefined && project !== undefined && !name.includes("/")
        ? `${project}/${name}`
        : name;
    resources.push({ name: fullName, uid, type });
  }
  resources.sort((one, other) => Number(other.type === "repository") - Number(one.type === "repository"));
  return resources.length === 0 ? undefined : resources;
}

function unmappedOf(json: JsonObject): Record<string, unknown> {
  const rest = unmappedRest(json, PLACED);
  for (const change of list(json, "changedValues")) {
    const name = `${text(change, "i18nKey") ?? ""} ${text(change, "key") ?? ""}`.toLowerCase();
    if (!name.includes("public")) continue;
    const to = textOf(change, "to");
    if (to !== undefined) noteVisibility(rest, undefined, isYes(to));
    const from = textOf(change, "from");
    if (from !== undefined) rest["previous_visibility"] = isYes(from) ? "public" : "private";
  }
  return rest;
}

function isYes(value: string): boolean {
  return /^(?:true|yes|enabled|public)$/i.test(value);
}
