import { describe, expect, test } from "vitest";
import { MalformedInputError } from "../../model/errors.ts";
import { decode } from "./decode.ts";

const reference = 1_774_008_000_000;

describe("a line", () => {
  test.each([
    ["JSON", `{"a":1}`, null, `{"a":1}`, { a: 1 }],
    ["JSON after blanks", `  \t{ "a":1}`, null, `  \t{ "a":1}`, { a: 1 }],
    ["an empty object", "{ }", null, "{ }", {}],
    ["text", "hello {", null, "hello {", null],
    ["a Ruby hash", "{:action=>1}", null, "{:action=>1}", null],
    ["an array, which envelopes take apart", "[1]", null, "[1]", null],
    ["JSON behind syslog", `<134>Mar 20 10:07:14 h app: {"a":1}`, "h", `{"a":1}`, { a: 1 }],
    ["syslog behind a relay's syslog", `<134>Mar 20 10:07:15 relay <30>Mar 20 10:07:14 h app[1]: x`, "h", "x", null],
    ["syslog without host behind a relay's", `<134>Mar 20 10:07:15 relay app: <30>app[1]: x`, "relay", "x", null],
    ["text in angle brackets behind syslog", `Mar 20 10:07:15 h app: <Event>`, "h", "<Event>", null],
  ])("%s", (_name, line, hostname, body, json) => {
    const record = decode(line, reference);
    expect({
      hostname: record.syslog?.hostname ?? null,
      body: record.body,
      json: record.json,
      line: record.line,
    }).toEqual({ hostname, body, json, line });
  });

  test.each([
    ["cut off", `{"a":1`, "not JSON"],
    ["an open brace", "{", "not JSON"],
    ["too deep", `{"a":${"[".repeat(64)}${"]".repeat(64)}}`, "JSON nested deeper than 64 levels"],
  ])("refused: %s", (_name, line, message) => {
    expect(() => decode(line, reference)).toThrow(MalformedInputError);
    expect(() => decode(line, reference)).toThrow(message);
  });

  test("brackets inside strings are no depth", () => {
    expect(decode(`{"a":"${"[{".repeat(500)}"}`, reference).json).toEqual({ a: "[{".repeat(500) });
  });
});
