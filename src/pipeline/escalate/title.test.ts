import { expect, test } from "vitest";
import { BEHAVIOURS } from "../detect/correlate/plans.ts";
import { titleOf, type TitleFacts } from "./title.ts";

const facts: TitleFacts = {
  actor: "alice@acme.example",
  host: "ws-017",
  address: "10.1.4.17",
  destination: "github.com/al1ce/notes",
  destinations: 1,
  bytesOut: 224_395_264,
  spanMs: 540_000,
};

test.each<[behaviours: readonly string[], over: Partial<TitleFacts>, expected: string]>([
  [
    ["push-to-unsanctioned-repository"],
    {},
    "alice@acme.example pushed 224 MB to github.com/al1ce/notes, which policy does not sanction",
  ],
  [
    ["push-to-unsanctioned-repository"],
    { bytesOut: null },
    "alice@acme.example pushed data to github.com/al1ce/notes, which policy does not sanction",
  ],
  [
    ["stage-then-send", "push-to-unsanctioned-repository"],
    {},
    "alice@acme.example gathered files, then pushed 224 MB to github.com/al1ce/notes, which policy does not sanction",
  ],
  [["stage-then-send"], {}, "alice@acme.example gathered files and sent 224 MB to github.com/al1ce/notes"],
  [
    ["api-upload", "off-hours-activity", "unsanctioned-source-host"],
    { actor: "postgres", host: "db-02" },
    "postgres on db-02 uploaded 224 MB to github.com/al1ce/notes through the API from a machine that may not",
  ],
  [
    ["bulk-clone", "first-seen-access"],
    { destinations: 40, host: null },
    "alice@acme.example cloned 40 repositories in 9 min from a new address",
  ],
  [["bulk-clone", "first-seen-access"], { destinations: 40 }, "alice@acme.example cloned 40 repositories in 9 min"],
  [
    ["repository-create-burst", "create-repository-then-write"],
    { actor: "acme-ci-bot", host: null, destinations: 13 },
    "acme-ci-bot created 13 repositories in 9 min",
  ],
  [
    ["credential-access", "create-repository-then-write"],
    {},
    "alice@acme.example read repository credentials, then created github.com/al1ce/notes and wrote to it at once",
  ],
  [
    ["exposure-change"],
    { destinations: 3 },
    "alice@acme.example opened github.com/al1ce/notes and 2 more to outsiders",
  ],
  [["volume-anomaly"], { actor: null }, "Somebody on ws-017 sent 224 MB to github.com/al1ce/notes within 9 min"],
  [
    ["volume-anomaly"],
    { actor: null, host: null },
    "Somebody at 10.1.4.17 sent 224 MB to github.com/al1ce/notes within 9 min",
  ],
  [
    ["volume-anomaly"],
    { actor: null, host: null, address: null, destination: null },
    "Somebody sent 224 MB to a code host within 9 min",
  ],
  [[], {}, "alice@acme.example: Title of the rule"],
])("%s %o", (behaviours, over, expected) => {
  expect(titleOf(new Set(behaviours), { ...facts, ...over }, "Title of the rule")).toBe(expected);
});

test("every behaviour makes a sentence of its own", () => {
  const titles = BEHAVIOURS.map((behaviour) => titleOf(new Set([behaviour]), facts, "fallback"));
  expect(titles.filter((title) => title.includes("fallback"))).toEqual([]);
  expect(new Set(titles).size).toBe(BEHAVIOURS.length);
});
