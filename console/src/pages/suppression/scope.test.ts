import { expect, test } from "vitest";
import { chosenScope, literalPattern, offeredScope } from "./scope.ts";

const incident = {
  actors: ["alice", "alice@acme.example"],
  hosts: ["ws-017"],
  addresses: ["10.1.4.17"],
  destinations: ["github.com/al1ce/notes"],
  findings: [
    { uid: "f1", rule: "r1", title: "", time: 0, severity: "low", activities: [] },
    { uid: "f2", rule: "r2", title: "", time: 0, severity: "high", activities: [] },
  ],
  reasons: [{ text: "", points: 50, finding: "f2" }],
} as const;

test("who and where to are chosen, the strongest rule is there to be chosen", () => {
  const fields = offeredScope(incident);
  expect(chosenScope(fields)).toEqual({ user: "alice@acme.example", destination: "github.com/al1ce/notes" });
  expect(fields.rule).toEqual({ chosen: false, pattern: "r2" });
  expect(fields.host).toEqual({ chosen: false, pattern: "ws-017" });
});

test("where nobody is named the machine is meant, and where there is none its address", () => {
  expect(chosenScope(offeredScope({ ...incident, actors: [], destinations: [] }))).toEqual({ host: "ws-017" });
  const bare = { ...incident, actors: [], hosts: [], destinations: [] };
  expect(chosenScope(offeredScope(bare))).toEqual({ address: "10.1.4.17" });
  expect(chosenScope(offeredScope({ ...bare, addresses: [] }))).toBe(null);
});

test("what a log calls somebody is no pattern, and hides nothing from the eye", () => {
  expect(literalPattern("a*b")).toBe("a?b");
  expect(literalPattern("a\u202eb\u0000")).toBe("a?b?");
  expect(literalPattern("x\u{e0001}y")).toBe("x??y");
});
