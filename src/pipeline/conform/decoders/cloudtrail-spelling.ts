/**
 * CloudTrail records as warehouses store them -> CloudTrail's own spelling: Athena's and Hive's tables keep all names in lower case
 * and some objects as their JSON text.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html
 */
import type { Json, JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseJson } from "../decode.ts";

const SPELLINGS: ReadonlyMap<string, string> = new Map(
  [
    ..."eventTime eventID eventName eventSource eventVersion eventType eventCategory awsRegion sourceIPAddress".split(
      " ",
    ),
    ..."userAgent errorCode errorMessage requestID recipientAccountId resources readOnly managementEvent".split(" "),
    ..."userIdentity requestParameters responseElements additionalEventData tlsDetails sharedEventID".split(" "),
    ..."principalId accountId accessKeyId userName invokedBy sessionContext sessionIssuer".split(" "),
    ..."mfaAuthenticated creationDate clientProvidedHostHeader".split(" "),
  ].map((name) => [name.toLowerCase(), name]),
);

/** Whose names are CloudTrail's own too; below others are names of the service that was called. */
const NESTED: ReadonlySet<string> = new Set([
  "userIdentity",
  "sessionContext",
  "sessionIssuer",
  "attributes",
  "tlsDetails",
]);

const AS_TEXT: ReadonlySet<string> = new Set(["requestParameters", "responseElements", "additionalEventData"]);

/** The record itself where it is spelled as CloudTrail spells. */
export function respellCloudTrail(json: JsonObject): JsonObject {
  return Object.hasOwn(json, "eventname") ? respelled(json) : json;
}

/** Recursion ends with the names in NESTED, which do not nest in themselves in CloudTrail, and at JSON's own depth limit. */
function respelled(json: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      const name = SPELLINGS.get(key) ?? key;
      if (AS_TEXT.has(name)) return [name, unpacked(value)];
      return [name, NESTED.has(name) && isObject(value) ? respelled(value) : value];
    }),
  );
}

function unpacked(value: Json): Json {
  if (typeof value !== "string" || !value.startsWith("{")) return value;
  try {
    return parseJson(value) as Json;
  } catch (error) {
    if (error instanceof MalformedInputError) return value;
    throw error;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
