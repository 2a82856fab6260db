/**
 * The public rules and their regression events, as they lie beside the project.
 *
 * Skipped where they are not: the rules have a licence of their own and are not part of this repository.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileRules, parseSigma, rawEventOptions, type SigmaDocument, type SigmaRule } from "./index.ts";

const folder = new URL("../../../../../shared/sigma/", import.meta.url);
const present = existsSync(folder);

interface RegressionEvent {
  readonly rule_id: string;
  readonly title: string;
  readonly expected: boolean;
  readonly log: unknown;
}

describe.skipIf(!present)("public rules (skipped when ../shared is absent)", () => {
  const documents: SigmaDocument[] = [];
  const problems: string[] = [];
  const files = present
    ? readdirSync(new URL("rules/", folder), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".yml"),
      )
    : [];
  for (const file of files) {
    const parsed = parseSigma(readFileSync(new URL(`rules/${file}`, folder), "utf8"), file);
    documents.push(...parsed.documents);
    problems.push(
      ...parsed.issues.filter(({ severity }) => severity === "error").map(({ message }) => `${file}: ${message}`),
    );
  }
  const disabled: string[] = [];
  const set = compileRules<unknown>(documents, {
    ...rawEventOptions(),
    onDisabled: ({ title }, reason) => disabled.push(`${title}: ${reason}`),
  });
  const events = present
    ? readFileSync(new URL("regression-events.jsonl", folder), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as RegressionEvent)
    : [];
  const byId = new Map<string, SigmaRule>(set.rules.map((rule) => [rule.id, rule]));

  test("all parse and compile", () => {
    expect(problems).toEqual([]);
    expect(disabled).toEqual([]);
    expect(documents.length).toBeGreaterThan(3_000);
    expect(documents).toHaveLength(files.length);
  });

  // An event whose rule is not among the files cannot be asked, and one line holds a bare number instead of an event.
  const askable = events.filter(({ rule_id, log }) => byId.has(rule_id) && typeof log === "object");

  test("match the events they belong to, and explanations agree", () => {
    expect(askable.length).toBeGreaterThanOrEqual(100);
    for (const { rule_id, title, expected, log } of askable) {
      expect(
        set.match(log).some(({ id }) => id === rule_id),
        title,
      ).toBe(expected);
      expect(set.explain(log, byId.get(rule_id) as SigmaRule).held, title).toBe(expected);
    }
  });

  test("none throws on any event", () => {
    for (const { log } of events) {
      set.match(log);
      for (const rule of set.rules.slice(0, 25)) set.explain(log, rule);
    }
    expect(disabled).toEqual([]);
  });
});
