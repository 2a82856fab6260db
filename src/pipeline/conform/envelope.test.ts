/** One line of each text format, and one of JSON, inside every envelope: recognised, at its own time, with the wrapper's host where it has none. */
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode } from "./decode.ts";
import { unwrapCandidates, unwrapList } from "./envelope.ts";
import { openStream } from "./index.ts";

const RUNS = Number(process.env["MAP_FUZZ_RUNS"] ?? 150);
const AT = 1_774_001_234_250;
const TAKEN = "2026-03-20T10:08:00.000Z";

const wrap = (value: unknown): string => JSON.stringify(value);

const LINES: readonly (readonly [source: string, line: string])[] = [
  [
    "squid",
    "1774001234.250    130 10.1.4.17 TCP_MISS/200 5120 GET http://www.example.org/a alice HIER_DIRECT/198.51.100.20 text/html",
  ],
  [
    "bind-query",
    "20-Mar-2026 10:07:14.250 queries: info: client @0x7f8e8c0a1b20 10.1.4.17#53211 (www.example.org): query: www.example.org IN A +E(0)K (10.1.0.53)",
  ],
  [
    "linux-sshd",
    "Mar 20 10:07:14 bastion sshd[2211]: Accepted publickey for alice from 203.0.113.5 port 50412 ssh2: ED25519 SHA256:abc",
  ],
  [
    "cisco-asa",
    "<166>Mar 20 2026 10:07:14 fw-1 : %ASA-6-302014: Teardown TCP connection 42 for outside:198.51.100.20/443 to inside:10.1.4.17/51021 duration 0:00:12 bytes 5120 TCP FINs",
  ],
  [
    "fortinet-fortigate",
    'date=2026-03-20 time=10:07:14 devname="fg-1" devid="FG100" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" eventtime=1774001234250000000 srcip=10.1.4.17 srcport=51021 dstip=198.51.100.20 dstport=443 proto=6 action="close" policyid=7 service="HTTPS" sentbyte=5120 rcvdbyte=91022',
  ],
  [
    "zeek-conn",
    '{"ts":1774001234.25,"uid":"CtVxxE3smYEtZpQBlf","id.orig_h":"10.1.4.17","id.orig_p":51021,"id.resp_h":"198.51.100.20","id.resp_p":443,"proto":"tcp","duration":0.5,"orig_bytes":5120,"resp_bytes":91022,"conn_state":"SF","history":"ShADadFf","orig_pkts":1,"orig_ip_bytes":48,"resp_pkts":1,"resp_ip_bytes":40}',
  ],
];

/** `<line>` stands for the line as JSON text, `<with end>` for that with its line end, `<base64>` for its base64, `<raw>` for itself. */
const WRAPPERS: readonly (readonly [name: string, template: string])[] = [
  [
    "Filebeat that keeps the original",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","@metadata":{"beat":"filebeat","type":"_doc","version":"8.12.0"},"message":<line>,"host":{"name":"log-1"},"agent":{"type":"filebeat","version":"8.12.0","name":"log-1","id":"x"},"log":{"offset":12,"file":{"path":"/var/log/a.log"}},"input":{"type":"log"},"ecs":{"version":"8.0.0"},"event":{"dataset":"generic","kind":"event","original":<line>},"tags":["a"]}',
  ],
  [
    "Filebeat",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","message":<line>,"host":{"name":"log-1"},"log":{"offset":12,"file":{"path":"/var/log/a.log"}},"input":{"type":"log"}}',
  ],
  [
    "Filebeat, names with points",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","message":<line>,"host.name":"log-1","log.file.path":"/var/log/a.log"}',
  ],
  [
    "Filebeat 6",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","message":<line>,"beat":{"name":"log-1","hostname":"log-1","version":"6.8"},"source":"/var/log/a.log","offset":1,"prospector":{"type":"log"}}',
  ],
  [
    "a hit of Elasticsearch",
    '{"_index":"logs-1","_id":"a","_score":1,"_source":{"@timestamp":"2026-03-20T10:08:00.000Z","message":<line>,"host":{"name":"log-1"}}}',
  ],
  [
    "a hit's fields",
    '{"_index":"logs-1","_id":"a","fields":{"@timestamp":["2026-03-20T10:08:00.000Z"],"message":[<line>],"host.name":["log-1"]}}',
  ],
  ["a search result", '{"hits":{"total":1,"hits":[{"_index":"a","_source":{"message":<line>}}]}}'],
  [
    "Logstash",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","@version":"1","message":<line>,"host":"log-1","path":"/var/log/a.log","type":"x"}',
  ],
  [
    "Logstash 8",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","@version":"1","message":<line>,"host":{"hostname":"log-1","ip":"10.0.0.9"},"event":{"original":<line>},"log":{"file":{"path":"/a"}}}',
  ],
  [
    "Fluent Bit in Kubernetes",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","log":<with end>,"stream":"stdout","kubernetes":{"pod_name":"a","namespace_name":"b","host":"node-1","labels":{"app":"x"},"container_name":"c"}}',
  ],
  ["Fluent Bit", '{"date":1774001280.5,"log":<line>,"file":"/a"}'],
  ["Fluent Bit, time ahead", '[1774001280.5,{"log":<line>}]'],
  ["Fluentd's file", '2026-03-20T10:08:00.000Z\tapp.access\t{"message":<line>,"host":"log-1"}'],
  ["Docker", '{"log":<with end>,"stream":"stdout","time":"2026-03-20T10:08:00.123456789Z"}'],
  [
    "Docker with attributes",
    '{"log":<with end>,"stream":"stdout","attrs":{"tag":"x"},"time":"2026-03-20T10:08:00.123456789Z"}',
  ],
  ["Kubernetes' log file", "2026-03-20T10:08:00.123456789Z stdout F <raw>"],
  [
    "Splunk's export",
    '{"preview":false,"offset":0,"lastrow":true,"result":{"_raw":<line>,"_time":"2026-03-20 10:08:00.000 UTC","host":"log-1","source":"/a","sourcetype":"x","index":"main"}}',
  ],
  [
    "Splunk, flat",
    '{"_raw":<line>,"_time":"2026-03-20T10:08:00.000+00:00","host":"log-1","source":"/a","sourcetype":"x"}',
  ],
  ["Splunk HEC", '{"time":1774001280.5,"host":"log-1","source":"/a","sourcetype":"x","event":<line>}'],
  [
    "Splunk's results",
    '{"preview":false,"init_offset":0,"messages":[],"fields":[{"name":"_raw"}],"results":[{"_raw":<line>,"_time":"2026-03-20T10:08:00.000+00:00","host":"log-1"}]}',
  ],
  [
    "Splunk's rows",
    '{"preview":false,"fields":["_raw","_time","host"],"rows":[[<line>,"2026-03-20T10:08:00.000+00:00","log-1"]]}',
  ],
  [
    "GELF",
    '{"version":"1.1","host":"log-1","short_message":<line>,"timestamp":1774001280.5,"level":6,"_facility":"x"}',
  ],
  [
    "GELF with full message",
    '{"version":"1.1","host":"log-1","short_message":<line>,"full_message":<line>,"timestamp":1774001280.5,"level":6,"_source":"10.0.0.1"}',
  ],
  [
    "a search of Graylog",
    '{"messages":[{"message":{"gl2_source_input":"a","message":<line>,"source":"log-1","timestamp":"2026-03-20T10:08:00.000Z","_id":"x"},"index":"graylog_0"}],"total_results":1}',
  ],
  ["Graylog", '{"version":"1.1","host":"log-1","message":<line>,"timestamp":1774001280.5}'],
  [
    "Vector",
    '{"message":<line>,"host":"log-1","file":"/a","source_type":"file","timestamp":"2026-03-20T10:08:00.000Z"}',
  ],
  [
    "Vector from syslog",
    '{"message":<line>,"host":"log-1","hostname":"log-1","appname":"x","facility":"daemon","severity":"info","source_ip":"10.0.0.1","source_type":"syslog","timestamp":"2026-03-20T10:08:00.000Z"}',
  ],
  [
    "CloudWatch subscription",
    '{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1774001280500,"message":<line>}]}',
  ],
  [
    "CloudWatch filter-log-events",
    '{"events":[{"logStreamName":"s","timestamp":1774001280500,"message":<line>,"ingestionTime":1774001281500,"eventId":"1"}],"searchedLogStreams":[]}',
  ],
  [
    "CloudWatch Insights",
    '{"results":[[{"field":"@timestamp","value":"2026-03-20 10:08:00.000"},{"field":"@message","value":<line>}]],"status":"Complete"}',
  ],
  [
    "Azure diagnostic records",
    '{"records":[{"time":"2026-03-20T10:08:00.000Z","resourceId":"/SUBSCRIPTIONS/a","category":"x","properties":{"message":<line>}}]}',
  ],
  [
    "Azure container records",
    '{"records":[{"time":"2026-03-20T10:08:00.000Z","resourceId":"/SUBSCRIPTIONS/a","category":"ContainerLog","properties":{"log":<line>,"stream":"stdout"}}]}',
  ],
  [
    "Log Analytics Syslog",
    '{"TimeGenerated":"2026-03-20T10:08:00.000Z","Computer":"log-1","Facility":"local4","SeverityLevel":"info","SyslogMessage":<line>,"ProcessName":"x","HostIP":"10.0.0.1","Type":"Syslog"}',
  ],
  [
    "Log Analytics custom log",
    '{"TimeGenerated":"2026-03-20T10:08:00.000Z","Computer":"log-1","RawData":<line>,"Type":"Custom_CL"}',
  ],
  [
    "Azure Monitor's query",
    '{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"RawData","type":"string"}],"rows":[["2026-03-20T10:08:00.000Z",<line>]]}]}',
  ],
  ["Security Operations raw_log", '{"raw_log":<base64>,"create_time":"2026-03-20T10:08:00.000Z"}'],
  [
    "Security Operations ingestion",
    '{"inline_source":{"source_type":"X","logs":[{"data":<base64>,"log_entry_time":"2026-03-20T10:08:00.000Z"}]}}',
  ],
  [
    "Security Operations entries",
    '{"customer_id":"a","log_type":"SQUID","entries":[{"log_text":<line>,"ts_epoch_microseconds":1774001280500000}]}',
  ],
  [
    "Security Operations log",
    '{"logType":"X","data":<base64>,"logEntryTime":"2026-03-20T10:08:00.000Z","collectionTime":"2026-03-20T10:08:00.000Z"}',
  ],
  [
    "Cloud Logging text",
    '{"textPayload":<line>,"timestamp":"2026-03-20T10:08:00.000Z","resource":{"type":"gce_instance","labels":{}},"logName":"projects/a/logs/syslog","insertId":"1","labels":{"a":"b"}}',
  ],
  [
    "Cloud Logging JSON",
    '{"jsonPayload":{"message":<line>,"host":"log-1"},"timestamp":"2026-03-20T10:08:00.000Z","resource":{"type":"gce_instance","labels":{}},"logName":"projects/a/logs/b","insertId":"1"}',
  ],
  [
    "journald",
    '{"__REALTIME_TIMESTAMP":"1774001280500000","_HOSTNAME":"log-1","SYSLOG_IDENTIFIER":"app","MESSAGE":<line>}',
  ],
  [
    "rsyslog",
    '{"message":<line>,"fromhost":"log-1","facility":"local4","priority":"info","timereported":"2026-03-20T10:08:00.000Z"}',
  ],
  [
    "rsyslog for Elasticsearch",
    '{"@timestamp":"2026-03-20T10:08:00.000Z","host":"log-1","severity":"info","facility":"local4","tag":"x:","message":<line>}',
  ],
  [
    "syslog-ng",
    '{"MESSAGE":<line>,"HOST":"log-1","PROGRAM":"x","DATE":"2026-03-20T10:08:00.000Z","PRIORITY":"info","FACILITY":"local4"}',
  ],
  ["syslog-ng, ISO", '{"HOST":"log-1","ISODATE":"2026-03-20T10:08:00.000Z","MSG":<line>}'],
  [
    "Wazuh",
    '{"timestamp":"2026-03-20T10:08:00.000+0000","rule":{"level":3,"id":"1","description":"x"},"agent":{"id":"001","name":"log-1"},"manager":{"name":"m"},"id":"1.1","full_log":<line>,"decoder":{"name":"x"},"location":"/var/log/a"}',
  ],
  [
    "OTLP",
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"log-1"}}]},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1774001280500000000","body":{"stringValue":<line>}}]}]}]}',
  ],
  [
    "OpenTelemetry Collector's file",
    '{"body":<line>,"timestamp":"2026-03-20T10:08:00.000Z","attributes":{"log.file.name":"a"},"resource":{"host.name":"log-1"}}',
  ],
  ["Loki", '{"streams":[{"stream":{"job":"a","host":"log-1"},"values":[["1774001280500000000",<line>]]}]}'],
  ["logcli", '{"labels":{"job":"a"},"line":<line>,"timestamp":"2026-03-20T10:08:00.000Z"}'],
  [
    "Datadog",
    '{"id":"A","content":{"timestamp":"2026-03-20T10:08:00.000Z","host":"log-1","service":"x","message":<line>,"tags":[]},"type":"log"}',
  ],
  ["Sumo Logic", '{"map":{"_raw":<line>,"_messagetime":"1774001280500","_sourcehost":"log-1"}}'],
  ["a dump of Kafka", '{"topic":"a","partition":0,"offset":1,"key":null,"value":<line>,"timestamp":1774001280500}'],
  [
    "NXLog",
    '{"EventReceivedTime":"2026-03-20 10:08:00","SourceModuleName":"in","SourceModuleType":"im_udp","Hostname":"log-1","raw_event":<line>,"Message":<line>}',
  ],
  ["Cribl", '{"_raw":<line>,"_time":1774001280.5,"host":"log-1","source":"udp:514","cribl_pipe":"x"}'],
  ["an array of hits", '[{"_source":{"message":<line>}}]'],
  ["Firehose", '{"records":[{"recordId":"1","data":<base64>,"approximateArrivalTimestamp":1774001280500}]}'],
  ["Kinesis", '{"Records":[{"kinesis":{"data":<base64>,"sequenceNumber":"1"},"eventSource":"aws:kinesis"}]}'],
  [
    "Pub/Sub",
    '{"message":{"data":<base64>,"attributes":{},"messageId":"1","publishTime":"2026-03-20T10:08:00.000Z"},"subscription":"projects/a"}',
  ],
  [
    "SQS",
    '{"Records":[{"messageId":"1","body":<line>,"eventSource":"aws:sqs","attributes":{"SentTimestamp":"1774001280500"}}]}',
  ],
  ["Event Hubs", '{"records":[{"body":<line>}]}'],
  ["IoT Hub", '{"EnqueuedTimeUtc":"2026-03-20T10:08:00.000Z","Body":<base64>,"Properties":{}}'],
  ["QRadar", '{"events":[{"utf8_payload":<line>,"starttime":1774001280500,"sourceip":"10.1.4.17"}]}'],
  ["a key that names the log", '{"log_of_it":{"message":<line>}}'],
  ["a relay, RFC 3164", "<134>Mar 20 10:08:00 relay app: <raw>"],
  ["a relay, RFC 5424", "<134>1 2026-03-20T10:08:00Z relay app 1 - - <raw>"],
];

function wrapped(template: string, line: string): string {
  return template
    .replace("<line>", () => wrap(line))
    .replace("<line>", () => wrap(line))
    .replace("<with end>", () => wrap(`${line}\n`))
    .replace("<base64>", () => wrap(Buffer.from(line).toString("base64")))
    .replace("<raw>", () => line);
}

interface Read {
  readonly events: readonly (readonly [source: string, time: number, host: string | undefined])[];
  readonly rejected: number;
}

function read(line: string): Read {
  const events: Read["events"][number][] = [];
  let rejected = 0;
  const stream = openStream({
    source: "auto",
    environment: { fileModifiedTime: 1_774_008_000_000, fileName: "" },
    emit: (event, map) =>
      events.push([
        map.id,
        event.time,
        event.metadata.reporter?.hostname ?? event.device?.hostname ?? event.dst_endpoint?.hostname,
      ]),
    reject: () => {
      rejected += 1;
    },
  });
  stream.push(line, 1);
  stream.flush();
  return { events, rejected };
}

describe.each(WRAPPERS)("%s", (_name, template) => {
  test.each(LINES)("%s", (source, line) => {
    const { events, rejected } = read(wrapped(template, line));
    expect(rejected).toBe(0);
    expect(events.map(([id, time]) => [id, Math.abs(time - AT) <= 250])).toEqual([[source, true]]);
  });
});

describe("what the wrapper tells", () => {
  const LINE = "query[A] github.com from 10.1.4.17";
  test.each([
    ["Beats", wrap({ "@timestamp": TAKEN, host: { name: "gate-1" }, message: LINE })],
    ["Beats 6", wrap({ "@timestamp": TAKEN, beat: { hostname: "gate-1" }, message: LINE })],
    ["Splunk", wrap({ _time: TAKEN, host: "gate-1", _raw: LINE })],
    ["Log Analytics", wrap({ TimeGenerated: TAKEN, Computer: "gate-1", SyslogMessage: LINE })],
    ["syslog-ng", wrap({ ISODATE: TAKEN, HOST: "gate-1", MSG: LINE })],
    ["GELF", wrap({ version: "1.1", timestamp: Date.parse(TAKEN) / 1000, host: "gate-1", short_message: LINE })],
    ["Datadog", wrap({ content: { timestamp: TAKEN, host: "gate-1", message: LINE } })],
    ["Wazuh", wrap({ timestamp: TAKEN, agent: { name: "gate-1" }, manager: { name: "m" }, full_log: LINE })],
    [
      "Graylog",
      wrap({ messages: [{ message: { gl2_source_input: "a", source: "gate-1", timestamp: TAKEN, message: LINE } }] }),
    ],
    ["Loki", wrap({ streams: [{ stream: { host: "gate-1" }, values: [[`${Date.parse(TAKEN)}000000`, LINE]] }] })],
    [
      "OTLP",
      wrap({
        resourceLogs: [
          {
            resource: { attributes: [{ key: "host.name", value: { stringValue: "gate-1" } }] },
            scopeLogs: [{ logRecords: [{ timeUnixNano: `${Date.parse(TAKEN)}000000`, body: { stringValue: LINE } }] }],
          },
        ],
      }),
    ],
  ])("%s: time and host stand in where the line has none", (_name, line) => {
    expect(read(line)).toEqual({ events: [["dnsmasq", Date.parse(TAKEN), "gate-1"]], rejected: 0 });
  });

  test("CloudWatch's batches are packed", () => {
    const batch = wrap({ messageType: "DATA_MESSAGE", logEvents: [{ id: "1", message: LINE }] });
    const data = gzipSync(batch).toString("base64");
    for (const line of [wrap({ awslogs: { data } }), wrap({ Records: [{ kinesis: { data } }] })])
      expect(read(line).events.map(([source]) => source)).toEqual(["dnsmasq"]);
    const bomb = gzipSync(Buffer.alloc(1 << 25, 0x20)).toString("base64");
    expect(read(wrap({ awslogs: { data: bomb } }))).toEqual({ events: [], rejected: 1 });
  });

  test("keys of strangers are keys", () => {
    expect(read(wrap({ fields: ["__proto__", "_raw"], rows: [[{ host: "x" }, LINE]] })).events).toHaveLength(1);
    expect(({} as Record<string, unknown>)["host"]).toBeUndefined();
  });
});

test.each([
  ["base64 of no text", wrap({ data: Buffer.from([0xff, 0xfe, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toString("base64") })],
  ["a bracket that opens no list", `[1774001234, broken`],
  ["a bracket that closes as if", `["app", 1774001234, nothing }]`],
  ["rows without columns", wrap({ tables: [{ columns: null, rows: [[1]] }] })],
  ["streams without values", wrap({ streams: [{ stream: {} }] })],
  ["logs without records", wrap({ resourceLogs: [null, { scopeLogs: [7] }] })],
])("%s is refused and nothing else", (_name, line) => {
  const { events, rejected } = read(line);
  expect(events).toEqual([]);
  expect(rejected).toBeLessThanOrEqual(1);
});

test.each([
  { fields: ["_raw", "_time"], rows: [["x"]] },
  { results: [[{ field: "@message" }]] },
  { streams: [{ values: [["1774001234250000000"]] }] },
  { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { kvlistValue: { values: [{ key: "a" }] } } }] }] }] },
])("what an envelope does not tell is no field of its records: %j", (envelope) => {
  for (const { line, json } of unwrapList(decode(wrap(envelope), AT))!) expect(json).toStrictEqual(JSON.parse(line));
});

test("many line ends within a wrapped text are passed over in linear time", () => {
  const start = performance.now();
  const record = decode(wrap({ message: `${"\n".repeat(400_000)}x` }), AT);
  expect([...unwrapCandidates(record, AT)]).toHaveLength(1);
  expect(performance.now() - start).toBeLessThan(1_500);
});

test("any JSON in any envelope is read or refused", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(...WRAPPERS), (json, [, template]) => {
      read(wrapped(template, json));
      read(json);
    }),
    { numRuns: RUNS },
  );
});
