import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileLogFormat, type LogFormatDialect } from "./log-format.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

const SQUID = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt";
const NGINX =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
const APACHE = String.raw`%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"`;

function readAs(dialect: LogFormatDialect, format: string, line: string): Record<string, string> | null {
  const reader = compileLogFormat(format, dialect);
  const values = reader.read(line);
  return values === null ? null : Object.fromEntries(reader.fields.map((field, index) => [field, values[index]!]));
}

describe("compileLogFormat", () => {
  test.each<[string, LogFormatDialect, string, string, Record<string, string> | null]>([
    [
      "Squid's native format",
      "squid",
      SQUID,
      "1774001235.123    321 10.1.4.17 TCP_TUNNEL/200 5120 CONNECT github.com:443 alice HIER_DIRECT/192.0.2.7 -",
      {
        ts: "1774001235",
        tu: "123",
        tr: "321",
        ">a": "10.1.4.17",
        Ss: "TCP_TUNNEL",
        ">Hs": "200",
        "<st": "5120",
        rm: "CONNECT",
        ru: "github.com:443",
        un: "alice",
        Sh: "HIER_DIRECT",
        "<a": "192.0.2.7",
        mt: "-",
      },
    ],
    [
      "Squid with quotes, arguments and sizes",
      "squid",
      '%{%Y-%m-%d}tl %>a "%rm %ru HTTP/%rv" %>st %"{User-Agent}>h %ssl::>sni "%{Referer}>h"',
      String.raw`2026-03-20 10.1.4.17 "POST https://h.example/a HTTP/1.1" 900 curl h.example "say \"x\""`,
      {
        "{%Y-%m-%d}tl": "2026-03-20",
        ">a": "10.1.4.17",
        rm: "POST",
        ru: "https://h.example/a",
        rv: "1.1",
        ">st": "900",
        "{User-Agent}>h": "curl",
        "ssl::>sni": "h.example",
        "{Referer}>h": 'say "x"',
      },
    ],
    [
      "Squid: an argument behind its code",
      "squid",
      "%>h{Host} %http::>h{X} 100%%",
      "a b 100%",
      { "{Host}>h": "a", "{X}>h": "b" },
    ],
    ["Squid: left-aligned", "squid", "%-10un %>a", "bob        10.0.0.1", { un: "bob", ">a": "10.0.0.1" }],
    [
      "nginx's combined format",
      "nginx",
      NGINX,
      String.raw`10.1.4.17 - bob smith [20/Mar/2026:10:00:00 +0100] "GET /\xC3\xA9 HTTP/1.1" 200 12 "-" "say \x22hi\x22"`,
      {
        remote_addr: "10.1.4.17",
        remote_user: "bob smith",
        time_local: "20/Mar/2026:10:00:00 +0100",
        request: "GET /é HTTP/1.1",
        status: "200",
        body_bytes_sent: "12",
        http_referer: "-",
        http_user_agent: 'say "hi"',
      },
    ],
    ["nginx with braces", "nginx", "${host}:$server_port", "h.example:443", { host: "h.example", server_port: "443" }],
    [
      "Apache's combined format",
      "apache",
      APACHE,
      String.raw`10.1.4.17 - bob [20/Mar/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 12 "-" "say \"hi\" \\ \xc3\xa9"`,
      {
        h: "10.1.4.17",
        l: "-",
        u: "bob",
        t: "20/Mar/2026:10:00:00 +0100",
        r: "GET / HTTP/1.1",
        ">s": "200",
        O: "12",
        "{Referer}i": "-",
        "{User-Agent}i": 'say "hi" \\ é',
      },
    ],
    [
      "Apache with conditions",
      "apache",
      "%!200,304{Host}i %^FB %{%s}t",
      "h 12 1774001235",
      { "{Host}i": "h", "^FB": "12", "{%s}t": "1774001235" },
    ],
    ["a line of another format", "nginx", NGINX, "hello", null],
    ["a line that goes on", "nginx", "[$a]", "[1] 2", null],
    ["a line that begins otherwise", "nginx", "[$a]", "1]", null],
  ])("%s", (_name, dialect, format, line, values) => {
    expect(readAs(dialect, format, line)).toEqual(values);
  });

  test.each<[LogFormatDialect, string, string]>([
    ["squid", "%>a%ts", 'nothing parts the fields ">a" and "ts"'],
    ["squid", "%zz", 'unknown log format field "%zz"'],
    ["nginx", "no fields", "log format without fields"],
    ["nginx", "a $", 'unknown log format field "$"'],
    ["apache", "%", 'unknown log format field "%"'],
    ["apache", "x".repeat(9_000), "log format longer than 8192 characters"],
    ["nginx", "$a ".repeat(257), "log format with more than 256 fields"],
  ])("refuses %s %s", (dialect, format, message) => {
    expect(() => compileLogFormat(format, dialect)).toThrow(message);
  });

  test("what a format writes it reads", () => {
    const value = fc.stringMatching(/^[a-z0-9.:/-]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[a-z_]{1,8}$/), value), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(" ", '" "', "] [", " | ", "\t"),
        (fields, literal) => {
          const format = fields.map(([name]) => `\${${name}}`).join(literal);
          const line = fields.map(([, written]) => written).join(literal);
          expect(compileLogFormat(format, "nginx").read(line)).toEqual(fields.map(([, written]) => written));
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("any line is read without an error", () => {
    const readers = [
      compileLogFormat(SQUID, "squid"),
      compileLogFormat(NGINX, "nginx"),
      compileLogFormat(APACHE, "apache"),
    ];
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", '"', "[", "]", "/", "\\", "\\x4", "-", "."), maxLength: 200 }),
        (line) => {
          for (const reader of readers) {
            const values = reader.read(line);
            if (values !== null) expect(values).toHaveLength(reader.fields.length);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("any format compiles or says why not", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("%", "$", "{", "}", ">", "a", "t", "s", " ", '"', "\\", "1"),
          maxLength: 60,
        }),
        fc.constantFrom<LogFormatDialect>("squid", "nginx", "apache"),
        (format, dialect) => {
          try {
            compileLogFormat(format, dialect);
          } catch (error) {
            expect((error as Error).name).toBe("InvalidConfigError");
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each([
    ['a - b [c] "' + '\\"'.repeat(500_000)],
    [" ".repeat(1_000_000)],
    ["- ".repeat(500_000)],
    ['a - b [c] "' + "\\x41".repeat(250_000) + '" 200 1 "-" "-"'],
  ])("takes a hostile line in linear time (%#)", (line) => {
    const readers = [
      compileLogFormat(SQUID, "squid"),
      compileLogFormat(NGINX, "nginx"),
      compileLogFormat(APACHE, "apache"),
    ];
    const start = performance.now();
    for (const reader of readers) reader.read(line);
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
