/**
 * What an administrator or SentinelOne's console did, from the activities API -> signing in and out as Authentication, what a
 * person did as API Activity, the rest as base events that say their sentence.
 *
 * @see https://usea1-partners.sentinelone.net/api-doc/overview
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { operationActivity } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import type { EventBase } from "../ocsf.ts";
import { object, property, text, textOf } from "../read-json.ts";
import { endpointActivity } from "./endpoint-activity.ts";
import { deviceOf, userOf } from "./objects.ts";

/**
 * @throws {MalformedInputError} when the record has no readable time
 */
export function sentinelOneActivity(json: JsonObject, product: EventBase["product"]): OcsfEvent {
  const either = (camel: string): string | undefined => textOf(json, camel) ?? textOf(json, camel.toLowerCase());
  const time = parseTime(property(json, "createdAt") ?? property(json, "createdat"));
  if (time === undefined) throw new MalformedInputError("SentinelOne activity without a readable time");
  const data = object(json, "data");
  const computer = text(data, "computerName") ?? text(data, "computername");
  const person = text(data, "username") ?? text(data, "userName") ?? text(data, "byUser");
  const ip = ipAddress(property(data, "ipAddress") ?? property(data, "ipaddress") ?? property(data, "externalIp"));
  const type = either("activityType");
  const description = either("primaryDescription");
  const subject = {
    base: { product, time, uid: either("id"), event_code: type },
    device: deviceOf(computer, undefined, { uid: either("agentId") }),
    unmapped: { data, threatId: either("threatId"), siteName: either("siteName"), groupName: either("groupName") },
  };
  const user = userOf(person, undefined, either("userId"));
  const source = ip === undefined ? { name: "unknown" } : { ip };
  const signOn = SIGN_ONS.find(([pattern]) => pattern.test(description ?? ""));
  const activity =
    signOn !== undefined && user !== undefined
      ? endpointActivity(subject, 3002, signOn[1], {
          user,
          actor: { user },
          src_endpoint: source,
          service: { name: "SentinelOne" },
          is_remote: true,
          status_id: signOn[2] ? 1 : 2,
          status: signOn[2] ? "Success" : "Failure",
        })
      : user === undefined
        ? endpointActivity(subject, 0, 99, { actor: { app_name: product.name } })
        : endpointActivity(subject, 6003, operationActivity(description?.slice(0, 120) ?? ""), {
            actor: { user },
            api: { operation: type ?? "unknown", service: { name: "SentinelOne" } },
            src_endpoint: source,
            resources:
              computer === undefined ? undefined : [{ name: computer, uid: either("agentId"), type: "device" }],
          });
  if (description !== undefined) activity.message = description;
  return activity;
}

/** Activities have numbers by the hundred; that somebody signed in or out their sentence tells. */
const SIGN_ONS: readonly (readonly [sentence: RegExp, activity: 1 | 2, succeeded: boolean])[] = [
  [/\bfailed to log ?in\b|\blog ?in (?:attempt )?failed\b/i, 1, false],
  [/\blogged in\b/i, 1, true],
  [/\blogged out\b/i, 2, true],
];
