import type { JsonObject, OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { monthIndex, parseEpoch, parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { deviceOf, fileName, fileOf, hashOf, portOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { list, object, property, text, textOf } from "../read-json.ts";

const product = { name: "osquery", vendor_name: "osquery" };
type Columns = JsonObject;

export default defineMap({
  id: "osquery",
  title: "osquery results: differential, batch and snapshot, the event tables and shell history among them",
  product,
  reference: "https://osquery.readthedocs.io/en/stable/deployment/logging/",
  lane: "endpoint",
  exporting:
    "`logger_plugin=filesystem`: `osqueryd.results.log`. Schedule process_events, socket_events, file_events " +
    "and shell_history, and start it with `--disable_events=false` and the audit or eBPF publisher.",
  limits: [
    "Tables of state show what was there when the query ran: what began and ended between two runs is not seen.",
    "Which columns a result has depends on the query; its name is free, so the kind of a row follows from its columns.",
    "It counts no bytes.",
  ],

  recognise({ json }) {
    if (json === null || text(json, "name") === undefined) return 0;
    const rows =
      object(json, "columns") !== undefined ||
      Array.isArray(property(json, "snapshot")) ||
      object(json, "diffResults") !== undefined;
    if (!rows || (property(json, "action") === undefined && object(json, "diffResults") === undefined)) return 0;
    return property(json, "hostIdentifier") !== undefined ||
      property(json, "unixTime") !== undefined ||
      property(json, "decorations") !== undefined
      ? 1
      : 0.7;
  },

  conform({ json }) {
    if (json === null) throw new MalformedInputError("no osquery result");
    const rows = rowsOf(json);
    if (rows === undefined) throw new MalformedInputError("osquery result without rows");
    const activities = rows.flatMap((columns) => activityOf(json, columns) ?? []);
    return activities.length === 0 ? null : activities;
  },
});

/** Rows that came up; what went away is no activity. undefined when the result holds none at all. */
function rowsOf(json: JsonObject): Columns[] | undefined {
  const columns = object(json, "columns");
  if (columns !== undefined) return text(json, "action") === "removed" ? [] : [columns];
  const rows =
    text(json, "action") === "snapshot" ? list(json, "snapshot") : list(object(json, "diffResults"), "added");
  if (rows.length === 0 && object(json, "diffResults") === undefined && !Array.isArray(property(json, "snapshot")))
    return undefined;
  return rows.filter((row): row is Columns => typeof row === "object" && row !== null && !Array.isArray(row));
}

/** `Fri Mar 20 09:15:02 2026 UTC` */
const CALENDAR = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4}) UTC$/;

/** When it happened where the row says, else when the query ran. */
function timeOf(json: JsonObject, columns: Columns): number | undefined {
  const own = parseEpoch(property(columns, "time"));
  if (own !== undefined) return own;
  const run = parseTime(property(json, "unixTime"));
  if (run !== undefined) return run;
  const calendar = text(json, "calendarTime") ?? "";
  const match = CALENDAR.exec(calendar);
  const month = match === null ? undefined : monthIndex(match[1] ?? "");
  if (match === null || month === undefined) return parseTime(calendar);
  return Date.UTC(Number(match[6]), month, Number(match[2]), Number(match[3]), Number(match[4]), Number(match[5]));
}

function activityOf(json: JsonObject, columns: Columns): OcsfEvent | undefined {
  const time = timeOf(json, columns);
  if (time === undefined) throw new MalformedInputError("osquery result without a readable time");
  const decorations = object(json, "decorations");
  const query = text(json, "name") ?? "";
  const subject: EndpointSubject = {
    base: { product, time, event_code: query },
    device: deviceOf(text(decorations, "hostname") ?? text(json, "hostIdentifier"), osOf(decorations), {
      uid: text(decorations, "host_uuid"),
    }),
    unmapped: { name: query, action: text(json, "action"), columns },
  };
  return (
    shellHistory(subject, columns) ??
    login(subject, query, columns) ??
    fileEvent(subject, query, columns) ??
    lookup(subject, query, columns) ??
    connection(subject, query, columns) ??
    launch(subject, query, columns)
  );
}

function osOf(decorations: JsonObject | undefined): "windows" | "linux" | "macos" | undefined {
  const platform = text(decorations, "platform");
  if (platform === "darwin") return "macos";
  if (platform === "windows") return "windows";
  return platform === undefined ? undefined : "linux";
}

function launch(subject: EndpointSubject, query: string, columns: Columns): OcsfEvent | undefined {
  const process = processFrom(columns);
  const isEvent = /process_events|process_etw|processes/.test(query) || property(columns, "cmdline") !== undefined;
  if (process === undefined || process.pid === undefined || !isEvent) return undefined;
  const parent = processOf({
    pid: processId(property(columns, "parent") ?? property(columns, "ppid")),
    image: text(columns, "parent_path"),
    cmd_line: text(columns, "parent_cmdline"),
  });
  if (parent?.pid !== undefined) process.parent_process = parent;
  const user = personOf(columns);
  const type = text(columns, "event_type") ?? text(columns, "type") ?? "";
  return endpointActivity(subject, 1007, /^(?:exit|ProcessStop)$/.test(type) ? 2 : 1, {
    process,
    actor:
      user === undefined && parent?.pid === undefined
        ? { app_name: "osquery" }
        : { user, process: parent?.pid === undefined ? undefined : parent },
  });
}

/** A line of a shell's history: a command somebody typed, of a process nobody saw. */
function shellHistory(subject: EndpointSubject, columns: Columns): OcsfEvent | undefined {
  const command = text(columns, "command");
  if (
    command === undefined ||
    property(columns, "minute") !== undefined ||
    (property(columns, "history_file") === undefined &&
      property(columns, "username") === undefined &&
      property(columns, "uid") === undefined)
  )
    return undefined;
  const user = personOf(columns);
  const program = command.trimStart().split(/\s/, 1)[0] ?? command;
  const process: OcsfProcess = {
    name: fileName(program),
    cmd_line: command,
    uid: `${text(columns, "history_file") ?? "history"}:${command.slice(0, 200)}`,
    user,
  };
  return endpointActivity(subject, 1007, 1, {
    process,
    actor: user === undefined ? { app_name: "osquery" } : { user },
  });
}

function connection(subject: EndpointSubject, query: string, columns: Columns): OcsfEvent | undefined {
  const ip = ipAddress(property(columns, "remote_address"));
  if (ip === undefined) {
    if (/socket/.test(query)) throw new MalformedInputError("osquery socket without remote_address");
    return undefined;
  }
  const port = portOf(property(columns, "remote_port"));
  // A row of `process_open_sockets` without a peer is a socket that waits.
  if (port === 0 && /^(?:0\.0\.0\.0|::)$/.test(ip)) return undefined;
  const inbound = /accept/.test(text(columns, "action") ?? "");
  const local = ipAddress(property(columns, "local_address"));
  const here =
    local === undefined || local === "0.0.0.0" || local === "::"
      ? undefined
      : { ip: local, port: portOf(property(columns, "local_port")) };
  const there = { ip, port };
  const protocol = processId(property(columns, "protocol"));
  return endpointActivity(subject, 4001, /close|shutdown/.test(text(columns, "action") ?? "") ? 2 : 1, {
    actor: actorOf(columns),
    src_endpoint: inbound ? there : here,
    dst_endpoint: inbound ? here : there,
    connection_info: {
      direction_id: inbound ? 1 : 2,
      direction: inbound ? "Inbound" : "Outbound",
      protocol_num: protocol === 0 ? undefined : protocol,
    },
  });
}

/** What `file_events`, `ntfs_journal_events` and `process_file_events` call it -> activity of File System Activity. */
const FILE_ACTIONS: ReadonlyMap<string, number> = new Map([
  ["created", 1],
  ["create", 1],
  ["accessed", 2],
  ["open", 2],
  ["read", 2],
  ["updated", 3],
  ["write", 3],
  ["filewrite", 3],
  ["truncate", 3],
  ["deleted", 4],
  ["unlink", 4],
  ["moved_to", 5],
  ["moved_from", 5],
  ["rename", 5],
  ["attributes_modified", 6],
]);

function fileEvent(subject: EndpointSubject, query: string, columns: Columns): OcsfEvent | undefined {
  const isFile = /file_events|ntfs_journal|yara_events/.test(query) || property(columns, "target_path") !== undefined;
  if (!isFile) return undefined;
  const file = fileOf(text(columns, "target_path") ?? text(columns, "path") ?? text(columns, "filename"));
  if (file === undefined) throw new MalformedInputError("osquery file event without a path");
  const hashes = ["md5", "sha1", "sha256"].flatMap((algorithm) => hashOf(algorithm, text(columns, algorithm)) ?? []);
  if (hashes.length > 0) file.hashes = hashes;
  const size = processId(property(columns, "size"));
  if (size !== undefined) file.size = size;
  const action = (
    text(columns, "action") ??
    text(columns, "operation") ??
    text(columns, "event_type") ??
    ""
  ).toLowerCase();
  const executable = text(columns, "executable");
  const process = processOf({ image: executable, pid: processId(property(columns, "pid")) });
  const user = personOf(columns);
  return endpointActivity(subject, 1001, FILE_ACTIONS.get(action) ?? 99, {
    file,
    actor:
      process?.pid === undefined && user === undefined
        ? { app_name: "osquery" }
        : { user, process: process?.pid === undefined ? undefined : process },
  });
}

function lookup(subject: EndpointSubject, query: string, columns: Columns): OcsfEvent | undefined {
  if (!/dns_(?:events|lookup)/.test(query)) return undefined;
  const hostname = text(columns, "name") ?? text(columns, "question") ?? text(columns, "domain");
  if (hostname === undefined) return undefined;
  const self = subject.device.hostname;
  return endpointActivity(subject, 4003, 1, {
    actor: actorOf(columns),
    query: { hostname, type: text(columns, "type") },
    src_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
  });
}

/** `user_events` of the audit system; `last` and `logged_in_users` show sessions that are. */
function login(subject: EndpointSubject, query: string, columns: Columns): OcsfEvent | undefined {
  if (!/user_events|logged_in_users|\blast\b|[_-]last$/.test(query)) return undefined;
  const message = text(columns, "message") ?? "";
  const name = /acct="([^"]{1,255})"/.exec(message)?.[1] ?? text(columns, "username") ?? text(columns, "user");
  const id = textOf(columns, "auid") ?? textOf(columns, "uid");
  if (name === undefined && id === undefined) return undefined;
  const from = text(columns, "address") ?? text(columns, "host");
  const ip = ipAddress(from);
  const failed = /res=(?:failed|0)/.test(message);
  const self = subject.device.hostname;
  return endpointActivity(subject, 3002, 1, {
    user: { name, uid: name === undefined ? id : undefined },
    src_endpoint: from === undefined ? undefined : ip === undefined ? { hostname: from } : { ip },
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
  });
}

function processFrom(columns: Columns): OcsfProcess | undefined {
  const process = processOf({
    image: text(columns, "path"),
    name: text(columns, "path") === undefined ? text(columns, "name") : undefined,
    pid: processId(property(columns, "pid")),
    cmd_line: text(columns, "cmdline") ?? text(columns, "cmd_line") ?? text(columns, "command_line"),
    user: userOf(undefined, undefined, textOf(columns, "uid")),
  });
  const directory = text(columns, "cwd")?.replace(/^"(.*)"$/, "$1");
  if (process !== undefined && directory !== undefined) process.working_directory = directory;
  return process;
}

function actorOf(columns: Columns): NonNullable<OcsfEvent["actor"]> {
  const process = processFrom(columns);
  const user = personOf(columns);
  return process?.pid === undefined && user === undefined
    ? { app_name: "osquery" }
    : { user, process: process?.pid === undefined ? undefined : process };
}

/** The login user where the audit system knows one. */
function personOf(columns: Columns): OcsfUser | undefined {
  const auid = textOf(columns, "auid");
  const uid = auid === undefined || auid === "4294967295" || auid === "-1" ? textOf(columns, "uid") : auid;
  return userOf(
    text(columns, "username") ?? text(columns, "user") ?? (uid === "0" ? "root" : undefined),
    undefined,
    uid,
  );
}
