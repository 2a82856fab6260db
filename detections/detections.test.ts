/** What every detection owes: form and sources for its claims. That its examples hold: examples-*.test.ts. */
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { aboutOf, detectionFolders } from "../scripts/docs/detection-folder.ts";
import { detectionPages } from "../scripts/docs/detections.ts";
import { findDetections } from "../src/commands/rule-test.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import { BEHAVIOURS, buildPlans } from "../src/pipeline/detect/correlate/plans.ts";
import { parseRuleFiles, type RuleFile } from "../src/pipeline/detect/detector.ts";

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
      // Direct evidence of a behaviour is medium at least; what a rule itself calls low is kept for the record.
      if (document.level === "low") expect(conclusion.points, `${document.title}: points`).toBeLessThan(40);
      else expect(conclusion.points, `${document.title}: points`).toBeGreaterThanOrEqual(40);
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
