/** Log formats that administrators write down: Squid's logformat, nginx's log_format, Apache's LogFormat. */
import assert from "node:assert/strict";
import { InvalidConfigError } from "../../src/model/errors.ts";
import {
  compileLogFormat,
  type LogFormat,
  type LogFormatDialect,
} from "../../src/pipeline/conform/decoders/log-format.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { damaged, golden, namesOf, wordOf, type Material } from "./inputs.ts";
import { listOf, text } from "./shapes.ts";

const DIALECTS: readonly LogFormatDialect[] = ["squid", "nginx", "apache"];

const SQUID = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt";
const FORMATS: Material = {
  samples: [
    SQUID,
    '%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh',
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "${http_user_agent}"',
    String.raw`%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%!200,304{User-Agent}i\"`,
  ],
  pieces: [
    ..."%${}<>\"\\ []|-'",
    "%%",
    "%t",
    "%>s",
    "$a",
    "${a}",
    "%{a}>h",
    "%03",
    "%-6",
    "%ssl::>sni",
    "%http::>h",
    "%^ti",
  ],
};

const formats: FuzzedDecoder = {
  name: "log formats",
  covers: ["log-format.ts", "log-format-tokens.ts"],
  refuses: InvalidConfigError,
  input: (dice) => damaged(dice, FORMATS),
  read(format, dice) {
    const compiled = compileLogFormat(format, dice.of(DIALECTS));
    const { fields } = compiled;
    assert(fields.length > 0 && fields.length <= 256 && listOf(text)(fields));
    for (const line of ['192.0.2.7 - - [x] "a" 200 1 "-" "-"', wordOf(dice, VALUE_UNITS, 40)]) {
      const values = compiled.read(line);
      assert(values === null || (values.length === fields.length && listOf(text)(values)));
    }
    return true;
  },
};

const VALUE_UNITS = ["a", "-", "/", ":", " ", '"', "\\", "\\x2", "2", "[", "]", "\\x41", "é", "\ud800"];

interface Written {
  readonly format: LogFormat;
  /** What stands before, between and behind the fields where none is padded. */
  readonly literals?: readonly string[];
}

const KNOWN: readonly Written[] = [
  { format: compileLogFormat(SQUID, "squid") },
  { format: compileLogFormat(FORMATS.samples[1]!, "squid") },
  {
    format: compileLogFormat(FORMATS.samples[2]!, "nginx"),
    literals: ["", " - ", " [", '] "', '" ', " ", ' "', '" "', '"'],
  },
  {
    format: compileLogFormat(FORMATS.samples[3]!, "apache"),
    literals: ["", " ", " ", " [", '] "', '" ', " ", ' "', '" "', '"'],
  },
];

const LINES: Material = {
  samples: [
    ...golden("squid", "nginx", "apache", "gitlab-workhorse"),
    '192.0.2.7 - ann [20/Mar/2026:09:15:03 +0000] "GET /a\\x22b HTTP/1.1" 200 12 "-" "git/2 \\"x\\""',
    "1774000003.123    456 192.0.2.7 TCP_MISS/200 1024 GET http://h.example/ - HIER_DIRECT/198.51.100.9 text/html",
  ],
  pieces: [" ", "  ", " - ", " [", '] "', '" "', '"', '\\"', "\\\\", "\\x22", "\\xff", "\\x", "/", ".", "-"],
};

const lines: FuzzedDecoder = {
  name: "lines of log formats",
  covers: [],
  input: (dice) => damaged(dice, LINES),
  read(line) {
    let known = false;
    for (const { format, literals } of KNOWN) {
      const values = format.read(line);
      if (values === null) continue;
      known = true;
      assert(values.length === format.fields.length && listOf(text)(values));
      if (literals === undefined || line.includes("\\")) continue;
      assert.equal(
        literals.reduce((written, literal, at) => written + literal + (values[at] ?? ""), ""),
        line,
      );
    }
    return known;
  },
  roundTrip(dice) {
    const names = namesOf(dice, 8);
    if (names.length === 0) return;
    const dialect = dice.of(["nginx", "squid"] as const);
    const units = VALUE_UNITS.filter((unit) => !unit.includes("\ud800"));
    const values = names.map(() => wordOf(dice, units, 6));
    const escape = dialect === "nginx" ? nginxEscaped : squidEscaped;
    const field = (name: string) => (dialect === "nginx" ? `$${name}` : `%"{${name}}>h`);
    const format = compileLogFormat(`x "${names.map(field).join('" "')}" y`, dialect);
    assert.deepEqual(format.read(`x "${values.map(escape).join('" "')}" y`), values);
  },
};

function nginxEscaped(value: string): string {
  return value.replace(/[\\"]/g, (one) => (one === '"' ? "\\x22" : "\\x5C"));
}

function squidEscaped(value: string): string {
  return value.replace(/[\\"]/g, String.raw`\$&`);
}

export const logFormats: readonly FuzzedDecoder[] = [formats, lines];
