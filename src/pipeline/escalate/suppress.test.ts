import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding, Lane } from "../../model/incident.ts";
import { scopeKind, scopeProblem, type Suppression, type SuppressionScope } from "../../model/suppression.ts";
import { finding, NOON, subject } from "./finding.test-support.ts";
import { escalate } from "./incident.ts";
import { compileScope, compileSuppressions, destinationsOf, fingerprintOf, tellStories } from "./suppress.ts";

const HOUR = 3_600_000;
const runs = Number(process.env["FUZZ_RUNS"] ?? 200);
const EVERYTHING: SuppressionScope = { rule: null, user: null, host: null, address: null, destination: null };
const EVER = { from: null, until: NOON + 1_000 * HOUR };
const nowhere = (): ReadonlySet<Lane> => new Set<Lane>();

function suppression(uid: string, over: Partial<Suppression> & { scope: SuppressionScope }): Suppression {
  return { uid, reason: "a test", owner: "mara", created: NOON, from: null, until: EVER.until, ended: null, ...over };
}

const alice = { actor: "alice@acme.example", actor_names: ["alice"], host: "ws-017", address: "10.1.4.17" };
const bob = { actor: "bob@acme.example", actor_names: ["bob"], host: "ws-018", address: "10.1.4.18" };
const repository = {
  destination: "github.com/al1ce/notes",
  destination_owner: "al1ce",
  verdict: "unsanctioned",
} as const;

describe("a scope covers a finding when all it names is meant", () => {
  const push = finding("push", 0, { ...alice, ...repository });
  test.each<[Partial<SuppressionScope>, boolean]>([
    [{ rule: "rule-push" }, true],
    [{ rule: "rule-*" }, true],
    [{ rule: "push" }, false],
    [{ user: "alice@acme.example" }, true],
    [{ user: "ALICE" }, true],
    [{ user: "alice@acme.exampl?" }, true],
    [{ user: "*@acme.example", rule: "other" }, false],
    [{ host: "ws-*" }, true],
    [{ host: "ws-[0-9]*" }, false],
    [{ address: "10.1.4.17" }, true],
    [{ address: "10.1.4.1" }, false],
    [{ destination: "github.com/al1ce/*" }, true],
    [{ destination: "github.com" }, false],
    [{ user: "alice", destination: "github.com/al1ce/notes", rule: "rule-push" }, true],
    [{ user: "bob", destination: "github.com/al1ce/notes" }, false],
  ])("%o", (scope, covers) => {
    expect(compileScope({ ...EVERYTHING, ...scope }, EVER)(push)).toBe(covers);
  });
});

test("nobody is hidden behind another, and no place behind another", () => {
  const both = finding("both", 0, [subject({ ...alice, ...repository }), subject({ ...bob, ...repository })]);
  expect(compileScope({ ...EVERYTHING, user: "alice" }, EVER)(both)).toBe(false);
  expect(compileScope({ ...EVERYTHING, user: "*" + "@acme.example" }, EVER)(both)).toBe(true);
  const places = finding("places", 0, { ...alice, ...repository }, { destinations: ["github.com/other/thing"] });
  expect(compileScope({ ...EVERYTHING, destination: "github.com/al1ce/*" }, EVER)(places)).toBe(false);
});

test("events that name nobody hide nobody, as long as one does name", () => {
  const partly = finding("partly", 0, [subject({ host: "ws-017" }), subject(alice)]);
  expect(compileScope({ ...EVERYTHING, user: "alice" }, EVER)(partly)).toBe(true);
  const nobody = finding("nobody", 0, { host: "ws-017" });
  expect(compileScope({ ...EVERYTHING, user: "*a*" }, EVER)(nobody)).toBe(false);
});

test("a host alone is no further place where a repository on it shows", () => {
  const seen = finding("seen", 0, [subject({ destination: "github.com" }), subject(repository)]);
  expect(destinationsOf(seen)).toEqual(["github.com/al1ce/notes"]);
});

describe("times of events decide", () => {
  const long = finding("long", 0, alice, { first_time: NOON - HOUR, time: NOON });
  test.each<[string, { from: number | null; until: number }, boolean]>([
    ["ends before the end", { from: null, until: NOON + 1 }, true],
    ["goes on at the end", { from: null, until: NOON }, false],
    ["begins at the beginning", { from: NOON - HOUR, until: NOON + 1 }, true],
    ["began before", { from: NOON - HOUR + 1, until: NOON + 1 }, false],
  ])("%s", (_name, span, covers) => {
    expect(compileScope({ ...EVERYTHING, user: "alice" }, span)(long)).toBe(covers);
  });
});

test("what is withdrawn covers nothing; what was ended covers what came before", () => {
  const scope = { ...EVERYTHING, user: "alice" };
  const ended = { time: NOON + 2 * HOUR, by: "mara", withdrawn: false };
  const old = finding("old", 0, alice);
  const fresh = finding("fresh", 5, alice);
  const coveredBy = compileSuppressions([suppression("s", { scope, until: NOON + 2 * HOUR, ended })]);
  expect([coveredBy(old), coveredBy(fresh)]).toEqual([["s"], []]);
  const withdrawn = compileSuppressions([suppression("s", { scope, ended: { ...ended, withdrawn: true } })]);
  expect(withdrawn(old)).toEqual([]);
});

test("a covered finding adds nothing to an incident, and the rest is told as though it were not there", () => {
  const findings = [
    finding("a", 0, alice, { points: 60, behaviours: ["api-upload"] }),
    finding("b", 1, alice, { points: 40, behaviours: ["bulk-clone"] }),
  ];
  const stories = tellStories(
    findings,
    nowhere,
    compileSuppressions([suppression("s", { scope: { ...EVERYTHING, rule: "rule-a" } })]),
  );
  expect(stories.incidents).toEqual(escalate([findings[1] as Finding], nowhere));
  expect(stories.suppressed).toEqual([]);
  expect([...stories.covered]).toEqual([[findings[0], ["s"]]]);
});

test("a story of which all is covered is kept as it would be told", () => {
  const findings = [finding("a", 0, alice), finding("b", 1, alice), finding("c", 1, bob)];
  const stories = tellStories(
    findings,
    nowhere,
    compileSuppressions([suppression("s", { scope: { ...EVERYTHING, user: "alice" } })]),
  );
  expect(stories.incidents).toEqual(escalate([findings[2] as Finding], nowhere));
  expect(stories.suppressed).toEqual(escalate(findings.slice(0, 2), nowhere));
});

test("a fingerprint covers its own finding, whatever names a log makes up", () => {
  const text = fc.oneof(fc.constantFrom("*", "?", "a*b", "", "x/y", "[a]"), fc.string({ maxLength: 12 }));
  fc.assert(
    fc.property(text, text, text, text, (actor, host, address, destination) => {
      const odd = finding("odd", 0, { actor, host, address, destination });
      const scope = fingerprintOf(odd);
      expect(compileScope(scope, EVER)(odd)).toBe(true);
      const other = finding("odd", 0, { actor: `${actor}-other`, host, address, destination });
      if (actor !== "") expect(compileScope(scope, EVER)(other)).toBe(false);
    }),
    { numRuns: runs, seed: 11 },
  );
});

test("several repositories of one owner are the owner's, several owners nobody's", () => {
  const two = finding("two", 0, alice, { destinations: ["github.com/al1ce/a", "github.com/al1ce/b"] });
  expect(fingerprintOf(two).destination).toBe("github.com/al1ce/*");
  const owners = finding("two", 0, alice, { destinations: ["github.com/al1ce/a", "github.com/bob/b"] });
  expect(fingerprintOf(owners).destination).toBe(null);
});

describe("what is no scope is told", () => {
  test.each<[Partial<SuppressionScope>, RegExp | null]>([
    [{}, /at least one/],
    [{ user: "" }, /empty/],
    [{ user: "  " }, /empty/],
    [{ user: "*" }, /everything/],
    [{ user: "*", destination: "?*" }, /everything/],
    [{ user: "*", rule: "api-upload" }, null],
    [{ user: "x".repeat(501) }, /500/],
  ])("%o", (scope, problem) => {
    const told = scopeProblem({ ...EVERYTHING, ...scope });
    if (problem === null) expect(told).toBe(null);
    else expect(told).toMatch(problem);
  });
  test("kinds", () => {
    expect(scopeKind({ ...EVERYTHING, rule: "a", user: "b", destination: "c" })).toBe("fingerprint");
    expect(scopeKind({ ...EVERYTHING, user: "b", destination: "c" })).toBe("user + destination");
  });
});

describe("over any findings and suppressions", () => {
  const people = [alice, bob, { actor: "carol@acme.example", actor_names: [], host: "ws-019", address: "10.1.4.19" }];
  const someFindings = fc
    .array(
      fc.record({
        who: fc.nat(2),
        hour: fc.integer({ min: 0, max: 72 }),
        rule: fc.constantFrom("r1", "r2", "r3"),
        points: fc.integer({ min: 10, max: 90 }),
      }),
      { minLength: 1, maxLength: 14 },
    )
    .map((rows) =>
      rows.map(({ who, hour, rule, points }, index) =>
        finding(`${index}`, hour, people[who] ?? {}, {
          rule,
          points,
          behaviours: [rule === "r1" ? "api-upload" : "bulk-clone"],
        }),
      ),
    );
  const someSuppressions = fc
    .array(
      fc.record({
        user: fc.constantFrom("alice*", "bob", null),
        rule: fc.constantFrom("r1", "r?", null),
        from: fc.constantFrom(null, 0, 20),
        until: fc.integer({ min: 0, max: 80 }),
        withdrawn: fc.boolean(),
      }),
      { maxLength: 4 },
    )
    .map((rows) =>
      rows.map(({ user, rule, from, until, withdrawn }, index) =>
        suppression(`s${index}`, {
          scope: { ...EVERYTHING, user, rule },
          from: from === null ? null : NOON + from * HOUR,
          until: NOON + until * HOUR,
          created: NOON + index,
          ended: withdrawn ? { time: NOON, by: "x", withdrawn } : null,
        }),
      ),
    );

  test("order changes nothing", () => {
    fc.assert(
      fc.property(someFindings, someSuppressions, fc.infiniteStream(fc.nat()), (findings, suppressions, ranks) => {
        const shuffled = <Item>(items: readonly Item[]): Item[] =>
          items
            .map((item) => [ranks.next().value as number, item] as const)
            .toSorted(([a], [b]) => a - b)
            .map(([, item]) => item);
        const one = tellStories(findings, nowhere, compileSuppressions(suppressions));
        const other = tellStories(shuffled(findings), nowhere, compileSuppressions(shuffled(suppressions)));
        expect(JSON.stringify(other.incidents)).toBe(JSON.stringify(one.incidents));
        expect(JSON.stringify(other.suppressed)).toBe(JSON.stringify(one.suppressed));
        const byUid = ({ covered }: typeof one) =>
          [...covered].map(([{ uid }, by]) => `${uid} ${by.join()}`).toSorted();
        expect(byUid(other)).toEqual(byUid(one));
      }),
      { numRuns: runs, seed: 3 },
    );
  });

  test("incidents are those of the findings that nothing covers; none is both told and suppressed", () => {
    fc.assert(
      fc.property(someFindings, someSuppressions, (findings, suppressions) => {
        const coveredBy = compileSuppressions(suppressions);
        const { incidents, suppressed, covered } = tellStories(findings, nowhere, coveredBy);
        expect(incidents).toEqual(
          escalate(
            findings.filter((each) => coveredBy(each).length === 0),
            nowhere,
          ),
        );
        const hidden = suppressed.flatMap((incident) => incident.findings.map(({ uid }) => uid));
        const told = incidents.flatMap((incident) => incident.findings.map(({ uid }) => uid));
        expect(hidden.filter((uid) => told.includes(uid))).toEqual([]);
        expect(new Set(hidden).size).toBe(hidden.length);
        expect(told.length + covered.size).toBe(findings.length);
        expect(new Set([...incidents, ...suppressed].map(({ uid }) => uid)).size).toBe(
          incidents.length + suppressed.length,
        );
      }),
      { numRuns: runs, seed: 4 },
    );
  });

  test("stories that begin after the end are byte for byte as though it had never been", () => {
    fc.assert(
      fc.property(someFindings, fc.integer({ min: 0, max: 72 }), (findings, hour) => {
        const end = NOON + hour * HOUR;
        const ended = suppression("s", {
          scope: { ...EVERYTHING, rule: "r?" },
          until: end,
          ended: { time: end, by: "mara", withdrawn: false },
        });
        const later = (incidents: readonly { first_time: number }[]): string =>
          JSON.stringify(incidents.filter(({ first_time }) => first_time >= end));
        const never = tellStories(findings, nowhere, compileSuppressions([]));
        const after = tellStories(findings, nowhere, compileSuppressions([ended]));
        const whole = new Set(never.incidents.filter(({ first_time }) => first_time >= end).map(({ uid }) => uid));
        expect(later(after.incidents.filter(({ uid }) => whole.has(uid)))).toBe(later(never.incidents));
        // And nothing old comes back.
        expect(after.incidents.every(({ last_time }) => last_time >= end)).toBe(true);
      }),
      { numRuns: runs, seed: 5 },
    );
  });
});
