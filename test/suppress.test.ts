/** Suppressions and back-tests with the real command, over a small company's logs. */
import { spawnSync } from "node:child_process";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Incident } from "../src/model/incident.ts";
import { writeScenario, type Scenario } from "./scenario.ts";

const COMMAND = fileURLToPath(new URL("../bin/sallyport.mjs", import.meta.url));
const API_UPLOAD = fileURLToPath(new URL("../detections/api-upload/rule.yml", import.meta.url));

interface Listed {
  readonly uid: string;
  readonly state: string;
  readonly findings: number;
  readonly until: number;
}
interface Preview {
  readonly findings: number;
  readonly vanishing: number;
  readonly dropping: number;
  readonly incidents: readonly {
    uid: string;
    effect: string;
    title: string;
    risk_score: number;
    new_risk_score: number | null;
  }[];
}

let scenario: Scenario;
let stores = 0;
beforeAll(() => {
  scenario = writeScenario(3, false);
});
afterAll(() => scenario.remove());

function run(...options: string[]): { code: number; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...options], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return { code: status ?? -1, out: stdout, err: stderr };
}
function done(...options: string[]): string {
  const { code, out, err } = run(...options);
  expect([code, err], options.join(" ")).toEqual([0, expect.anything()]);
  return out;
}
const rows = <Row>(text: string): Row[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
const incidents = (store: string, ...options: string[]): Incident[] =>
  rows(done("incident", "list", "--store", store, "-o", "ndjson", ...options));
function scanned(...paths: string[]): string {
  const store = join(scenario.folder, `store-${(stores += 1)}`);
  done("scan", ...(paths.length === 0 ? [scenario.logs] : paths), "--policy", scenario.policy, "--store", store, "-q");
  return store;
}
const named = ({ actors }: Incident): string => actors.find((name) => name.includes("@")) ?? (actors[0] as string);

/** A proxy's log of pushes to places that policy does not name: [user, repository, hours after the first day's noon]. */
function pushes(name: string, ...rows: readonly (readonly [string, string, number])[]): string {
  const path = join(scenario.folder, name);
  const noon = Date.UTC(2026, 2, 16, 12) / 1_000;
  writeFileSync(
    path,
    rows
      .map(
        ([user, repository, hours], index) =>
          `${noon + hours * 3_600}.${100 + index} 90 10.1.4.${user.length} TCP_MISS/200 5120 POST https://github.com/${repository}.git/git-receive-pack ${user} HIER_DIRECT/203.0.113.7 application/x-git-receive-pack-result\n`,
      )
      .join(""),
  );
  const modified = new Date(Date.UTC(2026, 3, 16));
  utimesSync(path, modified, modified);
  return path;
}

describe("suppress", () => {
  test("preview says what add does; what is suppressed is stored, counted and told on request; withdrawn it is as before", () => {
    const store = scanned();
    const before = incidents(store);
    expect(before.length).toBeGreaterThan(2);
    const victim = before[0] as Incident;
    const scope = ["--user", named(victim)];

    const preview = JSON.parse(done("suppress", "preview", "--store", store, ...scope, "-o", "json")) as Preview;
    expect(preview.findings).toBeGreaterThan(0);
    const vanishing = preview.incidents.filter(({ effect }) => effect === "vanishes");
    expect(vanishing.map(({ title }) => title)).toContain(victim.title);
    expect(incidents(store)).toEqual(before);

    const added = run("suppress", "add", "--store", store, ...scope, "--reason", "a drill", "-o", "json");
    expect([added.code, added.err]).toEqual([0, expect.stringContaining("critical")]);
    const [suppression] = JSON.parse(added.out) as [Listed];
    expect(suppression).toMatchObject({ state: "active", findings: preview.findings, owner: expect.any(String) });

    const after = incidents(store);
    const gone = new Set(vanishing.map(({ uid }) => uid));
    expect(after.map(({ uid }) => uid)).toEqual(before.filter(({ uid }) => !gone.has(uid)).map(({ uid }) => uid));
    expect(
      incidents(store, "--suppressed")
        .map(({ uid }) => uid)
        .toSorted(),
    ).toEqual([...gone].toSorted());
    const told = run("incident", "list", "--store", store);
    expect(told.err).toMatch(/suppressed \(\d critical/);
    expect(done("explain", victim.uid, "--store", store)).toContain(`suppressed by ${suppression.uid.slice(0, 8)}`);

    // Scanning the same again tells nothing of it either.
    const again = run("scan", scenario.logs, "--policy", scenario.policy, "--store", store, "-o", "ndjson");
    expect(rows<Incident>(again.out).map(({ uid }) => uid)).not.toContain(victim.uid);
    expect(again.err).toContain("suppressed");

    // The end raises nothing old.
    const ended = JSON.parse(
      done("suppress", "expire", suppression.uid.slice(0, 6), "--store", store, "-o", "json"),
    ) as [Listed];
    expect(ended[0]).toMatchObject({ state: "expired", findings: preview.findings });
    expect(incidents(store)).toEqual(after);
    expect(run("suppress", "expire", suppression.uid, "--store", store).code).toBe(2);

    done("suppress", "expire", suppression.uid, "--withdraw", "--store", store);
    expect(incidents(store)).toEqual(before);
    expect(rows<Listed>(done("suppress", "list", "--store", store, "-o", "ndjson"))).toEqual([]);
    const all = done("suppress", "list", "--all", "--store", store, "-o", "csv").split("\r\n");
    expect(all[0]).toBe(
      "uid,state,kind,rule,user,host,address,destination,reason,owner,created,from,until,ended_time,ended_by,findings,finding_severities,last_time",
    );
    expect(all[1]).toContain("withdrawn");
  }, 120_000);

  test("the end raises nothing old, also of what comes late; what happens after it is byte for byte as ever", () => {
    const early = pushes("early.log", ["alice", "al1ce/notes", 0], ["bob", "b0b/things", 1]);
    const forgotten = pushes("forgotten.log", ["alice", "al1ce/more", 0.5]);
    const late = pushes("late.log", ["alice", "al1ce/notes", 72], ["bob", "b0b/things", 96]);
    const plain = incidents(scanned(early, forgotten, late));
    const store = scanned(early);
    const [made] = JSON.parse(
      done("suppress", "add", "--store", store, "--user", "alice", "--reason", "a drill", "-o", "json"),
    ) as [Listed];
    const quiet = incidents(store);
    expect(quiet.map(({ actors }) => actors)).toEqual([["bob"]]);
    done("suppress", "expire", made.uid, "--store", store);
    done("scan", forgotten, "--policy", scenario.policy, "--store", store, "-q");
    expect(incidents(store)).toEqual(quiet);
    done("scan", late, "--policy", scenario.policy, "--store", store, "-q");
    const after = (list: readonly Incident[]): string =>
      JSON.stringify(list.filter(({ first_time }) => first_time > Date.UTC(2026, 2, 18)));
    expect(after(plain)).toContain("alice");
    expect(after(incidents(store))).toBe(after(plain));
    done("suppress", "expire", made.uid, "--withdraw", "--store", store);
    expect(JSON.stringify(incidents(store))).toBe(JSON.stringify(plain));
  }, 120_000);

  test("an incident that people confirmed is not hidden without saying so twice", () => {
    const store = scanned();
    const victim = incidents(store)[0] as Incident;
    done("incident", "close", victim.uid, "tp-malicious", "--store", store);
    const scope = ["--user", named(victim), "--store", store, "--reason", "oops"];
    const refused = run("suppress", "add", ...scope);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("--force")]);
    expect(incidents(store)[0]?.uid).toBe(victim.uid);
    expect(run("suppress", "add", ...scope, "--force").code).toBe(0);
    expect(incidents(store).map(({ uid }) => uid)).not.toContain(victim.uid);
  }, 60_000);

  test.each([
    [["add", "--user", "a"], /--reason/],
    [["add", "--reason", "x"], /at least one/],
    [["add", "--user", "*", "--reason", "x"], /everything/],
    [["add", "--user", "a", "--reason", " "], /--reason/],
    [["add", "--user", "a", "--reason", "x", "--until", "400d"], /year/],
    [["add", "--user", "a", "--reason", "x", "--until", "soon"], /30d/],
    [["add", "--user", "a", "--reason", "x", "--from", "2027-01-01"], /before --until/],
    [["preview", "--fingerprint", "zz"], /no finding/],
    [["expire", "ffff"], /no suppression/],
  ])("suppress %j is refused with what to do", (options, message) => {
    const store = join(scenario.folder, "store-1");
    const { code, err } = run("suppress", ...options, "--store", store);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe("rule backtest", () => {
  interface Result {
    readonly matches: number;
    readonly capped: boolean;
    readonly days: readonly { day: string; matches: number }[];
    readonly findings: { before: number; after: number; added: unknown[]; gone: unknown[]; changed: unknown[] };
    readonly incidents: {
      before: number;
      after: number;
      added: Incident[];
      gone: Incident[];
      changed: { before: Incident; after: Incident }[];
    };
  }
  let store: string;
  const backtest = (what: string, ...options: string[]): Result =>
    JSON.parse(
      done("rule", "backtest", what, "--store", store, "--policy", scenario.policy, "-o", "json", ...options),
    ) as Result;
  const changedRule = (change: (text: string) => string): string => {
    const path = join(scenario.folder, `rule-${(stores += 1)}.yml`);
    const text = readFileSync(API_UPLOAD, "utf8");
    expect(change(text)).not.toBe(text);
    writeFileSync(path, change(text));
    return path;
  };
  beforeAll(() => {
    store = scanned();
  }, 60_000);

  test("all that is enabled, tried again, concludes what scan concluded", () => {
    const {
      findings,
      incidents: told,
      matches,
      capped,
    } = backtest(fileURLToPath(new URL("../detections", import.meta.url)));
    expect(matches).toBeGreaterThan(0);
    expect([capped, findings.added, findings.gone, findings.changed]).toEqual([false, [], [], []]);
    expect([told.added, told.gone, told.changed]).toEqual([[], [], []]);
    expect([findings.before, told.before]).toEqual([findings.after, incidents(store).length]);
  }, 60_000);

  test("a rule that no longer holds takes its findings away, and nothing is written", () => {
    const before = incidents(store);
    const none = backtest(changedRule((text) => text.replace("verdict: unsanctioned", "verdict: sanctioned")));
    expect(none.findings.before).toBeGreaterThan(0);
    expect([none.findings.after, none.findings.gone.length]).toEqual([0, none.findings.before]);
    expect(none.incidents.changed.length + none.incidents.gone.length).toBeGreaterThan(0);
    for (const { before: was, after: is } of none.incidents.changed)
      expect(is.risk_score).toBeLessThanOrEqual(was.risk_score);
    expect(incidents(store)).toEqual(before);
  }, 60_000);

  test("a new rule with a correlation over an enabled one finds what it would", () => {
    const path = join(scenario.folder, "new.yml");
    const id = /^id: (\S+)$/m.exec(readFileSync(API_UPLOAD, "utf8"))?.[1] as string;
    writeFileSync(
      path,
      `title: Two uploads\nid: 6b1d2f9e-0000-4000-8000-000000000002\nlevel: medium\ncorrelation:\n  type: event_count\n  rules: [${id}]\n  group-by: [context.destination.name]\n  timespan: 1d\n  condition: {gte: 2}\n  generate: true\n`,
    );
    const result = backtest(path);
    expect([result.findings.before, result.findings.added.length]).toEqual([0, result.findings.after]);
    expect(result.findings.after).toBeGreaterThan(0);
  }, 60_000);

  test("by id, over a part of the time, in every form", () => {
    const id = /^id: (\S+)$/m.exec(readFileSync(API_UPLOAD, "utf8"))?.[1] as string;
    const whole = backtest(id);
    const last = whole.days.at(-1) as { day: string; matches: number };
    const part = backtest(id, "--since", last.day);
    expect(part.matches).toBe(last.matches);
    const table = done("rule", "backtest", id, "--store", store, "--policy", scenario.policy);
    expect(table).toContain(last.day);
    const csv = done("rule", "backtest", id, "--store", store, "--policy", scenario.policy, "-o", "csv");
    expect(csv).toBe("what,change,uid,severity,risk_score,old_risk_score,time,title\r\n");
    expect(run("rule", "backtest", "no-such-rule", "--store", store).code).toBe(2);
  }, 60_000);
});
