/** What every detection owes: form, sources for its claims, and examples that go through the whole pipeline. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aboutOf, detectionFolders } from "../scripts/docs/detection-folder.ts";
import { detectionPages } from "../scripts/docs/detections.ts";
import { findDetections, problemOf } from "../src/commands/rule-test.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Policy } from "../src/model/policy.ts";
import { BEHAVIOURS, buildPlans } from "../src/pipeline/detect/correlate/plans.ts";
import { parseRuleFiles, type RuleFile } from "../src/pipeline/detect/detector.ts";
import { testExamples, type ExampleResult } from "../src/pipeline/examples.ts";
import { Store } from "../src/pipeline/persist/store.ts";

const detections = findDetections(DETECTIONS);
const rulesOf = (folder: string): RuleFile[] => loadRules([folder]);
const documentsOf = (folder: string) =>
  parseRuleFiles(rulesOf(folder)).flatMap((document) => (document.kind === "filter" ? [] : [document]));
const conclusionsOf = (folder: string) =>
  [...buildPlans(documentsOf(folder)).plans.values()].flatMap(({ conclusion }) =>
    conclusion === null ? [] : [conclusion],
  );

describe("form", () => {
  test("every behaviour of the contract has its folder", () => {
    expect(detections.map(({ id }) => id)).toEqual([...BEHAVIOURS].toSorted());
  });

  test("ids are unique and stay what they are", async () => {
    const documents = detections.flatMap(({ id, folder }) =>
      documentsOf(folder).map((document) => ({ folder: id, id: document.id, title: document.title })),
    );
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
    for (const { id } of documents)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-[1-5][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const list = documents.map(({ folder, id, title }) => `${id}  ${folder}  ${title}`).toSorted();
    // Findings, suppressions and other tools refer to these ids: a line may be added here, none changed or removed.
    await expect(`${list.join("\n")}\n`).toMatchFileSnapshot("ids.txt");
  });

  test("every folder tells what, why, how to look into it and how to tune it, and has a page of it", () => {
    const folders = detectionFolders();
    expect(folders.map(({ id }) => id)).toEqual(detections.map(({ id }) => id));
    const pages = detectionPages();
    for (const { id, about } of folders) {
      for (const part of [about.what, about.why, about.triage, about.tuning])
        expect(part.length, id).toBeGreaterThan(30);
      const page = pages[`detections/${id}.md`]?.() ?? "";
      const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect(headings, id).toEqual([
        "Why",
        "Rules",
        "Where it shows",
        "Evasions covered",
        "Blind spots",
        "Triage",
        "Tuning",
        "Examples",
      ]);
    }
    expect(() => aboutOf("x", "# Title\n\nWhat.\n\n## Why\n\nBecause.\n\n## Tuning\n\nNone.\n")).toThrow(SyntaxError);
  });

  test("names are unique over all folders", () => {
    const names = detections.flatMap(({ folder }) =>
      documentsOf(folder).flatMap(({ name }) => (name === null ? [] : [name])),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(detections)("$id", ({ id, folder, examples }) => {
    const kinds = examples.map((path) => basename(path).split("-", 1)[0]);
    expect(kinds.filter((kind) => kind === "fires").length).toBeGreaterThanOrEqual(2);
    expect(kinds.filter((kind) => kind === "quiet").length).toBeGreaterThanOrEqual(2);

    const concluding = new Map(conclusionsOf(folder).map((conclusion) => [conclusion.rule, conclusion]));
    for (const document of documentsOf(folder)) {
      expect(document.description, `${document.title}: description`).toBeTruthy();
      for (const tag of document.tags) expect(tag).toMatch(/^attack\.(?:t\d{4}(?:\.\d{3})?|[a-z]+(?:-[a-z]+)*)$/);
      const conclusion = concluding.get(document.id);
      if (conclusion === undefined) continue;
      expect(
        document.tags.some((tag) => /^attack\.t\d/.test(tag)),
        `${document.title}: a technique`,
      ).toBe(true);
      expect(document.falsepositives, `${document.title}: falsepositives`).not.toHaveLength(0);
      expect(conclusion.behaviours, `${document.title}: behaviours`).toEqual([id]);
      expect(conclusion.next_steps, `${document.title}: next_steps`).not.toHaveLength(0);
      expect((document.custom as { reason?: string }).reason, `${document.title}: reason`).toBeTruthy();
      // Direct evidence of a behaviour is medium at least.
      expect(conclusion.points, `${document.title}: points`).toBeGreaterThanOrEqual(40);
    }
  });

  test("reasons name only what there is", () => {
    const facts = new Set([
      "count",
      "value",
      "bytes_out",
      "destination",
      "actor",
      "host",
      "address",
      "group",
      "window",
      "span",
      "expected",
      "history",
      "threshold",
      "times",
    ]);
    for (const { folder } of detections) {
      const ids = new Set(documentsOf(folder).map((document) => document.id));
      for (const { reason, title } of conclusionsOf(folder)) {
        for (const [, name = ""] of reason.matchAll(/\{([^}:]*)(?::[^}]*)?\}/g))
          expect(facts.has(name) || ids.has(name), `${title}: {${name}}`).toBe(true);
      }
    }
  });
});

describe("examples", () => {
  const catalogue = loadCatalogue();
  const policy = loadPolicy(join(DETECTIONS, "policy.yaml"));
  let folder: string;
  let store: Store;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-detections-"));
    store = await Store.open(folder);
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (
    files: readonly string[],
    rules: readonly RuleFile[],
    with_: Policy | null,
  ): Promise<ExampleResult[]> => Array.fromAsync(testExamples(store, files, { catalogue, policy: with_, rules }));

  test.each(detections)("$id", async (detection) => {
    const results = await run(detection.examples, rulesOf(detection.folder), policy);
    expect(
      results.flatMap((result) =>
        problemOf(result) === null ? [] : [`${basename(result.file)}: ${problemOf(result)}`],
      ),
    ).toEqual([]);
  });

  // Without a policy everything is unknown: these need none, because nothing that is done every day looks like them.
  test.each([
    ["bulk-clone", "fires-audit-log.ndjson"],
    ["create-repository-then-write", "fires-public-in-organisation.ndjson"],
    ["create-repository-then-write", "fires-through-api.log"],
    ["credential-access", "fires-token-and-scanner.log"],
    ["defences-disabled", "fires-scanning-and-stream.ndjson"],
    ["exposure-change", "fires-audit-log.ndjson"],
    ["gist-or-snippet-upload", "fires-inspected-proxy.log"],
    ["repository-create-burst", "fires-inspected-proxy.log"],
    ["runner-registration", "fires-audit-log.ndjson"],
    ["stage-then-send", "fires-packed-into-gist.log"],
    ["supply-chain-ancestry", "fires-script-child.ndjson"],
    ["token-polling", "fires-inspected-proxy.log"],
    ["unexpected-application", "fires-child-process.ndjson"],
    ["workflow-exfiltration", "fires-run-deleted.ndjson"],
  ])("%s needs no policy: %s", async (id, file) => {
    const [result] = await run([join(DETECTIONS, id, "examples", file)], rulesOf(join(DETECTIONS, id)), null);
    expect(result?.findings).not.toHaveLength(0);
  });

  test("a write to a repository is nothing by itself where no policy says whose it is", async () => {
    const files = [
      "push-to-unsanctioned-repository/examples/fires-inspected-proxy.log",
      "api-upload/examples/fires-powershell-contents.log",
      "side-channel-upload/examples/fires-release-asset.log",
      "unsanctioned-source-host/examples/fires-server-pushes.log",
    ];
    const results = await run(
      files.map((file) => join(DETECTIONS, file)),
      loadRules([DETECTIONS]),
      null,
    );
    expect(results.flatMap(({ findings }) => findings.map(({ title }) => title))).toEqual([]);
  });

  test("the detection written in docs/detections.md works as it says", async () => {
    const text = readFileSync(new URL("../docs/detections.md", import.meta.url), "utf8");
    const written = new Map(
      [...text.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, name = "", content = ""]) => [
        name,
        content,
      ]),
    );
    expect([...written.keys()]).toEqual([
      "wiki-push/rule.yml",
      "wiki-push/examples/fires-squid.log",
      "wiki-push/examples/quiet-own-wiki.log",
    ]);
    const root = mkdtempSync(join(folder, "written-"));
    for (const [name, content] of written) {
      mkdirSync(join(root, name, ".."), { recursive: true });
      writeFileSync(join(root, name), content);
    }
    const [detection] = findDetections(root);
    const results = await run(detection?.examples ?? [], loadRules([root]), policy);
    expect(results).toHaveLength(2);
    expect(results.map(problemOf)).toEqual([null, null]);
    expect(results.flatMap(({ findings }) => findings.map(({ reason }) => reason))).toEqual([
      "alice@acme.example pushed 3 times to wikis outside within 30 min: github.com/al1ce/notes",
    ]);
  });
});
