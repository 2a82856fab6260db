/**
 * Who did what in Carbon Black Cloud's console and API, from its audit log -> signing in as Authentication, the rest as API
 * Activity. What was done the log tells in a sentence only.
 *
 * @see https://developer.carbonblack.com/reference/carbon-black-cloud/platform/latest/audit-log-events/
 */
import type { JsonObject, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, operationActivity, sourceEndpoint, unmappedRest } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { property, text, textOf } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";

const PLACED: ReadonlySet<string> = new Set(["eventTime", "eventId", "loginName", "clientIp", "description"]);

const SIGN_IN = /\blogged in\b|\bfailed to log ?in\b|\blog ?in (?:attempt )?(?:fail|succe|denied)/i;

export function recogniseAudit(json: JsonObject): number {
  const has = (name: string): boolean => Object.hasOwn(json, name);
  return has("loginName") && has("clientIp") && has("eventTime") && has("orgName") && has("flagged") ? 1 : 0;
}

/**
 * @throws {MalformedInputError} when the record has no readable time or says nothing
 */
export function carbonBlackAudit(json: JsonObject, product: EventBase["product"]): OcsfEvent {
  const description = text(json, "description");
  const time = parseTime(property(json, "eventTime"));
  if (description === undefined || time === undefined)
    throw new MalformedInputError("Carbon Black audit record without a description or a readable time");
  const name = text(json, "loginName");
  const user: OcsfUser = { name, email_addr: emailAddress(name) };
  const base = { product, time, uid: textOf(json, "eventId"), event_code: "audit" };
  const source = sourceEndpoint(property(json, "clientIp"));
  const unmapped = unmappedRest(json, PLACED);
  const succeeded = SIGN_IN.test(description)
    ? !/\b(?:fail(?:ed|ure)?|denied|unable|invalid)\b/i.test(description)
    : undefined;
  if (succeeded !== undefined || /\blogged out\b/i.test(description)) {
    return createSignOn(base, {
      activity: succeeded === undefined ? 2 : 1,
      user,
      service: product.name,
      source,
      succeeded: succeeded ?? true,
      message: description,
      unmapped,
    });
  }
  return createEvent(6003, operationActivity(description), base, {
    message: description,
    actor: apiActor(user),
    api: { operation: operationOf(description), service: { name: product.name } },
    src_endpoint: source,
    unmapped,
  });
}

/** `Updated report 2f9b… in feed 5Hu…` -> `Updated report`: the words before the first that is an id, a name or an address. */
function operationOf(description: string): string {
  const words = description
    .replace(/^User \S{1,256} /, "")
    .slice(0, 256)
    .split(" ");
  const end = words.findIndex((word) => !/^[A-Za-z'-]+$/.test(word));
  const known = (end === -1 ? words : words.slice(0, end)).join(" ");
  return known === "" ? description.slice(0, 120) : known;
}
