/**
 * OpenVPN's server log, by syslog, in files, of pfSense, OPNsense and Access Server -> Tunnel Activity and Authentication; its status
 * file (`status-version 2` and `3`) -> Tunnel Activity.
 *
 *     Fri Mar 20 10:07:14 2026 alice/203.0.113.5:51234 MULTI_sva: pool returned IPv4=10.8.0.6, IPv6=(Not enabled)
 *     2026-03-20 10:07:14 us=821757 203.0.113.5:51234 [alice] Peer Connection Initiated with [AF_INET]203.0.113.5:51234
 *
 * @see https://openvpn.net/community-docs/logging.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseEpoch, parseIsoTime, monthIndex } from "../decoders/timestamp.ts";
import { type DecodedRecord, defineMap } from "../define-map.ts";
import { createLogon } from "../network/logon.ts";
import { endOf, isOpenVpnMessage, type OpenVpnMessage, readOpenVpnMessage } from "../network/openvpn-message.ts";
import { report, reporterOf } from "../network/session.ts";
import { createTunnel } from "../network/tunnel.ts";
import type { EventBase } from "../ocsf.ts";
import { loginOf } from "../web/login.ts";

const PRODUCT = { name: "OpenVPN", vendor_name: "OpenVPN" } as const;

/** `openvpn`, `ovpn-server`, `openvpn_server1` (OPNsense), `openvpnas`. */
const PROGRAM = /^(?:open)?ovpn|^openvpn/i;
/** A service id or a process number may be all that the shipper kept of the header. */
const BARE_PROGRAM = /^(?:ovpn|openvpn)[A-Za-z0-9_.@-]{0,60}(?:\[\d{1,10}\])?: /;
const CTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})(?: us=(\d{1,6}))? /;
const ISO = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})(?: us=(\d{1,6}))? /;
/** Access Server hands on what its daemons write. */
const ACCESS_SERVER = /(?:^|\s)\[?OVPN \d{1,3}\]? OUT: [bu]?(['"])(.{1,4096})\1$/;
const STATUS_ROW = /^CLIENT_LIST([,\t])[^\n]{1,255}?\1/;
const STATUS_OTHER =
  /^(?:HEADER[,\t](?:CLIENT_LIST|ROUTING_TABLE)[,\t]|ROUTING_TABLE[,\t]|GLOBAL_STATS[,\t]|TITLE[,\t]OpenVPN \d)/;
const MAX_BODY = 4_096;

interface Line {
  readonly time: number | undefined;
  readonly text: string;
}

export default defineMap({
  id: "openvpn",
  title: "OpenVPN server log",
  product: PRODUCT,
  reference: "https://openvpn.net/community-docs/logging.html",
  lane: "identity",
  exporting:
    "`verb 3` and syslog (`daemon`) or `log-append FILE` in the server's configuration; `status FILE` with `status-version 2`. " +
    "pfSense: Status, System logs, Settings, remote logging with 'VPN events'; OPNsense: Logging, Remote, application 'openvpn'.",
  limits: [
    "Names the person as the certificate does, unless `username-as-common-name` is set.",
    "Does not count bytes of a session; the status file's are running totals.",
    "Times in its own files carry no zone.",
    "Tells who has an address inside, not what is done from there.",
  ],
  recognise({ syslog, body, json }) {
    if (json !== null || body.length > MAX_BODY || body.startsWith('id="')) return 0;
    const isProgram = syslog?.app !== undefined && syslog.app !== null && PROGRAM.test(syslog.app);
    if (isProgram) return 0.95;
    const first = body.charCodeAt(0);
    if (first === 0x43 && STATUS_ROW.test(body)) return 0.9;
    if (first >= 0x47 && first <= 0x54 && STATUS_OTHER.test(body)) return 0.85;
    return mentionsServer(body) && isOpenVpnMessage(lineOf(body).text) ? 0.85 : 0;
  },
  conform(record, { fileModifiedTime }) {
    const { body, syslog } = record;
    if (STATUS_ROW.test(body)) return statusEvents(record);
    const line = lineOf(body);
    const message = readOpenVpnMessage(line.text, /server|openvpnas/i.test(syslog?.app ?? ""));
    if (message === undefined || message === null) return null;
    const time = line.time ?? syslog?.time ?? fileModifiedTime;
    return eventsOf({ product: PRODUCT, time, event_code: message.code }, message, record, line.text);
  },
});

/** One of the phrases must be there: cheaper than to take each line apart. */
function mentionsServer(body: string): boolean {
  return (
    body.includes("MULTI") ||
    body.includes("Peer Connection Initiated") ||
    body.includes("TLS") ||
    body.includes("peer info: ") ||
    body.includes("client-instance") ||
    body.includes(" Channel") ||
    body.includes("VERIFY ") ||
    body.includes("PUSH") ||
    body.includes("AUTH") ||
    body.includes("openvpn") ||
    body.includes("Inactivity timeout") ||
    body.includes("OpenVPN ")
  );
}

function lineOf(body: string): Line {
  const handedOn = ACCESS_SERVER.exec(body);
  const text = (handedOn === null ? body : handedOn[2]!).replace(BARE_PROGRAM, "");
  const iso = ISO.exec(text);
  if (iso !== null) return { time: withMicroseconds(parseIsoTime(iso[1]!), iso[2]), text: text.slice(iso[0].length) };
  const ctime = CTIME.exec(text);
  const month = ctime === null ? undefined : monthIndex(ctime[1]!);
  if (ctime === null || month === undefined) return { time: undefined, text };
  const [, , day, hour, minute, second, year, microseconds] = ctime as unknown as string[];
  const time = parseIsoTime(
    `${year}-${String(month + 1).padStart(2, "0")}-${day!.padStart(2, "0")} ${hour}:${minute}:${second}`,
  );
  return { time: withMicroseconds(time, microseconds), text: text.slice(ctime[0].length) };
}

function withMicroseconds(time: number | undefined, microseconds: string | undefined): number | undefined {
  return time === undefined || microseconds === undefined ? time : time + Math.floor(Number(microseconds) / 1000);
}

function eventsOf(
  base: EventBase,
  message: OpenVpnMessage,
  record: DecodedRecord,
  text: string,
): OcsfEvent | OcsfEvent[] {
  const reporter = reporterOf(record.syslog?.hostname ?? undefined);
  const user = loginOf(message.user);
  if (message.kind === "logon")
    return createLogon(base, {
      activity: 1,
      user,
      service: "OpenVPN",
      source: message.outer,
      succeeded: message.succeeded,
      detail: message.detail,
      message: text,
      reporter,
      unmapped: message.through === undefined ? undefined : { directory: message.through },
    });
  const { detail, through } = message;
  const unmapped = detail === undefined && through === undefined ? undefined : { reason: detail, server: through };
  const activity = message.kind === "opened" ? 1 : 2;
  const inner = message.inner.length === 0 ? [undefined] : message.inner;
  const events = inner.flatMap((address, index) =>
    createTunnel(base, {
      activity,
      user,
      outer: index === 0 ? message.outer : undefined,
      inner: address,
      message: text,
      unmapped,
    }),
  );
  return events.map((event) => report(event, reporter));
}

/**
 * `CLIENT_LIST,common name,real address,virtual address[,virtual IPv6],received,sent,since,since (epoch),username,…`: a session that
 * began then. The columns of IPv6 came with 2.4.
 *
 * @throws {MalformedInputError} without the time the client connected
 */
function statusEvents({ body, syslog }: DecodedRecord): OcsfEvent[] | null {
  const columns = body.split(body.charAt("CLIENT_LIST".length));
  const [, commonName, real, virtual] = columns;
  const at = columns.findIndex(
    (column, index) => index >= 4 && /^\d{9,11}$/.test(column) && parseIsoTime(columns[index - 1]!) !== undefined,
  );
  const time = at === -1 ? sinceOf(columns) : parseEpoch(columns[at]);
  if (time === undefined) throw new MalformedInputError("status row without the time the client connected");
  const username = at === -1 ? undefined : columns[at + 1];
  const user = loginOf([username, commonName].find((name) => name !== undefined && name !== "" && name !== "UNDEF"));
  const outer = endOf(real ?? "");
  if (user === undefined || outer === undefined) return null;
  const inner = [virtual, /:/.test(columns[4] ?? "") && at !== 6 ? columns[4] : undefined].filter(
    (address) => address !== undefined && address !== "",
  );
  const counters = at === -1 ? [] : columns.slice(at - 3, at - 1);
  const unmapped = counters.length === 2 ? { bytes_received: counters[0], bytes_sent: counters[1] } : undefined;
  const base: EventBase = { product: PRODUCT, time, event_code: "CLIENT_LIST" };
  return (inner.length === 0 ? [undefined] : inner)
    .flatMap((address, index) =>
      createTunnel(base, { activity: 1, user, outer: index === 0 ? outer : undefined, inner: address, unmapped }),
    )
    .map((event) => report(event, reporterOf(syslog?.hostname ?? undefined)));
}

function sinceOf(columns: readonly string[]): number | undefined {
  for (const column of columns.slice(4)) {
    const time = column.length >= 19 ? parseIsoTime(column) : undefined;
    if (time !== undefined) return time;
  }
  return undefined;
}
