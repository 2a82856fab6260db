import { expect, test } from "vitest";
import { escalate } from "./incident.ts";
import { finding, NOON, subject } from "./finding.test-support.ts";

const nothing = (): ReadonlySet<never> => new Set<never>();
const one = (...findings: Parameters<typeof escalate>[0]) => {
  const [incident, ...others] = escalate(findings, nothing);
  expect(others).toEqual([]);
  if (incident === undefined) throw new Error("no incident");
  return incident;
};
const alice = { actor: "alice@acme.example", actor_names: ["alice@acme.example", "alice"], host: "ws-017" };

test("times, names and destinations come from the evidence", () => {
  const incident = one(
    finding("a", 0, { ...alice, address: "10.1.4.17", destination: "github.com", verdict: "unknown" }),
    finding("b", 1, {
      ...alice,
      destination: "github.com/al1ce/notes",
      destination_owner: "al1ce",
      verdict: "unsanctioned",
      visibility: "public",
    }),
    finding("c", 2, { ...alice, destination: "gist.github.com", verdict: "unknown" }),
  );
  expect(incident).toMatchObject({
    schema_version: 1,
    first_time: NOON,
    last_time: NOON + 7_200_000,
    actors: ["alice@acme.example", "alice"],
    hosts: ["ws-017"],
    addresses: ["10.1.4.17"],
  });
  expect(incident.destination_details).toEqual([
    { name: "github.com/al1ce/notes", verdict: "unsanctioned", visibility: "public", look_alike_of: null },
    { name: "gist.github.com", verdict: "unknown", visibility: "unknown", look_alike_of: null },
  ]);
  expect(incident.destinations).toEqual(incident.destination_details.map(({ name }) => name));
});

test("of two sources that saw one transfer the larger amount counts", () => {
  const evidence = [
    subject({ ...alice, activity_uid: "1", source: "zeek-conn", bytes_out: 900 }),
    subject({ ...alice, activity_uid: "2", source: "zeek-ssl", bytes_out: 900 }),
    subject({ ...alice, activity_uid: "3", source: "zeek-conn", bytes_out: 100 }),
  ];
  expect(one(finding("a", 0, evidence)).bytes_out).toBe(1_000);
  expect(one(finding("a", 0, evidence, { bytes_out: { "zeek-conn": 5_000 } })).bytes_out).toBe(5_000);
  expect(one(finding("a", 0, alice)).bytes_out).toBe(null);
});

test("the same thing again and again is one line of the timeline", () => {
  const evidence = [0, 1, 2].map((n) =>
    subject({ ...alice, activity_uid: String(n), time: NOON + n, what: "git push" }),
  );
  const other = subject({
    ...alice,
    activity_uid: "9",
    time: NOON + 9,
    what: "connection to github.com:443",
    bytes_out: 85_000_000,
  });
  expect(one(finding("a", 0, [...evidence, other])).timeline.map(({ text, activity }) => [text, activity])).toEqual([
    ["git push (3 times)", "0"],
    ["connection to github.com:443, 85.0 MB out", "9"],
  ]);
});

test("next steps: the first of every reason first, each once, no more than six", () => {
  const incident = one(
    finding("a", 0, alice, { points: 60, next_steps: ["a1", "a2", "a3"] }),
    finding("b", 0, alice, { points: 50, behaviours: ["bulk-clone"], next_steps: ["b1", "a2", "b3", "b4"] }),
    // says the same again: no reason, no step
    finding("c", 0, alice, { points: 40, next_steps: ["c1"] }),
  );
  expect(incident.next_steps).toEqual(["a1", "b1", "a2", "a3", "b3", "b4"]);
});

test("the uid depends on the first finding alone; incidents come by risk", () => {
  const first = finding("a", 0, alice);
  expect(one(first).uid).toBe(one(first, finding("b", 1, alice)).uid);
  const bob = finding("z", 0, { actor: "bob" }, { points: 70 });
  expect(escalate([first, bob], nothing).map(({ risk_score }) => risk_score)).toEqual([70, 50]);
});
