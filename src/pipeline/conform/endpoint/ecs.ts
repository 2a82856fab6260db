/** Endpoint events in the Elastic Common Schema -> OCSF, by `event.category`, `event.type` and `event.action`. */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseTime } from "../decoders/timestamp.ts";
import type { EventBase } from "../ocsf.ts";
import { list, object, property, text, textOf } from "../read-json.ts";
import { ecsDevice, ecsEndpoint, ecsFile, ecsProcess, ecsUser } from "./ecs-objects.ts";
import { endpointActivity, leftover, type EndpointSubject } from "./endpoint-activity.ts";
import { countOf } from "./objects.ts";

/** What the conversion reads; the rest of a record stays under `unmapped`, `event` with it. */
const READ: ReadonlySet<string> = new Set([
  "@timestamp",
  "process",
  "user",
  "host",
  "file",
  "source",
  "destination",
  "dns",
  "message",
  "ecs",
  "data_stream",
  "elastic",
  "Events",
  "@version",
]);

interface EcsEvent extends EndpointSubject {
  readonly json: JsonObject;
  readonly types: readonly unknown[];
  readonly action: string;
  readonly actor: NonNullable<OcsfEvent["actor"]>;
  readonly process: NonNullable<OcsfEvent["actor"]>["process"];
}

/**
 * null for an event that is no activity (metrics, policy responses).
 *
 * @throws {MalformedInputError} when it lacks what its category promises, or has no readable time
 */
export function conformEcs(json: JsonObject, product: EventBase["product"]): OcsfEvent | null {
  const event = object(json, "event");
  const time = parseTime(property(json, "@timestamp"));
  if (time === undefined) throw new MalformedInputError("ECS event without a readable @timestamp");
  const user = ecsUser(object(json, "user"));
  const process = ecsProcess(object(json, "process"), user);
  const subject: EcsEvent = {
    base: { product, time, uid: text(event, "id"), event_code: text(event, "action") ?? text(event, "code") },
    device: ecsDevice(json),
    unmapped: leftover(json, READ),
    json,
    types: asList(property(event, "type")),
    action: text(event, "action") ?? "",
    actor: process === undefined && user === undefined ? { app_name: product.name } : { user, process },
    process,
  };
  const categories = asList(property(event, "category"));
  // Some sensors tell beside a connection what its address was looked up as.
  const isLookup =
    object(object(json, "dns"), "question") !== undefined &&
    (!/^(?:connection|disconnect|network_flow)/.test(subject.action) || !categories.includes("network"));
  if (isLookup) return lookup(subject);
  if (categories.includes("process")) return launch(subject);
  if (categories.includes("network")) return connection(subject);
  if (categories.includes("file")) return fileActivity(subject);
  if (categories.includes("authentication") || categories.includes("session")) return logon(subject);
  if (categories.includes("library")) return library(subject);
  if (categories.includes("driver")) return driver(subject);
  if (process === undefined) return null;
  return endpointActivity(subject, 0, 99, { actor: subject.actor });
}

function launch(subject: EcsEvent): OcsfEvent {
  const { process, types, action, actor } = subject;
  if (process === undefined) throw new MalformedInputError("ECS process event without a process");
  const ended = types.includes("end") || action === "end" || action === "exit" || action === "process_stopped";
  // A fork is not yet another program: exec follows where there is one.
  const forked = action === "fork" || (types.includes("change") && !types.includes("start"));
  if (ended)
    return endpointActivity(subject, 1007, 2, {
      process,
      actor,
      exit_code: countOf(property(object(subject.json, "process"), "exit_code")),
    });
  return endpointActivity(subject, 1007, forked ? 99 : 1, {
    process,
    actor: { user: actor.user, process: process.parent_process },
  });
}

function connection(subject: EcsEvent): OcsfEvent | null {
  const { json, types, actor, action } = subject;
  const source = object(json, "source");
  const destination = object(json, "destination");
  const src = ecsEndpoint(source);
  const dst = ecsEndpoint(destination);
  if (dst !== undefined) dst.hostname ??= text(object(object(json, "dns"), "question"), "name");
  if (src === undefined && dst === undefined) return null;
  const network = object(json, "network");
  const direction = text(network, "direction") ?? "";
  const inbound = /^(?:ingress|inbound|incoming|listening)$/.test(direction);
  const outbound = /^(?:egress|outbound|outgoing)$/.test(direction);
  const activityId = types.includes("denied")
    ? 5
    : types.includes("end") || /disconnect|network_flow/.test(action)
      ? action === "network_flow"
        ? 6
        : 2
      : 1;
  const bytesOut = countOf(property(source, "bytes"));
  const bytesIn = countOf(property(destination, "bytes"));
  return endpointActivity(subject, 4001, activityId, {
    actor,
    src_endpoint: src,
    dst_endpoint: dst,
    connection_info: {
      uid: text(network, "community_id"),
      direction_id: inbound ? 1 : outbound ? 2 : 0,
      direction: inbound ? "Inbound" : outbound ? "Outbound" : "Unknown",
      protocol_name: text(network, "transport"),
    },
    // In ECS the source is the client: what it sent is client to server.
    traffic: bytesOut === undefined && bytesIn === undefined ? undefined : { bytes_out: bytesOut, bytes_in: bytesIn },
  });
}

function lookup(subject: EcsEvent): OcsfEvent {
  const { json, actor, action } = subject;
  const dns = object(json, "dns");
  const hostname = text(object(dns, "question"), "name");
  if (hostname === undefined) throw new MalformedInputError("ECS lookup without a name");
  const answers = list(dns, "answers").flatMap((answer) => {
    const rdata = text(answer, "data");
    return rdata === undefined ? [] : [{ rdata, type: text(answer, "type") }];
  });
  if (answers.length === 0)
    for (const ip of list(dns, "resolved_ip").slice(0, 64))
      if (typeof ip === "string") answers.push({ rdata: ip, type: ip.includes(":") ? "AAAA" : "A" });
  const self = subject.device.hostname;
  return endpointActivity(subject, 4003, action === "lookup_result" ? 2 : 1, {
    actor,
    query: { hostname, type: text(object(dns, "question"), "type") },
    answers: answers.length === 0 ? undefined : answers,
    src_endpoint:
      ecsEndpoint(object(json, "source")) ?? (self === undefined ? { name: "unknown" } : { hostname: self }),
  });
}

const FILE_TYPES: readonly (readonly [string, number])[] = [
  ["creation", 1],
  ["deletion", 4],
  ["access", 2],
  ["change", 3],
];

/** The action says more than the type where both are there: a rename is a change, too. */
const FILE_ACTIONS: ReadonlyMap<string, number> = new Map([
  ["creation", 1],
  ["created", 1],
  ["open", 2],
  ["opened-file", 2],
  ["read", 2],
  ["modification", 3],
  ["updated", 3],
  ["overwrite", 3],
  ["deletion", 4],
  ["deleted", 4],
  ["rename", 5],
  ["moved", 5],
  ["attributes_modified", 6],
  ["extended_attributes_delete", 6],
]);

function fileActivity(subject: EcsEvent): OcsfEvent {
  const { json, types, action, actor } = subject;
  const file = ecsFile(object(json, "file"));
  if (file === undefined) throw new MalformedInputError("ECS file event without a file");
  const actions = asList(property(object(json, "event"), "action"));
  const known =
    actions
      .map((name) => (typeof name === "string" ? FILE_ACTIONS.get(name) : undefined))
      .find((id) => id !== undefined) ?? FILE_ACTIONS.get(action);
  const activityId = known ?? FILE_TYPES.find(([type]) => types.includes(type))?.[1] ?? 99;
  const original = text(object(object(object(json, "file"), "Ext"), "original"), "path");
  // A rename leads from the original path to this one.
  if (activityId === 5 && original !== undefined)
    return endpointActivity(subject, 1001, 5, { file: ecsFile({ path: original }), file_result: file, actor });
  return endpointActivity(subject, 1001, activityId, { file, actor });
}

function logon(subject: EcsEvent): OcsfEvent | null {
  const { json, types, actor } = subject;
  const user = ecsUser(object(json, "user")) ?? ecsUser(object(object(json, "user"), "effective"));
  if (user === undefined) return null;
  const failed = text(object(json, "event"), "outcome") === "failure";
  const self = subject.device.hostname;
  return endpointActivity(subject, 3002, types.includes("end") ? 2 : 1, {
    user,
    actor,
    src_endpoint: ecsEndpoint(object(json, "source")),
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    session: sessionOf(json),
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
  });
}

function sessionOf(json: JsonObject): { uid: string } | undefined {
  const id = textOf(object(json, "auditd"), "session");
  return id === undefined || id === "unset" ? undefined : { uid: id };
}

function library(subject: EcsEvent): OcsfEvent {
  const file = ecsFile(object(subject.json, "dll") ?? object(subject.json, "file"));
  if (file === undefined) throw new MalformedInputError("ECS library event without a library");
  return endpointActivity(subject, 1005, 1, { module: { file, load_type_id: 1 }, actor: subject.actor });
}

function driver(subject: EcsEvent): OcsfEvent {
  const file = ecsFile(object(subject.json, "dll") ?? object(subject.json, "file"));
  if (file === undefined) throw new MalformedInputError("ECS driver event without a driver");
  return endpointActivity(subject, 1002, 1, { driver: { file }, actor: subject.actor });
}

/** A keyword or a list of them. */
function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
