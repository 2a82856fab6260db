/** What an incident rests on, to keep; and the rules that nearly held for it. */
import { hash } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { IncidentItem, NearMisses, Output, RuleItem } from "../pipeline/serve/contract.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";
import { zip } from "./zip.ts";

type Incident = Output<typeof IncidentItem>;

let company: ServedCompany;
let incidents: readonly Incident[];
beforeAll(async () => {
  company = await serveCompany(3);
  incidents = (await company.json<{ items: Incident[] }>("/api/v1/incidents")).items;
});
afterAll(() => company.close());

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const exported = async (uid: string): Promise<Buffer> =>
  Buffer.from(await (await company.get(`/api/v1/incidents/${uid}/evidence`)).arrayBuffer());

/** Files of an archive whose members are stored. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (archive.readUInt32LE(at) === 0x04034b50) {
    const size = archive.readUInt32LE(at + 18);
    const name = archive.subarray(at + 30, at + 30 + archive.readUInt16LE(at + 26)).toString("latin1");
    const begin = at + 30 + name.length;
    files.set(name, archive.subarray(begin, begin + size));
    at = begin + size;
  }
  return files;
}

test("an archive of evidence is the same each time, and every file has its hash", async () => {
  const uid = incidents[0]?.uid ?? "";
  const archive = await exported(uid);
  expect(await exported(uid)).toEqual(archive);
  const files = unzip(archive);
  const manifest = JSON.parse(String(files.get("manifest.json"))) as {
    incident: string;
    activities: { named: number; found: number; left_out: number };
    files: { name: string; bytes: number; sha256: string }[];
  };
  expect(manifest.incident).toBe(uid);
  expect(manifest.activities.found).toBe(manifest.activities.named);
  for (const { name, bytes, sha256 } of manifest.files) {
    const body = files.get(name) ?? Buffer.alloc(0);
    expect([name, body.length, hash("sha256", body, "hex")]).toEqual([name, bytes, sha256]);
  }
  expect([...files.keys()].filter((name) => !["manifest.json", "SHA256SUMS"].includes(name))).toEqual(
    manifest.files.map(({ name }) => name),
  );
  expect(manifest.files.some(({ name }) => name.startsWith("rules/"))).toBe(true);
  const lines = String(files.get("activities.ndjson")).trimEnd().split("\n");
  expect(lines.length).toBe(manifest.activities.found);
  for (const line of lines) {
    const row = JSON.parse(line) as { event: { raw_data: string }; raw_data_sha256: string };
    expect(hash("sha256", row.event.raw_data, "hex")).toBe(row.raw_data_sha256);
  }
  // What somebody does is part of it.
  await company.send("POST", `/api/v1/incidents/${uid}/actions`, { kind: "note", text: "looked at it" });
  const after = await exported(uid);
  expect(after).not.toEqual(archive);
  expect(String(unzip(after).get("actions.ndjson"))).toContain("looked at it");
});

test("an archive that has not changed is not sent again", async () => {
  const path = `/api/v1/incidents/${incidents[1]?.uid}/evidence`;
  const first = await company.get(path);
  expect(first.headers.get("content-type")).toBe("application/zip");
  expect(first.headers.get("content-disposition")).toContain(`evidence-${incidents[1]?.uid}.zip`);
  const again = await company.get(path, { "if-none-match": first.headers.get("etag") ?? "" });
  expect(again.status).toBe(304);
});

test.skipIf(!hasPython)("other programs open it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-zip-"));
  const file = join(folder, "x.zip");
  writeFileSync(file, await exported(incidents[0]?.uid ?? ""));
  expect(execFileSync("python3", ["-m", "zipfile", "-t", file]).toString()).toContain("Done testing");
  writeFileSync(file, zip([]));
  expect(execFileSync("python3", ["-m", "zipfile", "-t", file]).toString()).toContain("Done testing");
  rmSync(folder, { recursive: true });
});

test("near misses name a rule that did not hold, and what decided", async () => {
  const { items: rules } = await company.json<{ items: Output<typeof RuleItem>[] }>("/api/v1/rules?limit=200");
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  let told = 0;
  for (const incident of incidents.slice(0, 6)) {
    const { near_misses: misses } = await company.json<Output<typeof NearMisses>>(
      `/api/v1/incidents/${incident.uid}/near-misses`,
    );
    told += misses.length;
    expect(misses.length).toBeLessThanOrEqual(12);
    const found = new Set(incident.findings.map(({ rule }) => rule));
    for (const miss of misses) {
      expect(known.has(miss.rule)).toBe(true);
      expect(found.has(miss.rule)).toBe(false);
      expect(miss.decided).not.toBe("");
      expect(miss.held).toBeLessThan(miss.parts);
    }
  }
  expect(told).toBeGreaterThan(3);
});
