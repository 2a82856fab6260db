import { expect, test } from "vitest";
import type { Finding, Incident, Lane, Subject } from "../../model/incident.ts";
import { blindSpotsOf, visibilityOf } from "./blind-spots.ts";
import { finding, subject } from "./finding.test-support.ts";

const SEEN: Incident["visibility"] = { endpoint: "seen", network: "seen", identity: "seen", repository: "seen" };
const known = { actor: "alice", bytes_out: 1 };

function codes(
  evidence: readonly Partial<Subject>[],
  {
    bytes = 1,
    visibility = SEEN,
    over = {},
  }: { bytes?: number | null; visibility?: Incident["visibility"]; over?: Partial<Finding> } = {},
): string[] {
  const subjects = evidence.map((each, index) => subject({ activity_uid: String(index), ...each }));
  return blindSpotsOf([finding("one", 0, subjects, over)], subjects, visibility, bytes).map(({ code }) => code);
}

test.each<
  [
    name: string,
    evidence: readonly Partial<Subject>[],
    options: Parameters<typeof codes>[1],
    expected: readonly string[],
  ]
>([
  ["everything shows", [{ ...known, seen_by: "url" }], {}, []],
  ["only the name", [{ ...known, seen_by: "sni" }], {}, ["tls-not-inspected"]],
  [
    "the name, and the path elsewhere",
    [
      { ...known, seen_by: "sni" },
      { ...known, seen_by: "url" },
    ],
    {},
    [],
  ],
  ["only the address", [{ ...known, seen_by: "address" }], {}, ["address-only"]],
  ["only questions", [{ ...known, seen_by: "dns" }], {}, ["dns-only"]],
  ["no bytes", [{ ...known, seen_by: "url" }], { bytes: null }, ["bytes-unknown"]],
  [
    "no bytes where none are expected",
    [{ ...known, seen_by: "url" }],
    { bytes: null, over: { behaviours: ["exposure-change"] } },
    [],
  ],
  ["nobody named", [{ seen_by: "url" }], {}, ["actor-unknown"]],
  [
    "a stranger's repository",
    [
      {
        ...known,
        seen_by: "url",
        verdict: "unsanctioned",
        destination_owner: "al1ce",
        destination: "github.com/al1ce/notes",
      },
    ],
    { visibility: { ...SEEN, repository: "nothing" } },
    ["foreign-repository"],
  ],
  [
    "no endpoint log",
    [{ ...known, seen_by: "url" }],
    { visibility: { ...SEEN, endpoint: "not-visible" } },
    ["no-endpoint-log"],
  ],
  [
    "what the rule cannot see",
    [{ ...known, seen_by: "url" }],
    { over: { blind_spots: ["What it carried is not visible"] } },
    ["rule-limit"],
  ],
  [
    "what the rule says of TLS, where the path shows",
    [{ ...known, seen_by: "url" }],
    { over: { blind_spots: ["TLS is not inspected, so the repository is not visible"] } },
    [],
  ],
  [
    "what the rule says of TLS, once",
    [{ ...known, seen_by: "sni" }],
    { over: { blind_spots: ["TLS is not inspected, so the repository is not visible"] } },
    ["tls-not-inspected"],
  ],
])("%s", (_, evidence, options, expected) => {
  expect(codes(evidence, options)).toEqual(expected);
});

test.each<[lanes: readonly Lane[], present: readonly Lane[], expected: Incident["visibility"]]>([
  [
    ["network"],
    ["network", "endpoint"],
    { endpoint: "nothing", network: "seen", identity: "not-visible", repository: "not-visible" },
  ],
  [
    ["network", "repository"],
    [],
    { endpoint: "not-visible", network: "seen", identity: "not-visible", repository: "seen" },
  ],
])("seen in %s, logs of %s", (lanes, present, expected) => {
  expect(
    visibilityOf(
      lanes.map((lane) => subject({ lane })),
      new Set(present),
    ),
  ).toEqual(expected);
});

test("what a source missed at that time is a blind spot with its span", () => {
  const [from, until] = [Date.UTC(2026, 2, 20, 9), Date.UTC(2026, 2, 20, 10)];
  const gap = { source: "github-audit", from, until, reason: "GitHub keeps git events for seven days" };
  const spots = blindSpotsOf([finding("one", 0, [], {})], [subject(known)], SEEN, 1, Array<typeof gap>(9).fill(gap));
  const told = spots.filter(({ code }) => code === "source-gap");
  expect(told).toHaveLength(5);
  expect(told[0]?.text).toBe(
    "events of github-audit from 2026-03-20T09:00:00.000Z to 2026-03-20T10:00:00.000Z may be missing: GitHub keeps git events for seven days",
  );
});
