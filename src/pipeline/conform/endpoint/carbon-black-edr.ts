/**
 * Sensor events of Carbon Black EDR (Response), as cb-event-forwarder writes them: `ingress.event.…` -> endpoint activities.
 *
 * @see https://developer.carbonblack.com/reference/enterprise-response/event-forwarder/event-schema/
 */
import type { JsonObject, OcsfEvent, OcsfFile, OcsfProcess } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { protocolOf } from "../network/protocols.ts";
import { property, text, textOf } from "../read-json.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { endpointOf, fileOf, hashOf, portOf, processId, processOf, userOf } from "./objects.ts";

const FILE_ACTIONS: ReadonlyMap<string, number> = new Map([
  ["create", 1],
  ["write", 3],
  ["lastwrite", 3],
  ["delete", 4],
]);

/** @param kind what follows `ingress.event.` */
export function edrEvent(kind: string, json: JsonObject, subject: EndpointSubject): OcsfEvent {
  switch (kind) {
    case "procstart":
    case "process":
      return started(json, subject);
    case "procend":
      return endpointActivity(subject, 1007, 2, { process: required(ofEvent(json, text(json, "path"))), actor: {} });
    case "childproc":
      return childProcess(json, subject);
    case "netconn":
      return connection(json, subject);
    case "filemod": {
      const file = fileOf(text(json, "path"));
      if (file === undefined) throw new MalformedInputError("filemod without a path");
      withHashes(file, text(json, "file_md5"), text(json, "file_sha256"));
      const action = FILE_ACTIONS.get(text(json, "action") ?? "") ?? 99;
      return endpointActivity(subject, 1001, action, { file, actor: { process: acting(json) } });
    }
    case "moduleload": {
      const file = fileOf(text(json, "path"));
      if (file === undefined) throw new MalformedInputError("moduleload without a path");
      withHashes(file, text(json, "md5"), text(json, "sha256"));
      return endpointActivity(subject, 1005, 1, {
        module: { file, load_type_id: 1 },
        actor: { process: acting(json) },
      });
    }
    default:
      return endpointActivity(subject, 0, 99, { actor: { process: acting(json) } });
  }
}

function required(process: OcsfProcess | undefined): OcsfProcess {
  if (process === undefined) throw new MalformedInputError("Carbon Black event without a process");
  return process;
}

/** The process an event is about: a start or an end. */
function ofEvent(json: JsonObject, image: string | undefined): OcsfProcess | undefined {
  const process = processOf({
    image,
    pid: processId(property(json, "pid")),
    uid: text(json, "process_guid"),
    cmd_line: text(json, "cmdline") ?? text(json, "command_line"),
    user: userOf(text(json, "username"), undefined, text(json, "uid")),
  });
  if (process?.file !== undefined) withHashes(process.file, text(json, "md5"), text(json, "sha256"));
  return process;
}

/** The process that acts: its path is `process_path`, its hash stands in `md5` of connections alone. */
function acting(json: JsonObject): OcsfProcess | undefined {
  return processOf({
    image: text(json, "process_path"),
    pid: processId(property(json, "pid")),
    uid: text(json, "process_guid"),
    user: userOf(text(json, "username")),
  });
}

function started(json: JsonObject, subject: EndpointSubject): OcsfEvent {
  const process = required(ofEvent(json, text(json, "path") ?? text(json, "process_path")));
  const parent = processOf({
    image: text(json, "parent_path"),
    pid: processId(property(json, "parent_pid")),
    uid: text(json, "parent_process_guid"),
  });
  if (parent?.file !== undefined) withHashes(parent.file, text(json, "parent_md5"), text(json, "parent_sha256"));
  if (parent !== undefined) process.parent_process = parent;
  return endpointActivity(subject, 1007, 1, { process, actor: { user: process.user, process: parent } });
}

/** A parent's view of a start or an end; the child's own event tells more, unless it was suppressed. */
function childProcess(json: JsonObject, subject: EndpointSubject): OcsfEvent {
  const child = required(
    processOf({
      image: text(json, "path"),
      pid: processId(property(json, "child_pid")),
      uid: textOf(json, "child_process_guid"),
      cmd_line: text(json, "child_command_line"),
      user: userOf(text(json, "child_username")),
    }),
  );
  if (child.file !== undefined) withHashes(child.file, text(json, "md5"), text(json, "sha256"));
  const parent = acting(json);
  if (parent !== undefined) child.parent_process = parent;
  const ended = property(json, "created") === false;
  return endpointActivity(subject, 1007, ended ? 2 : 1, { process: child, actor: { process: parent } });
}

function connection(json: JsonObject, subject: EndpointSubject): OcsfEvent {
  const inbound = text(json, "direction") === "inbound";
  const domain = text(json, "domain");
  const local = endpointOf(ipAddress(property(json, "local_ip")), portOf(property(json, "local_port")));
  const remote = endpointOf(
    ipAddress(property(json, "remote_ip") ?? property(json, "ipv4") ?? property(json, "ipv6")),
    portOf(property(json, "remote_port") ?? property(json, "port")),
    domain?.toLowerCase(),
  );
  if (local === undefined && remote === undefined) throw new MalformedInputError("netconn without an address");
  const proxy = endpointOf(ipAddress(property(json, "proxy_ip")), portOf(property(json, "proxy_port")));
  const event = endpointActivity(subject, 4001, 1, {
    actor: { process: acting(json) },
    src_endpoint: inbound ? remote : local,
    dst_endpoint: inbound ? local : remote,
    connection_info: {
      ...protocolOf(textOf(json, "protocol")),
      direction_id: inbound ? 1 : 2,
      direction: inbound ? "Inbound" : "Outbound",
    },
  });
  if (proxy !== undefined && property(json, "proxy") === true) {
    event.proxy_endpoint = proxy;
    event.metadata.profiles = ["host", "network_proxy"];
  }
  return event;
}

function withHashes(file: OcsfFile, md5: string | undefined, sha256: string | undefined): void {
  const hashes = [hashOf("MD5", md5?.toLowerCase()), hashOf("SHA256", sha256?.toLowerCase())];
  const known = hashes.filter((hash) => hash !== undefined);
  if (known.length > 0) file.hashes = known;
}
