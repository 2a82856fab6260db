/**
 * Syslog headers: RFC 5424, RFC 3164 and the variants that files and relays contain (with or without priority, ISO
 * times, no host name).
 *
 * @see https://www.rfc-editor.org/rfc/rfc5424
 * @see https://www.rfc-editor.org/rfc/rfc3164
 */
import type { SyslogHeader } from "../define-map.ts";
import { monthIndex, parseIsoTime, withoutYear } from "./timestamp.ts";

/** Relays and files leave the priority out; then only the version and an ISO time tell the header. */
const RFC5424 =
  /^(?:<(\d{1,3})>\d{1,2}|1(?= \d{4}-\d{2}-\d{2}T)) (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (?:-|((?:\[(?:[^\]\\"]|\\.|"(?:[^"\\]|\\.)*")*\])+))(?: ?\ufeff?([^]*))?$/;
const PRIORITY = /^<(\d{1,3})>/;
const RFC3164_TIME =
  /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?: ([A-Z]{3,4}))?:? /;
const ISO_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?) /;
const TAG = /^(\([A-Za-z0-9_.-]{1,62}\)|[A-Za-z0-9_./-]{1,64})(?:\[([^\]\s]{1,32})\])?: ?/;
/** GDM's workers leave the end of their own brackets in their names (`gdm-password][1234]`), old PAM its module (`sshd(pam_unix)[1234]`). */
const HOST_AND_TAG =
  /^([A-Za-z0-9_.:-]{0,254}[A-Za-z0-9_.-]) (\([A-Za-z0-9_.-]{1,62}\)|[A-Za-z0-9_./@-]{1,64})(?:\]|\(pam_\w{1,40}\))?(?:\[([^\]\s]{1,32})\])?: ?/;
/** Solaris puts the message's number and its facility before it. */
const MESSAGE_ID = /^\[ID \d{1,8} [a-z0-9.]{1,40}\] /;
const HOST_ONLY = /^([A-Za-z0-9_.:-]{1,255}) (?=[{[<]|type=|node=|CEF:|LEEF:)/;

/** Splits a line into its syslog header and its body; null when the line has no syslog header. */
export function parseSyslog(line: string, referenceMs: number): { header: SyslogHeader; body: string } | null {
  const first = line.charCodeAt(0);
  // '<' opens a priority, a capital letter a month, a digit an ISO time: anything else is no header.
  if (first !== 60 && !(first >= 65 && first <= 90) && !(first >= 48 && first <= 57)) return null;

  const modern = first === 60 || line.startsWith("1 ") ? RFC5424.exec(line) : null;
  if (modern !== null) {
    const [, priority, time, host, app, pid, , , body] = modern;
    return {
      header: {
        time: (time === "-" ? undefined : parseIsoTime(time ?? "")) ?? null,
        hostname: nil(host),
        app: nil(app),
        pid: nil(pid),
        priority: priority === undefined ? null : Number(priority),
      },
      body: body ?? "",
    };
  }

  const priorityMatch = first === 60 ? PRIORITY.exec(line) : null;
  if (first === 60 && priorityMatch === null) return null;
  let rest = priorityMatch === null ? line : line.slice(priorityMatch[0].length);
  const stamp = takeTime(rest, referenceMs);
  if (stamp === null && priorityMatch === null) return null;
  if (stamp !== null) rest = rest.slice(stamp.length);

  rest = withoutSecondHost(rest);

  let hostname: string | null = null;
  let app: string | null = null;
  let pid: string | null = null;
  const tagged = HOST_AND_TAG.exec(rest);
  const bare = tagged === null ? (TAG.exec(rest) ?? null) : null;
  const host = tagged === null && bare === null ? HOST_ONLY.exec(rest) : null;
  if (tagged !== null) {
    hostname = tagged[1] ?? null;
    app = tagged[2] ?? null;
    pid = tagged[3] ?? null;
    rest = rest.slice(tagged[0].length);
  } else if (bare !== null) {
    app = bare[1] ?? null;
    pid = bare[2] ?? null;
    rest = rest.slice(bare[0].length);
  } else if (host !== null) {
    hostname = host[1] ?? null;
    rest = rest.slice(host[0].length);
  } else if (priorityMatch === null) {
    return null;
  }
  return {
    header: {
      time: stamp?.time ?? null,
      hostname,
      app,
      pid,
      priority: priorityMatch === null ? null : Number(priorityMatch[1]),
    },
    body: rest.startsWith("[ID ") ? rest.replace(MESSAGE_ID, "") : rest,
  };
}

/** UniFi's gateways, and relays that keep the header they got, write the host's name twice. */
function withoutSecondHost(text: string): string {
  const end = text.indexOf(" ");
  if (end <= 0 || end > 255 || text.charCodeAt(end + 1) !== text.charCodeAt(0)) return text;
  const host = text.slice(0, end + 1);
  return text.startsWith(host, end + 1) ? text.slice(end + 1) : text;
}

function takeTime(text: string, referenceMs: number): { time: number; length: number } | null {
  const iso = ISO_TIME.exec(text);
  if (iso !== null) {
    const time = parseIsoTime(iso[1] ?? "");
    return time === undefined ? null : { time, length: iso[0].length };
  }
  const bsd = RFC3164_TIME.exec(text);
  if (bsd === null) return null;
  const [whole, monthName, day, year, hour, minute, second, fraction] = bsd;
  const month = monthIndex(monthName ?? "");
  if (month === undefined) return null;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  const time =
    year === undefined
      ? withoutYear(month, Number(day), Number(hour), Number(minute), Number(second), ms, referenceMs)
      : Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second), ms);
  return { time, length: whole.length };
}

function nil(value: string | undefined): string | null {
  return value === undefined || value === "-" || value === "" ? null : value;
}
