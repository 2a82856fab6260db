import type { JsonObject, OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { dayTime, falcoFields, readFalcoText } from "../endpoint/falco-text.ts";
import { deviceOf, fileName, fileOf, portOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { boolean, list, object, property, text, textOf } from "../read-json.ts";

const product = { name: "Falco", vendor_name: "Falco" };

/** Priority of the rule -> OCSF severity_id. */
const SEVERITY: ReadonlyMap<string, number> = new Map([
  ["emergency", 6],
  ["alert", 5],
  ["critical", 5],
  ["error", 4],
  ["warning", 3],
  ["notice", 2],
  ["informational", 1],
  ["info", 1],
  ["debug", 1],
]);

export default defineMap({
  id: "falco",
  title: "Falco alerts in JSON or as text",
  product,
  reference: "https://falco.org/docs/outputs/formatting/",
  lane: "endpoint",
  exporting:
    "`json_output: true` in `falco.yaml`, and `file_output` or `http_output`; keep " +
    "`json_include_output_fields_property` on. Of alerts as text, to a file or to syslog, the fields are read that the " +
    "rule's output shows in parentheses; `time_format_iso_8601: true` gives them a date.",
  limits: [
    "Falco reports only what a Falco rule matched: everything else on the machine is not seen.",
    "Which fields an alert carries depends on the rule's output; it counts no bytes.",
  ],

  recognise({ json, body }) {
    if (json === null) return readFalcoText(body) === undefined ? 0 : 0.9;
    const alert =
      text(json, "rule") !== undefined && text(json, "priority") !== undefined && text(json, "output") !== undefined;
    if (!alert) return 0;
    if (object(json, "output_fields") !== undefined) return 1;
    return text(json, "source") !== undefined && text(json, "time") !== undefined ? 0.9 : 0;
  },

  conform(record, environment) {
    const json = record.json ?? alertOf(record, environment);
    const { syslog } = record;
    const fields = object(json, "output_fields") ?? falcoFields(text(json, "output") ?? "") ?? {};
    const time =
      parseTime(property(fields, "evt.time.iso8601")) ??
      parseTime(property(json, "time")) ??
      parseTime(property(fields, "evt.time"));
    if (time === undefined) throw new MalformedInputError("Falco alert without a readable time");
    const subject = {
      base: {
        product,
        time,
        event_code: text(json, "rule"),
        severity_id: SEVERITY.get((text(json, "priority") ?? "").toLowerCase()) ?? 0,
      },
      device: deviceOf(
        text(json, "hostname") ?? text(fields, "evt.hostname") ?? syslog?.hostname ?? undefined,
        text(json, "source") === "syscall" ? "linux" : undefined,
      ),
      unmapped: {
        rule: text(json, "rule"),
        priority: text(json, "priority"),
        tags: list(json, "tags"),
        source: text(json, "source"),
        ...containerOf(fields),
      },
    };
    const activity = activityOf(fields, subject);
    activity.message = text(json, "output");
    const result = text(fields, "evt.res");
    const failed = boolean(fields, "evt.failed") ?? (result === undefined ? undefined : result !== "SUCCESS");
    if (failed !== undefined) {
      activity.status_id = failed ? 2 : 1;
      activity.status = failed ? "Failure" : "Success";
      if (failed && result !== undefined) activity.status_code = result;
    }
    return activity;
  },
});

/** An alert as text under the names of one in JSON, as far as it tells. */
function alertOf({ body, syslog }: DecodedRecord, environment: ConformEnvironment): JsonObject {
  const alert = readFalcoText(body);
  if (alert === undefined) throw new MalformedInputError("no Falco alert");
  const { time, priority, output } = alert;
  const fields = falcoFields(output) ?? {};
  return {
    priority,
    output,
    output_fields: fields,
    time: "at" in time ? time.at : (syslog?.time ?? dayTime(time.ofDay, environment.fileModifiedTime)),
    source: property(fields, "evt.type") === undefined && property(fields, "proc.name") === undefined ? "" : "syscall",
  };
}

function activityOf(fields: JsonObject, subject: EndpointSubject): OcsfEvent {
  const process = processFrom(fields);
  const user = userFrom(fields);
  const actor = process === undefined && user === undefined ? { app_name: "Falco" } : { user, process };
  const connection = connectionOf(fields);
  if (connection !== undefined) {
    const inbound = /^accept/.test(text(fields, "evt.type") ?? "");
    return endpointActivity(subject, 4001, 1, {
      actor,
      ...connection,
      connection_info: {
        direction_id: inbound ? 1 : 2,
        direction: inbound ? "Inbound" : "Outbound",
        protocol_name: text(fields, "fd.l4proto"),
      },
    });
  }
  const path = text(fields, "fd.name") ?? text(fields, "fs.path.name");
  if (path?.startsWith("/") === true)
    return endpointActivity(subject, 1001, fileActivity(fields), { actor, file: fileOf(path) });
  const started = process !== undefined && (process.cmd_line !== undefined || process.file !== undefined);
  if (!started) return endpointActivity(subject, 0, 99, { actor });
  return endpointActivity(subject, 1007, 1, { process, actor: { user, process: process.parent_process } });
}

/** From the separate fields where the rule prints them, else from `client:port->server:port`. */
function connectionOf(
  fields: JsonObject,
): { src_endpoint?: OcsfEvent["src_endpoint"]; dst_endpoint: OcsfEvent["dst_endpoint"] } | undefined {
  const tuple = /^(\S{2,64}):(\d{1,5})->(\S{2,64}):(\d{1,5})$/.exec(text(fields, "fd.name") ?? "");
  const server = ipAddress(property(fields, "fd.sip") ?? property(fields, "fd.rip") ?? tuple?.[3]);
  const name = text(fields, "fd.sip.name") ?? text(fields, "fd.rip.name");
  if (server === undefined && name === undefined) return undefined;
  const client = ipAddress(property(fields, "fd.cip") ?? property(fields, "fd.lip") ?? tuple?.[1]);
  return {
    src_endpoint:
      client === undefined
        ? undefined
        : { ip: client, port: portOf(property(fields, "fd.cport") ?? property(fields, "fd.lport") ?? tuple?.[2]) },
    dst_endpoint: {
      ip: server,
      port: portOf(property(fields, "fd.sport") ?? property(fields, "fd.rport") ?? tuple?.[4]),
      hostname: name,
    },
  };
}

function fileActivity(fields: JsonObject): number {
  const type = text(fields, "evt.type") ?? "";
  if (/^(?:unlink|rmdir)/.test(type)) return 4;
  if (type.startsWith("rename")) return 5;
  if (/^(?:chmod|fchmod|chown)/.test(type)) return 7;
  if (boolean(fields, "evt.is_open_write") === true || type.startsWith("write")) return 3;
  return boolean(fields, "evt.is_open_read") === true || /^(?:open|read)/.test(type) ? 2 : 14;
}

function processFrom(fields: JsonObject): OcsfProcess | undefined {
  const process = processOf({
    image: text(fields, "proc.exepath"),
    name: text(fields, "proc.name"),
    pid: processId(property(fields, "proc.pid")),
    cmd_line: text(fields, "proc.cmdline"),
    user: userOf(text(fields, "user.name"), undefined, idOf(fields, "user.uid")),
  });
  if (process === undefined) return undefined;
  const directory = text(fields, "proc.cwd");
  if (directory !== undefined) process.working_directory = directory;
  const parent = processOf({
    image: text(fields, "proc.pexepath"),
    name: text(fields, "proc.pname"),
    pid: processId(property(fields, "proc.ppid")),
    cmd_line: text(fields, "proc.pcmdline"),
  });
  if (parent !== undefined) process.parent_process = parent;
  const executable = text(fields, "proc.exe");
  if (process.file === undefined && executable?.startsWith("/") === true) process.file = fileOf(executable);
  process.name ??= executable === undefined ? undefined : fileName(executable);
  return process;
}

function userFrom(fields: JsonObject): OcsfUser | undefined {
  const login = text(fields, "user.loginname");
  if (login !== undefined && login !== "<NA>") return userOf(login, undefined, idOf(fields, "user.loginuid"));
  return userOf(text(fields, "user.name") ?? text(fields, "ka.user.name"), undefined, idOf(fields, "user.uid"));
}

function idOf(fields: JsonObject, name: string): string | undefined {
  const id = textOf(fields, name);
  return id === "-1" || id === "4294967295" ? undefined : id;
}

function containerOf(fields: JsonObject): Record<string, unknown> {
  const kept: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(fields))
    if (/^(?:container|k8s|ka|evt\.(?:type|args))\b/.test(key)) kept[key] = fields[key];
  return kept;
}
