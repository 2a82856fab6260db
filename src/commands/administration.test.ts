/** Users, tokens, retention and backups from the command line: in the store's files, and through a server that has them open. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { UsageError } from "../model/errors.ts";
import { readAudit } from "../pipeline/persist/audit.ts";
import { Store } from "../pipeline/persist/store.ts";
import { lastRetention, RetentionSchedule } from "../pipeline/persist/retention-schedule.ts";
import { serveCompany } from "../../test/served-company.ts";
import { backup, restoreBackup } from "./backup.ts";
import { readPassword } from "./read-password.ts";
import { applyRetention, purge, showRetention } from "./retention.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { createToken, listTokens, revokeToken } from "./token.ts";
import { addUser, changeUser, listUsers, setPassword } from "./user.ts";

let folder: string;
let store: string;
let passwordFile: string;
let printed = "";
let terminal: Terminal;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-administration-"));
  store = join(folder, "store");
  passwordFile = join(folder, "password");
  writeFileSync(passwordFile, "a long walk to the pier\n", { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  printed = "";
  const line = (text = ""): void => void (printed += `${text}\n`);
  terminal = { ...openTerminal({ color: false }), line, note: () => {} };
});

test("in the store: a first user before the first start, tokens, and the trail of it", async () => {
  expect(await addUser(terminal, "Mara", "admin", { store, passwordFile })).toBe(0);
  await addUser(terminal, "tom", "viewer", { store, passwordFile });
  await changeUser(terminal, "tom", { role: "analyst" }, { store });
  await changeUser(terminal, "tom", { disabled: true }, { store });
  await setPassword(terminal, "mara", { store, passwordFile });
  await expect(changeUser(terminal, "mara", { role: "viewer" }, { store })).rejects.toThrow(/last admin/);
  await expect(changeUser(terminal, "nobody", { role: "viewer" }, { store })).rejects.toThrow(UsageError);
  printed = "";
  await listUsers(terminal, { store });
  expect(printed).toMatch(/^mara +admin .*\ntom +analyst +disabled/);

  printed = "";
  await createToken(terminal, "graphs", { role: "viewer", days: 30, from: ["10.0.0.0/8"] }, { store });
  expect(printed).toMatch(/^slp_[\w-]{43}\n$/);
  const secret = printed.trim();
  printed = "";
  await listTokens(terminal, { store, output: "json" });
  const [token] = JSON.parse(printed) as { id: string; name: string; addresses: string[] }[];
  expect(token).toMatchObject({ name: "graphs", addresses: ["10.0.0.0/8"] });
  await revokeToken(terminal, token?.id ?? "", { store });
  await expect(revokeToken(terminal, token?.id ?? "", { store })).rejects.toThrow(/no valid token/);

  const opened = await Store.open(store);
  const trail = await readAudit(opened, { before: null, limit: 100 });
  await opened.close();
  const kinds = ["token.revoke", "token.create", "user.change", "user.change", "user.change", "user.add", "user.add"];
  expect(trail.map(({ kind }) => kind)).toEqual(kinds);
  expect(trail.every(({ via, actor }) => via === "command-line" && actor !== "")).toBe(true);
  expect(JSON.stringify(trail)).not.toContain(secret);
});

test("retention, deletion, backup and restore leave their mark", async () => {
  await showRetention(terminal, { store });
  expect(printed).toMatch(/match +90 d/);
  await applyRetention(terminal, { store });
  expect(printed).toContain("Nothing was due.");
  await purge(terminal, { store, user: ["tom"], reason: "asked" });
  expect(printed).toContain("nothing");
  const copy = join(folder, "copy");
  await backup(terminal, copy, { store });
  await backup(terminal, copy, { verify: true });
  await expect(backup(terminal, copy, { store })).rejects.toThrow(/not empty/);
  const restored = join(folder, "restored");
  await restoreBackup(terminal, copy, { store: restored });
  const opened = await Store.open(restored);
  const trail = await readAudit(opened, { before: null, limit: 3 });
  expect(trail.map(({ kind }) => kind)).toEqual(["restore", "purge", "retention.apply"]);
  expect(JSON.stringify(trail)).not.toContain('"tom"');

  // Once a day, also when the clock was set back.
  let now = Date.UTC(2026, 5, 1);
  const logged: string[] = [];
  const schedule = new RetentionSchedule({
    store: opened,
    settings: () => ({ default: null, classes: new Map(), matches: null, findings: null, quarantine: null, audit: 1 }),
    clock: { now: () => now },
    log: (_, message) => void logged.push(message),
  });
  await schedule.runIfDue();
  expect([await lastRetention(opened), logged.length]).toEqual([now, 0]);
  now += 3_600_000;
  await schedule.runIfDue();
  expect(await lastRetention(opened)).toBe(now - 3_600_000);
  now -= 7_200_000;
  await schedule.runIfDue();
  await schedule.close();
  await opened.close();
});

test("through a server: the same, with its token; without one, or with a viewer's, it is refused", async () => {
  const company = await serveCompany(0);
  try {
    const server = company.server.address;
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, `${company.token}\n`, { mode: 0o600 });
    await expect(listUsers(terminal, { server })).rejects.toThrow(/takes a token/);
    await addUser(terminal, "tom", "viewer", { server, tokenFile, passwordFile });
    await listUsers(terminal, { server, tokenFile });
    expect(printed).toMatch(/tom +viewer/);
    await showRetention(terminal, { server, tokenFile, output: "json" });
    await backup(terminal, "nightly", { server, tokenFile });
    expect(readFileSync(join(company.store.folder, "backups/nightly/manifest.json"), "utf8")).toContain('"format": 1');
    await expect(backup(terminal, "nightly", { server, tokenFile })).rejects.toThrow(/a backup nightly already/);
    writeFileSync(tokenFile, await company.server.access.createToken("v", "viewer"));
    await expect(listUsers(terminal, { server, tokenFile })).rejects.toThrow(/role admin/);
    await expect(listUsers(terminal, { server: "nowhere", tokenFile })).rejects.toThrow(/no address of a server/);
  } finally {
    await company.close();
  }
  await expect(listUsers(terminal, { server: company.server.address, tokenFile: passwordFile })).rejects.toThrow(
    /does not answer/,
  );
});

test("a password comes from a file or the environment, and from the keyboard only where there is one", async () => {
  expect(await readPassword(passwordFile)).toBe("a long walk to the pier");
  const none = { input: { isTTY: false }, output: process.stderr } as never;
  await expect(readPassword(null, none)).rejects.toThrow(/--password-file/);
  process.env["SALLYPORT_PASSWORD"] = "from the environment";
  expect(await readPassword(null, none)).toBe("from the environment");
  delete process.env["SALLYPORT_PASSWORD"];

  let take: (text: string) => void = () => {};
  let shown = "";
  const input = {
    isTTY: true,
    setRawMode: () => {},
    setEncoding: () => {},
    resume: () => {},
    pause: () => {},
    on: (_: string, listener: (text: string) => void) => void (take = listener),
    off: () => {},
  };
  const output = { write: (text: string) => void (shown += text) };
  const typed = async (...answers: string[]): Promise<string> => {
    const reading = readPassword(null, { input, output } as never);
    for (const answer of answers) {
      await new Promise((resolve) => setImmediate(resolve));
      take(answer);
    }
    return reading;
  };
  expect(await typed("secx\u007fret\r", "secret\n")).toBe("secret");
  await expect(typed("one\r", "two\r")).rejects.toThrow(/differ/);
  await expect(typed("\u0003")).rejects.toThrow(/stopped/);
  expect(shown).not.toContain("sec");
});
