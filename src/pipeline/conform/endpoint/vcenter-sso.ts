/**
 * What the single sign-on of vCenter writes to its audit log -> Authentication, and API Activity for what is administered there:
 * `… websso[52:tomcat-http--15] [CorId=…] [auditlogger] {"user":…,"client":…,"type":"com.vmware.sso.LoginFailure"}`.
 */
import type { JsonObject, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, operationActivity, sourceEndpoint } from "../api-activity.ts";
import { parseJson } from "../decode.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime, parseUsTime } from "../decoders/timestamp.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { object, text } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";
import { userOf } from "./objects.ts";

const product = { name: "vCenter Server", vendor_name: "VMware" };
const TYPE = '"type":"com.vmware.sso.';
/** A record is short; what is longer is none. */
const LONGEST = 8_000;

/** Whether the line is a record of the audit log. Does not throw. */
export function isVcenterSso(body: string): boolean {
  return body.endsWith("}") && body.length <= LONGEST && body.includes(TYPE);
}

/**
 * @param sent when the syslog message was sent, for a record without a readable time of its own
 * @throws {MalformedInputError} when the record is cut off or has no time
 */
export function vcenterSso(body: string, sent: number | undefined, hostname: string | undefined): OcsfEvent {
  const parsed = parseJson(body.slice(body.indexOf("{")));
  const record = object({ parsed: parsed as never }, "parsed");
  const type = text(record, "type");
  if (record === undefined || type === undefined) throw new MalformedInputError("SSO record that is no JSON");
  const time = timeOf(body, record) ?? sent;
  if (time === undefined) throw new MalformedInputError(`${type} without a readable time`);
  const base: EventBase = { product, time, event_code: type };
  const name = type.slice(type.lastIndexOf(".") + 1);
  const user = accountOf(text(record, "user"));
  const description = text(record, "description");
  if (!/^Log(?:in|out)/.test(name)) {
    const activity = createEvent(6003, operationActivity(name), base, {
      actor: apiActor(user),
      api: { operation: type, service: { name: "vCenter Single Sign-On" } },
      src_endpoint: sourceEndpoint(text(record, "client")),
      dst_endpoint: hostname === undefined ? undefined : { hostname },
    });
    if (description !== undefined) activity.message = description;
    return activity;
  }
  return createSignOn(base, {
    activity: name.startsWith("Logout") ? 2 : 1,
    user,
    service: "vCenter Single Sign-On",
    source: sourceEndpoint(ipAddress(text(record, "client"))),
    destination: hostname === undefined ? undefined : { hostname },
    succeeded: name.endsWith("Failure") ? false : /^Log(?:inSuccess|out)$/.test(name) ? true : undefined,
    code: /response code (\d{3})\b/.exec(description ?? "")?.[1],
    message: description,
    unmapped: { severity: text(record, "eventSeverity") },
  });
}

/** `03/20/2026 09:15:33 GMT` in the record, to the second; before it the time of the log. */
function timeOf(body: string, record: JsonObject): number | undefined {
  const logged = /^(\d{4}-\d{2}-\d{2}T[\d:.]{8,15}Z) /.exec(body.slice(0, 40))?.[1];
  const own = /^(\d{1,2}\/\d{1,2}\/\d{4} [\d:]{8}) GMT$/.exec(text(record, "timestamp") ?? "")?.[1];
  return (
    (logged === undefined ? undefined : parseIsoTime(logged)) ?? (own === undefined ? undefined : parseUsTime(own))
  );
}

/** `alice@ACME`: behind the sign stands a domain, which need not be one of the Internet's. */
function accountOf(name: string | undefined): OcsfUser {
  const at = name?.lastIndexOf("@") ?? -1;
  if (name === undefined || at <= 0) return userOf(name) ?? {};
  const domain = name.slice(at + 1);
  const internal = !domain.includes(".") || domain.toLowerCase().endsWith(".local");
  return (internal ? userOf(name.slice(0, at), domain) : userOf(name)) ?? {};
}
