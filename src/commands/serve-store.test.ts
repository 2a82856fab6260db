/** Serving a store from the terminal, and acting on its incidents there. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Incident } from "../model/incident.ts";
import { ListenError, UsageError } from "../model/errors.ts";
import { replaceIncidents } from "../pipeline/persist/findings.ts";
import { Store } from "../pipeline/persist/store.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { actOn } from "./incident-actions.ts";
import { serveStore } from "./serve-store.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const UID = "ab".repeat(16);
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-serve-"));
  const store = await Store.open(folder);
  const incident = {
    uid: UID,
    title: "a\u001b[2J sent 5 MB",
    risk_score: 50,
    severity: "medium",
    first_time: 1_000,
    last_time: 2_000,
    findings: [],
    actors: [],
    behaviours: [],
  } as unknown as Incident;
  await replaceIncidents(store, { from: 0, until: 3_000 }, [incident], 1);
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function captured(): { terminal: Terminal; text: () => string } {
  let text = "";
  const line = (more = ""): void => void (text += `${more}\n`);
  return { terminal: { ...openTerminal({ color: false }), line, note: line }, text: () => text };
}

/** Starts serving, calls `use` with what was printed, stops; returns how long stopping took, ms. */
async function served(use: (printed: string, address: string) => Promise<void>): Promise<number> {
  const stop = new AbortController();
  const { terminal, text } = captured();
  const serving = serveStore(terminal, { store: folder, policy: null, listen: "127.0.0.1:0" }, stop.signal);
  serving.catch(() => {});
  while (!text().includes("Ctrl-C")) await Promise.race([serving, new Promise((resolve) => setTimeout(resolve, 20))]);
  await use(text(), /on (http:\S+)/.exec(text())?.[1] as string);
  const started = performance.now();
  stop.abort();
  await serving;
  return performance.now() - started;
}

test("the first start prints a link and a token, which also stands in a file for the user alone; a later one prints a link", async () => {
  const path = join(folder, "first-token");
  writeFileSync(path, "left by somebody", { mode: 0o644 });
  let token = "";
  await served(async (printed, address) => {
    token = /slp_[\w-]{43}/.exec(printed)?.[0] ?? "";
    expect(readFileSync(path, "utf8")).toBe(`${token}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const incidents = await fetch(`${address}/api/v1/incidents`, { headers: { authorization: `Bearer ${token}` } });
    expect(((await incidents.json()) as { items: unknown[] }).items.length).toBe(1);
  });
  const took = await served(async (printed, address) => {
    expect(printed).not.toContain("slp_");
    expect(printed).toMatch(/\/sign-in\/[\w-]{43}/);
    // The token of the first start still opens the API, and a listener does not keep the server from stopping.
    const stream = await fetch(`${address}/api/v1/stream`, { headers: { authorization: `Bearer ${token}` } });
    expect(stream.status).toBe(200);
  });
  expect(took).toBeLessThan(1_000);
});

test("an address that is taken is told", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  const failure = await serveStore(captured().terminal, {
    store: folder,
    policy: null,
    listen: `127.0.0.1:${port}`,
  }).catch((error: unknown) => error);
  other.close();
  expect(failure).toBeInstanceOf(ListenError);
  expect([exitCodeOf(failure), (failure as Error).message]).toEqual([69, expect.stringContaining("is taken")]);
});

test("actions in the terminal say what changed", async () => {
  const { terminal, text } = captured();
  await actOn(terminal, "abab", { kind: "assign", assignee: "mara" }, folder);
  await actOn(terminal, UID, { kind: "close", disposition: "fp-data", text: "late\u202elog" }, folder);
  await actOn(terminal, UID, { kind: "reopen" }, folder);
  expect(text()).toContain("assignee    none → mara");
  expect(text()).toContain("state       open → closed");
  expect(text()).toContain("disposition none → fp-data");
  expect(text()).toContain("late⟦U+202E⟧log");
  expect(text()).toContain("state       closed → open");
  expect(text()).not.toContain("\u001b");
  await expect(actOn(terminal, "ffff", { kind: "reopen" }, folder)).rejects.toThrow(UsageError);
});
