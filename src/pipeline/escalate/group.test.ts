import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding, Subject } from "../../model/incident.ts";
import { finding } from "./finding.test-support.ts";
import { groupFindings } from "./group.ts";

const stories = (findings: readonly Finding[]): string[] =>
  groupFindings(findings).map((story) => story.map(({ uid }) => uid).join(" "));

const alice = { actor: "alice@acme.example", actor_names: ["alice@acme.example", "alice"] };
const bob = { actor: "bob@acme.example", actor_names: ["bob@acme.example", "bob"] };
const foreign = { destination: "github.com/al1ce/notes", destination_owner: "al1ce", verdict: "unsanctioned" } as const;

describe("one story", () => {
  test.each<
    [
      name: string,
      findings: readonly (readonly [hours: number, evidence: Partial<Subject>])[],
      expected: readonly string[],
    ]
  >([
    [
      "the same person",
      [
        [0, alice],
        [5, alice],
      ],
      ["0 1"],
    ],
    [
      "a person by e-mail and by local account",
      [
        [0, alice],
        [1, { actor: "alice" }],
      ],
      ["0 1"],
    ],
    [
      "a person by a login the source ties to them",
      [
        [0, { actor: "alice@acme.example", actor_names: ["alice@acme.example", "al1ce"] }],
        [1, { actor: "al1ce" }],
      ],
      ["0 1"],
    ],
    [
      "the same machine",
      [
        [0, { host: "ws-1" }],
        [1, { host: "ws-1" }],
      ],
      ["0 1"],
    ],
    [
      "a machine and the person on it",
      [
        [0, { ...alice, host: "ws-1" }],
        [1, { host: "ws-1" }],
      ],
      ["0 1"],
    ],
    [
      "the same address without a machine",
      [
        [0, { address: "10.1.4.17" }],
        [1, { address: "10.1.4.17", host: "ws-1" }],
      ],
      ["0 1"],
    ],
    [
      "the same foreign repository, whoever wrote to it",
      [
        [0, { ...alice, ...foreign }],
        [1, { ...bob, ...foreign }],
      ],
      ["0 1"],
    ],
    [
      "hours apart with something between",
      [
        [0, alice],
        [11, alice],
        [22, alice],
      ],
      ["0 1 2"],
    ],
  ])("%s", (_, findings, expected) => {
    expect(stories(findings.map(([hours, evidence], index) => finding(String(index), hours, evidence)))).toEqual(
      expected,
    );
  });
});

describe("several stories", () => {
  test.each<
    [
      name: string,
      findings: readonly (readonly [hours: number, evidence: Partial<Subject>])[],
      expected: readonly string[],
    ]
  >([
    [
      "different people",
      [
        [0, alice],
        [1, bob],
      ],
      ["0", "1"],
    ],
    [
      "two people on one machine",
      [
        [0, { ...alice, host: "ws-1" }],
        [1, { ...bob, host: "ws-1" }],
      ],
      ["0", "1"],
    ],
    [
      "two people on one machine, and something there that names nobody",
      [
        [0, { ...alice, host: "ws-1" }],
        [1, { host: "ws-1" }],
        [2, { ...bob, host: "ws-1" }],
      ],
      ["0 1", "2"],
    ],
    [
      "root on two machines",
      [
        [0, { actor: "root", host: "db-1" }],
        [1, { actor: "root", host: "db-2" }],
      ],
      ["0", "1"],
    ],
    [
      "a machine's own account is nobody",
      [
        [0, { actor: "acme\\ws-1$", host: "ws-1" }],
        [1, { actor: "acme\\ws-1$", host: "ws-2" }],
      ],
      ["0", "1"],
    ],
    [
      "machines behind one address",
      [
        [0, { host: "ws-1", address: "192.0.2.1" }],
        [1, { host: "ws-2", address: "192.0.2.1" }],
      ],
      ["0", "1"],
    ],
    [
      "one of our repositories",
      [
        [0, { ...alice, destination: "github.com/acme/x", destination_owner: "acme", verdict: "sanctioned" }],
        [1, { ...bob, destination: "github.com/acme/x", destination_owner: "acme", verdict: "sanctioned" }],
      ],
      ["0", "1"],
    ],
    [
      "only the code host in common",
      [
        [0, { ...alice, destination: "github.com" }],
        [1, { ...bob, destination: "github.com" }],
      ],
      ["0", "1"],
    ],
    [
      "the same person a day later",
      [
        [0, alice],
        [13, alice],
      ],
      ["0", "1"],
    ],
  ])("%s", (_, findings, expected) => {
    expect(stories(findings.map(([hours, evidence], index) => finding(String(index), hours, evidence)))).toEqual(
      expected,
    );
  });
});

test("what goes on a little every day is one story", () => {
  const daily = (rule: string, group: readonly string[]): Finding[] =>
    [0, 26, 53].map((hours) => finding(`${rule}-${hours}`, hours, alice, { rule, group, reach_ms: 14 * 86_400_000 }));
  expect(stories(daily("slow", ["alice"]))).toEqual(["slow-0 slow-26 slow-53"]);
  const [first, , last] = daily("slow", ["alice"]) as [Finding, Finding, Finding];
  expect(stories([first, { ...last, rule: "other" }])).toHaveLength(2);
  expect(stories([first, { ...last, group: ["bob"] }])).toHaveLength(2);
});

test("the order findings come in changes nothing, and each is in one story", () => {
  const evidence = fc.record({
    actor: fc.constantFrom("", "alice", "bob", "root"),
    host: fc.constantFrom("", "ws-1", "ws-2"),
    address: fc.constantFrom("", "10.0.0.1", "10.0.0.2"),
    destination: fc.constantFrom("", "github.com/x/y"),
    destination_owner: fc.constantFrom("", "x"),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), evidence), { maxLength: 14 }),
      fc.integer(),
      (parts, seed) => {
        const findings = parts.map(([hours, each], index) => finding(String(index), hours, each));
        const shuffled = findings
          .map((each, index) => ({ each, key: Math.imul(index + 1, seed | 1) % 97 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ each }) => each);
        const grouped = stories(findings);
        expect(stories(shuffled)).toEqual(grouped);
        expect(grouped.flatMap((story) => story.split(" ")).toSorted()).toEqual(
          findings.map(({ uid }) => uid).toSorted(),
        );
      },
    ),
    { numRuns: 300 },
  );
});
