/**
 * Alerts of SentinelOne's own rules (`cloud-detection/alerts`: `alertInfo`, `ruleInfo`) and threats (`threats`:
 * `threatInfo`) -> Detection Finding. What acted and what it touched stands in the evidence.
 *
 * @see https://usea1-partners.sentinelone.net/api-doc/overview
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import type { EventBase } from "../ocsf.ts";
import { countOf, deviceOf, endpointOf, fileOf, hashOf, portOf, processId, processOf, userOf } from "./objects.ts";
import { list, object, property, text, textOf } from "../read-json.ts";
import { endpointActivity } from "./endpoint-activity.ts";
import type { OperatingSystem } from "./objects.ts";

const SYSTEMS: ReadonlyMap<string, OperatingSystem> = new Map([
  ["windows", "windows"],
  ["linux", "linux"],
  ["osx", "macos"],
  ["macos", "macos"],
]);

/** What a rule's author chose -> OCSF severity_id; a threat is as bad as the engine is sure. */
const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["low", 2],
  ["medium", 3],
  ["high", 4],
  ["critical", 5],
  ["suspicious", 3],
  ["malicious", 4],
]);

export function isSentinelOneFinding(json: JsonObject): boolean {
  return (
    object(json, "agentDetectionInfo") !== undefined &&
    (object(json, "alertInfo") !== undefined || object(json, "threatInfo") !== undefined)
  );
}

/**
 * @throws {MalformedInputError} when the record has no time or says nothing of what was found
 */
export function sentinelOneFinding(json: JsonObject, product: EventBase["product"]): OcsfEvent {
  const agent = object(json, "agentDetectionInfo");
  const now = object(json, "agentRealtimeInfo");
  const alert = object(json, "alertInfo");
  const threat = object(json, "threatInfo");
  const rule = object(json, "ruleInfo");
  const title = text(rule, "name") ?? text(threat, "threatName");
  const time =
    parseTime(property(threat, "identifiedAt")) ??
    parseTime(property(alert ?? threat, "createdAt")) ??
    parseTime(property(alert, "reportedAt"));
  if (title === undefined || time === undefined)
    throw new MalformedInputError("SentinelOne finding without a name or a readable time");

  const uid = textOf(alert, "alertId") ?? textOf(threat, "threatId") ?? textOf(json, "id");
  const system = text(agent, "osFamily") ?? text(now, "agentOsType") ?? text(now, "os") ?? "";
  const hash = text(threat, "sha1");
  const severity = text(rule, "severity") ?? text(threat, "confidenceLevel") ?? "";
  const event = endpointActivity(
    {
      base: {
        product,
        time,
        uid,
        event_code: text(alert, "eventType") ?? text(threat, "classification"),
        severity_id: SEVERITIES.get(severity.toLowerCase()) ?? 1,
      },
      device: deviceOf(
        text(agent, "name") ?? text(now, "agentComputerName") ?? text(now, "name"),
        SYSTEMS.get(system.toLowerCase()),
        {
          uid: text(agent, "uuid") ?? text(agent, "agentUuid") ?? text(now, "agentUuid"),
          ip: ipAddress(property(agent, "agentIpV4")),
        },
      ),
      unmapped: {
        sha1: hash,
        source: text(alert, "source"),
        mitigationStatus: text(threat, "mitigationStatus"),
        classification: text(threat, "classification"),
        externalIp: text(agent, "externalIp"),
      },
    },
    2004,
    1,
    {
      message: text(rule, "description") ?? title,
      is_alert: true,
      finding_info: {
        title,
        uid: uid ?? `${title}:${time}`,
        types: typesOf(text(threat, "classification") ?? text(alert, "eventType")),
        analytic: { name: title, uid: text(rule, "id"), type_id: 1, type: "Rule" },
        attacks: attacksOf(json),
      },
      evidences: evidencesOf(json, alert, threat),
    },
  );
  // A finding has no actor of its own: who acted is in the evidence.
  delete event.actor;
  return event;
}

function typesOf(kind: string | undefined): string[] | undefined {
  return kind === undefined ? undefined : [kind];
}

function evidencesOf(
  json: JsonObject,
  alert: JsonObject | undefined,
  threat: JsonObject | undefined,
): OcsfEvent["evidences"] {
  const source = processFrom(object(json, "sourceProcessInfo"));
  const parent = processFrom(object(json, "sourceParentProcessInfo"));
  if (source !== undefined && parent !== undefined) source.parent_process = parent;
  const process = source ?? processOf({ name: text(threat, "originatorProcess"), cmd_line: argumentsOf(threat) });
  const user = process?.user ?? userOf(text(threat, "processUser"));
  const target = object(json, "targetProcessInfo");
  const file = fileOf(text(target, "tgtFilePath") ?? text(threat, "filePath"));
  if (file !== undefined) {
    const hashes = hashesOf([
      ["MD5", text(threat, "md5")],
      ["SHA1", text(target, "tgtFileHashSha1") ?? text(threat, "sha1")],
      ["SHA256", text(target, "tgtFileHashSha256") ?? text(threat, "sha256")],
    ]);
    if (hashes.length > 0) file.hashes = hashes;
    const size = countOf(property(threat, "fileSize"));
    if (size !== undefined) file.size = size;
  }
  const hostname = text(alert, "dnsRequest");
  const evidence = {
    process,
    actor: user === undefined ? undefined : { user },
    file,
    src_endpoint: endpointOf(
      ipAddress(property(alert, "srcIp") ?? property(alert, "srcMachineIp")),
      portOf(property(alert, "srcPort")),
    ),
    dst_endpoint: endpointOf(ipAddress(property(alert, "dstIp")), portOf(property(alert, "dstPort"))),
    query: hostname === undefined ? undefined : { hostname },
  };
  return Object.values(evidence).every((part) => part === undefined) ? undefined : [evidence];
}

function argumentsOf(threat: JsonObject | undefined): string | undefined {
  return text(threat, "maliciousProcessArguments");
}

function processFrom(info: JsonObject | undefined): ReturnType<typeof processOf> {
  const process = processOf({
    image: text(info, "filePath"),
    name: text(info, "name"),
    pid: processId(property(info, "pid")),
    uid: text(info, "uniqueId"),
    cmd_line: text(info, "commandline"),
    user: userOf(text(info, "user")),
  });
  if (process?.file !== undefined) {
    const hashes = hashesOf([
      ["MD5", text(info, "fileHashMd5")],
      ["SHA1", text(info, "fileHashSha1")],
      ["SHA256", text(info, "fileHashSha256")],
    ]);
    if (hashes.length > 0) process.file.hashes = hashes;
  }
  const started = parseTime(property(info, "pidStarttime"));
  if (process !== undefined && started !== undefined) process.created_time = started;
  return process;
}

function hashesOf(pairs: readonly (readonly [algorithm: string, value: string | undefined])[]) {
  return pairs.map(([algorithm, value]) => hashOf(algorithm, value)).filter((hash) => hash !== undefined);
}

const MAX_INDICATORS = 32;

/** Techniques of the behaviours the engine saw. */
function attacksOf(json: JsonObject): NonNullable<OcsfEvent["finding_info"]>["attacks"] {
  const techniques = new Set<string>();
  for (const indicator of list(json, "indicators").slice(0, MAX_INDICATORS))
    for (const tactic of list(indicator, "tactics").slice(0, MAX_INDICATORS))
      for (const technique of list(tactic, "techniques").slice(0, MAX_INDICATORS)) {
        const name = text(technique, "name");
        if (name !== undefined && /^T\d{4}(?:\.\d{3})?$/.test(name)) techniques.add(name);
      }
  return techniques.size === 0 ? undefined : [...techniques].map((uid) => ({ technique: { uid } }));
}
