/**
 * Falcon's event stream (`/sensors/entities/datafeed/v2`, the SIEM connector): `metadata` says what kind of event `event` is.
 * Detections -> Detection Finding, matches of the host firewall -> Network Activity, what is done in the console -> Authentication
 * and API Activity.
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, operationActivity, outcomeStatus, sourceEndpoint } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { protocolOf } from "../network/protocols.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { boolean, list, number, object, property, text, textOf } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";
import { endpointActivity, leftover, type EndpointSubject } from "./endpoint-activity.ts";
import { deviceOf, endpointOf, fileOf, hashOf, portOf, processOf, userOf } from "./objects.ts";

/** Whether the record is one of the stream. Does not throw. */
export function isFalconStream(json: JsonObject): boolean {
  const metadata = object(json, "metadata");
  return (
    text(metadata, "eventType") !== undefined &&
    text(metadata, "customerIDString") !== undefined &&
    object(json, "event") !== undefined
  );
}

/**
 * @returns null for summaries of what other records tell
 * @throws {MalformedInputError} when the record has no readable time, or lacks what its kind promises
 */
export function falconStream(json: JsonObject, product: EventBase["product"]): OcsfEvent | null {
  const metadata = object(json, "metadata");
  const event = object(json, "event") ?? {};
  const kind = text(metadata, "eventType") ?? "";
  const time =
    parseTime(property(event, "UTCTimestamp")) ??
    parseTime(property(event, "Timestamp")) ??
    parseTime(property(metadata, "eventCreationTime"));
  if (time === undefined) throw new MalformedInputError(`${kind} without a readable time`);
  const base: EventBase = {
    product,
    time,
    uid: text(event, "CompositeId") ?? text(event, "DetectId") ?? positionOf(metadata),
    event_code: kind,
  };
  if (/^(?:Epp|IdentityProtection|DataProtection|Mobile|Xdr)?DetectionSummaryEvent$/i.test(kind))
    return detection(event, base);
  if (kind === "FirewallMatchEvent") return firewallMatch(event, base);
  if (/^RemoteResponseSession(?:Start|End)Event$/.test(kind)) return remoteResponse(kind, event, base);
  return text(event, "OperationName") === undefined ? null : audit(event, base);
}

function positionOf(metadata: JsonObject | undefined): string | undefined {
  const offset = textOf(metadata, "offset");
  return offset === undefined ? undefined : `${text(metadata, "customerIDString")}:${offset}`;
}

function deviceFrom(event: JsonObject): EndpointSubject["device"] {
  return deviceOf(
    text(event, "ComputerName") ?? text(event, "Hostname") ?? text(event, "HostName") ?? text(event, "HostnameField"),
    undefined,
    {
      uid: text(event, "SensorId") ?? text(event, "AgentId") ?? text(event, "DeviceId"),
      ip: ipAddress(property(event, "LocalIP")),
    },
  );
}

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["informational", 1],
  ["low", 2],
  ["medium", 3],
  ["high", 4],
  ["critical", 5],
]);

function detection(event: JsonObject, base: EventBase): OcsfEvent {
  const title = text(event, "DetectName") ?? text(event, "Name");
  if (title === undefined) throw new MalformedInputError("detection without a name");
  const technique = text(event, "Technique");
  const id = text(event, "TechniqueId") ?? "";
  const description = text(event, "DetectDescription") ?? text(event, "Description");
  const finding = endpointActivity(
    {
      base: { ...base, severity_id: SEVERITIES.get((text(event, "SeverityName") ?? "").toLowerCase()) ?? 1 },
      device: deviceFrom(event),
      unmapped: leftover(event, PLACED),
    },
    2004,
    1,
    {
      message: description ?? title,
      is_alert: true,
      finding_info: {
        title,
        uid: base.uid ?? `${title}:${base.time}`,
        types: technique === undefined ? undefined : [technique],
        attacks:
          technique !== undefined && /^T\d{4}(?:\.\d{3})?$/.test(id)
            ? [{ technique: { uid: id, name: technique } }]
            : undefined,
      },
      evidences: evidencesOf(event),
    },
  );
  delete finding.actor;
  return finding;
}

const PLACED: ReadonlySet<string> = new Set(
  "DetectName Name DetectDescription Description ComputerName Hostname SensorId AgentId LocalIP SeverityName UserName LogonDomain MachineDomain UserSid CommandLine FileName FilePath SHA256String MD5String SHA1String ParentCommandLine ParentImageFileName ParentImageFilePath NetworkAccesses".split(
    " ",
  ),
);

function evidencesOf(event: JsonObject): OcsfEvent["evidences"] {
  const user = userOf(
    text(event, "UserName"),
    text(event, "LogonDomain") ?? text(event, "MachineDomain"),
    text(event, "UserSid"),
  );
  const path = pathOf(text(event, "FilePath"), text(event, "FileName"));
  const hashes = HASHES.flatMap(([algorithm, name]) => {
    const value = text(event, name);
    return value === undefined || /^0+$/.test(value) ? [] : (hashOf(algorithm, value) ?? []);
  });
  const commandLine = text(event, "CommandLine");
  const process =
    commandLine === undefined
      ? undefined
      : processOf({ image: path, uid: textOf(event, "ProcessId"), cmd_line: commandLine, user });
  const parent = processOf({
    image: text(event, "ParentImageFilePath"),
    name: text(event, "ParentImageFileName"),
    uid: textOf(event, "ParentProcessId"),
    cmd_line: text(event, "ParentCommandLine"),
  });
  if (process !== undefined && parent !== undefined) process.parent_process = parent;
  const file = process === undefined ? fileOf(path ?? text(event, "Filename")) : process.file;
  if (file !== undefined && hashes.length > 0) file.hashes = hashes;
  const access = list(event, "NetworkAccesses")[0];
  const inbound = number(access, "ConnectionDirection") === 1;
  const local = endpointOf(ipAddress(property(access, "LocalAddress")), portOf(property(access, "LocalPort")));
  const remote = endpointOf(ipAddress(property(access, "RemoteAddress")), portOf(property(access, "RemotePort")));
  const evidence = {
    process,
    actor: user === undefined ? undefined : { user },
    file: process === undefined ? file : undefined,
    src_endpoint: inbound ? remote : local,
    dst_endpoint: inbound ? local : remote,
  };
  return Object.values(evidence).every((part) => part === undefined) ? undefined : [evidence];
}

const HASHES = [
  ["MD5", "MD5String"],
  ["SHA1", "SHA1String"],
  ["SHA256", "SHA256String"],
] as const;

/** The older detections give the folder, the newer ones the whole path. */
function pathOf(folder: string | undefined, name: string | undefined): string | undefined {
  if (folder === undefined || name === undefined) return folder ?? name;
  if (folder.toLowerCase().endsWith(name.toLowerCase())) return folder;
  const separator = folder.includes("/") ? "/" : "\\";
  return folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`;
}

function firewallMatch(event: JsonObject, base: EventBase): OcsfEvent {
  const inbound = textOf(event, "ConnectionDirection") === "1";
  const local = endpointOf(ipAddress(property(event, "LocalAddress")), portOf(property(event, "LocalPort")));
  const remote = endpointOf(ipAddress(property(event, "RemoteAddress")), portOf(property(event, "RemotePort")));
  // A rule in monitor mode lets pass what it would block.
  const blocked = textOf(event, "RuleAction") === "2" && boolean(object(event, "Flags"), "Monitor") !== true;
  const process = processOf({
    image: text(event, "ImageFileName"),
    uid: textOf(event, "TreeID") ?? textOf(event, "PID"),
    cmd_line: text(event, "CommandLine"),
  });
  const rule = text(event, "RuleName");
  const activity = endpointActivity({ base, device: deviceFrom(event), unmapped: event }, 4001, blocked ? 5 : 1, {
    actor: process === undefined ? undefined : { process },
    src_endpoint: inbound ? remote : local,
    dst_endpoint: inbound ? local : remote,
    connection_info: {
      direction_id: inbound ? 1 : 2,
      direction: inbound ? "Inbound" : "Outbound",
      ...protocolOf(textOf(event, "Protocol")),
    },
    ...(blocked ? { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" } : {}),
    firewall_rule: rule === undefined || !blocked ? undefined : { name: rule, uid: textOf(event, "RuleId") },
  });
  if (blocked) activity.metadata.profiles = ["host", "security_control"];
  return activity;
}

/** What somebody did in the console or over the API of Falcon. */
function audit(event: JsonObject, base: EventBase): OcsfEvent {
  const operation = text(event, "OperationName") ?? "";
  const user = userOf(text(event, "UserId")) ?? {};
  const service = text(event, "ServiceName") ?? "Falcon";
  const source = sourceEndpoint(property(event, "UserIp"));
  const succeeded = boolean(event, "Success");
  const unmapped = { AuditKeyValues: property(event, "AuditKeyValues"), Attributes: property(event, "Attributes") };
  if (/authenticat|log ?(?:in|out|off)$/i.test(operation))
    return createSignOn(base, {
      activity: /log ?(?:out|off)$/i.test(operation) ? 2 : 1,
      user,
      service,
      source,
      succeeded,
      isMfa: /two ?factor/i.test(operation) ? true : undefined,
      unmapped,
    });
  return createEvent(6003, operationActivity(operation), base, {
    ...outcomeStatus(succeeded),
    actor: apiActor(user),
    api: { operation, service: { name: service } },
    src_endpoint: source,
    unmapped,
  });
}

/** Somebody opens a shell on a machine, from the console. */
function remoteResponse(kind: string, event: JsonObject, base: EventBase): OcsfEvent {
  const host = text(event, "HostnameField");
  return createEvent(6003, kind.includes("Start") ? 1 : 99, base, {
    actor: apiActor(userOf(text(event, "UserName")) ?? {}, undefined, text(event, "SessionId")),
    api: { operation: kind, service: { name: "Real Time Response" } },
    src_endpoint: { name: "unknown" },
    dst_endpoint: host === undefined ? undefined : { hostname: host },
    resources: host === undefined ? undefined : [{ name: host, type: "device" }],
  });
}
