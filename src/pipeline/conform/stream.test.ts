import { describe, expect, test } from "vitest";
import type { OcsfEvent } from "../../model/activity.ts";
import { UsageError } from "../../model/errors.ts";
import { openStream, recogniseStream } from "./index.ts";

const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "x.log" };

interface Conformed {
  readonly events: { source: string; line: number; event: OcsfEvent }[];
  readonly rejected: { line: number; message: string }[];
  readonly source: string | null;
  readonly reason: string;
}

function conform(lines: readonly string[], source = "auto", expected: string | null = null): Conformed {
  const events: Conformed["events"] = [];
  const rejected: Conformed["rejected"] = [];
  const stream = openStream({
    source,
    expected,
    environment,
    emit: (event, map, line) => void events.push({ source: map.id, line, event }),
    reject: (line, error) => void rejected.push({ line, message: error.message }),
  });
  lines.forEach((line, index) => stream.push(line, index + 1));
  stream.flush();
  return { events, rejected, source: stream.source, reason: stream.reason };
}

const SQUID =
  "1774001235.130  61250 10.1.4.17 TCP_TUNNEL/200 91022 CONNECT github.com:443 alice HIER_DIRECT/203.0.113.22 -";
const BIND =
  "20-Mar-2026 10:07:14.825 queries: info: client @0x7f8e 10.1.4.17#58986 (github.com): query: github.com IN A + (10.1.0.53)";
const DNSMASQ = "Mar 20 10:07:14 gate-1 dnsmasq[812]: query[A] github.com from 10.1.4.17";
const CONN = `{"ts":1774001234.5,"uid":"C1","id.orig_h":"10.1.4.17","id.orig_p":60818,"id.resp_h":"203.0.113.20","id.resp_p":443,"proto":"tcp","conn_state":"SF","orig_bytes":9,"resp_bytes":1}`;
const SSL = `{"ts":1774001234.5,"uid":"C1","id.orig_h":"10.1.4.17","id.orig_p":60818,"id.resp_h":"203.0.113.20","id.resp_p":443,"server_name":"github.com","established":true,"ssl_history":"C"}`;
const CONN_TABLE = [
  "#separator \\x09",
  "#set_separator\t,",
  "#path\tconn",
  "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state",
  "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring",
  "1774001300.0\tC3\t10.1.4.18\t50001\t198.51.100.7\t443\ttcp\tSF",
  "#close\t2026-03-20-11-00-00",
];
const UNKNOWN_TABLE = ["#separator \\x09", "#path\tpe", "#fields\tts\tid\tmachine", "1774001300.0\tF1\tAMD64"];
const DNS_TABLE = [
  "#separator ||",
  "#path||dns",
  "#fields||ts||uid||id.orig_h||id.orig_p||id.resp_h||id.resp_p||proto||trans_id||query",
  "1774001301.0||C4||10.1.4.18||50002||10.1.0.53||53||udp||7||github.com",
];

describe("recognition", () => {
  test("a declaration ends an event that lost its end, and the line behind it is its own", () => {
    const opening = '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">';
    const { events, rejected } = conform([opening, '<?xml version="1.0" encoding="utf-8"?>', SQUID]);
    expect(events.map(({ source, line }) => [source, line])).toEqual([["squid", 3]]);
    expect(rejected.map(({ message }) => message)).toEqual(["a Windows event without its end"]);
  });

  test("a file that mixes products is sorted out line by line", () => {
    const { events, rejected, source, reason } = conform([
      SQUID,
      BIND,
      `<134>Mar 20 10:07:14 proxy-1 squid[1523]: ${SQUID}`,
      DNSMASQ,
      "Mar 20 10:07:15 ws-1 coffeed[7]: brewing for alice",
      CONN,
      SQUID,
    ]);
    expect(events.map((event) => `${event.line} ${event.source}`)).toEqual([
      "1 squid",
      "2 bind-query",
      "3 squid",
      "4 dnsmasq",
      "6 zeek-conn",
      "7 squid",
    ]);
    expect(rejected).toEqual([{ line: 5, message: "no source recognises this line" }]);
    expect(source).toBe("squid");
    expect(reason).toBe(
      "squid (Squid access.log): 3 of 7 records, confidence 0.42, besides 1 dnsmasq, 1 bind-query, 1 zeek-conn, 1 unknown",
    );
  });

  test("a source that is told is not questioned", () => {
    const { events, rejected, source, reason } = conform([SQUID, BIND], "squid");
    expect(events.map((event) => event.line)).toEqual([1]);
    expect(rejected.map((line) => line.line)).toEqual([2]);
    expect([source, reason]).toEqual(["squid", "squid, as told"]);
  });

  test("a source that does not exist is a mistake of the caller", () => {
    expect(() => conform([], "squidd")).toThrow(UsageError);
  });

  test.each([
    ["Zeek JSON", [CONN, CONN], "zeek-conn", false],
    ["Zeek TSV", CONN_TABLE, "zeek-conn", true],
    ["Squid", [SQUID, "", SQUID], "squid", false],
    ["text of no source", ["hello", "world"], null, false],
    [
      "one known line among many unknown",
      [SQUID, ...Array.from({ length: 40 }, (_, index) => `line ${index}`)],
      null,
      false,
    ],
    ["broken JSON", [`{"ts":`, `{"a":1`], null, false],
    ["nothing", [], null, false],
  ])("the head of a file: %s", (_name, lines, id, stateful) => {
    const recognition = recogniseStream(lines, environment);
    expect({ id: recognition.map?.id ?? null, stateful: recognition.stateful }).toEqual({ id, stateful });
    expect(recognition.confidence > 0.5).toBe(id !== null);
  });
});

describe("tables", () => {
  test("every header opens its own table, and rows of an unknown one go to nobody", () => {
    const { events, rejected } = conform([...CONN_TABLE, ...UNKNOWN_TABLE, ...DNS_TABLE, ...CONN_TABLE]);
    expect(events.map((event) => event.source)).toEqual(["zeek-conn", "zeek-dns", "zeek-conn"]);
    expect(rejected).toEqual([{ line: 11, message: "no source recognises this line" }]);
  });

  test("blank lines and comments are nothing, and do not end a table", () => {
    const lines = [...CONN_TABLE.slice(0, 6), "", "   ", "# a note", CONN_TABLE[5]!];
    const { events, rejected } = conform(lines);
    expect([events.length, rejected]).toEqual([2, []]);
  });

  test("a broken row costs itself", () => {
    const { events, rejected } = conform([...CONN_TABLE.slice(0, 6), "1774001300.0\tC3\t10.1.4.18", CONN_TABLE[5]!]);
    expect(events.map((event) => event.line)).toEqual([6, 8]);
    expect(rejected).toEqual([{ line: 7, message: "Zeek row has 3 columns, its header 8" }]);
  });
});

describe("envelopes", () => {
  const wrap = (value: unknown) => JSON.stringify(value);
  const conn = JSON.parse(CONN) as object;
  const ssl = JSON.parse(SSL) as object;

  test.each([
    ["an array", `[${CONN},${SSL}]`],
    ["an array behind a syslog header", `<134>1 2026-03-20T10:07:16.000Z sensor zeek 1 - - [${CONN},${SSL}]`],
    ["Records", wrap({ Records: [conn, ssl] })],
    ["value of an OData page", wrap({ "@odata.context": "x", value: [conn, ssl], "@odata.nextLink": "y" })],
    ["events of a page", wrap({ events: [conn, ssl], meta: { next: 1 }, count: 2 })],
    [
      "a search result of Elasticsearch",
      wrap({ took: 3, hits: { total: 2, hits: [{ _source: conn }, { _source: ssl }] } }),
    ],
    [
      "an export of Google Security Operations",
      wrap({ create_time: "x", raw_logs: { entries: [{ data: CONN }, { data: `${SSL.replace("{", "{\r\n")}\r\n` }] } }),
    ],
    [
      "log events that wrap lines",
      wrap({
        messageType: "DATA_MESSAGE",
        subscriptionFilters: ["f"],
        logEvents: [
          { id: "1", timestamp: 1, message: CONN },
          { id: "2", timestamp: 1, message: SSL },
        ],
      }),
    ],
  ])("%s is taken apart into records", (_name, line) => {
    const { events, rejected } = conform([line]);
    expect(rejected).toEqual([]);
    expect(events.map(({ source, event }) => [source, event.raw_data?.replaceAll("\r\n", "")])).toEqual([
      ["zeek-conn", CONN],
      ["zeek-ssl", SSL],
    ]);
  });

  test.each([
    ["Filebeat", wrap({ "@timestamp": "2026-03-20T10:00:00Z", host: { name: "proxy-1" }, message: SQUID })],
    ["Filebeat that keeps the original", wrap({ message: "parsed", event: { original: SQUID, dataset: "squid.log" } })],
    ["Docker", wrap({ log: `${SQUID}\n`, stream: "stdout", time: "2026-03-20T10:00:00Z" })],
    ["Splunk HEC", wrap({ time: 1774001235, host: "proxy-1", sourcetype: "squid", event: SQUID })],
    ["Splunk export", wrap({ preview: false, result: { _raw: SQUID, host: "proxy-1" } })],
    ["journald", wrap({ MESSAGE: SQUID, _HOSTNAME: "proxy-1", SYSLOG_IDENTIFIER: "squid" })],
  ])("the line that %s wraps is the record", (_name, line) => {
    const { events, rejected } = conform([line]);
    expect(rejected).toEqual([]);
    expect(events.map(({ source, event }) => [source, event.raw_data])).toEqual([["squid", SQUID]]);
    expect(events[0]!.event.metadata.uid).toBe(conform([SQUID]).events[0]!.event.metadata.uid);
  });

  test("the wrapper's host stands in where the line names none", () => {
    const { events } = conform([wrap({ host: { name: "Proxy-1" }, message: SQUID })]);
    expect(events[0]!.event.proxy_endpoint).toEqual({ hostname: "proxy-1" });
  });

  test.each([
    ["text", { MESSAGE: "query[A] github.com from 10.1.4.17" }, 1_774_001_234_567],
    ["bytes", { MESSAGE: [...Buffer.from("query[A] github.com from 10.1.4.17")] }, 1_774_001_234_567],
    [
      "the sender's own clock",
      { MESSAGE: "query[A] github.com from 10.1.4.17", _SOURCE_REALTIME_TIMESTAMP: "1774001230000001" },
      1_774_001_230_000,
    ],
  ])("the journal's time stands for that of the line: %s", (_case, fields, time) => {
    const entry = { __REALTIME_TIMESTAMP: "1774001234567890", _HOSTNAME: "gate-1", SYSLOG_IDENTIFIER: "dnsmasq" };
    const { events } = conform([JSON.stringify({ ...entry, ...fields })]);
    expect(events.map(({ source, event }) => [source, event.time, event.dst_endpoint?.hostname])).toEqual([
      ["dnsmasq", time, "gate-1"],
    ]);
  });

  test("what wraps nothing known is rejected once", () => {
    const { events, rejected } = conform([
      wrap({ message: "hello", data: [{ a: 1 }, { b: 2 }] }),
      wrap({ items: [{ a: 1 }, { a: 2 }] }),
      `[{"a":1},{"b":2}]`,
      `[1,2]`,
    ]);
    expect(events).toEqual([]);
    expect(rejected.map((line) => line.line)).toEqual([1, 2, 3, 4]);
  });

  test("a broken element costs itself", () => {
    const { events, rejected } = conform([
      `[${CONN},{"id.orig_h":"nowhere","id.resp_h":"","conn_state":"SF","ts":1},7,${SSL}]`,
    ]);
    expect(events.map((event) => event.source)).toEqual(["zeek-conn", "zeek-ssl"]);
    expect(rejected.map((line) => line.line)).toEqual([1, 1]);
  });

  test("an empty page is nothing", () => {
    expect(conform([`{"Records":[]}`, "[]"])).toMatchObject({ events: [], rejected: [] });
  });

  test("a source that is told reads envelopes too", () => {
    expect(conform([`[${CONN}]`, wrap({ message: CONN }), CONN], "zeek-conn").events.length).toBe(3);
  });
});

describe("what every event carries", () => {
  test("a uid from the content, the same wherever the line stands", () => {
    const once = conform([SQUID]).events[0]!.event.metadata.uid;
    expect(once).toMatch(/^[0-9a-f]{32}$/);
    const again = conform(["", BIND, SQUID, SQUID]).events.map(({ event }) => event.metadata.uid);
    expect(again.slice(1)).toEqual([once, once]);
    expect(again[0]).not.toBe(once);
  });

  test("the line as received", () => {
    const line = `<134>Mar 20 10:07:14 proxy-1 squid[1523]: ${SQUID}`;
    expect(conform([line]).events[0]!.event.raw_data).toBe(line);
  });
});
