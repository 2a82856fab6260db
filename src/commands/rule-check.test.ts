/** What `rule check` prints. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { EXIT } from "./exit-codes.ts";
import { checkRules } from "./rule-check.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rule-check-"));
const file = join(folder, "rule.yml");
writeFileSync(
  file,
  `title: Pushes
name: pushes
logsource: { product: github }
detection:
    timeframe: 10m
    selection: { action: git.push }
    condition: selection | count() by actor > 5
tags: [attack.t9999]
`,
);
afterAll(() => rmSync(folder, { recursive: true }));

async function outputOf(output: "table" | "json" | "sarif", ...paths: string[]): Promise<[text: string, exit: number]> {
  let text = "";
  const terminal: Terminal = {
    ...openTerminal({ color: false, quiet: true }),
    line: (line = "") => void (text += `${line}\n`),
    write: (more) => {
      text += more;
      return Promise.resolve();
    },
  };
  const exit = await checkRules(terminal, paths, { output });
  return [text, exit];
}

test("mistakes are printed with place, code and what to write instead", async () => {
  const [text, exit] = await outputOf("table", file);
  expect(exit).toBe(EXIT.invalid);
  expect(text).toContain(
    `${file}:7:26: error: aggregation in a condition was replaced by correlations [condition.aggregation]`,
  );
  expect(text).toContain(
    "  fix: keep `condition: selection` without `timeframe` and add this document after `---`:\n    title: Pushes\n",
  );
  expect(text).toContain("        type: event_count\n");
});

test("JSON and SARIF say the same", async () => {
  const problems = JSON.parse((await outputOf("json", file))[0]) as { code: string; fix: string; line: number }[];
  expect(problems).toMatchObject([{ code: "condition.aggregation", severity: "error", file, line: 7, column: 26 }]);
  const { runs } = JSON.parse((await outputOf("sarif", file))[0]) as { runs: { results: object[] }[] };
  expect(runs[0]?.results).toMatchObject([
    {
      ruleId: "condition.aggregation",
      level: "error",
      locations: [{ physicalLocation: { region: { startLine: 7 } } }],
    },
  ]);
});

test("a file that is named twice is read once", async () => {
  expect(await outputOf("json", file, folder)).toEqual(await outputOf("json", file));
});

test("a folder without rules is told apart from one without mistakes", async () => {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const notes: string[] = [];
  const terminal: Terminal = {
    ...openTerminal({ color: false, quiet: true }),
    note: (line) => {
      notes.push(line);
    },
  };
  expect(await checkRules(terminal, [empty], { output: "table" })).toBe(EXIT.done);
  expect(notes.join("\n")).toContain(`no rule files (.yml, .yaml) in ${empty}: nothing was checked`);
});
