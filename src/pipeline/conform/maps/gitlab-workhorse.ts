/**
 * GitLab Workhorse access log -> HTTP Activity (4002): every request to GitLab, git over HTTP among them.
 *
 * @see https://docs.gitlab.com/administration/logs/#workhorse-logs
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { sourceEndpoint, outcomeStatus, unmappedRest } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent, httpActivityId } from "../ocsf.ts";
import { byteCount, durationMs, integer, property, text, textOf } from "../read-json.ts";
import { urlOfTarget } from "../url.ts";

const PRODUCT = { name: "GitLab Workhorse", vendor_name: "GitLab" };

const PLACED: ReadonlySet<string> = new Set([
  "time",
  "method",
  "uri",
  "host",
  "remote_ip",
  "user_agent",
  "referrer",
  "status",
  "written_bytes",
  "proto",
  "content_type",
  "duration_ms",
]);

export default defineMap({
  id: "gitlab-workhorse",
  title: "GitLab Workhorse access log",
  product: PRODUCT,
  reference: "https://docs.gitlab.com/administration/logs/#workhorse-logs",
  lane: "repository",
  exporting:
    "`/var/log/gitlab/gitlab-workhorse/current`, with `gitlab_workhorse['log_format'] = \"json\"`, the default.",
  limits: [
    "Names no user.",
    "The size of the request body is not logged: what a push sent stays unknown.",
    "The address may be a list that the client began.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || !Object.hasOwn(json, "written_bytes") || !Object.hasOwn(json, "uri")) return 0;
  if (Object.hasOwn(json, "remote_ip") && Object.hasOwn(json, "ttfb_ms")) return 1;
  return Object.hasOwn(json, "correlation_id") && Object.hasOwn(json, "system") ? 0.9 : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (json === null) throw new MalformedInputError("gitlab-workhorse: not a JSON object");
  const method = text(json, "method");
  const uri = text(json, "uri");
  if (method === undefined || uri === undefined) {
    if (text(json, "msg") !== undefined) return null;
    throw new MalformedInputError("gitlab-workhorse: neither a request nor a message");
  }
  const host = text(json, "host")?.replace(/:\d{1,5}$/, "");
  const status = integer(json, "status");
  const bytesIn = byteCount(json, "written_bytes");
  return createEvent(
    4002,
    httpActivityId(method),
    {
      product: PRODUCT,
      time: parseTime(property(json, "time")) ?? syslog?.time ?? environment.fileModifiedTime,
      uid: textOf(json, "correlation_id"),
      event_code: text(json, "msg"),
    },
    {
      ...outcomeStatus(status === undefined ? undefined : status < 400),
      src_endpoint: sourceEndpoint(property(json, "remote_ip")),
      dst_endpoint: host === undefined ? undefined : { hostname: host },
      http_request: {
        http_method: method.toUpperCase(),
        url: urlOfTarget(uri, host),
        user_agent: text(json, "user_agent"),
        referrer: text(json, "referrer"),
        version: text(json, "proto"),
      },
      http_response: status === undefined ? undefined : { code: status, content_type: text(json, "content_type") },
      traffic: bytesIn === undefined ? undefined : { bytes_in: bytesIn },
      duration: durationMs(json, "duration_ms", 1),
      unmapped: unmappedRest(json, PLACED),
    },
  );
}
