/** Examples of detections in other circumstances than those of their folder: without its policy, beside other rules, in the guide. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findDetections, problemOf } from "../src/commands/rule-test.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import { exampleRunner, policy } from "../test/detection-examples.ts";

const run = exampleRunner();

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
  const [result] = await run([join(DETECTIONS, id, "examples", file)], loadRules([join(DETECTIONS, id)]), null);
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
  const root = mkdtempSync(join(tmpdir(), "sallyport-written-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
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
