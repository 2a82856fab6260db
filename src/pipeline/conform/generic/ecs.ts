/**
 * Any event in the Elastic Common Schema -> OCSF: `event.category`, with what else is there, decides the class. Processes, files,
 * libraries and drivers go the way that endpoint agents' events go.
 *
 * @see https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html
 */
import type { JsonObject, OcsfEvent, OcsfUrl } from "../../../model/activity.ts";
import { apiActor, operationActivity, outcomeStatus, unmappedRest } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { conformEcs } from "../endpoint/ecs.ts";
import { ecsFile, ecsProcess } from "../endpoint/ecs-objects.ts";
import { report } from "../network/session.ts";
import { createEvent, httpActivityId } from "../ocsf.ts";
import { byteCount, integer, list, number, object, property, text, textOf } from "../read-json.ts";
import { verdictFields } from "../web/verdict.ts";
import { nestKeys } from "./ecs-nesting.ts";
import {
  agentOf,
  asList,
  connectionInfo,
  ecsProduct,
  observerOf,
  READ,
  serverOf,
  subjectOf,
  trafficOf,
  urlOf,
  userOf,
  type EcsSubject,
} from "./ecs-parts.ts";
import { verdictOf } from "./event.ts";

const CATEGORIES: ReadonlySet<string> = new Set(
  "api authentication configuration database driver email file host iam intrusion_detection library malware network package process registry session threat vulnerability web".split(
    " ",
  ),
);

/** 0 to 1. Never throws. */
export function recogniseEcs(json: JsonObject): number {
  const event = object(json, "event");
  const categories = event === undefined ? property(json, "event.category") : property(event, "category");
  if (categories === undefined || (property(json, "@timestamp") ?? property(json, "ecs")) === undefined) return 0;
  return asList(categories).some((name) => typeof name === "string" && CATEGORIES.has(name)) ? 0.55 : 0;
}

/**
 * null for what is no activity (a host's inventory, a registry value).
 * @throws {MalformedInputError} where the time is unreadable, or a category lacks what it promises
 */
export function conformAnyEcs(flat: JsonObject): OcsfEvent | null {
  const json = nestKeys(flat);
  const event = object(json, "event");
  const categories = asList(property(event, "category"));
  const product = ecsProduct(json);
  const subject = subjectOf(json, product);
  const found = eventOf(subject, categories);
  if (found === null) return null;
  found.metadata.labels = ["best-effort"];
  return report(found, observerOf(json));
}

function eventOf(subject: EcsSubject, categories: readonly unknown[]): OcsfEvent | null {
  const { json, src, dst } = subject;
  const has = (...names: readonly string[]): boolean => names.some((name) => categories.includes(name));
  if (text(object(object(json, "dns"), "question"), "name") !== undefined) return lookup(subject);
  if (has("process", "file", "library", "driver") && ecsProcess(object(json, "process")) !== undefined)
    return conformEcs(json, subject.base.product);
  if (has("authentication") || (has("session") && subject.user !== undefined)) return signOn(subject);
  const request = object(object(json, "http"), "request");
  const url = urlOf(json);
  if (has("web") || request !== undefined || (url !== undefined && (src ?? dst) !== undefined)) {
    if (url !== undefined || request !== undefined) return webRequest(subject, url);
  }
  if (
    (has("network", "intrusion_detection", "threat", "malware") || (src !== undefined && dst !== undefined)) &&
    (src ?? dst) !== undefined
  )
    return connection(subject);
  if (has("file") && object(json, "file") !== undefined && subject.device !== undefined)
    return conformEcs(json, subject.base.product);
  return subject.action === undefined || has("registry", "host", "package") ? null : operation(subject);
}

function connection(subject: EcsSubject): OcsfEvent {
  const { json, base, types, action } = subject;
  const network = object(json, "network");
  const verdict =
    verdictOf(action) ?? (types.includes("denied") ? "blocked" : types.includes("allowed") ? "allowed" : undefined);
  const control = verdictFields(verdict);
  const denied = control?.action_id === 2;
  const sni = text(object(object(json, "tls"), "client"), "server_name");
  const version = text(object(json, "tls"), "version");
  const url = urlOf(json);
  const activityId = denied ? 5 : types.includes("end") ? 2 : types.includes("start") ? 1 : 6;
  const dst =
    subject.dst !== undefined && sni !== undefined && subject.dst.hostname === undefined
      ? { ...subject.dst, hostname: sni.toLowerCase() }
      : subject.dst;
  const isAlert = control !== undefined && text(object(json, "event"), "kind") === "alert";
  return createEvent(4001, activityId, base, {
    ...shared(subject, control),
    dst_endpoint: dst,
    url,
    tls: sni === undefined || version === undefined ? undefined : { sni, version },
    app_name: text(network, "application"),
    app_protocol_name: text(network, "protocol")?.toLowerCase(),
    is_alert: isAlert ? true : undefined,
  });
}

function webRequest(subject: EcsSubject, url: OcsfUrl | undefined): OcsfEvent {
  const { json, base, dst, types, action } = subject;
  const http = object(json, "http");
  const request = object(http, "request");
  const response = object(http, "response");
  const method = text(request, "method");
  const status = integer(response, "status_code");
  const code = status !== undefined && status >= 100 && status <= 999 ? status : undefined;
  const verdict =
    verdictOf(action) ?? (types.includes("denied") ? "blocked" : types.includes("allowed") ? "allowed" : undefined);
  return createEvent(4002, method === undefined ? 0 : httpActivityId(method), base, {
    ...shared(subject, verdictFields(verdict)),
    ...(code === undefined ? outcomeStatus(subject.succeeded) : outcomeStatus(code < 400)),
    status_code: code === undefined ? undefined : String(code),
    dst_endpoint: serverOf(dst, url),
    http_request: {
      http_method: method?.toUpperCase(),
      url,
      user_agent: text(object(json, "user_agent"), "original"),
      referrer: text(request, "referrer"),
      version: text(http, "version"),
    },
    http_response:
      code === undefined
        ? undefined
        : { code, content_type: text(response, "mime_type"), length: byteCount(response, "bytes") },
    app_name: text(object(json, "network"), "application"),
    file: ecsFile(object(json, "file")),
  });
}

/** What connections and requests have in common. */
function shared(subject: EcsSubject, control: ReturnType<typeof verdictFields>): Partial<OcsfEvent> {
  const { json, user, device, src, dst, base } = subject;
  const event = object(json, "event");
  const rule = object(json, "rule");
  const duration = number(event, "duration");
  const durationMs = duration === undefined ? undefined : Math.round(duration / 1e6);
  const name = text(rule, "name");
  const uid = textOf(rule, "id") ?? textOf(rule, "uuid");
  const hasRule = name !== undefined || uid !== undefined;
  return {
    start_time: parseTime(property(event, "start")),
    end_time: parseTime(property(event, "end")),
    duration: durationMs !== undefined && durationMs >= 0 && Number.isSafeInteger(durationMs) ? durationMs : undefined,
    message: text(json, "message"),
    actor: user === undefined ? undefined : { user },
    device,
    src_endpoint: src,
    dst_endpoint: dst,
    connection_info: connectionInfo(json),
    ...(control ?? (hasRule ? { action_id: 0, action: "Unknown" } : undefined)),
    firewall_rule: hasRule ? { name, uid } : undefined,
    status_detail: text(event, "reason"),
    traffic: trafficOf(json),
    severity_id: base.severity_id ?? 1,
    unmapped: unmappedRest(json, READ),
  };
}

function lookup(subject: EcsSubject): OcsfEvent {
  const { json, base, src, dst, types } = subject;
  const dns = object(json, "dns");
  const question = object(dns, "question");
  const answers = list(dns, "answers")
    .slice(0, 64)
    .flatMap((answer) => {
      const rdata = textOf(answer, "data");
      return rdata === undefined
        ? []
        : [{ rdata, type: text(answer, "type"), class: text(answer, "class"), ttl: integer(answer, "ttl") }];
    });
  for (const ip of answers.length === 0 ? list(dns, "resolved_ip").slice(0, 64) : [])
    if (typeof ip === "string")
      answers.push({ rdata: ip, type: ip.includes(":") ? "AAAA" : "A", class: undefined, ttl: undefined });
  const answered = answers.length > 0 || text(dns, "response_code") !== undefined || text(dns, "type") === "answer";
  const verdict = types.includes("denied") ? "blocked" : undefined;
  const fields = shared(subject, verdictFields(verdictOf(subject.action) ?? verdict));
  return createEvent(4003, answered ? 2 : 1, base, {
    ...fields,
    src_endpoint:
      src ??
      (dst === undefined
        ? { hostname: subject.device?.hostname, name: subject.device?.hostname === undefined ? "unknown" : undefined }
        : undefined),
    query: {
      hostname: normaliseHostname(text(question, "name")!),
      type: text(question, "type"),
      class: text(question, "class"),
    },
    answers: answers.length === 0 ? undefined : answers,
    ...rcodeOf(text(dns, "response_code")),
  });
}

function signOn(subject: EcsSubject): OcsfEvent | null {
  const { json, base, user, src, types, action, succeeded, device } = subject;
  if (user === undefined) return null;
  const off = types.includes("end") || /log(?:ged)?[-_ ]?(?:out|off)|sign[-_ ]?out|session_end/i.test(action ?? "");
  return createEvent(3002, off ? 2 : 1, base, {
    ...outcomeStatus(succeeded),
    status_detail: text(object(json, "event"), "reason"),
    message: text(json, "message"),
    actor: { user },
    user,
    device,
    src_endpoint: src,
    service: { name: text(object(json, "service"), "name") ?? base.product.name },
    dst_endpoint: subject.dst,
    http_request: agentOf(json),
    unmapped: unmappedRest(json, READ),
  });
}

function operation(subject: EcsSubject): OcsfEvent {
  const { json, base, user, src, action, succeeded } = subject;
  const target = userOf(object(object(json, "user"), "target"));
  const group = text(object(json, "group"), "name");
  const resource = target?.name ?? group ?? text(object(json, "file"), "path") ?? urlOf(json)?.url_string;
  return createEvent(6003, operationActivity(action!), base, {
    ...outcomeStatus(succeeded),
    status_detail: text(object(json, "event"), "reason"),
    message: text(json, "message"),
    actor: apiActor(user ?? {}),
    api: { operation: action!, service: { name: text(object(json, "event"), "provider") ?? base.product.name } },
    resources:
      resource === undefined ? undefined : [{ name: resource, type: target === undefined ? "unknown" : "user" }],
    src_endpoint: src ?? { name: "unknown" },
    http_request: agentOf(json),
    unmapped: unmappedRest(json, READ),
  });
}
