/** Lines of proxies and web servers: Squid's native format and its others, NCSA's, HAProxy's, and those a file's head declares. */
import assert from "node:assert/strict";
import { MalformedInputError } from "../../src/model/errors.ts";
import { decode } from "../../src/pipeline/conform/decode.ts";
import { parseAccessLine } from "../../src/pipeline/conform/web/access-line.ts";
import { declaresFormat, FormatHeader } from "../../src/pipeline/conform/web/format-header.ts";
import { parseHaproxyLine } from "../../src/pipeline/conform/web/haproxy-line.ts";
import { readCommon, readNative } from "../../src/pipeline/conform/web/squid-entry.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { REFERENCE } from "./headers.ts";
import { damaged, golden, wordOf, type Material } from "./inputs.ts";
import { maybe, text, told, whole } from "./shapes.ts";

const SQUID: Material = {
  samples: golden("squid").filter((line) => !line.startsWith("{")),
  pieces: [
    ...[" ", "  ", "/", " [", "]", " - ", '"', " AAA/b c", "TCP_MISS/200", " HIER_DIRECT/-", "CONNECT", "GET "],
    ...["1774000003.123", "99999999999.999", "-1", ":", "\n", "%20", "http://h.example/"],
  ],
};

const squid: FuzzedDecoder = {
  name: "Squid's native, common and combined formats",
  covers: ["../web/squid-entry.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, SQUID),
  read(line) {
    const entry = readNative(line) ?? readCommon(line);
    if (entry === null) return false;
    assert(told(entry) && whole(entry.time) && [entry.client, entry.user, entry.method, entry.url].every(text));
    return true;
  },
  roundTrip(dice) {
    const user = wordOf(dice, ["a", " ", "-", "\\", "é", "%"], 12).trim() || "-";
    const [url, bytes] = [`https://h.example/${wordOf(dice, ["a", "/", "?", "[", "%20"], 8)}`, dice.below(1_000_000)];
    const entry = readNative(
      `1774000003.123 ${String(dice.below(9_999)).padStart(6)} 192.0.2.7 TCP_MISS/200 ${bytes} GET ${url} ${user} HIER_DIRECT/198.51.100.9 text/html`,
    )!;
    assert.deepEqual(
      [entry.time, entry.user, entry.url, entry.bytes, entry.peer],
      [1_774_000_003_123, user, url, bytes, "198.51.100.9"],
    );
  },
};

const ACCESS: Material = {
  samples: golden("nginx", "apache", "traefik").filter((line) => !line.startsWith("{")),
  pieces: [
    " ",
    " - ",
    "[",
    "] ",
    ' "',
    '" ',
    '"',
    '\\"',
    "\\x22",
    "\\",
    "GET / HTTP/1.1",
    ":443",
    ", ",
    "rt=",
    "-",
    "200",
  ],
};

const access: FuzzedDecoder = {
  name: "access logs of web servers",
  covers: ["../web/access-line.ts"],
  input: (dice) => damaged(dice, ACCESS),
  read(line) {
    const read = parseAccessLine(line);
    if (read === null) return false;
    assert(told(read) && whole(read.time) && maybe(whole)(read.bytes) && maybe(whole)(read.status));
    return true;
  },
};

const HAPROXY: Material = {
  samples: golden("haproxy").map((line) => line.slice(Math.max(0, line.indexOf("]: ") + 3))),
  pieces: [
    " ",
    "/",
    ":",
    "[",
    "] ",
    "{",
    "}",
    "|",
    '"',
    "+",
    "-1",
    "0/0/0/0/0",
    " ---- ",
    "~",
    "#22",
    '"GET / HTTP/1.1"',
  ],
};

const haproxy: FuzzedDecoder = {
  name: "HAProxy",
  covers: ["../web/haproxy-line.ts"],
  input: (dice) => damaged(dice, HAPROXY),
  read(line) {
    const read = parseHaproxyLine(line);
    if (read === null) return false;
    const { status, ...others } = read;
    assert(told(others) && whole(read.time) && (status === null || whole(status)) && read.captured.every(text));
    return true;
  },
};

const DECLARED: Material = {
  samples: [
    `#log_format: main '$remote_addr - "$request" ' '$status';\n192.0.2.7 - "GET / HTTP/1.1" 200`,
    '#logformat x %ts.%03tu %>a "%{User-Agent}>h"\n1774000003.123 192.0.2.7 "git/2"',
    '# LogFormat "%h \\"%r\\" %>s" common\n192.0.2.7 "GET / HTTP/1.1" 200',
    '#log_format: json escape=json \'{"time":"$time_iso8601","size":$bytes_sent}\'\n{"time":"x","size":1}',
    '#LogFormat "{ \\"a\\":\\"%h\\", \\"b\\":\\"%{Referer}i\\" }"\n{"a":"192.0.2.7","b":"-"}',
  ],
  pieces: [
    "#log_format ",
    "#logformat ",
    "#LogFormat ",
    "'",
    '"',
    ";",
    "{",
    "}",
    '":"$',
    "%>a",
    "$a",
    "\n",
    " ",
    "escape=json ",
  ],
};

const declared: FuzzedDecoder = {
  name: "log formats that a file declares",
  covers: ["../web/format-header.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, DECLARED),
  read(log) {
    const [head = "", ...lines] = log.split("\n", 5);
    const dialect = (["squid", "nginx", "apache"] as const).find((one) => declaresFormat(head, one));
    if (dialect === undefined) return false;
    const header = new FormatHeader(dialect);
    header.declare({ line: head, syslog: null, body: head, json: null });
    for (const line of lines) {
      const field = header.read(decode(line, REFERENCE));
      for (const name of ["remote_addr", ">a", "h", "__proto__", "toString"]) assert(maybe(text)(field?.(name)));
    }
    return true;
  },
};

export const webLines: readonly FuzzedDecoder[] = [squid, access, haproxy, declared];
