/** Where engines differ, for whole detections, collections with actions and filters, and correlations. */
import type { DetectionRow } from "./conditions.ts";
import type { CorrelationRow } from "./correlations.ts";
import type { CollectionRow } from "./documents.ts";

export const EDGE_DETECTION_ROWS: readonly DetectionRow[] = [
  // existence through lists of objects
  ["s: { a.b|exists: false }\ncondition: s", { a: [{ c: 1 }] }, true],
  ["s: { a.b|exists: false }\ncondition: s", { a: [{ b: 1 }, { c: 1 }] }, false],
  ["s: { a.b|exists: false }\ncondition: s", { a: [] }, true],
  ["s: { a.b|exists: false }\ncondition: s", { a: [{ b: null }] }, false],
  ["s: { a.b|exists: false }\ncondition: s", { a: null }, true],
  ["s: { a.b|exists: false }\ncondition: s", { a: "x" }, true],
  ["s: { a.b|exists: false }\ncondition: s", { "a.b": 0 }, false],
  ["s: { a.b.c|exists: true }\ncondition: s", { a: [{ b: [{ c: 0 }] }] }, true],
  ["s: { a.b.c|exists: true }\ncondition: s", { a: [{ b: [{ d: 0 }] }, { b: {} }] }, false],
  ["s: { a.b: null }\ncondition: s", { a: [{ b: 1 }, { b: null }] }, true],
  ["s: { a.b: null }\ncondition: s", { a: [{ c: 1 }] }, true],
  ["s: { a.b|neq: x }\ncondition: s", { a: [{ b: "y" }, { b: "x" }] }, false],
  ["s: { a.b|contains|all: [x, y] }\ncondition: s", { a: [{ b: "x" }, { b: "y" }] }, true],
  ["s: { a.1.b: x }\ncondition: s", { a: [{ b: "y" }, { b: "x" }] }, true],
  ["s: { a.0.b: x }\ncondition: s", { a: [{ b: "y" }, { b: "x" }] }, false],
  // keywords with modifiers
  ["k: { '|all': ['e*l', '4711'] }\ncondition: k", { f: "evil", g: [{ h: 4711 }] }, true],
  ["k: { '|all': ['e*l', '4711'] }\ncondition: k", { f: "evil" }, false],
  ["k: { '|all|cased': [Evil, Bad] }\ncondition: k", { f: "Evil", g: "Bad" }, true],
  ["k: { '|all|cased': [Evil, Bad] }\ncondition: k", { f: "Evil", g: "bad" }, false],
  ["k: { '|contains|all|windash': [' -x', ' /y'] }\ncondition: k", { f: "a /x ―y" }, true],
  ["k: { '|all': [a, b] }\nf: { z: 1 }\ncondition: k and not f", { x: "ab" }, true],
  ["k: { '|re|i': ['^evil$', 'bad'] }\ncondition: k", { x: ["good", "EVIL"] }, true],
  ["k: { '|re|all': ['ev', 'il$'] }\ncondition: k", { x: "ev", y: "il" }, true],
  ["k: { '|cidr': 10.0.0.0/8 }\ncondition: k", { x: { y: "10.1.1.1" } }, true],
  ["k: ['C:\\\\*\\\\x']\ncondition: k", { p: "run C:\\tmp\\x now" }, true],
  ["k: [true]\ncondition: k", { p: true }, true],
  // names of selections and lists of conditions
  ["sel-1: { f: a }\ncondition: sel-1", { f: "a" }, true],
  ["1st: { f: a }\ncondition: 1st", { f: "a" }, true],
  ["selection: { f: a }\nsel: { f: b }\ncondition: 1 of sel", { f: "a" }, false],
  ["of_x: { f: a }\nall_y: { f: a }\ncondition: of_x and all_y", { f: "a" }, true],
  ["not_x: { f: a }\ncondition: not not_x", { f: "b" }, true],
  ["a: { f: a }\n_b: { f: b }\ncondition: all of them", { f: "a" }, true],
  ["a: { f: a }\n_b: { g: b }\ncondition: 1 of them and _b", { f: "a" }, false],
  ["a: { f: a }\n_b: { f: b }\ncondition: 1 of *", { f: "b" }, false],
  ["a: { f: a }\nb: { f: b }\ncondition: [not a, b]", { f: "b" }, true],
  ["a: { f: a }\nb: { g: b }\ncondition: not (a and b)", { f: "a" }, true],
  ["a: { f: a }\nb: { g: b }\ncondition: not a and not b or a and b", { f: "a", g: "b" }, true],
  ["a_1: { f: x }\na_2: { g: x }\na_3: { h: x }\ncondition: 2 of a_*", { f: "x", h: "x" }, true],
];

const HEAD = "title: t\nlogsource: { category: test }\n";
const rule = (name: string, value: string, logsource = "{ category: test }") =>
  `title: ${name}\nname: ${name}\nlogsource: ${logsource}\ndetection: { s: { f: ${value} }, condition: s }\n`;
const filter = (rules: string, body: string, logsource = "{ category: test }") =>
  `title: filter\nlogsource: ${logsource}\nfilter:\n  rules: ${rules}\n${body.replace(/^/gm, "  ")}\n`;
const files = (...documents: readonly string[]) => documents.join("---\n");
const NOT_ADMIN = "s: { user|startswith: adm_ }\ncondition: not s";

export const EDGE_COLLECTION_ROWS: readonly CollectionRow[] = [
  [
    "a filter on several rules, and on no other",
    files(rule("r", "x"), rule("q", "x"), rule("p", "x"), filter("[r, q]", NOT_ADMIN)),
    { f: "x", user: "adm_a" },
    ["p"],
  ],
  [
    "a filter of several selections",
    files(rule("r", "x"), filter("[r]", "s_1: { user: a }\ns_2: { user: b }\ncondition: not 1 of s_*")),
    { f: "x", user: "b" },
    [],
  ],
  [
    "a filter that is narrower than the rule",
    files(rule("r", "x"), filter("[r]", NOT_ADMIN, "{ category: test, product: windows }")),
    { f: "x", user: "adm_a" },
    ["r"],
  ],
  [
    "a filter that is wider than the rule",
    files(rule("r", "x", "{ category: test, product: test }"), filter("any", NOT_ADMIN)),
    { f: "x", user: "adm_a" },
    [],
  ],
  [
    "a filter of keywords",
    files(rule("r", "x"), filter("[r]", "k: [maintenance]\ncondition: not k")),
    { f: "x", note: "planned Maintenance" },
    [],
  ],
  [
    "a filter and a list of conditions",
    files(`name: r\n${HEAD}detection: { a: { f: x }, b: { f: y }, condition: [a, b] }\n`, filter("[r]", NOT_ADMIN)),
    { f: "y", user: "adm_a" },
    [],
  ],
  [
    "a filter whose rules stand in another order",
    files(filter("[q, r]", NOT_ADMIN), rule("q", "x"), rule("r", "x")),
    { f: "x", user: "bob" },
    ["q", "r"],
  ],
  [
    "repeat after global takes the last whole document",
    files(
      "action: global\nlogsource: { category: test }\n",
      "title: a\ndetection: { s: { f: x }, condition: s }\n",
      "action: repeat\ntitle: b\ndetection: { s: { f: y } }\n",
      "action: repeat\ntitle: c\n",
    ),
    { f: "y" },
    ["b", "c"],
  ],
  [
    "repeat adds a selection",
    files(rule("a", "x"), "action: repeat\ntitle: b\ndetection: { t: { g: y }, condition: s and t }\n"),
    { f: "x", g: "y" },
    ["a", "b"],
  ],
  [
    "repeat replaces lists whole",
    files(
      `${HEAD}detection: { s: { f: [x, y] }, condition: s }\n`,
      "action: repeat\ntitle: u\ndetection: { s: { f: [z] } }\n",
    ),
    { f: "y" },
    ["t"],
  ],
  [
    "repeat of only the first global",
    files(
      `action: global\n${HEAD}detection: { condition: s }\n`,
      "action: repeat\ntitle: r\ndetection: { s: { f: x } }\n",
    ),
    { f: "x" },
    ["r"],
  ],
  [
    "reset forgets, repeat remembers",
    files(rule("a", "x"), "action: reset\n", "action: repeat\ntitle: b\n"),
    { f: "x" },
    ["a", "b"],
  ],
  [
    "global for filters too",
    files(
      "action: global\nlogsource: { category: test }\n",
      "title: r\nname: r\ndetection: { s: { f: x }, condition: s }\n",
      "title: f\nfilter: { rules: [r], s: { user: bob }, condition: not s }\n",
    ),
    { f: "x", user: "bob" },
    [],
  ],
];

const correlation = (lines: string) => `title: c\ncorrelation:\n${lines.replace(/^/gm, "  ")}\n`;
const counted = "type: event_count\nrules: [r]\ntimespan: 5m\n";

export const EDGE_CORRELATION_ROWS: readonly CorrelationRow[] = [
  ["generate", correlation(`${counted}condition: { gte: 2 }\ngenerate: true`), { generate: true }],
  ["generate outside", `generate: true\n${correlation(`${counted}condition: { gte: 2 }`)}`, { generate: true }],
  ["no generate", correlation(`${counted}condition: { gte: 2 }`), { generate: false, groupBy: [] }],
  ["group-by as text", correlation(`${counted}group-by: host\ncondition: { gte: 2 }`), { groupBy: ["host"] }],
  [
    "a range",
    correlation(`${counted}condition: { gt: 100, lte: 200 }`),
    {
      condition: {
        comparisons: [
          { comparison: "gt", value: 100 },
          { comparison: "lte", value: 200 },
        ],
      },
    },
  ],
  [
    "none at all",
    correlation(`${counted}condition: { eq: 0 }`),
    { condition: { comparisons: [{ comparison: "eq", value: 0 }] } },
  ],
  ["rules as text", correlation("type: temporal\nrules: a\ntimespan: 10s"), { rules: [{ reference: "a" }] }],
  ["a month is M, a minute m", correlation("type: temporal\nrules: [a]\ntimespan: 1M"), { timespan: 2_629_746_000 }],
  ["a timespan of nothing", correlation("type: temporal\nrules: [a]\ntimespan: 0s"), ["correlation.timespan"]],
  ["a timespan with a fraction", correlation("type: temporal\nrules: [a]\ntimespan: 1.5h"), ["correlation.timespan"]],
  ["a timespan in capitals", correlation("type: temporal\nrules: [a]\ntimespan: 5H"), ["correlation.timespan"]],
  [
    "a temporal count",
    correlation("type: temporal\nrules: [a, b, c]\ntimespan: 5m\ncondition: { gte: 2 }"),
    { condition: { comparisons: [{ comparison: "gte", value: 2 }], expression: null } },
  ],
  [
    "an ordered expression",
    correlation("type: temporal_ordered\nrules: [a, b, c]\ntimespan: 5m\ncondition: a and (b or c)"),
    { type: "temporal_ordered", condition: { comparisons: [] } },
  ],
  [
    "an expression over another rule",
    correlation("type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: a and z"),
    ["correlation.condition"],
  ],
  ["a rule twice", correlation("type: temporal\nrules: [a, a]\ntimespan: 5m"), ["correlation.rule"]],
  [
    "aliases over a correlation",
    correlation(
      "type: temporal\nrules: [many_failed, success]\ngroup-by: [who]\ntimespan: 1h\naliases:\n  who: { many_failed: User, success: TargetUserName }",
    ),
    {
      aliases: new Map([
        [
          "who",
          new Map([
            ["many_failed", "User"],
            ["success", "TargetUserName"],
          ]),
        ],
      ]),
    },
  ],
  [
    "a percentile beyond 100",
    correlation("type: value_percentile\nrules: [r]\ntimespan: 5m\ncondition: { field: x, percentile: 101, gte: 1 }"),
    ["correlation.condition"],
  ],
  [
    "a count of no field",
    correlation("type: value_count\nrules: [r]\ntimespan: 5m\ncondition: { gte: 1 }"),
    ["correlation.condition"],
  ],
  ["a field for event_count", correlation(`${counted}condition: { field: x, gte: 2 }`), ["correlation.condition"]],
];
