import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { InvalidPolicyError } from "../model/errors.ts";
import { parseSize } from "../model/policy.ts";
import { loadPolicy, readPolicy } from "./load-policy.ts";

const messages = (text: string): string[] => readPolicy(text, "policy.yaml").problems.map((problem) => problem.message);

test("the example in the guide is a policy, with every key there is", () => {
  const guide = readFileSync(new URL("../../docs/policy.md", import.meta.url), "utf8");
  const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
  expect(blocks.length).toBeGreaterThan(1);
  for (const block of blocks) expect(readPolicy(block, "docs/policy.md").problems).toEqual([]);
  const { policy } = readPolicy(blocks[0] ?? "", "docs/policy.md");
  expect(Object.keys(policy ?? {}).toSorted()).toEqual(
    [
      "DatastoreTransferThreshold",
      "ExfilVolumeThreshold",
      "MonitoredApplications",
      "MonitoredDomains",
      "RepoDomainList",
      "WorkHours",
      "inventory",
      "on_call",
      "organization",
      "people",
      "sanctioned",
      "sensitive_paths",
    ].toSorted(),
  );
});

test.each(["", "# nothing\n", "---\n", "{}"])("%j says nothing, which is a policy", (text) => {
  expect(readPolicy(text, "policy.yaml")).toEqual({ policy: {}, problems: [] });
});

describe("mistakes stand at their place", () => {
  test.each([
    ["organisation: Acme\n", 'policy.yaml:1:1: unknown key "organisation"; did you mean "organization"?'],
    ["sanctioned:\n  repos: []\n", 'policy.yaml:2:3: unknown key "repos"'],
    ["sanctioned:\n  repositorys: []\n", 'policy.yaml:2:3: unknown key "repositorys"; did you mean "repositories"?'],
    [
      "sanctioned:\n  hosts:\n    - { match: a, roles: b }\n",
      'policy.yaml:3:19: unknown key "roles"; did you mean "role"?',
    ],
    [
      "people:\n  - user: a@b.example\n    login: [x]\n",
      'policy.yaml:3:5: unknown key "login"; did you mean "logins"?',
    ],
    ["workhours: {}\n", 'policy.yaml:1:1: unknown key "workhours"; did you mean "WorkHours"?'],
    ["RepoDomainlist: []\n", 'policy.yaml:1:1: unknown key "RepoDomainlist"; did you mean "RepoDomainList"?'],
    ["zzzzzzzzzzzzzzzzzzzz: 1\n", 'policy.yaml:1:1: unknown key "zzzzzzzzzzzzzzzzzzzz"'],
    [
      "WorkHours: { timezone: Mars/Base, days: [mon] }\n",
      'policy.yaml:1:24: WorkHours.timezone: "Mars/Base" is not an IANA time zone; write for instance Europe/Berlin',
    ],
    ['WorkHours: { from: "25:00" }\n', "policy.yaml:1:20: WorkHours.from: write a time of day such as 07:00"],
    [
      "ExfilVolumeThreshold: 50XB\n",
      'policy.yaml:1:23: ExfilVolumeThreshold: "50XB" is not a size; write for instance 50MB',
    ],
    ["ExfilVolumeThreshold: [1]\n", "policy.yaml:1:23: ExfilVolumeThreshold: write a size such as 50MB"],
    [
      'sanctioned:\n  repositories: ["https://github.com/acme/*"]\n',
      "policy.yaml:2:18: sanctioned.repositories.0: write host/owner/name, without the scheme",
    ],
    [
      "sanctioned:\n  addresses: [10.0.0.0/99]\n",
      'policy.yaml:2:15: sanctioned.addresses.0: "10.0.0.0/99" is no address and no range',
    ],
    [
      'inventory: [{ address: "10.1", host: a }]\n',
      'policy.yaml:1:24: inventory.0.address: "10.1" is no address and no range',
    ],
    [
      "on_call: [{ user: a, from: tomorrow, to: 2026-01-01 }]\n",
      "policy.yaml:1:28: on_call.0.from: write a date and time such as 2026-03-21T18:00 or a time of day such as 18:00",
    ],
    ["- a\n", "policy.yaml:1:1: Invalid input: expected object, received array"],
    ["a: 1\na: 2\n", "policy.yaml:2:1: Map keys must be unique"],
  ])("%j", (text, message) => {
    expect(messages(text)[0]).toBe(message);
  });

  test("all of them, in reading order", () => {
    const text = "WorkHours: { zone: x }\norganisation: A\nsanctioned: { addresses: [x.y] }\n";
    expect(messages(text).map((message) => message.split(": ")[0])).toEqual([
      "policy.yaml:1:14",
      "policy.yaml:2:1",
      "policy.yaml:3:27",
    ]);
  });

  test("they carry the code", () => {
    const [problem] = readPolicy("x: 1", "p.yaml").problems;
    expect(problem).toBeInstanceOf(InvalidPolicyError);
    expect(problem?.code).toBe("policy.invalid");
    expect(problem?.place).toEqual({ file: "p.yaml", line: 1, column: 1 });
  });

  test("keys of the prototype are unknown keys", () => {
    expect(messages("__proto__: { a: 1 }\n")[0]).toMatch(/unknown key "__proto__"/);
    expect(messages("constructor: 1\n")[0]).toMatch(/unknown key "constructor"/);
  });

  test("a file that cannot be read", () => {
    expect(() => loadPolicy("/nowhere/policy.yaml")).toThrow(InvalidPolicyError);
  });
});

test.each([
  ["50MB", 50_000_000],
  ["50 MB", 50_000_000],
  ["10mb", 10_000_000],
  ["1.5GB", 1_500_000_000],
  ["1KiB", 1024],
  ["2MiB", 2_097_152],
  ["1GiB", 1_073_741_824],
  ["0", 0],
  [1000, 1000],
  ["B", null],
  ["-1MB", null],
  ["1e9", null],
  ["50 XB", null],
  [Number.NaN, null],
])("size %j is %j bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});
