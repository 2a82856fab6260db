/** Compile and match in small: the conformance table holds the language, this file the engine's promises. */
import { describe, expect, test } from "vitest";
import { compileRules, parseSigma, type CompileOptions, type SigmaRule } from "./index.ts";

type Event = Record<string, unknown>;

const options: CompileOptions<Event> = {
  resolve: (_, field) => ({ key: field, read: (event) => (Object.hasOwn(event, field) ? event[field] : undefined) }),
  kindOf: () => "test",
  applies: () => true,
};

function rule(detection: string, head = "title: t\nid: 00000000-0000-4000-8000-000000000001\n"): string {
  return `${head}logsource:\n  category: test\ndetection:\n${detection.replace(/^/gm, "  ")}\n`;
}

function load(text: string, extra: Partial<CompileOptions<Event>> = {}) {
  const { documents, issues } = parseSigma(text, "test.yml");
  expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  return compileRules(documents, { ...options, ...extra });
}

describe("rule sets", () => {
  test("return the rules that hold, in document order", () => {
    const text = ["b", "a", "c"]
      .map((word) => rule(`sel:\n  f|contains: ${word}\ncondition: sel`, `title: ${word}\n`))
      .join("---\n");
    expect(
      load(text)
        .match({ f: "abc" })
        .map(({ title }) => title),
    ).toEqual(["b", "a", "c"]);
  });

  test("ask only rules whose log source covers the event's kind", () => {
    const set = load(rule("sel:\n  f: x\ncondition: sel"), {
      kindOf: ({ kind }) => String(kind),
      applies: (_, kind) => kind === "good",
    });
    expect(set.match({ f: "x", kind: "good" })).toHaveLength(1);
    expect(set.match({ f: "x", kind: "bad" })).toHaveLength(0);
    expect(set.explain({ f: "x", kind: "bad" }, set.rules[0] as SigmaRule)).toMatchObject({
      applies: false,
      held: false,
    });
  });

  test("read a field at most once an event, however many rules ask for it", () => {
    let reads = 0;
    const text = [1, 2, 3]
      .map((n) =>
        rule(`sel:\n  f|contains: x${n}\nother:\n  f|re: 'x.*${n}'\ncondition: sel or other`, `title: t${n}\n`),
      )
      .join("---\n");
    const set = load(text, { resolve: (_, field) => ({ key: field, read: (event) => (reads++, event[field]) }) });
    expect(set.match({ f: "x1 x2" })).toHaveLength(2);
    expect(reads).toBe(1);
  });

  test("switch a rule off that throws, say so once, and go on", () => {
    const disabled: string[] = [];
    const text = [
      rule("sel:\n  bad|exists: true\ncondition: sel", "title: bad\n"),
      rule("sel:\n  good: x\ncondition: sel", "title: good\n"),
    ].join("---\n");
    const set = load(text, {
      resolve: (_, field) => ({
        key: field,
        read: (event) => {
          if (field === "bad") throw new Error("no such thing");
          return event[field];
        },
      }),
      onDisabled: ({ title }, reason) => disabled.push(`${title}: ${reason}`),
    });
    expect(set.match({ good: "x" }).map(({ title }) => title)).toEqual(["good"]);
    expect(set.match({ good: "x" }).map(({ title }) => title)).toEqual(["good"]);
    expect(disabled).toEqual(["bad: no such thing"]);
  });

  test("switch a rule off that exceeds its budget", () => {
    const disabled: string[] = [];
    const set = load(rule("sel:\n  f|re: 'a+b+c'\ncondition: sel"), {
      budget: 1000,
      onDisabled: (_, reason) => disabled.push(reason),
    });
    expect(set.match({ f: "aabc" })).toHaveLength(1);
    expect(set.match({ f: "a".repeat(5000) })).toHaveLength(0);
    expect(set.match({ f: "aabc" })).toHaveLength(0);
    expect(disabled).toEqual(["it took more than 1000 steps on one event"]);
  });

  test("reject a rule whose placeholder has no value, and use the values given", () => {
    const text = rule("sel:\n  user|expand: '%Administrators%'\ncondition: sel");
    const disabled: string[] = [];
    expect(load(text, { onDisabled: (_, reason) => disabled.push(reason) }).match({ user: "root" })).toEqual([]);
    expect(disabled[0]).toContain("%Administrators%");
    const set = load(text, { placeholders: new Map([["Administrators", ["root", "adm_*"]]]) });
    expect([{ user: "root" }, { user: "ADM_x" }, { user: "me" }].map((event) => set.match(event).length)).toEqual([
      1, 1, 0,
    ]);
  });

  test("join filters to the rules they name, within their log source", () => {
    const filter = (reference: string, category = "test") =>
      `title: f\nlogsource:\n  category: ${category}\nfilter:\n  rules:\n    - ${reference}\n  selection:\n    user|startswith: adm_\n  condition: not selection\n`;
    const base = rule("sel:\n  f: x\ncondition: sel", "title: t\nname: my_rule\n");
    const hits = (text: string) => load(text).match({ f: "x", user: "adm_1" }).length;
    expect(hits(base)).toBe(1);
    expect(hits(`${base}---\n${filter("my_rule")}`)).toBe(0);
    expect(hits(`${base}---\n${filter("other")}`)).toBe(1);
    expect(hits(`${base}---\n${filter("my_rule", "other")}`)).toBe(1);
    expect(load(`${base}---\n${filter("my_rule")}`).match({ f: "x", user: "me" })).toHaveLength(1);
  });

  test("search keywords in every value of the event", () => {
    const set = load(rule("keywords:\n  - evil thing\n  - 4711\ncondition: keywords"));
    expect(set.match({ a: { b: ["x", "an EVIL Thing here"] } })).toHaveLength(1);
    expect(set.match({ n: 147112 })).toHaveLength(1);
    expect(set.match({ a: "evil", b: "thing" })).toHaveLength(0);
  });
});

describe("explanations", () => {
  test("name the part that decided and the value seen", () => {
    const set = load(rule("sel:\n  f|contains: git push\nfilter:\n  user: bot\ncondition: sel and not filter"));
    const [only] = set.rules;
    expect(set.explain({ f: "git pull", user: "me" }, only as SigmaRule)).toMatchObject({
      held: false,
      reason: "does not hold: f contains 'git push' (seen: 'git pull')",
    });
    expect(set.explain({ f: "git push", user: "bot" }, only as SigmaRule).reason).toContain(
      "user equals 'bot' (seen: 'bot')",
    );
    expect(set.explain({ f: "GIT PUSH", user: "me" }, only as SigmaRule).held).toBe(true);
  });
});
