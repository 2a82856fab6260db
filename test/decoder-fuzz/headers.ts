/** What stands around a message: syslog headers, and a line taken apart into header, text and JSON. */
import assert from "node:assert/strict";
import { MalformedInputError } from "../../src/model/errors.ts";
import { decode } from "../../src/pipeline/conform/decode.ts";
import { parseSyslog } from "../../src/pipeline/conform/decoders/syslog.ts";
import type { DecodedRecord, SyslogHeader } from "../../src/pipeline/conform/define-map.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { damaged, golden, wordOf, type Material } from "./inputs.ts";
import { damagedJson, jsonMaterial } from "./json-inputs.ts";
import { hasShape, json, orNull, shaped, text, whole } from "./shapes.ts";

export const REFERENCE = Date.UTC(2026, 2, 20, 12);

const HEADER = {
  time: orNull(whole),
  hostname: orNull(text),
  app: orNull(text),
  pid: orNull(text),
  priority: orNull((value) => whole(value) && (value as number) <= 999),
};

/** A record as every decoder after this one takes it for granted. */
export function checkRecord(record: DecodedRecord): void {
  hasShape<DecodedRecord>(record, {
    line: text,
    syslog: orNull(shaped<SyslogHeader>(HEADER)),
    body: text,
    json: orNull(json),
  });
}

const BSD = ["Mar 20 09:15:03", "Mar  2 09:15:03", "Dec 31 23:59:59", "Mar 20 2026 09:15:03", "Mar 20 09:15:03.123"];
const ISO = ["2026-03-20T09:15:03Z", "2026-03-20T09:15:03.123456+02:00", "2026-03-20T09:15:03"];
const HOSTS = ["fw-1", "host.acme.example", "192.0.2.7", "2001:db8::1", "_gateway"];
const APPS = ["sshd", "app.name", "CRON", "postfix/smtp", "a_b"];
const UNITS = ["a", " ", "]", '"', "\\", "=", "[", ":", "<1>", "é", "\0", "\ud800"];

const SYSLOG: Material = {
  samples: [
    ...golden("linux-sshd", "linux-sudo", "cisco-asa", "dnsmasq", "isc-dhcpd"),
    '<165>1 2026-03-20T09:15:03.003Z host.acme.example app 123 ID47 [a@1 k="v \\"q\\" \\]" l="]"][b@2] \ufeffa message',
    "1 2026-03-20T09:15:03Z h a - - - body",
    "<34>Mar 20 09:15:03 host (systemd)[1]: text",
    "<13>Mar 20 09:15:03 relay Mar 20 09:15:02 host app: text",
    "2026-03-20T09:15:03.123456+02:00 host app[12]: text",
    "<14>Mar 20 09:15:03 fw-1 fw-1 CEF:0|Acme|Wall|1|2|n|3|",
  ],
  pieces: [
    ...[
      "<34>",
      "<999>",
      "<1>1 ",
      "1 ",
      "<",
      ">",
      " ",
      "  ",
      ": ",
      ":",
      "[1]",
      "[",
      "]",
      '"',
      "\\",
      "-",
      " - ",
      '[a@1 k="',
    ],
    ...["CEF:", "type=", "{", "\ufeff", "\n", "(a)", "UTC", ...BSD, ...ISO, ...HOSTS, ...APPS],
  ],
};

const syslog: FuzzedDecoder = {
  name: "syslog, RFC 3164 and 5424",
  covers: ["syslog.ts"],
  input: (dice) => damaged(dice, SYSLOG),
  read(line) {
    const read = parseSyslog(line, REFERENCE);
    if (read === null) return false;
    hasShape<SyslogHeader>(read.header, HEADER);
    assert(line.endsWith(read.body) && read.body.length < line.length);
    return true;
  },
  roundTrip(dice) {
    const [hostname, app, priority] = [dice.of(HOSTS), dice.of(APPS), dice.below(192)];
    const pid = dice.below(2) === 0 ? null : String(dice.below(100_000));
    const body = `x${wordOf(dice, UNITS, 12)}`;
    const written =
      dice.below(2) === 0
        ? `<${priority}>1 2026-03-20T09:15:03Z ${hostname} ${app} ${pid ?? "-"} - ${structuredData(wordOf(dice, UNITS, 6))} ${body}`
        : `<${priority}>Mar 20 09:15:03 ${hostname} ${app}${pid === null ? "" : `[${pid}]`}: ${body}`;
    const header = { time: Date.UTC(2026, 2, 20, 9, 15, 3), hostname, app, pid, priority };
    assert.deepEqual(parseSyslog(written, REFERENCE), { header, body });
  },
};

function structuredData(value: string): string {
  return `[a@1 k="${value.replace(/["\\\]]/g, String.raw`\$&`)}"][b@2]`;
}

const LINES = jsonMaterial(
  [
    '{"a":1,"b":{"c":[1,2,{"d":null}]},"message":"x"}',
    '<13>Mar 20 09:15:03 host app: {"time":"2026-03-20T09:15:03Z","level":"info"}',
    '2026-03-20T09:15:03.123456789Z stdout F {"log":"x"}',
    '2026-03-20T09:15:03+00:00\tapp.log\t{"log":"x"}',
    "2026-03-20T09:15:03Z stderr P <13>Mar 20 09:15:03 host app: text",
    "{:action=>1}",
    '[{"a":1}]',
  ],
  ["stdout F ", "<13>", "Mar 20 09:15:03 h a: ", "{", '{"', "[".repeat(65), '{"a":'.repeat(65), "\n", "\t{"],
);

const jsonLines: FuzzedDecoder = {
  name: "JSON lines",
  covers: ["../decode.ts"],
  refuses: MalformedInputError,
  input: (dice) => damagedJson(dice, LINES),
  read(line) {
    const record = decode(line, REFERENCE);
    checkRecord(record);
    assert(record.line === line && line.endsWith(record.body));
    if (record.json !== null) assert.deepEqual(record.json, JSON.parse(record.body));
    return record.json !== null;
  },
};

export const headers: readonly FuzzedDecoder[] = [syslog, jsonLines];
