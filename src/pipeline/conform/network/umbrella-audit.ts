/**
 * Umbrella's and Secure Access's admin audit log -> API Activity: what an administrator changed, and to what.
 *
 *     "1234567890","2026-03-20 10:07:14","admin@acme.example","Ada Admin","logexportconfigurations","update","203.0.113.5","version: 4","version: 5"
 *
 * @see https://docs.umbrella.com/deployment-umbrella/docs/admin-audit-log-formats
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, operationActivity, sourceEndpoint } from "../api-activity.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { createEvent } from "../ocsf.ts";

const START =
  /^"?\d{1,20}"?, ?"?\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"?, ?"?[^"\n]{0,255}"?, ?"?[^"\n]{0,255}"?, ?"?[a-z][A-Za-z0-9_-]{1,80}"?, ?"?[a-z]{3,32}"?, ?"?(?:[0-9A-Fa-f.:]{2,45})?"?(?:,|$)/;

export function isUmbrellaAudit(body: string): boolean {
  return START.test(body);
}

/**
 * @param columns of one line, in order
 * @throws {MalformedInputError} without a readable time
 */
export function umbrellaAuditEvent(
  product: { readonly name: string; readonly vendor_name: string },
  columns: readonly string[],
): OcsfEvent {
  const [id, stamp, email, name, type, action, ip, before, after] = columns.map(told);
  const time = parseIsoTime(stamp ?? "");
  if (time === undefined || action === undefined)
    throw new MalformedInputError("Umbrella audit record without its time or action");
  const address = emailAddress(email);
  // The person's own name stands where nobody's address does: agents report themselves.
  const user =
    email === undefined && name === undefined ? {} : { name: email ?? name, full_name: name, email_addr: address };
  const operation = `${type ?? "object"}.${action}`;
  return createEvent(
    6003,
    operationActivity(action),
    { product, time, uid: id, event_code: operation },
    {
      actor: apiActor(user),
      api: { operation, service: { name: "Umbrella" } },
      resources: type === undefined ? undefined : [{ name: type, type: "configuration" }],
      src_endpoint: sourceEndpoint(ip),
      status_id: 1,
      status: "Success",
      unmapped: before === undefined && after === undefined ? undefined : { before, after },
    },
  );
}

function told(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === "" || text === "null" ? undefined : text;
}
