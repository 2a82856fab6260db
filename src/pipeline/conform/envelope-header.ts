/** What a wrapper tells of host and time, in the place of a syslog header where the line it wraps has none. */
import type { JsonObject } from "../../model/activity.ts";
import type { SyslogHeader } from "./define-map.ts";
import { parseTime } from "./decoders/timestamp.ts";
import { object, property, text } from "./read-json.ts";

/** Where the host of the line stands as plain text, nearest first. */
const HOST_KEYS = [
  "host",
  "hostname",
  "host.name",
  "_HOSTNAME",
  "HostName",
  "Hostname",
  "HOST",
  "Computer",
  "fromhost",
];
/** Graylog's and Sumo Logic's names count only where nothing else does. */
const LAST_HOST_KEYS = ["_sourcehost", "source"];
const TIME_KEYS = [
  "@timestamp",
  "time",
  "EventTime",
  "timestamp",
  "_time",
  "TimeGenerated",
  "ISODATE",
  "timereported",
  "create_time",
];

export function headerOf(json: JsonObject): SyslogHeader {
  return {
    time: firstTime(json) ?? journalTime(json) ?? null,
    hostname: hostOf(json) ?? null,
    app: text(json, "SYSLOG_IDENTIFIER") ?? text(json, "_COMM") ?? null,
    pid: text(json, "SYSLOG_PID") ?? text(json, "_PID") ?? null,
    priority: null,
  };
}

/** The nearer header, with what it lacks from the one around it. */
export function filled(near: SyslogHeader | null, far: SyslogHeader | null): SyslogHeader | null {
  if (near === null || far === null) return near ?? far;
  return {
    time: near.time ?? far.time,
    hostname: near.hostname ?? far.hostname,
    app: near.app ?? far.app,
    pid: near.pid ?? far.pid,
    priority: near.priority ?? far.priority,
  };
}

function hostOf(json: JsonObject): string | undefined {
  const host = object(json, "host");
  const named = firstText(json, HOST_KEYS) ?? text(host, "hostname") ?? text(host, "name");
  if (named !== undefined) return named;
  // Beats before 7 named the machine so; Wazuh and the collectors of OpenTelemetry and Kubernetes name it one level down.
  const below =
    text(object(json, "beat"), "hostname") ??
    text(object(json, "kubernetes"), "host") ??
    text(object(json, "resource"), "host.name");
  return below ?? (property(json, "full_log") === undefined ? lastHost(json) : text(object(json, "agent"), "name"));
}

/** A path is the file, not the host, that the line came from. */
function lastHost(json: JsonObject): string | undefined {
  const name = firstText(json, LAST_HOST_KEYS);
  return name === undefined ||
    !/^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/.test(name) ||
    property(json, "gl2_source_input") === undefined
    ? text(json, "_sourcehost")
    : name;
}

function firstText(json: JsonObject, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = text(json, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

function firstTime(json: JsonObject): number | undefined {
  for (const key of TIME_KEYS) {
    const time = parseTime(property(json, key));
    if (time !== undefined) return time;
  }
  return undefined;
}

/**
 * `journalctl -o json` counts microseconds since 1970: when the sender wrote the entry, where it told, else when the journal took it.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html
 */
function journalTime(json: JsonObject): number | undefined {
  return parseTime(property(json, "_SOURCE_REALTIME_TIMESTAMP")) ?? parseTime(property(json, "__REALTIME_TIMESTAMP"));
}
