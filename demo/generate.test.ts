/** The company's logs as a whole: the same every time, in order, in their formats, and true to the labels. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { PolicySchema } from "../src/model/policy.ts";
import { DAY } from "./clock.ts";
import { generateCompany, type CompanyOptions, type GeneratedCompany } from "./generate.ts";
import { stories } from "./stories/index.ts";
import { timeOfLine } from "./line-time.test-support.ts";

const week: CompanyOptions = { seed: 1, start: Date.UTC(2026, 2, 16), days: 7 };
let company: GeneratedCompany;
let files: Map<string, string>;

beforeAll(() => {
  company = generateCompany(week);
  files = textOf(company);
});

describe("the same options", () => {
  const short: CompanyOptions = { seed: 5, start: week.start, days: 2, people: 16 };

  test("give the same bytes, policy and labels, also when asked twice", () => {
    const first = generateCompany(short);
    const second = generateCompany(short);
    expect(textOf(first)).toEqual(textOf(second));
    expect(textOf(first)).toEqual(textOf(first));
    expect(first.policy).toBe(second.policy);
    expect(first.labels).toEqual(second.labels);
  });

  test("give the same text in pieces as in whole files", () => {
    const joined = new Map<string, string>();
    for (const { path, text } of generateCompany(short).pieces()) joined.set(path, (joined.get(path) ?? "") + text);
    expect(Object.fromEntries(joined)).toEqual(Object.fromEntries(textOf(generateCompany(short))));
  });

  test("with another seed give another company", () => {
    expect(generateCompany({ ...short, seed: 6 }).policy).not.toBe(generateCompany(short).policy);
  });
});

test("a week is a demo's worth of lines, in at least eight formats", () => {
  const lines = [...files.values()].reduce((sum, text) => sum + text.split("\n").length - 1, 0);
  expect(lines).toBeGreaterThan(20_000);
  expect(lines).toBeLessThan(120_000);
  expect([...files.keys()].toSorted()).toEqual([
    "dns/bind-query.log",
    "dns/dnsmasq.log",
    "github/audit.ndjson",
    "github/webhooks.ndjson",
    "gitlab/audit-events.ndjson",
    "linux/audit.log",
    "okta/system-log.ndjson",
    "proxy/berlin-access.log",
    "proxy/lisbon-access.log",
    "windows/security.ndjson",
    "windows/sysmon.ndjson",
    "zeek/berlin/conn.log",
    "zeek/berlin/dns.log",
    "zeek/berlin/http.log",
    "zeek/berlin/ssl.log",
    "zeek/lisbon/conn.log",
    "zeek/lisbon/dns.log",
    "zeek/lisbon/http.log",
    "zeek/lisbon/ssl.log",
  ]);
});

test("every file is in order of time and inside the week", () => {
  for (const [path, text] of files) {
    // a delivery's own time is in its receiver's log, not in the payload
    if (path === "github/webhooks.ndjson") continue;
    let last = week.start - DAY;
    for (const line of text.split("\n").filter((candidate) => candidate !== "")) {
      const time = timeOfLine(path, line, 2026);
      if (time === null) continue;
      expect(time, `${path}: ${line.slice(0, 120)}`).toBeGreaterThanOrEqual(last);
      last = time;
    }
    expect(last).toBeGreaterThan(week.start);
    expect(last).toBeLessThan(week.start + (week.days + 1) * DAY);
  }
});

test("no line holds a label or a story's name", () => {
  for (const text of files.values())
    for (const word of ["stage-then-send", "unsanctioned", "exfiltrat", "simulat"]) expect(text).not.toContain(word);
});

describe("labels", () => {
  test("eight stories, at different people", () => {
    expect(company.labels.map((label) => label.id)).toEqual([
      "api-upload",
      "bulk-clone",
      "credential-access",
      "exposure-change",
      "gist-upload",
      "stage-then-send",
      "stolen-token",
      "unsanctioned-forge",
    ]);
    const actors = company.labels.map((label) => label.actor[0]);
    expect(new Set(actors).size).toBe(actors.length);
  });

  test("each is visible where it says, within its times", () => {
    for (const label of company.labels) {
      expect(label.first_time).toBeLessThanOrEqual(label.last_time);
      expect(label.visibility.length).toBeGreaterThan(0);
      for (const path of label.visibility) {
        if (path === "github/webhooks.ndjson") continue;
        const within = (files.get(path) ?? "").split("\n").filter((line) => {
          const time = line === "" ? null : timeOfLine(path, line, 2026);
          return time !== null && time >= label.first_time - 1_000 && time <= label.last_time + 1_000;
        });
        expect(within.length, `${label.id} in ${path}`).toBeGreaterThan(0);
      }
    }
  });

  test("what was sent is what Zeek counted for the machine in that time", () => {
    const label = company.labels.find((candidate) => candidate.id === "stage-then-send");
    const sent = (files.get("zeek/berlin/conn.log") ?? "")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, number | string>)
      .filter(
        (entry) =>
          entry["id.orig_h"] === label?.addresses[0] &&
          entry["id.resp_h"] === "140.82.121.4" &&
          Number(entry["ts"]) * 1000 >= (label?.first_time ?? 0),
      )
      .filter((entry) => Number(entry["ts"]) * 1000 <= (label?.last_time ?? 0))
      .reduce((sum, entry) => sum + Number(entry["orig_bytes"]), 0);
    expect(sent).toBeGreaterThanOrEqual(label?.bytes_out ?? Number.POSITIVE_INFINITY);
    expect(sent).toBeLessThan((label?.bytes_out ?? 0) + 100_000);
  });
});

test("uids join Zeek's logs: every ssl and http record belongs to a connection", () => {
  for (const office of ["berlin", "lisbon"]) {
    const uids = (path: string): string[] =>
      (files.get(`zeek/${office}/${path}.log`) ?? "").match(/\bC[0-9A-Za-z]{17}\b/g) ?? [];
    const connections = new Set(uids("conn"));
    for (const path of ["ssl", "http"]) for (const uid of uids(path)) expect(connections.has(uid)).toBe(true);
  }
});

test("the policy validates and is the file in this folder", async () => {
  expect(PolicySchema.safeParse(parse(company.policy)).error).toBeUndefined();
  await expect(company.policy).toMatchFileSnapshot(fileURLToPath(new URL("policy.yaml", import.meta.url)));
});

function textOf(generated: GeneratedCompany): Map<string, string> {
  return new Map([...generated.files()].map(({ path, content }) => [path, [...content].join("")]));
}

test.each([1, 2, 3])("every story can be told in one company of sixty, seed %i", (seed) => {
  const told = generateCompany({
    seed,
    start: week.start,
    days: 14,
    people: 60,
    varied: true,
    life: false,
    stories: stories.map(({ id, days }, index) => ({ id, day: days > 1 ? 3 : index % 10 })),
  });
  expect(told.labels.map((label) => label.id)).toEqual(stories.map((story) => story.id));
  const logs = textOf(told);
  for (const label of told.labels) {
    expect(label.lanes.length).toBeGreaterThan(0);
    for (const path of label.visibility) expect(logs.get(path)?.length, `${label.id} in ${path}`).toBeGreaterThan(0);
  }
  for (const [path, text] of logs) for (const line of text.split("\n")) if (line !== "") timeOfLine(path, line, 2026);
});
