/** The language, case by case, written from the specification (version 2.1). docs/sigma.md names the constructs. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CONDITION_ROWS, DETECTION_ROWS } from "./conformance/conditions.ts";
import { CORRELATION_ROWS } from "./conformance/correlations.ts";
import { COLLECTION_ROWS, ISSUE_ROWS } from "./conformance/documents.ts";
import { EDGE_COLLECTION_ROWS, EDGE_CORRELATION_ROWS, EDGE_DETECTION_ROWS } from "./conformance/edge-rules.ts";
import { EDGE_TABLES } from "./conformance/edges.ts";
import { MODIFIER_TABLES } from "./conformance/modifiers.ts";
import { TEXT_TABLES } from "./conformance/text.ts";
import { TYPED_TABLES } from "./conformance/typed.ts";
import { compileRules, parseSigma, rawEventOptions } from "./index.ts";

const PLACEHOLDERS = new Map([
  ["user", ["alice", "bob"]],
  ["domain", ["acme.example", "corp.example"]],
  ["servers", ["srv-*"]],
  ["net", ["10.0.0.0/8"]],
]);
const TABLES = [...TEXT_TABLES, ...MODIFIER_TABLES, ...TYPED_TABLES, ...EDGE_TABLES];
const DETECTIONS = [...DETECTION_ROWS, ...EDGE_DETECTION_ROWS];
const COLLECTIONS = [...COLLECTION_ROWS, ...EDGE_COLLECTION_ROWS];
const CORRELATIONS = [...CORRELATION_ROWS, ...EDGE_CORRELATION_ROWS];

function titles(text: string, event: unknown): string[] {
  const { documents, issues } = parseSigma(text, "case.yml");
  expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  const disabled: string[] = [];
  const set = compileRules<unknown>(documents, {
    ...rawEventOptions(),
    placeholders: PLACEHOLDERS,
    onDisabled: (_, reason) => disabled.push(reason),
  });
  const matched = set.match(event);
  expect(disabled).toEqual([]);
  for (const rule of set.rules) expect(set.explain(event, rule).held, "explanation").toBe(matched.includes(rule));
  return matched.map(({ title }) => title);
}

function detectionFile(detection: string): string {
  return `title: t\nlogsource: { category: test }\ndetection:\n${detection.replace(/^/gm, "  ")}\n`;
}

test("there are at least 600 cases, and the documentation names every construct", () => {
  const cases =
    TABLES.reduce((sum, { rows }) => sum + rows.length, 0) +
    CONDITION_ROWS.length +
    DETECTIONS.length +
    ISSUE_ROWS.length +
    COLLECTIONS.length +
    CORRELATIONS.length;
  expect(cases).toBeGreaterThanOrEqual(600);
  const documentation = readFileSync(new URL("../../../../docs/sigma.md", import.meta.url), "utf8");
  for (const { construct } of TABLES) expect(documentation, construct).toContain(`| ${construct} |`);
});

describe.each(TABLES)("$construct", ({ rows }) => {
  test.each(rows.map(([items, value, holds]) => ({ items, value, holds })))(
    "$items on $value: $holds",
    ({ items, value, holds }) => {
      const event: Record<string, unknown> = { g: "same", n: 7, list: ["a", "b"] };
      if (value !== undefined) event["f"] = value;
      expect(titles(detectionFile(`s:\n${items.replace(/^/gm, "  ")}\ncondition: s`), event).length === 1).toBe(holds);
    },
  );
});

describe("conditions", () => {
  const names = ["a", "b", "sel_1", "sel_2", "sel_3", "filter_x", "_hidden"];
  test.each(CONDITION_ROWS.map(([condition, held, holds]) => ({ condition, held, holds })))(
    "$condition with $held: $holds",
    ({ condition, held, holds }) => {
      const selections = names.map((name) => `${name}: { ${name}: 1 }`).join("\n");
      const event = Object.fromEntries(
        held
          .split(" ")
          .filter(Boolean)
          .map((name) => [name, 1]),
      );
      expect(titles(detectionFile(`${selections}\ncondition: ${JSON.stringify(condition)}`), event).length === 1).toBe(
        holds,
      );
    },
  );
});

describe("detections", () => {
  test.each(DETECTIONS.map(([detection, event, holds]) => ({ detection, event, holds })))(
    "$detection on $event: $holds",
    ({ detection, event, holds }) => {
      expect(titles(detectionFile(detection), event).length === 1).toBe(holds);
    },
  );
});

describe("collections and filters", () => {
  test.each(COLLECTIONS.map(([name, text, event, matched]) => ({ name, text, event, matched })))(
    "$name",
    ({ text, event, matched }) => {
      expect(titles(text, event)).toEqual(matched);
    },
  );
});

describe("what is wrong", () => {
  test.each(ISSUE_ROWS.map(([name, text, codes]) => ({ name, text, codes })))("$name", ({ text, codes }) => {
    const { documents, issues } = parseSigma(text, "case.yml");
    expect(issues.map(({ code }) => code)).toEqual(codes);
    if (issues.some(({ severity }) => severity === "error")) expect(documents).toEqual([]);
    for (const issue of issues) {
      expect(issue.place.file).toBe("case.yml");
      expect(issue.place.line).toBeGreaterThan(0);
      expect(issue.message).not.toBe("");
    }
  });
});

describe("correlations", () => {
  test.each(CORRELATIONS.map(([name, text, expected]) => ({ name, text, expected })))("$name", ({ text, expected }) => {
    const { documents, issues } = parseSigma(text, "case.yml");
    if (Array.isArray(expected)) {
      expect(issues.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual(expected);
      expect(documents).toEqual([]);
    } else {
      expect(issues).toEqual([]);
      expect(documents[0]).toMatchObject({ kind: "correlation", ...(expected as Record<string, unknown>) });
    }
  });
});
