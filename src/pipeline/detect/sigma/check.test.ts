/** `rule check`: every mistake with its code, its place, and what to write instead. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkSigma, ISSUE_CODES, type CheckOptions } from "./index.ts";

const RULE = `title: Push
id: 11111111-1111-4111-8111-111111111111
name: push
logsource:
    product: github
    service: audit
detection:
    selection:
        action: git.push
    condition: selection
`;
const CORRELATION = `title: Many
correlation:
    type: event_count
    rules:
        - push
    group-by:
        - actor
    timespan: 5m
    condition:
        gte: 5
`;

interface Case {
  readonly name: string;
  readonly text: string;
  readonly options?: CheckOptions;
  /** Code, line, column, part of message or fix. */
  readonly expected: readonly (readonly [code: string, line: number, column: number, words: string])[];
}

const cases: readonly Case[] = [
  { name: "nothing", text: RULE, expected: [] },
  { name: "nothing, with a correlation", text: `${RULE}---\n${CORRELATION}`, expected: [] },
  {
    name: "a misspelt modifier",
    text: RULE.replace("action:", "action|startwith:"),
    expected: [["modifier.unknown", 9, 9, "did you mean `startswith`?"]],
  },
  {
    name: "not as a modifier",
    text: RULE.replace("action:", "action|not:"),
    expected: [["modifier.not", 9, 9, "`neq`"]],
  },
  {
    name: "an unused selection",
    text: RULE.replace("    condition", "    filter:\n        actor: bot\n    condition"),
    expected: [["selection.unused", 10, 5, "filter"]],
  },
  {
    name: "a missing selection",
    text: RULE.replace("condition: selection", "condition: selection and not filter"),
    expected: [["condition.unknown-selection", 10, 34, "the selections are selection"]],
  },
  {
    name: "a level indented too far",
    text: `${RULE}    level: high\n`,
    expected: [["selection.unused", 11, 5, "indent it less"]],
  },
  {
    name: "a condition indented too little",
    text: RULE.replace("    condition", "condition"),
    expected: [
      ["attribute.missing", 8, 5, "indented like the selections"],
      ["attribute.unknown", 10, 1, "indent it below `detection:`"],
    ],
  },
  {
    name: "uneven indentation",
    text: RULE.replace("    service", "   service"),
    expected: [["yaml.syntax", 6, 1, "indent"]],
  },
  { name: "a tab", text: RULE.replace("    service", "\tservice"), expected: [["yaml.syntax", 6, 1, ""]] },
  {
    name: "a key twice",
    text: RULE.replace("        action: git.push", "        action: git.push\n        action: git.clone"),
    expected: [["yaml.syntax", 10, 9, "several values go in a list"]],
  },
  {
    name: "the same id twice",
    text: `${RULE}---\n${RULE.replace("name: push\n", "")}`,
    expected: [["id.duplicate", 13, 5, "t.yml:1"]],
  },
  {
    name: "the same name twice",
    text: `${RULE}---\n${RULE.replace("1111-4111", "1111-4112")}`,
    expected: [["id.duplicate", 14, 7, "another name"]],
  },
  {
    name: "a count",
    text: RULE.replace("condition: selection", "timeframe: 10m\n    condition: selection | count() by actor > 5"),
    expected: [["condition.aggregation", 11, 26, "type: event_count"]],
  },
  {
    name: "a count of values",
    text: RULE.replace("condition: selection", "condition: selection | count(repo) by actor, org >= 5"),
    expected: [["condition.aggregation", 10, 26, "field: repo"]],
  },
  {
    name: "a sum",
    text: RULE.replace("condition: selection", "condition: selection | sum(bytes) by actor > 5"),
    expected: [["condition.aggregation", 10, 26, "type: value_sum"]],
  },
  {
    name: "a maximum",
    text: RULE.replace("condition: selection", "condition: selection | max(bytes) > 5"),
    expected: [["condition.aggregation", 10, 26, "bytes|gt: 5"]],
  },
  {
    name: "near",
    text: RULE.replace("condition: selection", "condition: selection | near other"),
    expected: [["condition.aggregation", 10, 26, "type: temporal"]],
  },
  {
    name: "near within a time",
    text: RULE.replace("condition: selection", "condition: selection | near other and not third within 5m"),
    expected: [["condition.aggregation", 10, 26, "- third\n    group-by:\n        - ComputerName\n    timespan: 5m"]],
  },
  {
    name: "a count in a rule without id and name",
    text: RULE.replace(/^(?:id|name): .*\n/gm, "").replace(
      "condition: selection",
      "condition: selection | count() > 5",
    ),
    expected: [["condition.aggregation", 8, 26, "give the rule `name: push`"]],
  },
  {
    name: "a tag without namespace",
    text: `${RULE}tags: [exfiltration]\n`,
    expected: [["tag.format", 11, 8, "namespace.name"]],
  },
  {
    name: "an unknown namespace",
    text: `${RULE}tags: [atack.t1567]\n`,
    expected: [["tag.namespace", 11, 8, "`attack`"]],
  },
  {
    name: "a technique of the wrong shape",
    text: `${RULE}tags: [attack.t15670]\n`,
    expected: [["tag.attack", 11, 8, "attack.t1234"]],
  },
  {
    name: "a misspelt tactic",
    text: `${RULE}tags: [attack.exfiltartion]\n`,
    expected: [["tag.attack", 11, 8, "attack.exfiltration"]],
  },
  {
    name: "an old spelling of a tactic",
    text: `${RULE}tags: [attack.initial_access]\n`,
    expected: [["tag.attack", 11, 8, "attack.initial-access"]],
  },
  {
    name: "a technique that does not exist",
    text: `${RULE}tags: [attack.t9999]\n`,
    options: { attack: new Set(["T1567"]) },
    expected: [["tag.attack", 11, 8, "revoked"]],
  },
  {
    name: "a technique that exists",
    text: `${RULE}tags: [attack.t1567, cve.2021-44228, tlp.amber, car.2016-04-005, detection.dfir, stp.3k, d3fend.d3-am]\n`,
    options: { attack: new Set(["T1567"]) },
    expected: [],
  },
  {
    name: "an unknown log source",
    text: RULE.replace("product: github", "product: gihub"),
    expected: [["logsource.unknown", 5, 5, "`github`"]],
  },
  {
    name: "a catastrophic expression",
    text: RULE.replace("action: git.push", () => "action|re: '^(a+)+$'"),
    expected: [["regex.catastrophic", 9, 20, "exponential"]],
  },
  {
    name: "a wildcard the modifier adds",
    text: RULE.replace("action: git.push", "action|contains: '*push*'"),
    expected: [["modifier.redundant", 9, 26, "remove the wildcard"]],
  },
  {
    name: "an escaped wildcard after a path",
    text: RULE.replace("action: git.push", "path: 'C:\\Users\\*'"),
    expected: [["value.wildcard-slash", 9, 15, "two backslashes"]],
  },
  {
    name: "all of them",
    text: RULE.replace("condition: selection", "other:\n        actor: x\n    condition: all of them"),
    expected: [["condition.them", 12, 16, "all of selection_*"]],
  },
  {
    name: "an empty text to contain",
    text: RULE.replace("condition: selection", "other: { 'actor|contains': '' }\n    condition: selection or other"),
    expected: [["value.empty-text", 10, 32, "exists: true"]],
  },
  {
    name: "a part of a date out of its range",
    text: RULE.replace("condition: selection", "other: { 'at|minute': 99 }\n    condition: selection or other"),
    expected: [["value.range", 10, 27, "0 to 59"]],
  },
  {
    name: "a bound beyond the range of a part of a date is none",
    text: RULE.replace("condition: selection", "other: { 'at|hour|lt': 24 }\n    condition: selection or other"),
    expected: [],
  },
  {
    name: "a placeholder",
    text: RULE.replace(
      "condition: selection",
      "other: { 'actor|expand': '%admins%' }\n    condition: selection or other",
    ),
    expected: [["value.placeholder-unset", 10, 30, "organisation"]],
  },
  {
    name: "a filter that does not exclude",
    text: `${RULE}---\ntitle: f\nlogsource: { product: github }\nfilter:\n    rules: [push]\n    selection: { actor: bot }\n    condition: selection\n`,
    expected: [["filter.condition", 17, 16, "not selection"]],
  },
  {
    name: "a filter of a missing rule",
    text: `title: f\nlogsource: { product: github }\nfilter:\n    rules: [push]\n    selection: { actor: bot }\n    condition: not selection\n`,
    expected: [["filter.rule", 4, 13, "push"]],
  },
  {
    name: "a correlation of a missing rule",
    text: `${RULE}---\n${CORRELATION.replace("- push", "- pusch")}`,
    expected: [["correlation.rule", 16, 11, "did you mean `push`?"]],
  },
  {
    name: "a correlation of itself",
    text: `name: many\n${CORRELATION.replace("- push", "- many")}`,
    expected: [["correlation.rule", 6, 11, "reads itself"]],
  },
  {
    name: "aliases of a nameless rule",
    text: `${RULE.replace("name: push\n", "")}---\ntitle: c\ncorrelation:\n    type: temporal\n    rules: [11111111-1111-4111-8111-111111111111]\n    group-by: [who]\n    timespan: 5m\n    aliases:\n        who:\n            11111111-1111-4111-8111-111111111111: actor\n`,
    expected: [["correlation.alias", 14, 13, "give the rule a `name`"]],
  },
  {
    name: "our types, strictly",
    text: `${RULE}---\n${CORRELATION.replace("event_count", "first_seen").replace("\n    condition:\n        gte: 5", "")}`,
    options: { strict: true },
    expected: [["extension.strict", 12, 1, "first_seen"]],
  },
  {
    name: "our types",
    text: `${RULE}---\n${CORRELATION.replace("event_count", "first_seen").replace("\n    condition:\n        gte: 5", "")}`,
    expected: [],
  },
  {
    name: "a technique that no release has",
    text: `${RULE}tags: [attack.t1567.001, attack.t1567.009, attack.t9999, attack.t1002]\n`,
    expected: [
      ["tag.attack", 11, 26, "t1567.009"],
      ["tag.attack", 11, 44, "t9999"],
      ["tag.attack", 11, 58, "revoked"],
    ],
  },
  {
    name: "what only Sallyport reads, strictly",
    text: `${RULE.replace("product: github\n    service: audit", "product: ocsf")}sallyport:\n    points: 5\n`,
    options: { strict: true },
    expected: [
      ["extension.strict", 5, 5, "ocsf"],
      ["extension.strict", 11, 5, "sallyport"],
    ],
  },
  {
    name: "context fields, strictly",
    text: RULE.replace("action:", "context.work_hours:"),
    options: { strict: true },
    expected: [["extension.strict", 9, 9, "context.work_hours"]],
  },
  { name: "context fields", text: RULE.replace("action:", "context.work_hours:"), expected: [] },
];

describe("issues", () => {
  test.each(cases)("$name", ({ text, options, expected }) => {
    const { issues } = checkSigma([{ file: "t.yml", text }], options);
    expect(issues.map(({ code, place: { line, column } }) => [code, line, column])).toEqual(
      expected.map((row) => row.slice(0, 3)),
    );
    for (const [index, [, , , words]] of expected.entries())
      expect(`${issues[index]?.message} ${issues[index]?.fix}`).toContain(words);
  });
});

test("the correlation that replaces an aggregation is one", () => {
  const text = RULE.replace("title: Push", "title: 'Push: many'").replace(
    "condition: selection",
    "timeframe: 10m\n    condition: selection | count(repo) by actor, org >= 5",
  );
  const fix = checkSigma([{ file: "t.yml", text }]).issues[0]?.fix ?? "";
  const correlation = fix.slice(fix.indexOf("title:"));
  const fixed = RULE.replace("condition: selection", "timeframe: 10m\n    condition: selection");
  expect(checkSigma([{ file: "t.yml", text: `${fixed}---\n${correlation}\n` }])).toMatchObject({
    issues: [],
    documents: [
      { kind: "rule" },
      {
        title: "Push: many",
        type: "value_count",
        timespan: 600_000,
        groupBy: ["actor", "org"],
        condition: { fields: ["repo"], comparisons: [{ comparison: "gte", value: 5 }] },
      },
    ],
  });
});

test("issues of several files come in the order of files and lines", () => {
  const bad = RULE.replace("action:", "action|not:");
  const { issues } = checkSigma([
    { file: "b.yml", text: `${bad}tags: [x]\n` },
    { file: "a.yml", text: RULE },
    { file: "c.yml", text: bad },
  ]);
  expect(issues.map(({ place: { file, line } }) => `${file}:${line}`)).toEqual(["b.yml:9", "c.yml:9"]);
});

test("the documentation lists every code", () => {
  const documentation = readFileSync(new URL("../../../../docs/sigma.md", import.meta.url), "utf8");
  for (const code of Object.keys(ISSUE_CODES)) expect(documentation).toContain(`| \`${code}\` |`);
});
