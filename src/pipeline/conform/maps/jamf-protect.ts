import type { JsonObject, OcsfDevice, OcsfEvent, OcsfProcess } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { conformBsm, isBsmRecord } from "../endpoint/macos-bsm.ts";
import { conformEsMessage, isEsMessage } from "../endpoint/macos-es.ts";
import { deviceOf, fileOf, hashOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { shellCommand } from "../endpoint/shell-command.ts";
import { list, number, object, property, text, textOf } from "../read-json.ts";

const product = { name: "Jamf Protect", vendor_name: "Jamf" };

/** Jamf's severity 0 to 3 -> OCSF severity_id. */
const SEVERITY = [1, 2, 3, 4] as const;

export default defineMap({
  id: "jamf-protect",
  title: "Jamf Protect: telemetry and alerts, in their present and earlier forms",
  product,
  reference: "https://learn.jamf.com/en-US/bundle/jamf-protect-documentation/page/Data_Model.html",
  lane: "endpoint",
  exporting:
    "Administrative, Data: telemetry and alerts to an HTTP receiver, S3 or a SIEM as JSON; assign a telemetry " +
    "set to the plans.",
  limits: [
    "Present telemetry has no network events; the earlier audit stream has addresses without names.",
    "It counts no bytes.",
    "Alerts carry what led to them, not what the process did besides.",
  ],

  recognise({ json }) {
    if (json === null) return 0;
    if (text(object(json, "metadata"), "vendor") === "Jamf")
      return isEsMessage(json) || object(json, "event") !== undefined ? 1 : 0.8;
    if (text(json, "source") === "jamfprotect") return 1;
    if (isBsmRecord(json) && object(json, "host_info") !== undefined) return 0.9;
    return /^GP[A-Z]\w{1,40}Event$/.test(text(object(json, "input"), "eventType") ?? "") ? 1 : 0;
  },

  conform({ json }) {
    if (json === null) throw new MalformedInputError("no event of Jamf Protect");
    if (isEsMessage(json)) return telemetry(json);
    if (isBsmRecord(json)) return conformBsm(json, product);
    if (object(json, "input") !== undefined) return alert(json);
    // Threat events of the mobile products: no activity on a Mac.
    return null;
  },
});

function telemetry(json: JsonObject): OcsfEvent | null {
  const activity = conformEsMessage(json, product, hostOf(object(json, "host")));
  const match = object(json, "match");
  if (activity !== null) {
    const uid = text(json, "uuid");
    if (uid !== undefined) activity.metadata.uid = uid;
    if (match !== undefined) {
      activity.severity_id = severityOf(match);
      const message = text(list(match, "facts")[0], "human");
      if (message !== undefined) activity.message = message;
    }
  }
  return activity;
}

function hostOf(host: JsonObject | undefined): OcsfDevice {
  return deviceOf(text(host, "hostname"), "macos", {
    uid: text(host, "provisioningUDID") ?? text(host, "serial"),
    ip: ipAddress(list(host, "ips")[0]),
  });
}

function severityOf(match: JsonObject): number {
  return SEVERITY[number(match, "severity") ?? -1] ?? 0;
}

/** An alert of the earlier form: what matched, and the processes, files and users that are related to it. */
function alert(json: JsonObject): OcsfEvent {
  const input = object(json, "input");
  const match = object(input, "match");
  const event = object(match, "event");
  const time = parseTime(property(event, "timestamp"));
  if (time === undefined) throw new MalformedInputError("Jamf alert without a readable time");
  const kind = text(input, "eventType") ?? "";
  const related = object(input, "related");
  const subject: EndpointSubject = {
    base: {
      product,
      time,
      uid: text(event, "uuid"),
      event_code: kind,
      severity_id: match === undefined ? 0 : severityOf(match),
    },
    device: hostOf(object(input, "host")),
    unmapped: { eventType: kind, match, related },
  };
  const process = relatedProcess(
    related,
    processId(property(event, "pid") ?? property(event, "processIdentifier")),
    event,
  );
  const parent = process?.parent_process;
  const user = process?.user;
  const actor = process === undefined ? { app_name: product.name } : { user, process };
  const activity = alertActivity(kind, event, related, subject, process, { user, parent, actor });
  const message = text(list(match, "facts")[0], "human") ?? text(event, "composedMessage");
  if (message !== undefined) activity.message = message;
  return activity;
}

function alertActivity(
  kind: string,
  event: JsonObject | undefined,
  related: JsonObject | undefined,
  subject: EndpointSubject,
  process: OcsfProcess | undefined,
  who: {
    readonly user: OcsfProcess["user"];
    readonly parent: OcsfProcess | undefined;
    readonly actor: NonNullable<OcsfEvent["actor"]>;
  },
): OcsfEvent {
  if (kind === "GPProcessEvent" && process !== undefined) {
    const actor =
      who.user === undefined && who.parent === undefined
        ? { app_name: product.name }
        : { user: who.user, process: who.parent };
    return endpointActivity(subject, 1007, number(event, "type") === 2 ? 2 : 1, { process, actor });
  }
  if (kind === "GPFSEvent" || kind === "GPDownloadEvent" || kind === "GPScreenshotEvent") {
    const source = list(related, "files")[0];
    const file = fileOf(text(event, "path") ?? text(source, "path"));
    if (file !== undefined) {
      const hashes = [hashOf("sha1", text(source, "sha1hex")), hashOf("sha256", text(source, "sha256hex"))].filter(
        (hash) => hash !== undefined,
      );
      if (hashes.length > 0) file.hashes = hashes;
      // Types of Jamf's file events: 0 created, 1 deleted, 3 renamed, 4 modified.
      const type = number(event, "type");
      const activityId = type === 1 ? 4 : type === 3 ? 5 : type === 4 ? 3 : 1;
      const before = activityId === 5 ? fileOf(text(event, "prevFile")) : undefined;
      return endpointActivity(subject, 1001, activityId, {
        file: before ?? file,
        file_result: before === undefined ? undefined : file,
        actor: who.actor,
      });
    }
  }
  return endpointActivity(subject, 0, 99, { actor: who.actor });
}

function relatedProcess(
  related: JsonObject | undefined,
  pid: number | undefined,
  event: JsonObject | undefined,
): OcsfProcess | undefined {
  const processes = list(related, "processes");
  const users = list(related, "users");
  const read = (source: unknown): OcsfProcess | undefined => {
    const uid = textOf(source, "uid");
    const name = users.find((user) => uid !== undefined && textOf(user, "uid") === uid);
    const args = list(source, "args").filter((item): item is string => typeof item === "string");
    const process = processOf({
      image: text(source, "path"),
      pid: processId(property(source, "pid")),
      uid: text(source, "uuid"),
      cmd_line: args.length === 0 ? undefined : shellCommand(args),
      user: userOf(text(name, "name"), undefined, uid),
    });
    return process?.pid === undefined ? undefined : process;
  };
  const source =
    processes.find((item) => pid !== undefined && processId(property(item, "pid")) === pid) ??
    (pid === undefined ? processes[0] : undefined);
  const process =
    read(source) ?? (pid === undefined ? undefined : processOf({ pid, image: text(event, "processImagePath") }));
  const ppid = processId(property(source, "ppid"));
  if (process !== undefined && ppid !== undefined)
    process.parent_process = read(processes.find((item) => processId(property(item, "pid")) === ppid)) ?? { pid: ppid };
  return process;
}
