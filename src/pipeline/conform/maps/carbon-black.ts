/**
 * VMware Carbon Black: events, alerts and watchlist hits of Carbon Black Cloud's data forwarder (`endpoint.event.…`), its audit
 * log, and what EDR's event forwarder sends (`ingress.event.…`, `alert.…`, `watchlist.…`, `feed.…`).
 *
 * @see https://developer.carbonblack.com/reference/carbon-black-cloud/data-forwarder/schema/latest/
 */
import type { JsonObject, OcsfEvent, OcsfFile, OcsfProcess } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { carbonBlackFinding, recogniseFinding } from "../endpoint/carbon-black-alert.ts";
import { carbonBlackAudit, recogniseAudit } from "../endpoint/carbon-black-audit.ts";
import { edrBinary } from "../endpoint/carbon-black-binary.ts";
import { edrEvent } from "../endpoint/carbon-black-edr.ts";
import { edrLeef, isEdrLeef } from "../endpoint/carbon-black-leef.ts";
import { endpointActivity, leftover, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
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
import { protocolOf } from "../network/protocols.ts";
import { list, property, text, textOf } from "../read-json.ts";

const CLOUD = { name: "Carbon Black Cloud", vendor_name: "VMware" } as const;
const EDR = { name: "Carbon Black EDR", vendor_name: "VMware" } as const;

const SYSTEMS: ReadonlyMap<string, OperatingSystem> = new Map([
  ["WINDOWS", "windows"],
  ["LINUX", "linux"],
  ["MAC", "macos"],
]);

const BINARY = /^binary(?:info|store)\./;

/** What the conversion reads; the rest stays under `unmapped`. */
const READ: ReadonlySet<string> = new Set(
  "type event_id device_id device_name device_os device_timestamp create_time backend_timestamp detection_timestamp timestamp event_timestamp process_guid process_pid process_path process_name process_hash process_md5 process_sha256 process_cmdline process_username parent_guid parent_pid parent_path parent_name parent_hash parent_md5 parent_sha256 parent_cmdline childproc_name childproc_pid childproc_guid childproc_hash childproc_username target_cmdline filemod_name filemod_hash local_ip local_port remote_ip remote_port netconn_domain netconn_inbound netconn_protocol modload_name modload_hash scriptload_name scriptload_hash computer_name sensor_id pid path cmdline command_line username md5 sha256 domain direction protocol ipv4 port parent_process_guid reason alert_url id".split(
    " ",
  ),
);

export default defineMap({
  id: "carbon-black",
  title: "VMware Carbon Black Cloud and EDR",
  product: CLOUD,
  reference: "https://developer.carbonblack.com/reference/carbon-black-cloud/data-forwarder/schema/latest/",
  lane: "endpoint",
  exporting:
    "Carbon Black Cloud: a Data Forwarder for endpoint events and alerts to S3 or Azure. EDR: the Event " +
    "Forwarder with JSON or LEEF output.",
  limits: [
    "It counts no bytes.",
    "The name of a destination is what the machine last resolved, not what a request asked for.",
    "Files are recorded when they are written, opened for writing or deleted, hardly ever when they are read.",
  ],
  recognise({ json, body, syslog }) {
    if (json === null) return isEdrLeef(body, syslog?.app) ? 1 : 0;
    const type = text(json, "type");
    if (type !== undefined && /^endpoint\.event\.|^ingress\.event\./.test(type)) return 1;
    if (type !== undefined && BINARY.test(type))
      return Object.hasOwn(json, "cb_server") || Object.hasOwn(json, "md5") ? 1 : 0;
    return Math.max(recogniseFinding(json), recogniseAudit(json));
  },
  conform({ json: parsed, body, syslog }, { fileModifiedTime }) {
    const json = parsed ?? edrLeef(body);
    if (json === null) throw new MalformedInputError("no Carbon Black event");
    const type = text(json, "type") ?? "";
    if (BINARY.test(type)) return edrBinary(type, json, subjectOf(json, type, false, syslog?.time ?? fileModifiedTime));
    if (recogniseAudit(json) > 0) return carbonBlackAudit(json, CLOUD);
    const isCloud = Object.hasOwn(json, "org_key") || type.startsWith("endpoint.");
    const subject = subjectOf(json, type, isCloud, syslog?.time ?? fileModifiedTime);
    if (type.startsWith("endpoint.event.")) return cloudEvent(type.slice("endpoint.event.".length), json, subject);
    if (type.startsWith("ingress.event.")) return edrEvent(type.slice("ingress.event.".length), json, subject);
    return carbonBlackFinding(json, subject);
  },
});

function subjectOf(json: JsonObject, type: string, isCloud: boolean, fallbackMs: number): EndpointSubject {
  const doc = list(json, "docs")[0];
  const name =
    text(json, "device_name") ??
    text(json, "computer_name") ??
    text(doc, "hostname") ??
    text(json, "hostname") ??
    endpointName(doc ?? json);
  const system = text(json, "device_os") ?? (text(doc, "os_type") ?? text(json, "os_type"))?.toUpperCase();
  return {
    base: {
      product: isCloud ? CLOUD : EDR,
      time: timeOf(json) ?? fallbackMs,
      uid: text(json, "event_id") ?? (type.includes(".event.") ? undefined : text(json, "id")),
      event_code: type === "" ? undefined : type,
    },
    // `ACME\WS-017`: the domain is no part of the machine's name
    device: deviceOf(name?.slice(name.lastIndexOf("\\") + 1), SYSTEMS.get(system ?? ""), {
      uid: textOf(json, "device_id") ?? textOf(json, "sensor_id"),
      ip: ipAddress(property(json, "device_internal_ip")),
    }),
    unmapped: leftover(json, READ),
  };
}

/** `WS-018|34`: the first machine that had a binary, with its sensor's number. */
function endpointName(record: unknown): string | undefined {
  const first = list(record, "endpoint")[0];
  const named = typeof first === "string" ? first : text(record, "endpoint");
  return named === undefined ? undefined : (named.split("|", 1)[0] ?? named) || undefined;
}

/** `2026-03-20 09:15:51.686294 +0000 UTC`, as Go prints it; ISO 8601; seconds. */
function timeOf(json: JsonObject): number | undefined {
  for (const name of [
    "device_timestamp",
    "detection_timestamp",
    "timestamp",
    "event_timestamp",
    "created_time",
    "create_time",
    "backend_timestamp",
  ]) {
    const value = property(json, name);
    const time = parseTime(typeof value === "string" ? value.replace(/ \+0000 UTC$/, "Z") : value);
    if (time !== undefined) return time;
  }
  return undefined;
}

function cloudEvent(kind: string, json: JsonObject, subject: EndpointSubject): OcsfEvent {
  const process = processFrom(json, "process");
  const parent = processFrom(json, "parent");
  if (process !== undefined && parent !== undefined) process.parent_process = parent;
  const actor = { user: userOf(text(json, "process_username")), process };
  switch (kind) {
    case "procstart":
      return started(json, subject, process, actor);
    case "procend":
      if (process === undefined) throw new MalformedInputError("procend without a process");
      return endpointActivity(subject, 1007, 2, { process, actor });
    case "netconn":
    case "netconn_proxy":
      return connection(json, subject, actor);
    case "filemod":
      return fileEvent(json, subject, actor);
    case "moduleload":
    case "scriptload": {
      const prefix = kind === "moduleload" ? "modload" : "scriptload";
      const file = fileOf(text(json, `${prefix}_name`));
      if (file === undefined) break;
      withHashes(file, list(json, `${prefix}_hash`));
      return endpointActivity(subject, 1005, 1, { module: { file, load_type_id: 1 }, actor });
    }
    case "fileless_scriptload": {
      const content = text(json, "fileless_scriptload_cmdline");
      if (content === undefined) break;
      return endpointActivity(subject, 1009, 1, { script: { script_content: { value: content }, type_id: 0 }, actor });
    }
    case "crossproc": {
      const target = processOf({
        image: text(json, "crossproc_name"),
        uid: text(json, "crossproc_guid"),
        cmd_line: text(json, "target_cmdline"),
      });
      if (target === undefined) break;
      const injects = /REMOTE_THREAD|INJECT/.test(text(json, "crossproc_action") ?? text(json, "action") ?? "");
      return endpointActivity(subject, 1007, injects ? 4 : 3, {
        process: target,
        actor,
        injection_type_id: injects ? 1 : undefined,
        injection_type: injects ? "Remote Thread" : undefined,
      });
    }
  }
  return endpointActivity(subject, 0, 99, { actor });
}

type Actor = NonNullable<OcsfEvent["actor"]>;

function processFrom(json: JsonObject, prefix: "process" | "parent"): OcsfProcess | undefined {
  const process = processOf({
    image: text(json, `${prefix}_path`),
    pid: processId(property(json, `${prefix}_pid`)),
    uid: text(json, `${prefix}_guid`),
    cmd_line: text(json, `${prefix}_cmdline`),
    user: prefix === "process" ? userOf(text(json, "process_username")) : undefined,
  });
  if (process?.file !== undefined) withHashes(process.file, list(json, `${prefix}_hash`));
  return process;
}

/** The record is the parent's: what it started is the child. Without one it is of the process itself. */
function started(
  json: JsonObject,
  subject: EndpointSubject,
  process: OcsfProcess | undefined,
  actor: Actor,
): OcsfEvent {
  const user = userOf(text(json, "childproc_username"));
  const child = processOf({
    image: text(json, "childproc_name"),
    pid: processId(property(json, "childproc_pid")),
    uid: text(json, "childproc_guid"),
    cmd_line: text(json, "target_cmdline"),
    user,
  });
  if (child?.name === undefined) {
    if (process === undefined) throw new MalformedInputError("procstart without a process");
    return endpointActivity(subject, 1007, 1, {
      process,
      actor: { user: actor.user, process: process.parent_process },
    });
  }
  if (child.file !== undefined) withHashes(child.file, list(json, "childproc_hash"));
  if (process !== undefined) child.parent_process = process;
  return endpointActivity(subject, 1007, 1, { process: child, actor: { user: actor.user ?? user, process } });
}

function connection(json: JsonObject, subject: EndpointSubject, actor: Actor): OcsfEvent {
  const local = endpointOf(ipAddress(property(json, "local_ip")), portOf(property(json, "local_port")));
  const remote = endpointOf(
    ipAddress(property(json, "remote_ip")),
    portOf(property(json, "remote_port")),
    text(json, "netconn_domain")?.toLowerCase(),
  );
  if (local === undefined && remote === undefined) throw new MalformedInputError("netconn without an address");
  const inbound = property(json, "netconn_inbound") === true;
  const action = text(json, "action") ?? "";
  const listens = action.includes("LISTEN");
  const failed = /FAIL|DENY|BLOCK/.test(action) || /DENY|BLOCK|TERMINATE/.test(text(json, "sensor_action") ?? "");
  return endpointActivity(subject, 4001, listens ? 7 : failed ? 5 : action.includes("CLOSE") ? 2 : 1, {
    actor,
    src_endpoint: inbound ? remote : local,
    dst_endpoint: inbound ? local : remote,
    connection_info: {
      ...protocolOf(text(json, "netconn_protocol")?.replace(/^PROTO_/, "")),
      direction_id: inbound ? 1 : 2,
      direction: inbound ? "Inbound" : "Outbound",
    },
  });
}

/** Several actions may stand side by side; the gravest decides. */
const FILE_ACTIONS: readonly (readonly [RegExp, number])[] = [
  [/FILE_DELETE|OPEN_DELETE/, 4],
  [/FILE_RENAME/, 5],
  [/FILE_CREATE/, 1],
  [/WRITE|TRUNCATE|FILE_LINK/, 3],
  [/OPEN_READ|FILE_READ/, 2],
  [/FILE_MOD_OPEN|FILE_OPEN/, 14],
];

function fileEvent(json: JsonObject, subject: EndpointSubject, actor: Actor): OcsfEvent {
  const file = fileOf(text(json, "filemod_name"));
  if (file === undefined) throw new MalformedInputError("filemod without a name");
  withHashes(file, list(json, "filemod_hash"));
  const action = text(json, "action") ?? "";
  const known = FILE_ACTIONS.find(([pattern]) => pattern.test(action));
  return endpointActivity(subject, 1001, known?.[1] ?? 99, { file, actor });
}

/** MD5 and SHA-256, each empty where the sensor has none. */
function withHashes(file: OcsfFile, [md5, sha256]: readonly unknown[]): void {
  const hashes = [
    hashOf("MD5", typeof md5 === "string" ? md5 : undefined),
    hashOf("SHA256", typeof sha256 === "string" ? sha256 : undefined),
  ].filter((hash) => hash !== undefined);
  if (hashes.length > 0) file.hashes = hashes;
}
