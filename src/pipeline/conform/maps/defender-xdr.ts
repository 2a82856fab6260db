import type { JsonObject, OcsfEvent, OcsfFile, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { conformDeviceEvent } from "../endpoint/defender-device-event.ts";
import { authProtocol, identityActivity, identityTable, isIdentityTable } from "../endpoint/defender-identity.ts";
import { conformInspection } from "../endpoint/defender-inspection.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { deviceOf, fileOf, hashOf, portOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { number, object, property, text, textOf } from "../read-json.ts";
import { splitUrl } from "../url.ts";

const product = { name: "Defender XDR", vendor_name: "Microsoft" };

type Row = JsonObject;

export default defineMap({
  id: "defender-xdr",
  title:
    "Microsoft Defender XDR: the Device…, Identity… and CloudAppEvents tables of advanced hunting, from Event Hub, storage, the API or Sentinel",
  product,
  reference: "https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables",
  lane: "endpoint",
  exporting:
    "Settings, Microsoft Defender XDR, Streaming API: the tables Device…, Identity… and CloudAppEvents to Event Hub " +
    "or storage; results of advanced hunting exported as JSON and the same tables in Sentinel are read too.",
  limits: [
    "It counts no bytes.",
    "Network and file events are sampled: repetitions within a day are left out.",
    "Reads of files are recorded for a few kinds of file only.",
  ],

  recognise({ json }) {
    if (json === null) return 0;
    const table = tableOf(json);
    if (table !== undefined) return /^Device\w/.test(table) || isIdentityTable(table) ? 1 : 0.9;
    return property(json, "ActionType") !== undefined &&
      property(json, "DeviceId") !== undefined &&
      property(json, "ReportId") !== undefined
      ? 1
      : identityTable(json) === undefined
        ? 0
        : 0.9;
  },

  conform({ json }) {
    if (json === null) throw new MalformedInputError("no record of advanced hunting");
    const row = object(json, "properties") ?? json;
    const action = text(row, "ActionType");
    const table = tableOf(json) ?? identityTable(row);
    const personal = isIdentityTable(table);
    // Alerts, e-mail and inventory are no activity.
    if (action === undefined || (text(row, "DeviceId") === undefined && !personal)) return null;
    const time =
      parseTime(property(row, "Timestamp")) ??
      parseTime(property(row, "TimeGenerated")) ??
      parseTime(property(json, "time"));
    if (time === undefined) throw new MalformedInputError(`${action} without a readable time`);
    const report = textOf(row, "ReportId");
    if (table !== undefined && personal)
      return identityActivity(table, action, row, { product, time, uid: report, event_code: action });
    const device = text(row, "DeviceId") ?? "";
    const subject: EndpointSubject = {
      // A ReportId repeats: with device and time it is unique.
      base: {
        product,
        time,
        uid: report === undefined ? undefined : `${device}:${report}:${time}`,
        event_code: action,
      },
      device: deviceOf(text(row, "DeviceName"), operatingSystem(row), { uid: device }),
      unmapped: leftovers(row, table),
    };
    return activityOf(action, table ?? "", row, subject);
  },
});

/** `AdvancedHunting-DeviceProcessEvents` in exports, the table's name in Sentinel; undefined where only columns tell. */
function tableOf(json: JsonObject): string | undefined {
  const category = text(json, "category");
  if (category?.startsWith("AdvancedHunting-") === true) return category.slice(16);
  const type = text(json, "Type");
  if (type === undefined || property(json, "ActionType") === undefined) return undefined;
  return type.startsWith("Device") || isIdentityTable(type) ? type : undefined;
}

function activityOf(action: string, table: string, row: Row, subject: EndpointSubject): OcsfEvent {
  const actor = actorOf(row);
  switch (action) {
    case "ProcessCreated":
    case "OpenProcess":
      return launch(row, subject, actor);
    case "LogonSuccess":
    case "LogonFailed":
    case "LogonAttempted":
      return logon(action, row, subject, actor);
    case "ImageLoaded": {
      const file = fileFrom(row);
      if (file === undefined) throw new MalformedInputError("ImageLoaded without a file");
      return endpointActivity(subject, 1005, 1, { module: { file, load_type_id: 1 }, actor });
    }
    default: {
      const file = FILE_ACTIONS.get(action);
      if (file !== undefined) return fileActivity(file, row, subject, actor);
      const inspected =
        conformInspection(action, row, subject, actor) ?? conformDeviceEvent(action, row, subject, actor);
      if (inspected !== undefined) return inspected;
      if (table === "DeviceNetworkEvents" || CONNECTIONS.has(action)) return connection(action, row, subject, actor);
      return endpointActivity(subject, 0, 99, { actor });
    }
  }
}

function launch(row: Row, subject: EndpointSubject, actor: NonNullable<OcsfEvent["actor"]>): OcsfEvent {
  const opened = text(row, "ActionType") === "OpenProcess";
  const file = fileFrom(row);
  const process = processOf({
    image: file?.path,
    name: text(row, "FileName"),
    pid: processId(property(row, "ProcessId")),
    cmd_line: text(row, "ProcessCommandLine"),
    user: account(row, "Account"),
  });
  if (process?.pid === undefined) throw new MalformedInputError("ProcessCreated without ProcessId");
  if (file !== undefined) process.file = file;
  const created = parseTime(property(row, "ProcessCreationTime"));
  if (created !== undefined) process.created_time = created;
  const level = text(row, "ProcessIntegrityLevel");
  if (level !== undefined) Object.assign(process, { integrity: level, integrity_id: INTEGRITY.get(level) ?? 99 });
  if (actor.process !== undefined) process.parent_process = actor.process;
  return endpointActivity(subject, 1007, opened ? 3 : 1, {
    process,
    actor:
      actor.process === undefined && process.user === undefined
        ? actor
        : { user: process.user ?? actor.user, process: actor.process },
  });
}

const INTEGRITY: ReadonlyMap<string, number> = new Map([
  ["Untrusted", 1],
  ["Low", 2],
  ["Medium", 3],
  ["High", 4],
  ["System", 5],
]);

/** ActionType -> activity of Network Activity. */
const CONNECTIONS: ReadonlyMap<string, number> = new Map([
  ["ConnectionSuccess", 1],
  ["ConnectionAttempt", 1],
  ["ConnectionRequest", 1],
  ["ConnectionFound", 1],
  ["ConnectionAcknowledged", 1],
  ["InboundConnectionAccepted", 1],
  ["InboundInternetScanInspected", 1],
  ["ConnectionFailed", 4],
  ["ListeningConnectionCreated", 7],
]);

function connection(action: string, row: Row, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const inbound = action === "InboundConnectionAccepted" || action === "InboundInternetScanInspected";
  const url = text(row, "RemoteUrl");
  const split = url === undefined ? undefined : splitUrl(url);
  const ip = ipAddress(property(row, "RemoteIP"));
  const remote =
    ip === undefined && split?.hostname === undefined
      ? undefined
      : { ip, port: portOf(property(row, "RemotePort")), hostname: split?.hostname };
  const local = ipAddress(property(row, "LocalIP"));
  const here = local === undefined ? undefined : { ip: local, port: portOf(property(row, "LocalPort")) };
  if (remote === undefined && here === undefined) throw new MalformedInputError(`${action} without addresses`);
  return endpointActivity(subject, 4001, CONNECTIONS.get(action) ?? 6, {
    actor,
    src_endpoint: inbound ? remote : here,
    dst_endpoint: inbound ? here : remote,
    // Where the sensor saw the address asked for, not only a name.
    url: split?.path === undefined ? undefined : split,
    connection_info: {
      direction_id: inbound ? 1 : 2,
      direction: inbound ? "Inbound" : "Outbound",
      protocol_name: text(row, "Protocol")
        ?.replace(/Ipv?[46]?$/i, "")
        .toLowerCase(),
    },
  });
}

/** ActionType -> activity of File System Activity. */
const FILE_ACTIONS: ReadonlyMap<string, number> = new Map([
  ["FileCreated", 1],
  ["ShadowCopyCreated", 1],
  ["FileModified", 3],
  ["FileRenamed", 5],
  ["FileDeleted", 4],
  ["SensitiveFileRead", 2],
  ["ReadProcessMemoryApiCall", 99],
]);

function fileActivity(activityId: number, row: Row, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const file = fileFrom(row);
  if (file === undefined || activityId === 99) {
    if (activityId !== 99) throw new MalformedInputError(`${text(row, "ActionType")} without a file`);
    return endpointActivity(subject, 0, 99, { actor });
  }
  const before = pathOf(text(row, "PreviousFolderPath"), text(row, "PreviousFileName"));
  if (activityId !== 5 || before === undefined) return endpointActivity(subject, 1001, activityId, { file, actor });
  return endpointActivity(subject, 1001, 5, { file: fileOf(before), file_result: file, actor });
}

function logon(action: string, row: Row, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent {
  const ip = ipAddress(property(row, "RemoteIP"));
  const hostname = text(row, "RemoteDeviceName");
  const self = subject.device.hostname;
  const type = text(row, "LogonType");
  const id = textOf(row, "LogonId");
  const port = portOf(property(row, "RemotePort"));
  return endpointActivity(subject, 3002, 1, {
    user: account(row, "Account") ?? { name: "unknown" },
    actor,
    src_endpoint:
      ip === undefined && hostname === undefined ? undefined : { ip, hostname, port: port === 0 ? undefined : port },
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    logon_type_id: type === undefined ? undefined : (LOGON_TYPES.get(type)?.[0] ?? 99),
    logon_type: type === undefined ? undefined : (LOGON_TYPES.get(type)?.[1] ?? type),
    session: id === undefined ? undefined : { uid: id },
    ...authProtocol(row),
    status_id: action === "LogonSuccess" ? 1 : action === "LogonFailed" ? 2 : 0,
    status: action === "LogonSuccess" ? "Success" : action === "LogonFailed" ? "Failure" : "Unknown",
    status_detail: text(row, "FailureReason"),
  });
}

const LOGON_TYPES: ReadonlyMap<string, readonly [number, string]> = new Map([
  ["Interactive", [2, "Interactive"]],
  ["Network", [3, "Network"]],
  ["Batch", [4, "Batch"]],
  ["Service", [5, "OS Service"]],
  ["Unlock", [7, "Unlock"]],
  ["RemoteInteractive", [10, "Remote Interactive"]],
  ["CachedInteractive", [11, "Cached Interactive"]],
]);

/** The process that caused the event, with its parent as far as the columns tell. */
function actorOf(row: Row): NonNullable<OcsfEvent["actor"]> {
  const path = pathOf(text(row, "InitiatingProcessFolderPath"), text(row, "InitiatingProcessFileName"));
  const user = account(row, "InitiatingProcessAccount");
  const process = processOf({
    image: path,
    name: text(row, "InitiatingProcessFileName"),
    pid: processId(property(row, "InitiatingProcessId")),
    cmd_line: text(row, "InitiatingProcessCommandLine"),
    user,
  });
  // 0 without a name: what network inspection writes for a connection whose process it does not know
  if (process?.pid === undefined || (process.pid === 0 && process.name === undefined))
    return user === undefined ? { app_name: product.name } : { user };
  if (process.file !== undefined) {
    const hashes = hashesOf(row, "InitiatingProcess");
    if (hashes.length > 0) process.file.hashes = hashes;
  }
  const created = parseTime(property(row, "InitiatingProcessCreationTime"));
  if (created !== undefined) process.created_time = created;
  const parent: OcsfProcess | undefined = processOf({
    name: text(row, "InitiatingProcessParentFileName"),
    pid: processId(property(row, "InitiatingProcessParentId")),
  });
  if (parent?.pid !== undefined) process.parent_process = parent;
  return { user, process };
}

function account(row: Row, prefix: "Account" | "InitiatingProcessAccount"): OcsfUser | undefined {
  const user = userOf(text(row, `${prefix}Name`), text(row, `${prefix}Domain`), text(row, `${prefix}Sid`));
  const upn = text(row, `${prefix}Upn`);
  if (user !== undefined && upn?.includes("@") === true) user.email_addr = upn;
  return user;
}

function fileFrom(row: Row): OcsfFile | undefined {
  const file = fileOf(pathOf(text(row, "FolderPath"), text(row, "FileName")));
  if (file === undefined) return undefined;
  const size = number(row, "FileSize");
  if (size !== undefined && Number.isSafeInteger(size) && size >= 0) file.size = size;
  const hashes = hashesOf(row, "");
  if (hashes.length > 0) file.hashes = hashes;
  return file;
}

function hashesOf(row: Row, prefix: string): NonNullable<OcsfFile["hashes"]> {
  return ["MD5", "SHA1", "SHA256"].flatMap((algorithm) => hashOf(algorithm, text(row, `${prefix}${algorithm}`)) ?? []);
}

/** FolderPath ends with the file's name in most rows, in some it is the folder. */
function pathOf(folder: string | undefined, name: string | undefined): string | undefined {
  if (folder === undefined) return name;
  if (name === undefined || folder.toLowerCase().endsWith(name.toLowerCase())) return folder;
  const separator = folder.includes("/") ? "/" : "\\";
  return folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`;
}

function operatingSystem(row: Row): "windows" | "linux" | undefined {
  const path = text(row, "InitiatingProcessFolderPath") ?? text(row, "FolderPath") ?? "";
  if (/^[a-z]:\\|^\\/i.test(path)) return "windows";
  return /^\/(?:usr|bin|sbin|opt|lib|etc)\//.test(path) && !path.startsWith("/usr/libexec/") ? "linux" : undefined;
}

/** Columns that public rules ask for, and what OCSF has no place for. */
const KEPT = [
  "ProcessVersionInfoOriginalFileName",
  "ProcessVersionInfoCompanyName",
  "InitiatingProcessVersionInfoOriginalFileName",
  "InitiatingProcessVersionInfoCompanyName",
  "AdditionalFields",
  "RemoteIPType",
  "FileOriginUrl",
  "FileOriginReferrerUrl",
  "SensitivityLabel",
  "ShareName",
  "RegistryKey",
  "RegistryValueName",
  "RegistryValueData",
] as const;

function leftovers(row: Row, table: string | undefined): Record<string, unknown> {
  const kept: Record<string, unknown> = { Table: table, ActionType: property(row, "ActionType") };
  for (const column of KEPT) if (property(row, column) !== undefined) kept[column] = property(row, column);
  return kept;
}
