import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Incident } from "../../../model/incident.ts";
import { testAttempt, testIncident, testNotice, testPorts } from "../testing.ts";
import file from "./file.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "sallyport-file-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = (path: string): Incident[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Incident);
const notice = (n: number) => testNotice({ delivery: `d${n}`, incident: testIncident({ uid: `u${n}` }) });

test("one line an incident, for nobody else to read", async () => {
  const path = join(folder, "a.ndjson");
  const receiver = file.connect({ path }, testPorts());
  for (const n of [1, 2])
    expect(await receiver.deliver(notice(n), testAttempt({ delivery: `d${n}` }))).toMatchObject({
      result: "delivered",
    });
  expect(lines(path).map(({ uid }) => uid)).toEqual(["u1", "u2"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("OCSF Incident Finding", async () => {
  const path = join(folder, "ocsf.ndjson");
  await file.connect({ path, format: "ocsf" }, testPorts()).deliver(notice(1), testAttempt());
  expect(lines(path)[0]).toMatchObject({ class_uid: 2005, type_uid: 200501, severity_id: 4 });
});

test("rotates by size and keeps as many as it is told", async () => {
  const path = join(folder, "r.ndjson");
  const receiver = file.connect({ path, max_size: 3_500, keep: 2 }, testPorts());
  for (let n = 1; n <= 9; n += 1) await receiver.deliver(notice(n), testAttempt({ delivery: `d${n}` }));
  const names = readdirSync(folder)
    .filter((name) => name.startsWith("r.ndjson"))
    .toSorted();
  expect(names).toEqual(["r.ndjson", "r.ndjson.1", "r.ndjson.2"]);
  const kept = names.toReversed().flatMap((name) => lines(join(folder, name)).map(({ uid }) => uid));
  expect(kept.at(-1)).toBe("u9");
  expect(kept).toEqual(kept.toSorted());
  for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(3_500);
});

test("a line that a crash has cut is taken off, and what is there already is not written again", async () => {
  const path = join(folder, "c.ndjson");
  const receiver = file.connect({ path }, testPorts());
  await receiver.deliver(notice(1), testAttempt({ delivery: "d1" }));
  appendFileSync(path, JSON.stringify(notice(2)).slice(0, 80));
  expect(await receiver.deliver(notice(2), testAttempt({ delivery: "d2", again: true }))).toMatchObject({
    result: "delivered",
  });
  expect(await receiver.deliver(notice(2), testAttempt({ delivery: "d2", again: true }))).toMatchObject({
    answer: "it is there already",
  });
  expect(lines(path).map(({ uid }) => uid)).toEqual(["u1", "u2"]);
});

test("nothing is written through a link", async () => {
  const path = join(folder, "link.ndjson");
  writeFileSync(join(folder, "target"), "");
  symlinkSync(join(folder, "target"), path);
  await expect(file.connect({ path }, testPorts()).deliver(notice(1), testAttempt())).rejects.toThrow("ELOOP");
});

test("a folder that is missing is a failure that may pass", async () => {
  await expect(
    file.connect({ path: join(folder, "none", "x") }, testPorts()).deliver(notice(1), testAttempt()),
  ).rejects.toThrow("ENOENT");
});
