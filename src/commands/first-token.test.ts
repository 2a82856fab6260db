/** The token of a first start: only while nobody could sign in without it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Access } from "../pipeline/serve/access.ts";
import { makeFirstToken } from "./first-token.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "sallyport-first-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const credentials = { read: async () => [], write: async () => {} };
const COST = { ln: 4, r: 8, p: 1 };

test.each([
  ["nobody who may sign in", { oidc: false, user: false }, true],
  ["a provider", { oidc: true, user: false }, false],
  ["a user", { oidc: false, user: true }, false],
  ["a provider and a user", { oidc: true, user: true }, false],
])("%s", async (_, { oidc, user }, made) => {
  const access = await Access.open({ credentials }, { now: () => 1_000, oidc, cost: COST });
  if (user) await access.users.add("mara", "viewer", "correct horse battery staple");
  const path = join(folder, "first-token");
  rmSync(path, { force: true });
  const first = await makeFirstToken(access, folder);
  expect([first !== null, existsSync(path), access.hasTokens]).toEqual([made, made, made]);
  if (first === null) return;
  expect(readFileSync(path, "utf8")).toBe(`${first.token}\n`);
  // A later start makes no second one.
  expect(await makeFirstToken(access, folder)).toBeNull();
});
