/** What `rule list` tells, and that the table of log sources keeps up with the source maps. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { maps } from "../pipeline/conform/index.ts";
import { OCSF_CLASSES } from "../pipeline/detect/sigma/ocsf-classes.ts";
import { provides } from "../pipeline/detect/sigma/taxonomy.ts";
import { EXIT } from "./exit-codes.ts";
import { listRules, type ListFormat } from "./rule.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rule-list-"));
writeFileSync(
  join(folder, "rules.yml"),
  `title: Curl
id: 11111111-1111-4111-8111-111111111111
name: curl
logsource: { category: process_creation, product: linux }
detection: { s: { Image|endswith: /curl, odd: x, User|fieldref: ParentUser }, condition: s }
---
title: Nobody
id: 22222222-2222-4222-8222-222222222222
name: nobody
logsource: { product: opencanary, category: application }
detection: { s: { logtype: 1 }, condition: s }
---
title: Both
id: 33333333-3333-4333-8333-333333333333
correlation:
  type: temporal
  rules: [curl, nobody]
  group-by: [who]
  timespan: 5m
  aliases: { who: { curl: User, nobody: src_host } }
`,
);
afterAll(() => rmSync(folder, { recursive: true }));

async function outputOf(output: ListFormat): Promise<string> {
  let text = "";
  const terminal: Terminal = {
    ...openTerminal({ color: false, quiet: true }),
    line: (line = "") => void (text += `${line}\n`),
    write: (more) => {
      text += more;
      return Promise.resolve();
    },
  };
  expect(await listRules(terminal, [folder], { output })).toBe(EXIT.done);
  return text;
}

test("a rule is listed with its log source, its fields and their homes, and the sources that provide them", async () => {
  const rules = JSON.parse(await outputOf("json")) as { id: string; sources: string[] }[];
  const [curl, nobody, both] = rules.filter(({ id }) => /^(.)\1{7}-/.test(id));
  expect(curl).toMatchObject({
    kind: "event",
    logsource: "linux/process_creation",
    fields: [
      { field: "Image", home: "process.file.path, process.name" },
      { field: "odd", home: "record" },
      { field: "User", home: "(derived), (derived)" },
      { field: "ParentUser", home: "(derived)" },
    ],
    provided: true,
  });
  expect(curl?.sources).toEqual(expect.arrayContaining(["linux-auditd", "sysmon-linux", "tetragon"]));
  expect(curl?.sources).not.toContain("windows-sysmon");
  expect(nobody).toMatchObject({ sources: [], provided: false });
  expect(both).toMatchObject({
    kind: "temporal",
    rules: ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"],
    fields: [
      { field: "User", home: "rules" },
      { field: "src_host", home: "rules" },
    ],
    provided: false,
  });
});

test("every form tells of every rule", async () => {
  const count = (JSON.parse(await outputOf("json")) as unknown[]).length;
  expect((await outputOf("ndjson")).trimEnd().split("\n")).toHaveLength(count);
  expect((await outputOf("csv")).trimEnd().split("\r\n")).toHaveLength(count + 1);
  const table = await outputOf("table");
  expect(table.match(/^ {2}needs /gm)).toHaveLength(count);
  expect(table).toContain("no source provides this log source");
});

test("what the goldens of a map show is expected of it", () => {
  const names = new Map([...OCSF_CLASSES].map(([name, uid]) => [uid, name]));
  const golden = new URL("../pipeline/conform/golden/", import.meta.url);
  for (const { id } of maps) {
    const texts = readdirSync(new URL(`${id}/`, golden))
      .filter((name) => name.endsWith(".json"))
      .map((name) => readFileSync(new URL(`${id}/${name}`, golden), "utf8"));
    const classes = new Set(
      texts.flatMap((text) => [...text.matchAll(/"class_uid": ?(\d+)/g)].map(([, uid]) => Number(uid))),
    );
    for (const uid of classes) {
      const logsource = { product: "ocsf", category: null, service: names.get(uid) ?? "", definition: null };
      expect(provides(logsource, id), `${id}: ${logsource.service}`).toBe(true);
    }
  }
});
