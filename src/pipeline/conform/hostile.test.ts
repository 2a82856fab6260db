/** Whatever a line holds: it is conformed or rejected, nothing escapes, nothing hangs, and the good lines around it survive. */
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { everything } from "../../../test/extent.ts";
import { MalformedInputError } from "../../model/errors.ts";
import { maps, openStream } from "./index.ts";

const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "x.log" };
const golden = new URL("golden/", import.meta.url);

/** Lines of every source, as its golden cases hold them. */
const seeds = readdirSync(golden, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".in"))
  .toSorted()
  .flatMap((file) => readFileSync(new URL(file, golden), "utf8").split("\n"))
  .filter((line) => line !== "");

/** Every map is given lines of megabytes only where there is time for it: what is quadratic shows on an eighth as well. */
const SHRINK = everything ? 1 : 8;

/** An event that lost its end goes on until the next begins: only events can stand around it. */
const GOOD_XML = seeds.find((line) => line.startsWith("<Event ") && line.endsWith("</Event>"));

const GOOD = [
  "1774001235.130  61250 10.1.4.17 TCP_TUNNEL/200 91022 CONNECT github.com:443 alice HIER_DIRECT/203.0.113.22 -",
  `{"ts":1774001234.5,"uid":"C1","id.orig_h":"10.1.4.17","id.orig_p":60818,"id.resp_h":"203.0.113.20","id.resp_p":443,"proto":"tcp","conn_state":"SF"}`,
];

interface Outcome {
  readonly good: number;
  readonly rejected: readonly MalformedInputError[];
}

/** Pushes the lines between good ones through one stream; the good ones are counted at the end. */
function push(lines: readonly string[], source = "auto"): Outcome {
  const wanted = new Set([...GOOD, GOOD_XML]);
  let good = 0;
  const rejected: MalformedInputError[] = [];
  const stream = openStream({
    source,
    environment,
    emit: (event) => {
      JSON.stringify(event);
      if (wanted.has(event.raw_data ?? "")) good += 1;
    },
    reject: (_line, error) => void rejected.push(error),
  });
  lines.forEach((line, index) => {
    stream.push(line, index * 2 + 1);
    const xml = GOOD_XML !== undefined && /<Event\b/.test(line);
    stream.push(xml ? GOOD_XML : GOOD[index % GOOD.length]!, index * 2 + 2);
  });
  stream.flush();
  return { good, rejected };
}

/** Errors of ours say what is wrong with the line; anything else is a bug of a map. */
function bugs({ rejected }: Outcome): string[] {
  return rejected
    .filter((error) => !(error instanceof MalformedInputError) || / fails on this line: /.test(error.message))
    .map((error) => `${error.message} ${String((error.cause as Error).stack)}`);
}

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

/** A damaged line of some source: cut, overwritten, repeated, with keys and values swapped for hostile ones. */
const damaged = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom("cut", "flip", "insert", "repeat", "key", "value", "swap")), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.string({ unit: "binary", maxLength: 8 }),
  )
  .map(([line, steps, text]) => steps.reduce((current, [at, to, how]) => damage(current, at, to, how, text), line));

const HOSTILE_KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "",
  "length",
  "\u202eevil",
];
const HOSTILE_VALUES = [
  "null",
  "-0",
  "1e400",
  "9007199254740993",
  "[]",
  "{}",
  "true",
  `"\\u0000\\ud800"`,
  `{"__proto__":{"polluted":1}}`,
  `[[[[{"a":[null]}]]]]`,
  `"1e999"`,
  `"-1"`,
  `"2026-99-99T99:99:99Z"`,
];

function damage(line: string, at: number, to: number, how: string, text: string): string {
  if (line === "") return text;
  const from = at % line.length;
  const end = from + (to % (line.length - from)) + 1;
  switch (how) {
    case "cut":
      return line.slice(0, from);
    case "flip":
      return line.slice(0, from) + String.fromCharCode(line.charCodeAt(from) ^ (1 << (to % 8))) + line.slice(from + 1);
    case "insert":
      return line.slice(0, from) + text + line.slice(from);
    case "repeat":
      return line.slice(0, end) + line.slice(from);
    case "key":
      return line.replace(/"[^"\\]*":/g, (whole) =>
        (from + whole.length + to) % 5 === 0 ? `${JSON.stringify(HOSTILE_KEYS[to % HOSTILE_KEYS.length])}:` : whole,
      );
    case "value":
      return line.replace(/:(?:"[^"\\]*"|-?\d+(?:\.\d+)?|true|false|null)(?=[,}])/g, (whole) =>
        (from + whole.length + to) % 3 === 0
          ? `:${HOSTILE_VALUES[(to + whole.length) % HOSTILE_VALUES.length]}`
          : whole,
      );
    default:
      return line.slice(end) + line.slice(0, end);
  }
}

describe("streams", () => {
  test("any text", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.json()), { maxLength: 6 }),
        (lines) => {
          const outcome = push(lines);
          expect(outcome.good).toBeGreaterThanOrEqual(lines.length);
          expect(bugs(outcome)).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("damaged lines of every source", () => {
    fc.assert(
      fc.property(fc.array(damaged, { minLength: 1, maxLength: 8 }), (lines) => {
        const outcome = push(lines);
        expect(outcome.good).toBeGreaterThanOrEqual(lines.length);
        expect(bugs(outcome)).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  test("every map, told that any damaged line is its own", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...maps.map((map) => map.id)),
        fc.array(damaged, { minLength: 1, maxLength: 8 }),
        (source, lines) => {
          expect(bugs(push(lines, source))).toEqual([]);
        },
      ),
      { numRuns: 600 },
    );
  });

  test("500 damaged inputs lose none of the lines around them", () => {
    const inputs = damagedInputs(500);
    const outcome = push(inputs);
    expect(outcome.good).toBeGreaterThanOrEqual(inputs.length);
    expect(bugs(outcome)).toEqual([]);
    expect(outcome.rejected.length).toBeGreaterThan(100);
  });

  test.each(hostileLines())("%s is dealt with in time", (_name, line) => {
    const start = performance.now();
    const outcome = push([line]);
    expect(bugs(outcome)).toEqual([]);
    expect(outcome.good).toBeGreaterThanOrEqual(1);
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  const shrunk = hostileLines(SHRINK).map(([, line]) => line);
  test.each(maps.map((map) => map.id))("%s, told so, is not stopped by hostile lines", (source) => {
    const start = performance.now();
    expect(bugs(push(shrunk, source))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(15_000 / SHRINK);
  });
});

/** The same damaged lines on every run. */
function damagedInputs(count: number): string[] {
  let state = 0x2545f491;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const ways: ((line: string) => string)[] = [
    (line) => line.slice(0, next() % line.length),
    (line) => line.slice(next() % line.length),
    (line) => damage(line, next(), next(), "flip", ""),
    (line) => damage(line, next(), next(), "key", ""),
    (line) => damage(line, next(), next(), "value", ""),
    (line) => Buffer.from(line, "utf16le").toString("latin1"),
    (line) => Buffer.from(line, "utf8").toString("utf16le"),
    (line) => Buffer.from(line, "utf8").toString("base64"),
    (line) => line.replace(/[:,"=]/g, () => (next() % 4 === 0 ? "" : '"')),
    (line) => line.split("").toReversed().join(""),
  ];
  // Intact lines come out as they are where a way changes nothing: the sentinels must not be counted twice.
  return Array.from(
    { length: count },
    (_, index) => `${ways[index % ways.length]!(seeds[next() % seeds.length]!)} `,
  ).filter((line) => !GOOD.includes(line.trim()));
}

/** Long and deep lines that make careless parsers quadratic, recursive or polluted. */
function hostileLines(shrink = 1): [string, string][] {
  const times = (count: number): number => count / shrink;
  const deep = times(200_000);
  const long = times(1 << 20);
  const object = (key: string) =>
    `{${JSON.stringify(key)}:{"polluted":true},"id.orig_h":"10.1.4.17","id.resp_h":"192.0.2.1","ts":1774001234,"conn_state":"SF"}`;
  const squid = "1774001235.130 61250 10.1.4.17 TCP_TUNNEL/200 91022 CONNECT github.com:443 ";
  const common = `10.1.4.17 - - [20/Mar/2026:10:07:14 +0000] "GET http://a.example/ HTTP/1.1" 200 725 `;
  return [
    ["200,000 open arrays", "[".repeat(deep)],
    ["200,000 nested arrays", "[".repeat(deep) + "]".repeat(deep)],
    ["200,000 nested objects", `{"a":`.repeat(deep) + "1" + "}".repeat(deep)],
    [
      "nesting inside a known record",
      `{"id.orig_h":"10.1.4.17","id.resp_h":"192.0.2.1","conn_state":"SF","ts":1774001234,"x":${"[".repeat(deep)}${"]".repeat(deep)}}`,
    ],
    ["63 nested envelopes", `{"message":`.repeat(60) + "1" + "}".repeat(60)],
    [
      "envelopes of many ways",
      `{"event":{"message":{"log":{"result":{"data":{"detail":{"_source":{"event":{"message":"x"}}}}}}}}}`,
    ],
    ["__proto__ as a key", object("__proto__")],
    ["constructor as a key", object("constructor")],
    ["50,000 keys", `{${Array.from({ length: times(50_000) }, (_, index) => `"k${index}":${index}`).join(",")}}`],
    ["a list of 100,000 strangers", `[${Array.from({ length: times(100_000) }, () => `{"a":1}`).join(",")}]`],
    ["a million blanks", " ".repeat(long)],
    ["a million quotes", `"`.repeat(long)],
    ["a million backslashes", `{"a":"${"\\".repeat(long)}"}`],
    ["a million digits", "1".repeat(long)],
    [
      "a number of a million digits",
      `{"ts":${"1".repeat(long)},"id.orig_h":"10.1.4.17","id.resp_h":"192.0.2.1","conn_state":"SF"}`,
    ],
    ["syslog structure data without end", `<134>1 2026-03-20T10:07:16.000Z h a 1 - ${`[x a="`.repeat(times(150_000))}`],
    [
      "syslog structure data, many",
      `<134>1 2026-03-20T10:07:16.000Z h a 1 - ${`[x a="\\"" b="]"]`.repeat(times(60_000))}!`,
    ],
    ["a priority of a million digits", `<${"1".repeat(long)}>`],
    ["Squid: users that look like hierarchies", `${squid}${"HIER_DIRECT/a b ".repeat(times(60_000))}`],
    ["Squid: an endless user", `${squid}${"a ".repeat(long / 2)}`],
    ["Squid: quotes without a sense", `${common}${`"a" `.repeat(times(200_000))}x AB_C:DEF`],
    [
      "Squid: brackets without a sense",
      `10.1.4.17 - ${"[20/Mar/2026:10:07:14 +0000] ".repeat(times(30_000))}TCP_MISS:HIER_DIRECT`,
    ],
    ["dnsmasq: an endless name", `Mar 20 10:07:14 dnsmasq[1]: query[A] ${"a from ".repeat(times(150_000))}`],
    ["dnsmasq: an endless block", `Mar 20 10:07:14 dnsmasq[1]: gravity blocked ${"a is ".repeat(times(200_000))}`],
    ["BIND: an endless name", `20-Mar-2026 10:07:14.825 client @0x1 10.1.4.17#1 (${"a): ".repeat(times(200_000))}`],
    [
      "BIND: an endless denial",
      `20-Mar-2026 10:07:14.825 client @0x1 10.1.4.17#1: query '${"a/A/IN' ".repeat(times(120_000))}`,
    ],
    ["Zeek: a header of a million columns", `#fields\t${"a\t".repeat(long / 2)}`],
    ["Zeek: a path without end", `#path${"\\x09".repeat(times(200_000))}`],
    [
      "a URL of a million colons",
      `${squid}- HIER_DIRECT/- -`.replace("github.com:443", `http://${":@[".repeat(times(300_000))}`),
    ],
  ];
}
