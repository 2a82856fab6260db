/** The examples of docs/api.md run as they stand. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROBLEMS, type IncidentItem, type Output } from "../pipeline/serve/contract.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

const text = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
const examples = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] as string);
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

let company: ServedCompany;
let environment: NodeJS.ProcessEnv;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-docs-"));
  company = await serveCompany(3);
  const { items } = await company.json<{ items: Output<typeof IncidentItem>[] }>("/api/v1/incidents?limit=1");
  environment = {
    ...process.env,
    SALLYPORT: company.server.address,
    TOKEN: company.token,
    INCIDENT: items[0]?.uid,
    ACTOR: encodeURIComponent(items[0]?.actors[0] ?? ""),
  };
});
afterAll(async () => {
  await company.close();
  rmSync(folder, { recursive: true, force: true });
});

// Without curl there is nothing to run them with.
describe.skipIf(!hasCurl)("docs/api.md", () => {
  test.each(examples)("%s", async (example) => {
    const run = promisify(execFile)("bash", ["-euo", "pipefail", "-c", example], {
      env: environment,
      cwd: folder,
      maxBuffer: 1 << 26,
    });
    const { stdout } = await run;
    expect(stdout.length).toBeGreaterThan(example.includes("/stream") ? 10 : 1);
  });
});

test("every code of a problem is explained", () => {
  const codes = Object.keys(PROBLEMS).filter((code) => code !== "method-not-allowed");
  expect(codes.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});
