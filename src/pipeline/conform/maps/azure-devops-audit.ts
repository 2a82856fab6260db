/**
 * Azure DevOps audit log -> API Activity (6003): the REST query (`actionId`), streams to Event Grid and Splunk, and the
 * Log Analytics table AzureDevOpsAuditing (`OperationName`, keys in Pascal case, `Data` as text), and the log exported as CSV.
 *
 * @see https://learn.microsoft.com/azure/devops/organizations/audit/auditing-events
 * @see https://learn.microsoft.com/rest/api/azure/devops/audit/audit-log/query
 */
import type { JsonObject, OcsfEvent, OcsfResource } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  noteVisibility,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  unmappedRest,
  userType,
  visibilityOf,
} from "../api-activity.ts";
import { parseJson } from "../decode.ts";
import { parseTime, parseUsTime } from "../decoders/timestamp.ts";
import { csvHeader, csvRow } from "../decoders/csv-table.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { list, object, property, text } from "../read-json.ts";

const PRODUCT = { name: "Azure DevOps", vendor_name: "Microsoft" };

const PLACED: ReadonlySet<string> = new Set([
  "id",
  "Id",
  "timestamp",
  "Timestamp",
  "TimeGenerated",
  "TimeGenerated [UTC]",
  "ipAddress",
  "IpAddress",
  "userAgent",
  "UserAgent",
  "actorUPN",
  "ActorUPN",
  "actorDisplayName",
  "ActorDisplayName",
  "actorUserId",
  "ActorUserId",
  "details",
  "Details",
]);

export default defineMap({
  id: "azure-devops-audit",
  title: "Azure DevOps audit log",
  product: PRODUCT,
  reference: "https://learn.microsoft.com/azure/devops/organizations/audit/auditing-events",
  lane: "repository",
  exporting:
    "Organization settings, Policies: switch on 'Log audit events'; then Auditing, Export log as JSON or CSV, or a " +
    "stream to Log Analytics or Event Grid.",
  limits: [
    "There are no events for git clone, fetch or push.",
    "The use of tokens is not logged, only their creation and change.",
    "Auditing exists only in organisations backed by Entra ID and is off until switched on.",
    "Nothing tells how many bytes went which way.",
  ],
  recognise,
  standsAlone: ({ json }) => json !== null,
  open: (environment) => new AuditReader(environment),
});

/** What every export of the audit page has for columns, and every one of Log Analytics. */
const CSV_COLUMNS = ["ActorCUID", "ActionId", "Timestamp"];
const LOG_ANALYTICS_COLUMNS = ["ActorCUID", "OperationName", "ScopeDisplayName"];

function headerOf(body: string): readonly string[] | undefined {
  return csvHeader(body, CSV_COLUMNS) ?? csvHeader(body, LOG_ANALYTICS_COLUMNS);
}

/** Records of JSON stand alone; rows of CSV are read by their header. */
class AuditReader implements RecordReader {
  readonly #environment: ConformEnvironment;
  #names: readonly string[] | undefined;
  #header = "";

  constructor(environment: ConformEnvironment) {
    this.#environment = environment;
  }

  push(record: DecodedRecord): readonly OcsfEvent[] {
    if (record.json !== null) return conform(record, this.#environment);
    const names = headerOf(record.body);
    if (names !== undefined) {
      this.#names = names;
      this.#header = record.line;
      return [];
    }
    if (this.#names === undefined) throw new MalformedInputError("azure-devops-audit: a row without a header row");
    const json = csvRow(record.body, this.#names);
    if (json === null) throw new MalformedInputError("azure-devops-audit: the row has not as many cells as the header");
    return conform({ ...record, json }, this.#environment);
  }

  claims({ json, body }: DecodedRecord): boolean {
    if (json !== null || this.#names === undefined || body.length > 65_536) return false;
    return body.split(",", this.#names.length).length === this.#names.length;
  }

  preamble(): string {
    return this.#header;
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }
}

function recognise({ json, body }: DecodedRecord): number {
  if (json === null) return headerOf(body) === undefined ? 0 : 1;
  if (Object.hasOwn(json, "ecs") || Object.hasOwn(json, "class_uid")) return 0;
  if (
    Object.hasOwn(json, "decoratedAuditLogEntries") ||
    Object.hasOwn(object(json, "value") ?? {}, "decoratedAuditLogEntries")
  )
    return 1;
  if (property(json, "Type") === "AzureDevOpsAuditing") return 1;
  const action = read(json, "actionId") ?? read(json, "operationName");
  if (typeof action !== "string" || read(json, "actorCUID") === undefined) return 0;
  return read(json, "scopeType") !== undefined || read(json, "authenticationMechanism") !== undefined ? 1 : 0.8;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): readonly OcsfEvent[] {
  if (json === null) throw new MalformedInputError("azure-devops-audit: not a JSON object");
  const fallback = syslog?.time ?? environment.fileModifiedTime;
  const answer = Object.hasOwn(json, "decoratedAuditLogEntries") ? json : object(json, "value");
  if (answer === undefined || !Array.isArray(property(answer, "decoratedAuditLogEntries")))
    return [conformEntry(json, fallback)];
  return list(answer, "decoratedAuditLogEntries").map((entry) => conformEntry(entry as JsonObject, fallback));
}

/** A property in camel case, as the API writes it, or in Pascal case, as Log Analytics does. */
function read(entry: JsonObject | undefined, name: string): unknown {
  return property(entry, name) ?? property(entry, name.charAt(0).toUpperCase() + name.slice(1));
}

function readText(entry: JsonObject | undefined, name: string): string | undefined {
  const value = read(entry, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The portal of Log Analytics exports `TimeGenerated [UTC]`, in the American way. */
function timeOf(entry: JsonObject): number | undefined {
  const shown = text(entry, "TimeGenerated [UTC]");
  return (
    parseTime(read(entry, "timestamp")) ??
    parseTime(read(entry, "timeGenerated")) ??
    (shown === undefined ? undefined : (parseTime(shown) ?? parseUsTime(shown)))
  );
}

function conformEntry(entry: JsonObject, fallbackTime: number): OcsfEvent {
  const action = readText(entry, "actionId") ?? readText(entry, "operationName");
  if (action === undefined)
    throw new MalformedInputError("azure-devops-audit: the record has neither actionId nor OperationName");
  const data = dataOf(entry);
  const agent = readText(entry, "userAgent");
  const event = createEvent(
    6003,
    activityOf(action, readText(entry, "category")),
    {
      product: PRODUCT,
      time: timeOf(entry) ?? fallbackTime,
      uid: readText(entry, "id"),
      event_code: action,
    },
    {
      ...outcomeStatus(/Failed$/.test(action) ? false : /Completed$/.test(action) ? true : undefined),
      message: readText(entry, "details"),
      actor: actorOf(entry),
      api: { operation: action, service: { name: "Azure DevOps" } },
      resources: resourcesOf(entry, data),
      src_endpoint: sourceEndpoint(read(entry, "ipAddress")),
      dst_endpoint: { hostname: "dev.azure.com" },
      http_request: agent === undefined ? undefined : { user_agent: agent },
      unmapped: unmappedOf(entry, data),
    },
  );
  const correlation = readText(entry, "correlationId");
  if (correlation !== undefined) event.metadata.correlation_uid = correlation;
  return event;
}

/** `data` is an object; Log Analytics and some streams hold it as text. */
function dataOf(entry: JsonObject): JsonObject | undefined {
  const data = read(entry, "data");
  if (typeof data === "string" && data.startsWith("{")) {
    try {
      return parseJson(data) as JsonObject;
    } catch (error) {
      if (error instanceof MalformedInputError) return undefined;
      throw error;
    }
  }
  return object(entry, "data") ?? object(entry, "Data");
}

const CATEGORIES: ReadonlyMap<string, number> = new Map([
  ["create", 1],
  ["access", 2],
  ["modify", 3],
  ["remove", 4],
]);

function activityOf(action: string, category: string | undefined): number {
  return CATEGORIES.get(category?.toLowerCase() ?? "") ?? operationActivity(action);
}

function actorOf(entry: JsonObject): NonNullable<OcsfEvent["actor"]> {
  const upn = readText(entry, "actorUPN");
  const displayName = readText(entry, "actorDisplayName");
  const client = readText(entry, "actorClientId");
  const isService =
    (client !== undefined && !/^[0-]+$/.test(client) && upn === undefined) || displayName === "Azure DevOps Service";
  const mechanism = readText(entry, "authenticationMechanism");
  // `PAT authorizationId: 7b…`: the token's id, which a Token.PatCreateEvent names too
  const token = /authorizationId:\s*([0-9A-Fa-f-]{8,64})/i.exec(mechanism ?? "")?.[1];
  return apiActor(
    {
      name: upn ?? displayName,
      uid: readText(entry, "actorUserId"),
      email_addr: emailAddress(upn),
      full_name: upn === undefined ? undefined : displayName,
      ...userType(isService),
      credential_uid: token,
    },
    token,
  );
}

/** `fabrikam (Organization)` -> `fabrikam`. */
function organizationOf(entry: JsonObject): string | undefined {
  return readText(entry, "scopeDisplayName")?.replace(/ \((?:Organization|Enterprise)\)$/, "");
}

function resourcesOf(entry: JsonObject, data: JsonObject | undefined): OcsfResource[] | undefined {
  const organization = organizationOf(entry);
  const project = readText(data, "projectName") ?? readText(entry, "projectName");
  const repository = readText(data, "repoName");
  if (repository !== undefined) {
    return [
      {
        name: [organization, project, repository].filter((part) => part !== undefined).join("/"),
        uid: readText(data, "repoId"),
        type: "repository",
      },
    ];
  }
  if (project !== undefined)
    return [
      {
        name: organization === undefined ? project : `${organization}/${project}`,
        uid: readText(data, "projectId") ?? readText(entry, "projectId"),
        type: "project",
      },
    ];
  return organization === undefined
    ? undefined
    : [{ name: organization, uid: readText(entry, "scopeId"), type: "organization" }];
}

function unmappedOf(entry: JsonObject, data: JsonObject | undefined): Record<string, unknown> {
  const rest = unmappedRest(entry, PLACED);
  noteVisibility(rest, visibilityOf(read(data, "projectVisibility")), undefined);
  const previous = visibilityOf(read(data, "previousProjectVisibility"));
  if (previous !== undefined) rest["previous_visibility"] = previous;
  return rest;
}
