/** `rule hunt` over a store finds what `scan` found when it filled it; `rule sql` prints the same text every time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DETECTIONS } from "../content/load-rules.ts";
import { UsageError } from "../model/errors.ts";
import type { Match } from "../model/incident.ts";
import { EXIT } from "./exit-codes.ts";
import { huntRules, printRuleSql, type HuntOptions } from "./rule-hunt.ts";
import { scan } from "./scan.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const RULES = `title: Pushes
id: 11111111-1111-4111-8111-111111111111
logsource: { product: ocsf, service: http_activity }
detection: { s: { http_request.http_method: post, context.destination.operation: push }, condition: s }
---
title: Proxy
id: 22222222-2222-4222-8222-222222222222
logsource: { category: proxy }
detection: { s: { c-uri|contains: git-receive-pack }, condition: s }
---
title: Not of Bob
id: 33333333-3333-4333-8333-333333333333
filter:
  rules: [22222222-2222-4222-8222-222222222222]
  s: { cs-username: bob }
  condition: not s
logsource: { category: proxy }
---
title: Words
id: 44444444-4444-4444-8444-444444444444
logsource: { product: ocsf }
detection: { s: [receive-pack], condition: s }
---
title: "Not; a\\nquery' -- "
id: 55555555-5555-4555-8555-555555555555
logsource: { product: ocsf }
detection: { s: { raw_data|cased|contains: "'; DROP TABLE activity; --" }, condition: s }
`;

let folder: string;
let rules: string;
let store: string;
let scanned: Match[];
let text = "";
const terminal: Terminal = {
  ...openTerminal({ color: false, quiet: true }),
  line: (line = "") => void (text += `${line}\n`),
  write: (more) => {
    text += more;
    return Promise.resolve();
  },
};
const own = (lines: string): Match[] =>
  lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Match)
    .filter(({ rule }) => /^(.)\1{7}-/.test(rule));
async function hunt(options: Partial<HuntOptions> = {}): Promise<string> {
  text = "";
  expect(await huntRules(terminal, { store, rules: [rules], output: "ndjson", ...options })).toBe(EXIT.done);
  return text;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rule-hunt-"));
  rules = join(folder, "rules.yml");
  store = join(folder, "store");
  writeFileSync(rules, RULES);
  text = "";
  await scan(
    terminal,
    ["push-to-unsanctioned-repository", "stage-then-send"].map((id) => join(DETECTIONS, id, "examples")),
    { rules: [rules], store, emit: "matches", output: "ndjson", policy: join(DETECTIONS, "policy.yaml"), workers: 1 },
  );
  scanned = own(text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("rule hunt", () => {
  test("finds what scan found, in its form and order", async () => {
    expect(new Set(scanned.map(({ rule }) => rule))).toHaveLength(3);
    expect(own(await hunt({ policy: join(DETECTIONS, "policy.yaml") }))).toEqual(scanned);
    const key = ({ rule, activity_uid, time }: Match) => [time, rule, activity_uid];
    expect(own(await hunt()).map(key)).toEqual(scanned.map(key));
  });

  test("within a range, its end left out", async () => {
    const times = scanned.map(({ time }) => time);
    const until = times[Math.floor(times.length / 2)] ?? 0;
    const within = own(await hunt({ until: new Date(until).toISOString() }));
    expect(within).toHaveLength(times.filter((time) => time < until).length);
    const rest = own(await hunt({ from: new Date(until).toISOString() }));
    expect(within.length + rest.length).toBe(scanned.length);
    expect(await hunt({ from: "2031-01-01" })).toBe("");
  });

  test("CSV and table have a row a match", async () => {
    expect((await hunt({ output: "csv" })).trimEnd().split("\r\n")).toHaveLength(scanned.length + 1);
    expect((await hunt({ output: "table" })).trimEnd().split("\n")).toHaveLength(scanned.length);
  });

  test.each<[Partial<HuntOptions>, string]>([
    [{ store: "/nowhere/at/all" }, "no store"],
    [{ from: "yesterday" }, "write a time"],
    [{ from: "2026-13-45" }, "write a time"],
    [{ from: "2026-03-02", until: "2026-03-01" }, "must lie before"],
  ])("%j is refused", async (options, reason) => {
    const refused = huntRules(terminal, { store, rules: [rules], output: "ndjson", ...options });
    await expect(refused).rejects.toThrow(reason);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });
});

test("rule sql prints a query or the reason, in ASCII and line by line", async () => {
  text = "";
  expect(await printRuleSql(terminal, [rules], {})).toBe(EXIT.done);
  const first = text;
  text = "";
  await printRuleSql(terminal, [rules], {});
  expect(text).toBe(first);
  expect(first).toContain("-- Pushes (11111111-1111-4111-8111-111111111111)\nSELECT time, source,");
  expect(first).toContain("WHERE (class_uid = 4002 AND ");
  expect(first).toContain("-- no SQL, because fields of public log sources are looked up in the record itself");
  expect(first).toContain("-- no SQL, because keywords are searched in the whole event");
  expect(first).toContain("position(`raw_data`, '\\'; DROP TABLE activity; --') > 0");
  // whatever a title holds, it stays a comment
  for (const line of first.split("\n"))
    expect(line).toMatch(/^(?:--.*|SELECT .*|FROM activity|WHERE .*|ORDER BY time, id;|)$/);
});
