/**
 * Teleport audit events -> API Activity (6003), with git commands that pass its GitHub proxy; log-ins -> Authentication
 * (3002); what enhanced session recording saw -> Process (1007), File System (1001) and Network Activity (4001). Keys such as `addr.remote` have points in their names.
 *
 * @see https://goteleport.com/docs/reference/audit-events/
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  unmappedRest,
  userType,
} from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { endpointActivity } from "../endpoint/endpoint-activity.ts";
import { deviceOf, endpointOf, fileOf, portOf, processId, processOf, userOf } from "../endpoint/objects.ts";
import { createGitTransfer } from "../git-transfer.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { boolean, list, property, text } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";

const PRODUCT = { name: "Teleport", vendor_name: "Teleport" };

const PLACED: ReadonlySet<string> = new Set(["uid", "time", "user", "addr.remote", "user_agent", "path", "success"]);

/** `T1000W`, `TGIT001I`: what every Teleport event carries and no other product writes. */
const CODE = /^T[A-Z]{0,6}\d{2,5}[A-Z]$/;

export default defineMap({
  id: "teleport-audit",
  title: "Teleport audit events, with its git proxy",
  product: PRODUCT,
  reference: "https://goteleport.com/docs/reference/audit-events/",
  lane: "repository",
  exporting:
    "`/var/lib/teleport/log/*.log` of the auth service, or the event handler plugin (Fluentd, HTTP) as JSON; " +
    "git needs the Git proxy.",
  limits: ["Only git traffic that goes through Teleport.", "git.command tells neither sizes nor the client's address."],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || text(json, "event") === undefined) return 0;
  const code = text(json, "code");
  return code !== undefined &&
    CODE.test(code) &&
    (Object.hasOwn(json, "ei") ||
      Object.hasOwn(json, "cluster_name") ||
      Object.hasOwn(json, "uid") ||
      Object.hasOwn(json, "sid"))
    ? 1
    : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("teleport-audit: not a JSON object");
  const event = text(json, "event");
  if (event === undefined) throw new MalformedInputError("teleport-audit: the record has no event");

  const base: EventBase = {
    product: PRODUCT,
    time: parseTime(property(json, "time")) ?? syslog?.time ?? environment.fileModifiedTime,
    uid: text(json, "uid"),
    event_code: text(json, "code") ?? event,
  };
  const name = text(json, "user");
  const user = {
    name,
    email_addr: emailAddress(name),
    ...userType(text(json, "user_kind") === "2" || property(json, "user_kind") === 2),
  };
  const source = sourceEndpoint(property(json, "addr.remote"));
  const error = text(json, "error") ?? text(json, "exitError");
  const succeeded = boolean(json, "success") ?? (error === undefined ? undefined : false);
  const unmapped = unmappedRest(json, PLACED);
  if (event === "user.login" || event === "user.logout") {
    return createSignOn(base, {
      activity: event === "user.login" ? 1 : 2,
      user,
      service: text(json, "cluster_name") ?? "Teleport",
      source,
      succeeded,
      detail: error,
      userAgent: text(json, "user_agent"),
      unmapped,
    });
  }
  if (event === "git.command") return gitCommand(json, base, { actor: apiActor(user), source, succeeded, unmapped });

  const recorded = recordedActivity(event, json, base, unmapped);
  if (recorded !== undefined) return recorded;

  const agent = text(json, "user_agent");
  const target = text(json, "name") ?? text(json, "server_hostname") ?? text(json, "git_server_name");
  return createEvent(6003, operationActivity(event), base, {
    ...outcomeStatus(succeeded),
    status_detail: error,
    actor: apiActor(user, undefined, text(json, "sid")),
    api: { operation: event, service: { name: "Teleport" } },
    resources: target === undefined ? undefined : [{ name: target, type: "unknown" }],
    src_endpoint: source,
    http_request: agent === undefined ? undefined : { user_agent: agent },
    unmapped,
  });
}

/** Enhanced session recording: what ran in the session, which files it opened and whom it called. */
function recordedActivity(
  event: string,
  json: JsonObject,
  base: EventBase,
  unmapped: Record<string, unknown>,
): OcsfEvent | undefined {
  const subject = {
    base,
    device: deviceOf(text(json, "server_hostname"), "linux", { uid: text(json, "server_id") }),
    unmapped,
  };
  const pid = processId(property(json, "pid"));
  const user = userOf(text(json, "user"));
  if (event === "session.command") {
    const image = text(json, "path");
    const words = list(json, "argv").filter((word) => typeof word === "string");
    const process = processOf({
      image,
      name: text(json, "program"),
      pid,
      cmd_line: [image ?? text(json, "program"), ...words].join(" "),
      user: userOf(text(json, "login")),
    });
    if (process === undefined) return undefined;
    const parent = processOf({ pid: processId(property(json, "ppid")) });
    if (parent !== undefined) process.parent_process = parent;
    return endpointActivity(subject, 1007, 1, { process, actor: { user, process: parent } });
  }
  const actor = { user, process: processOf({ name: text(json, "program"), pid }) };
  const file = event === "session.disk" ? fileOf(text(json, "path"), 0) : undefined;
  if (file !== undefined) return endpointActivity(subject, 1001, 14, { file, actor });
  const to = ipAddress(property(json, "dst_addr"));
  if (event !== "session.network" || to === undefined) return undefined;
  return endpointActivity(subject, 4001, 1, {
    actor,
    src_endpoint: endpointOf(ipAddress(property(json, "src_addr")), undefined),
    dst_endpoint: { ip: to, port: portOf(property(json, "dst_port")) },
  });
}

const HOSTS: ReadonlyMap<string, { readonly service: string; readonly host: string }> = new Map([
  ["github", { service: "GitHub", host: "github.com" }],
]);

function gitCommand(
  json: JsonObject,
  base: EventBase,
  known: {
    actor: NonNullable<OcsfEvent["actor"]>;
    source: NonNullable<OcsfEvent["src_endpoint"]>;
    succeeded: boolean | undefined;
    unmapped: Record<string, unknown>;
  },
): OcsfEvent {
  const command = text(json, "service");
  const repository = text(json, "path")?.replace(/\.git$/, "") ?? text(json, "git_organization");
  if (command === undefined || repository === undefined)
    throw new MalformedInputError("teleport-audit: a git command without service or path");
  const forge = HOSTS.get(text(json, "git_service_type") ?? "");
  return createGitTransfer(base, {
    operation: command === "git-receive-pack" ? "git.push" : "git.fetch",
    actor: known.actor,
    repository,
    host: forge?.host,
    service: forge?.service ?? "Teleport",
    provider: "Teleport",
    protocol: text(json, "git_protocol"),
    source: known.source,
    bytesOut: undefined,
    bytesIn: undefined,
    succeeded: outcomeStatus(known.succeeded ?? true),
    unmapped: known.unmapped,
  });
}
