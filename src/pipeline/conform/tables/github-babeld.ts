/**
 * What babeld of GitHub Enterprise Server, which answers git over HTTP and SSH, writes when an operation ends: the one of its
 * logs that tells the bytes both ways, of fetches too. They are network events, because the audit log has the transfer itself.
 *
 * @see https://docs.github.com/en/enterprise-server@latest/admin/monitoring-and-managing-your-instance/monitoring-your-instance/about-system-logs
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { apiActor, outcomeStatus, sourceEndpoint, userType } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseTime } from "../decoders/timestamp.ts";
import type { DecodedRecord } from "../define-map.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { urlOfTarget } from "../url.ts";

/** `http op done: (200) OK`, `ssh op done: (0)`. */
const DONE = /^(?:http|ssh) op done: \((-?\d{1,5})\) ?(.{0,500})$/;
const PACK = /^git-(?:receive|upload)-pack$/;

const PLACED: ReadonlySet<string> = new Set([
  "ts",
  "id",
  "proto",
  "http_url",
  "ip",
  "xff",
  "user",
  "code",
  "client_recv",
  "client_sent",
  "user_agent",
]);

export function isBabeld({ syslog, body, json }: DecodedRecord): boolean {
  if (json !== null || !body.includes(" proto=")) return false;
  return syslog?.app?.startsWith("babeld") === true ? body.includes("ts=") : body.includes(" client_recv=");
}

/** null for all that is not the end of an operation on a repository. */
export function conformBabeld(
  product: { readonly name: string; readonly vendor_name: string },
  { syslog, body }: DecodedRecord,
  fallbackTime: number,
): OcsfEvent | null {
  const fields = readKeyValues(body);
  const done = DONE.exec(fields.get("msg") ?? "");
  const repository = fields.get("repo")?.replace(/\.git$/, "");
  const command = fields.get("cmd") ?? "";
  if (done === null || repository === undefined || repository === "" || !PACK.test(command)) return null;

  const [, code = "", reason = ""] = done;
  const isHttp = fields.get("proto") === "http";
  const status = Number(code);
  const host = syslog?.hostname ?? undefined;
  const target = fields.get("http_url") ?? `/${repository}.git/${command}`;
  const url = urlOfTarget(target, host);
  const isRequest = target.includes("/info/refs");
  const common = {
    ...outcomeStatus(isHttp ? status >= 200 && status < 400 : status === 0),
    status_detail: reason === "" || reason === "OK" ? undefined : reason,
    actor: apiActor({ name: fields.get("user"), ...userType(false) }),
    src_endpoint: sourceEndpoint(ipAddress(fields.get("xff")) ?? fields.get("ip")),
    dst_endpoint: host === undefined ? undefined : { hostname: host },
    traffic: { bytes_out: count(fields.get("client_recv")), bytes_in: count(fields.get("client_sent")) },
    unmapped: restOf(fields),
  };
  const base: EventBase = {
    product,
    time: parseTime(fields.get("ts")) ?? syslog?.time ?? fallbackTime,
    uid: fields.get("id"),
    event_code: command,
  };
  const event = isHttp
    ? createEvent(4002, isRequest ? 3 : 6, base, {
        ...common,
        http_request: { http_method: isRequest ? "GET" : "POST", url, user_agent: fields.get("user_agent") },
        http_response: { code: status },
      })
    : createEvent(4007, 2, base, { ...common, app_name: "git" });
  event.metadata.profiles = ["host"];
  return event;
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function restOf(fields: ReadonlyMap<string, string>): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  for (const [key, value] of fields) if (!PLACED.has(key) && key !== "__proto__") rest[key] = value;
  return rest;
}
