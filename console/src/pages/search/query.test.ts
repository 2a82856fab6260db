import { expect, test } from "vitest";
import { parseQuery, toggleTerm } from "./query.ts";

const NONE = { fields: [], source: [], lane: [], classes: [], text: "" };

test.each([
  ["", NONE],
  ["git push", { ...NONE, text: "git push" }],
  [
    "source:squid lane:network class:http_activity",
    { ...NONE, source: ["squid"], lane: ["network"], classes: ["http_activity"] },
  ],
  ["traffic.bytes_out:>1000 x", { ...NONE, fields: ["traffic.bytes_out:>1000"], text: "x" }],
  ['process.cmd_line:"git push*" a', { ...NONE, fields: ["process.cmd_line:git push*"], text: "a" }],
  ['"two  words"', { ...NONE, text: "two  words" }],
  ["https://github.com/a", { ...NONE, text: "https://github.com/a" }],
  ["lane:elsewhere", { ...NONE, text: "lane:elsewhere" }],
  ["context.destination.verdict:", { ...NONE, text: "context.destination.verdict:" }],
])("%s", (query, expected) => {
  expect(parseQuery(query)).toEqual(expected);
});

test("a term is put in, and taken out again", () => {
  const once = toggleTerm("git", "source:squid");
  expect(once).toBe("git source:squid");
  expect(toggleTerm(once, "source:squid")).toBe("git");
  expect(parseQuery(toggleTerm("git", "context.destination.operation:two words")).fields).toEqual([
    "context.destination.operation:two words",
  ]);
});
