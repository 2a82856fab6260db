import type { JsonObject, OcsfEvent, OcsfFile, OcsfProcess } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress, isIpAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import {
  deviceOf,
  endpointOf,
  fileOf,
  hashOf,
  portOf,
  processId,
  processOf,
  userOf,
  type OperatingSystem,
} from "../endpoint/objects.ts";
import { sentinelOneActivity } from "../endpoint/sentinelone-console.ts";
import { isSentinelOneFinding, sentinelOneFinding } from "../endpoint/sentinelone-finding.ts";
import { isVisibilityRecord, visibilityRecord } from "../endpoint/sentinelone-visibility.ts";
import { protocolOf } from "../network/protocols.ts";
import { httpActivityId } from "../ocsf.ts";
import { object, property, text } from "../read-json.ts";
import { DNS_TYPES } from "../tables/dns-types.ts";
import { splitUrl } from "../url.ts";

const product = { name: "Singularity", vendor_name: "SentinelOne" };

export default defineMap({
  id: "sentinelone",
  title: "SentinelOne Deep Visibility (Cloud Funnel), alerts, threats and the activities of the console",
  product,
  reference: "https://community.sentinelone.com/s/article/000006265",
  lane: "endpoint",
  exporting:
    "Cloud Funnel to S3 or Google Cloud Storage; the console's activities, alerts and threats through " +
    "`/web/api/v2.1/activities`, `/cloud-detection/alerts` and `/threats`, or syslog as JSON.",
  limits: [
    "It counts no bytes.",
    "Files are recorded when they are created, changed or deleted, not when they are read.",
    "A connection is an address without a name; the DNS and URL events tell that.",
  ],

  recognise({ json }) {
    if (json === null) return 0;
    if (
      text(json, "event.type") !== undefined &&
      (property(json, "src.process.name") !== undefined ||
        property(json, "agent.uuid") !== undefined ||
        property(json, "endpoint.name") !== undefined)
    )
      return 1;
    if (
      text(object(json, "event"), "type") !== undefined &&
      object(json, "endpoint") !== undefined &&
      (object(json, "src") !== undefined || object(json, "tgt") !== undefined)
    )
      return 1;
    if (isSentinelOneFinding(json) || isVisibilityRecord(json)) return 1;
    return property(json, "activitytype") !== undefined || property(json, "activityType") !== undefined
      ? property(json, "activityuuid") !== undefined ||
        property(json, "activityUuid") !== undefined ||
        property(json, "primaryDescription") !== undefined
        ? 1
        : 0.5
      : 0;
  },

  conform({ json }) {
    if (json === null) throw new MalformedInputError("no SentinelOne event");
    if (property(json, "activitytype") !== undefined || property(json, "activityType") !== undefined)
      return sentinelOneActivity(json, product);
    if (isSentinelOneFinding(json)) return sentinelOneFinding(json, product);
    return sensorEvent(isVisibilityRecord(json) ? visibilityRecord(json) : json);
  },
});

function sensorEvent(json: JsonObject): OcsfEvent {
  const type = read(json, "event.type");
  if (type === undefined) throw new MalformedInputError("SentinelOne event without event.type");
  const time = parseTime(value(json, "event.time")) ?? parseTime(value(json, "timestamp"));
  if (time === undefined) throw new MalformedInputError(`${type} without a readable time`);
  const subject: EndpointSubject = {
    base: { product, time, uid: read(json, "event.id"), event_code: type },
    device: deviceOf(read(json, "endpoint.name"), SYSTEMS.get(read(json, "endpoint.os") ?? ""), {
      uid: read(json, "agent.uuid"),
    }),
    unmapped: leftovers(json),
  };
  // older exports write `ProcessCreation`, newer ones `Process Creation`
  return activityOf(type.replaceAll(" ", ""), read(json, "event.category") ?? "", json, subject);
}

const SYSTEMS: ReadonlyMap<string, OperatingSystem> = new Map([
  ["windows", "windows"],
  ["linux", "linux"],
  ["osx", "macos"],
  ["macos", "macos"],
]);

/** Paths are this file's own, so few: their parts are worked out once. */
const PARTS = new Map<string, readonly string[]>();

/**
 * Names are flat with dots, or nested, depending on the export. No name with a dot is inherited, so that a flat one is read
 * without asking whose it is.
 */
function value(json: JsonObject, path: string): unknown {
  const flat: unknown = json[path];
  if (flat !== undefined) return flat;
  if (json["event.type"] !== undefined) return undefined;
  let parts = PARTS.get(path);
  if (parts === undefined) PARTS.set(path, (parts = path.split(".")));
  let inner: unknown = json;
  for (const part of parts) inner = property(inner, part);
  return inner;
}

function read(json: JsonObject, path: string): string | undefined {
  const found = value(json, path);
  return typeof found === "string"
    ? found === ""
      ? undefined
      : found
    : typeof found === "number"
      ? String(found)
      : undefined;
}

function activityOf(type: string, category: string, json: JsonObject, subject: EndpointSubject): OcsfEvent {
  const process = processFrom(json, SOURCE);
  const user = process?.user;
  const actor = process === undefined ? { app_name: product.name } : { user, process };
  if (type === "ProcessCreation") return launch(json, subject, process);
  if (type === "ProcessExit" || type === "ProcessTermination") {
    if (process === undefined) throw new MalformedInputError(`${type} without a process`);
    return endpointActivity(subject, 1007, 2, { process, actor });
  }
  if (category === "dns" || type.startsWith("DNS")) return lookup(type, json, subject, actor);
  if (category === "url" || value(json, "url.address") !== undefined) return request(json, subject, actor);
  if (category === "ip" || /^IP[A-Z]/.test(type)) return connection(type, json, subject, actor);
  if (category === "logins" || type === "Login" || type === "Logout") return logon(type, json, subject, actor);
  if (category === "cross_process" || /(?:Remote|Duplicate)ProcessHandle|(?:Remote|Duplicate)Thread/.test(type)) {
    const target = processFrom(json, TARGET);
    if (target !== undefined)
      return endpointActivity(subject, 1007, type.includes("Thread") ? 4 : 3, { process: target, actor });
  }
  if (/^File[A-Z]/.test(type) || category === "file") return fileActivity(type, json, subject, actor);
  if (type === "ModuleLoad") {
    const file = fileOf(read(json, "module.path"));
    if (file !== undefined) return endpointActivity(subject, 1005, 1, { module: { file, load_type_id: 1 }, actor });
  }
  const script = category === "command_script" ? read(json, "cmdScript.content") : undefined;
  if (script !== undefined)
    return endpointActivity(subject, 1009, 1, {
      script: { script_content: { value: script }, type_id: 0 },
      actor,
    });
  return endpointActivity(subject, 0, 99, { actor });
}

function launch(json: JsonObject, subject: EndpointSubject, parent: OcsfProcess | undefined): OcsfEvent {
  const process = processFrom(json, TARGET);
  if (process === undefined) throw new MalformedInputError("Process Creation without its target");
  if (parent !== undefined) process.parent_process = parent;
  process.user ??= parent?.user;
  return endpointActivity(subject, 1007, 1, {
    process,
    actor:
      process.user === undefined && parent === undefined
        ? { app_name: product.name }
        : { user: process.user, process: parent },
  });
}

function connection(type: string, json: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const src = endpoint(json, "src");
  const dst = endpoint(json, "dst");
  if (src === undefined && dst === undefined) throw new MalformedInputError(`${type} without addresses`);
  const direction = (read(json, "event.network.direction") ?? "").toUpperCase();
  const inbound = direction === "INCOMING";
  // `meta.event.name` is TCPV4, UDPV6, …; what the protocol name tells beside it is the application's
  const application = read(json, "event.network.protocolName")?.toLowerCase();
  const named = protocolOf(application) ?? { protocol_name: application };
  const transport = protocolOf(/^(TCP|UDP|ICMP)/.exec(read(json, "meta.event.name") ?? "")?.[1]) ?? named;
  const failed = /FAIL|BLOCK/i.test(read(json, "event.network.connectionStatus") ?? "");
  return endpointActivity(subject, 4001, type === "IPListen" ? 7 : failed ? 4 : 1, {
    actor,
    src_endpoint: src,
    dst_endpoint: dst,
    connection_info: {
      direction_id: inbound ? 1 : direction === "OUTGOING" ? 2 : 0,
      direction: inbound ? "Inbound" : direction === "OUTGOING" ? "Outbound" : "Unknown",
      ...transport,
    },
    app_name: transport === named ? undefined : application,
  });
}

function endpoint(json: JsonObject, side: "src" | "dst"): OcsfEvent["dst_endpoint"] {
  const own = side === "src";
  return endpointOf(
    ipAddress(value(json, own ? "src.ip.address" : "dst.ip.address")),
    portOf(value(json, own ? "src.port.number" : "dst.port.number")),
  );
}

/** Answers as `type: 5 name;192.0.2.1;`. */
function lookup(type: string, json: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const hostname = read(json, "event.dns.request");
  if (hostname === undefined) throw new MalformedInputError(`${type} without a name`);
  const answers: { type: string; rdata: string }[] = [];
  for (const part of (read(json, "event.dns.response") ?? "").split(";", 64)) {
    const item = part.trim();
    const typed = /^type:\s*(\d{1,5})\s+(\S.*)$/.exec(item);
    if (typed !== null)
      answers.push({ type: DNS_TYPES.get(Number(typed[1])) ?? `TYPE${typed[1]}`, rdata: typed[2] ?? "" });
    else if (isIpAddress(item)) answers.push({ type: item.includes(":") ? "AAAA" : "A", rdata: item });
  }
  const self = subject.device.hostname;
  return endpointActivity(subject, 4003, 1, {
    actor,
    query: { hostname },
    answers: answers.length === 0 ? undefined : answers,
    src_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
  });
}

/** What the browser extension or the agent saw of a request. */
function request(json: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const address = read(json, "url.address");
  if (address === undefined) throw new MalformedInputError("URL event without url.address");
  const method = (read(json, "event.url.action") ?? "").toUpperCase();
  const url = splitUrl(address);
  return endpointActivity(subject, 4002, method === "" ? 0 : httpActivityId(method), {
    actor,
    dst_endpoint: url.hostname === undefined ? undefined : { hostname: url.hostname, port: url.port },
    src_endpoint: url.hostname === undefined ? { name: subject.device.hostname ?? "unknown" } : undefined,
    http_request: { http_method: method === "" ? undefined : method, url },
  });
}

const FILE_TYPES: readonly (readonly [RegExp, number])[] = [
  [/Creation|Scan/, 1],
  [/Modification/, 3],
  [/Deletion/, 4],
  [/Rename/, 5],
];

function fileActivity(type: string, json: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const file = fileOf(read(json, "tgt.file.path"));
  if (file === undefined) throw new MalformedInputError(`${type} without a file`);
  const size = processId(value(json, "tgt.file.size"));
  if (size !== undefined) file.size = size;
  const hashes = hashesOf(json, FILE_HASHES);
  if (hashes !== undefined) file.hashes = hashes;
  const activityId = FILE_TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? 99;
  const before = fileOf(read(json, "tgt.file.oldPath"));
  return activityId === 5 && before !== undefined
    ? endpointActivity(subject, 1001, 5, { file: before, file_result: file, actor })
    : endpointActivity(subject, 1001, activityId, { file, actor });
}

function logon(type: string, json: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const success = value(json, "event.login.loginIsSuccessful");
  const ip = ipAddress(value(json, "src.endpoint.ip.address") ?? value(json, "src.ip.address"));
  const self = subject.device.hostname;
  return endpointActivity(subject, 3002, type === "Logout" ? 2 : 1, {
    user: userOf(
      read(json, "event.login.userName"),
      told(read(json, "event.login.accountDomain")),
      told(read(json, "event.login.accountSid")),
    ) ?? { name: "unknown" },
    actor,
    src_endpoint: ip === undefined ? undefined : { ip },
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    ...(success === undefined
      ? {}
      : success === true || success === "true"
        ? { status_id: 1, status: "Success" }
        : { status_id: 2, status: "Failure" }),
  });
}

/** A dash and the SID of nobody stand for what was not known. */
function told(value: string | undefined): string | undefined {
  return value === "-" || value === "S-1-0-0" ? undefined : value;
}

/** Names of one process's fields, put together once. */
function processNames(prefix: string) {
  const name = (part: string) => `${prefix}.${part}`;
  return {
    image: name("image.path"),
    name: name("name"),
    pid: name("pid"),
    uid: name("uid"),
    cmd_line: name("cmdline"),
    user: name("user"),
    sid: name("userSid"),
    hashes: hashNames(name("image")),
    started: name("startTime"),
    integrity: name("integrityLevel"),
  };
}

function hashNames(prefix: string): readonly (readonly [string, string])[] {
  return ["md5", "sha1", "sha256"].map((algorithm) => [algorithm, `${prefix}.${algorithm}`] as const);
}

const SOURCE = processNames("src.process");
const TARGET = processNames("tgt.process");
const PARENT = processNames("src.process.parent");
const FILE_HASHES = hashNames("tgt.file");

function processFrom(json: JsonObject, names: ReturnType<typeof processNames>): OcsfProcess | undefined {
  const process = processOf({
    image: read(json, names.image),
    name: read(json, names.name),
    pid: processId(value(json, names.pid)),
    uid: read(json, names.uid),
    cmd_line: read(json, names.cmd_line),
    user: userOf(read(json, names.user), undefined, read(json, names.sid)),
  });
  if (process === undefined) return undefined;
  if (process.file !== undefined) process.file.hashes = hashesOf(json, names.hashes);
  const started = parseTime(value(json, names.started));
  if (started !== undefined) process.created_time = started;
  const level = INTEGRITY.get((read(json, names.integrity) ?? "").toUpperCase());
  if (level !== undefined) Object.assign(process, { integrity: level[0], integrity_id: level[1] });
  if (names === SOURCE) {
    const parent = processFrom(json, PARENT);
    if (parent !== undefined) process.parent_process = parent;
  }
  return process;
}

const INTEGRITY: ReadonlyMap<string, readonly [string, number]> = new Map([
  ["UNTRUSTED", ["Untrusted", 1]],
  ["LOW", ["Low", 2]],
  ["MEDIUM", ["Medium", 3]],
  ["HIGH", ["High", 4]],
  ["SYSTEM", ["System", 5]],
]);

function hashesOf(json: JsonObject, names: readonly (readonly [string, string])[]): OcsfFile["hashes"] {
  let hashes: NonNullable<OcsfFile["hashes"]> | undefined;
  for (const [algorithm, name] of names) {
    const digest = read(json, name);
    const hash = digest === undefined ? undefined : hashOf(algorithm, digest);
    if (hash !== undefined) (hashes ??= []).push(hash);
  }
  return hashes;
}

const KEPT = [
  "event.category",
  "site.name",
  "account.name",
  "endpoint.type",
  "src.process.publisher",
  "src.process.verifiedStatus",
  "src.process.storyline.id",
  "registry.keyPath",
  "registry.value",
  "registry.oldValue",
  "registry.valueType",
  "cmdScript.content",
  "indicator.name",
  "indicator.category",
  "indicator.description",
  "task.name",
  "task.path",
] as const;

function leftovers(json: JsonObject): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of KEPT) {
    const found = value(json, name);
    if (found !== undefined) kept[name] = found;
  }
  return kept;
}
