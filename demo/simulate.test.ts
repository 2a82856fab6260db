/** Other companies than the demo's: different from each other, readable by the product, and true to their labels. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openTerminal } from "../src/commands/terminal.ts";
import { simulate, type SimulateOptions } from "../src/commands/simulate.ts";
import { UsageError } from "../src/model/errors.ts";
import { PolicySchema } from "../src/model/policy.ts";
import { weekday } from "./clock.ts";
import { generateCompany, type CompanyOptions } from "./generate.ts";
import { laneOfLog, LOGS } from "./log-book.ts";
import { planStories, viewsOf } from "./plan.ts";
import { drawProfile, FORMATS, type Formats } from "./profile.ts";
import { lanesOf, shown, stories, VISIBILITIES } from "./stories/index.ts";

const START = Date.UTC(2026, 2, 16);

function company(seed: number, formats: Partial<Formats> = {}): CompanyOptions {
  const profile = drawProfile(seed, START, 6, formats);
  return {
    seed,
    start: START,
    days: 6,
    people: 40,
    profile,
    stories: planStories({ seed, start: START, days: 6, profile }),
    varied: true,
    skip: true,
    life: false,
  };
}

describe("profiles", () => {
  const profiles = Array.from({ length: 40 }, (_, seed) => drawProfile(seed + 1, START, 14));

  test("differ in everything that a detection could have been tuned to", () => {
    for (const of of [
      (profile: (typeof profiles)[number]) => profile.slug,
      (profile: (typeof profiles)[number]) => profile.domain,
      (profile: (typeof profiles)[number]) => profile.offices.head.zone,
      (profile: (typeof profiles)[number]) => profile.offices.head.network,
      (profile: (typeof profiles)[number]) => profile.hosts,
      (profile: (typeof profiles)[number]) => profile.accounts,
      (profile: (typeof profiles)[number]) => profile.logins,
      (profile: (typeof profiles)[number]) => JSON.stringify(profile.formats),
    ])
      expect(new Set(profiles.map(of)).size).toBeGreaterThan(2);
  });

  test("are invented: names of the example domain, addresses kept for documentation", () => {
    for (const { domain, gitlab, offices, holidays, workdays } of profiles) {
      expect(domain).toMatch(/\.example$/);
      expect(gitlab.endsWith(`.${domain}`)).toBe(true);
      expect(offices.head.egressIp).toMatch(/^192\.0\.2\.\d+$/);
      expect(offices.branch.egressIp).toMatch(/^198\.51\.100\.\d+$/);
      for (const day of holidays) expect(workdays).toContain(weekday(day));
    }
  });
});

describe("plans", () => {
  test("tell every story once, on a day of work, seen in a way that shows something", () => {
    for (const seed of [1, 2, 3]) {
      const profile = drawProfile(seed, START, 14);
      const plan = planStories({ seed, start: START, days: 14, profile });
      expect(plan.map(({ id }) => id).toSorted()).toEqual(stories.map(({ id }) => id).toSorted());
      for (const { id, day, lanes } of plan) {
        expect(profile.workdays).toContain(weekday(START + day * 86_400_000));
        const story = stories.find((candidate) => candidate.id === id);
        if (lanes !== undefined) expect(shown(story as (typeof stories)[number], lanes)).not.toEqual([]);
      }
    }
  });

  test("see each story in every way over the seeds", () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 120; seed++) {
      const profile = drawProfile(seed, START, 14);
      for (const { id, lanes } of planStories({ seed, start: START, days: 14, profile }))
        seen.add(`${id}@${lanes?.join("+") ?? ""}`);
    }
    const ways = stories.flatMap((story) => viewsOf(story).map((lanes) => `${story.id}@${lanes?.join("+") ?? ""}`));
    expect(ways.filter((way) => !seen.has(way))).toEqual([]);
  });
});

test("a story shows nothing but behaviours it has", () => {
  for (const story of stories) {
    for (const visibility of VISIBILITIES) {
      for (const behaviour of story.shows[visibility] ?? [])
        expect(shown(story, lanesOf(visibility))).toContain(behaviour);
    }
    for (const visibility of [...(story.hostOnly ?? []), ...(story.nowhere ?? [])])
      expect(story.shows[visibility], `${story.id} in ${visibility}`).toBeDefined();
  }
});

describe("companies", () => {
  test.each([
    [4, {}],
    [5, { windows: "defender", linux: "laurel", identity: "entra" }],
    [6, { windows: "sysmon", linux: "tetragon", identity: "okta" }],
  ] as const)("seed %i: the same bytes twice, a valid policy, traces only where the label says", (seed, formats) => {
    const options = company(seed, formats);
    const text = (): string[] =>
      [...generateCompany(options).files()].map(({ path, content }) => `${path}\n${[...content].join("")}`);
    expect(text()).toEqual(text());
    const { policy, labels } = generateCompany(options);
    expect(PolicySchema.safeParse(parse(policy)).error).toBeUndefined();
    expect(labels.length).toBeGreaterThan(20);
    for (const label of labels) {
      const told = label.id.split("@")[1]?.split("+");
      if (told !== undefined) for (const lane of label.lanes) expect(told).toContain(lane);
    }
    // Acme is another company
    for (const part of text()) expect(part).not.toMatch(/\bacme\b/i);
  });

  test.each(Object.entries(FORMATS).flatMap(([kind, names]) => names.map((name) => [kind, name])))(
    "%s logs as %s",
    (kind, name) => {
      const lines = [...generateCompany({ ...company(8, { [kind]: name }), life: true, days: 2 }).files()].map(
        ({ path }) => path,
      );
      const files: Readonly<Record<string, string>> = {
        zeek: "zeek/",
        sysmon: "windows/sysmon",
        defender: "windows/defender",
        auditd: "linux/audit.log",
        laurel: "linux/laurel",
        tetragon: "linux/tetragon",
        okta: "okta/",
        entra: "identity/entra",
      };
      expect(lines.some((path) => path.startsWith(files[name as string] as string))).toBe(true);
    },
  );

  test("every log has its lane", () => {
    expect(new Set(LOGS.map(laneOfLog))).toEqual(
      new Set(["url", "sni", "flow", "dns", "endpoint", "identity", "audit"]),
    );
  });
});

describe("the command refuses", () => {
  const terminal = openTerminal({ quiet: true });
  const options: SimulateOptions = {
    out: join(tmpdir(), "sallyport-never-made"),
    seed: 1,
    days: 2,
    people: 20,
    stories: "all",
    start: "2026-03-16",
  };

  test.each([
    ["a story that is none", { stories: "gist-upload,nonsense" }, "no story nonsense"],
    ["a format that is none", { formats: "zeek,carrier-pigeon" }, "no format carrier-pigeon"],
    ["a day that is none", { start: "2026-13-40" }, "YYYY-MM-DD"],
    ["too few people", { people: 3 }, "16 people or more"],
  ])("%s", async (_, wrong, message) => {
    await expect(simulate(terminal, { ...options, ...wrong })).rejects.toThrow(UsageError);
    await expect(simulate(terminal, { ...options, ...wrong })).rejects.toThrow(message);
  });

  test("a folder that holds something", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sallyport-simulate-"));
    try {
      const out = join(folder, "out");
      await expect(simulate(terminal, { ...options, out: folder, stories: "none", days: 1 })).resolves.toBe(0);
      await expect(simulate(terminal, { ...options, out: folder, stories: "none", days: 1 })).rejects.toThrow(
        "not empty",
      );
      await expect(simulate(terminal, { ...options, out, stories: "gist-upload", days: 1, people: 16 })).resolves.toBe(
        0,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
