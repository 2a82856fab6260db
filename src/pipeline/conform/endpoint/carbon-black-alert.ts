/**
 * Alerts and watchlist hits of Carbon Black Cloud (versions 6 and 7 of the alert schema) and of EDR (`alert.…`, `watchlist.…`,
 * `feed.…` messages of the event forwarder) -> Detection Finding.
 *
 * @see https://developer.carbonblack.com/reference/carbon-black-cloud/platform/latest/alerts-api/
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { protocolOf } from "../network/protocols.ts";
import { integer, list, number, object, property, text, textOf } from "../read-json.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { countOf, endpointOf, fileOf, hashOf, portOf, processId, processOf, userOf } from "./objects.ts";

/** Carbon Black's 1 to 10 -> OCSF severity_id, from 2 Low to 5 Critical. */
function severityOf(severity: number | undefined): number {
  if (severity === undefined || severity < 1) return 1;
  return severity <= 3 ? 2 : severity <= 6 ? 3 : severity <= 8 ? 4 : 5;
}

/** EDR scores from 0 to 100. */
function severityIn(json: JsonObject): number | undefined {
  const percent = number(json, "alert_severity") ?? number(json, "report_score");
  return number(json, "severity") ?? (percent === undefined ? undefined : Math.ceil(percent / 10));
}

/**
 * @throws {MalformedInputError} when the record says nothing of what was found
 */
export function carbonBlackFinding(json: JsonObject, subject: EndpointSubject): OcsfEvent {
  const doc = list(json, "docs")[0] ?? json;
  const title = titleOf(json);
  if (title === undefined) throw new MalformedInputError("Carbon Black alert without a reason");
  const user = userOf(text(doc, "process_username") ?? text(doc, "username") ?? text(json, "device_username"));
  const image = text(doc, "process_path") ?? text(doc, "path") ?? text(doc, "process_name");
  const process = processOf({
    image,
    pid: processId(property(doc, "process_pid")),
    uid: text(doc, "process_guid") ?? text(doc, "unique_id") ?? text(doc, "process_id"),
    cmd_line: text(doc, "process_cmdline") ?? text(doc, "cmdline"),
    user,
  });
  if (process?.file !== undefined) {
    const hashes = [
      hashOf("MD5", text(doc, "process_md5") ?? text(doc, "md5")),
      hashOf("SHA256", text(doc, "process_sha256") ?? text(doc, "sha256")),
    ].filter((hash) => hash !== undefined);
    if (hashes.length > 0) process.file.hashes = hashes;
  }
  const parent = processOf({
    image: text(doc, "parent_path") ?? text(doc, "parent_name"),
    pid: processId(property(doc, "parent_pid")),
    uid: text(doc, "parent_guid") ?? text(doc, "parent_unique_id"),
    cmd_line: text(doc, "parent_cmdline"),
  });
  if (process !== undefined && parent !== undefined) process.parent_process = parent;
  const action = text(json, "sensor_action");
  const blocked = action !== undefined && /DENY|BLOCK|TERMINATE/i.test(action);
  const category = text(json, "type") ?? text(json, "category");
  const event = endpointActivity(
    { ...subject, base: { ...subject.base, severity_id: severityOf(severityIn(json)) } },
    2004,
    1,
    {
      message: title,
      is_alert: true,
      finding_info: {
        title,
        uid: text(json, "id") ?? text(json, "unique_id") ?? `${title}:${subject.base.time}`,
        types: category === undefined ? undefined : [category],
        src_url: text(json, "alert_url"),
        analytic: {
          name: text(json, "watchlist_name") ?? text(json, "report_name") ?? text(json, "feed_name") ?? title,
          uid: textOf(json, "watchlist_id") ?? text(json, "report_id") ?? text(json, "reason_code"),
          type_id: 1,
          type: "Rule",
        },
        attacks: attacksOf(json),
      },
      ...(action === undefined
        ? {}
        : blocked
          ? { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" }
          : { action_id: 1, action: "Allowed", disposition_id: 1, disposition: "Allowed" }),
      evidences: evidencesOf(json, process, user),
    },
  );
  // A finding has no actor of its own: who acted is in the evidence.
  delete event.actor;
  if (action !== undefined) event.metadata.profiles = ["host", "security_control"];
  return event;
}

function titleOf(json: JsonObject): string | undefined {
  const watchlist = text(json, "watchlist_name") ?? text(list(json, "watchlists")[0], "name");
  return (
    text(json, "reason") ??
    text(json, "report_name") ??
    watchlist ??
    (text(json, "feed_name") === undefined
      ? undefined
      : [text(json, "feed_name"), text(json, "report_id") ?? text(json, "ioc_value")].filter(Boolean).join(": "))
  );
}

/** What a feed matched, where that is the other end of a connection; EDR gives the port and the direction beside it. */
function matchedEndpoint(json: JsonObject): {
  readonly remote: ReturnType<typeof endpointOf>;
  readonly inbound: boolean;
} {
  const kind = text(json, "ioc_type");
  const value = text(json, "ioc_value");
  const details = object(json, "ioc_attr") ?? json;
  const inbound = text(details, "direction")?.toLowerCase() === "inbound";
  const hostname =
    kind === "dns" ? value?.toLowerCase() : (text(details, "dns_name") ?? text(details, "domain"))?.toLowerCase();
  const ip = ipAddress(kind === "ipv4" || kind === "ipv6" ? value : property(details, "remote_ip"));
  const port = portOf(property(details, "remote_port") ?? property(details, "port"));
  return { remote: endpointOf(ip, port, hostname), inbound };
}

/** The binary that a watchlist or feed of binaries matched: its path, where a machine was seen with it, and its hashes. */
function matchedBinary(json: JsonObject): ReturnType<typeof fileOf> {
  const doc = list(json, "docs")[0] ?? json;
  const seen = list(doc, "observed_filename")[0];
  const isBinary = /\.binary$/.test(text(json, "type") ?? "") || property(doc, "observed_filename") !== undefined;
  const md5 = (text(doc, "md5") ?? text(json, "md5"))?.toLowerCase();
  if (!isBinary) return undefined;
  const path = typeof seen === "string" ? seen : text(doc, "observed_filename");
  const file = fileOf(path ?? text(doc, "original_filename") ?? text(doc, "internal_name") ?? md5);
  if (file === undefined) return undefined;
  if (path === undefined) delete file.path;
  const hashes = [hashOf("MD5", md5), hashOf("SHA256", text(doc, "sha256")?.toLowerCase())];
  const known = hashes.filter((hash) => hash !== undefined);
  if (known.length > 0) file.hashes = known;
  const size = countOf(property(doc, "orig_mod_len"));
  if (size !== undefined) file.size = size;
  return file;
}

function evidencesOf(
  json: JsonObject,
  process: ReturnType<typeof processOf>,
  user: ReturnType<typeof userOf>,
): OcsfEvent["evidences"] {
  const matched = matchedEndpoint(json);
  const inbound =
    property(json, "netconn_inbound") === true ||
    (matched.remote === undefined ? text(json, "netconn_remote_ip") === undefined : matched.inbound);
  const local = endpointOf(ipAddress(property(json, "netconn_local_ip")), portOf(property(json, "netconn_local_port")));
  const remote =
    endpointOf(
      ipAddress(property(json, "netconn_remote_ip")),
      portOf(property(json, "netconn_remote_port")),
      text(json, "netconn_remote_domain"),
    ) ?? matched.remote;
  const protocol = protocolOf(
    text(json, "netconn_protocol")?.replace(/^PROTO_/, "") ?? text(object(json, "ioc_attr"), "protocol"),
  );
  const evidence = {
    process,
    user,
    src_endpoint: inbound ? remote : local,
    dst_endpoint: inbound ? local : remote,
    connection_info: protocol === undefined ? undefined : { ...protocol, direction_id: inbound ? 1 : 2 },
    file: matchedBinary(json),
  };
  return Object.values(evidence).every((part) => part === undefined) ? undefined : [evidence];
}

/** `attack_technique` of version 7, `MITRE_T1059_001_POWERSHELL` among the `ttps`. */
function attacksOf(json: JsonObject): NonNullable<OcsfEvent["finding_info"]>["attacks"] {
  const named = text(json, "attack_technique");
  const tags = list(json, "ttps").flatMap((tag) => {
    const match = typeof tag === "string" ? /^MITRE_(T\d{4})(?:_(\d{3}))?_/.exec(tag) : null;
    return match === null ? [] : [match[2] === undefined ? match[1]! : `${match[1]}.${match[2]}`];
  });
  const techniques = new Set([...(named !== undefined && /^T\d{4}/.test(named) ? [named] : []), ...tags.slice(0, 16)]);
  return techniques.size === 0 ? undefined : [...techniques].map((uid) => ({ technique: { uid } }));
}

/** One of these stands in every hit of EDR. */
const FORWARDED = ["cb_server", "cb_version", "server_name", "watchlist_name", "feed_name"];

/** Whether the record is an alert or hit of either product; 0 or 1. */
export function recogniseFinding(json: JsonObject): number {
  const type = text(json, "type");
  if (type?.startsWith("watchlist.hit") === true && Object.hasOwn(json, "org_key")) return 1;
  if (type !== undefined && /^(?:alert|watchlist|feed)\.[a-z.]*hit\./.test(type))
    return FORWARDED.some((name) => Object.hasOwn(json, name)) ? 1 : 0;
  if (
    text(json, "cb_version") !== undefined &&
    (Object.hasOwn(json, "watchlist_name") || Object.hasOwn(json, "feed_name"))
  )
    return 1;
  if (Object.hasOwn(json, "feed_name") && Object.hasOwn(json, "ioc_type") && Object.hasOwn(json, "report_id")) return 1;
  const known = Object.hasOwn(json, "org_key") || object(json, "workflow") !== undefined;
  return known && integer(json, "device_id") !== undefined && Object.hasOwn(json, "threat_id") ? 1 : 0;
}
