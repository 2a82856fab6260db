import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSyslog } from "./syslog.ts";

/** 2026-03-20T12:00:00Z */
const reference = 1_774_008_000_000;
const at = (iso: string) => Date.parse(iso);

describe("headers", () => {
  test.each([
    [
      "<134>Mar 20 10:07:14 proxy-1 squid[1523]: hello",
      { time: at("2026-03-20T10:07:14Z"), hostname: "proxy-1", app: "squid", pid: "1523", priority: 134 },
      "hello",
    ],
    [
      "Mar  7 10:07:14 proxy-1 (squid-1): hello",
      { time: at("2026-03-07T10:07:14Z"), hostname: "proxy-1", app: "(squid-1)", pid: null, priority: null },
      "hello",
    ],
    [
      "Dec 31 23:59:59 host app: x",
      { time: at("2025-12-31T23:59:59Z"), hostname: "host", app: "app", pid: null, priority: null },
      "x",
    ],
    [
      "Mar 20 10:07:14 dnsmasq[812]: query[A] x from 10.1.4.17",
      { time: at("2026-03-20T10:07:14Z"), hostname: null, app: "dnsmasq", pid: "812", priority: null },
      "query[A] x from 10.1.4.17",
    ],
    [
      "<30>1 2026-03-20T10:07:16.250+01:00 gate-1 dnsmasq 812 - - body here",
      { time: at("2026-03-20T09:07:16.250Z"), hostname: "gate-1", app: "dnsmasq", pid: "812", priority: 30 },
      "body here",
    ],
    [
      `<30>1 2026-03-20T10:07:16Z h a - ID [x@1 k="v\\"]"][y z="1"] \ufeffbody`,
      { time: at("2026-03-20T10:07:16Z"), hostname: "h", app: "a", pid: null, priority: 30 },
      "body",
    ],
    [
      "1 2026-03-20T10:07:16.250+01:00 gate-1 filterlog 812 - - body",
      { time: at("2026-03-20T09:07:16.250Z"), hostname: "gate-1", app: "filterlog", pid: "812", priority: null },
      "body",
    ],
    ["<30>1 - - - - - -", { time: null, hostname: null, app: null, pid: null, priority: 30 }, ""],
    [
      "2026-03-20T10:07:14.825Z ns1 named[7]: client",
      { time: at("2026-03-20T10:07:14.825Z"), hostname: "ns1", app: "named", pid: "7", priority: null },
      "client",
    ],
    [
      "2026-03-20T10:07:14.825Z queries: info: client",
      { time: at("2026-03-20T10:07:14.825Z"), hostname: null, app: "queries", pid: null, priority: null },
      "info: client",
    ],
    [
      "Mar 20 10:07:14 gate-1 gate-1 sshd[454]: Failed password",
      { time: at("2026-03-20T10:07:14Z"), hostname: "gate-1", app: "sshd", pid: "454", priority: null },
      "Failed password",
    ],
    [
      `Mar 20 10:07:14 10.1.0.9 {"a":1}`,
      { time: at("2026-03-20T10:07:14Z"), hostname: "10.1.0.9", app: null, pid: null, priority: null },
      `{"a":1}`,
    ],
  ])("%s", (line, header, body) => {
    expect(parseSyslog(line, reference)).toEqual({ header, body });
  });

  test.each([
    "",
    "hello",
    "10.1.4.17 - - x",
    "1774001235.130  61250 10.1.4.17 TCP_TUNNEL/200",
    `{"a":1}`,
    "<x>hello",
    "Mar 99 x",
  ])("none in %j", (line) => {
    expect(parseSyslog(line, reference)).toBeNull();
  });
});

test("any text has a header or none; the body is the end of the line", () => {
  const piece = fc.constantFrom(
    "<",
    ">",
    "1",
    " ",
    "Mar 20 10:07:14 ",
    "2026-03-20T10:07:16Z ",
    "host ",
    "app[1]: ",
    "[",
    "]",
    `"`,
    "\\",
    ":",
    "-",
    "\ufeff",
    "(a)",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 24 }).map((parts) => parts.join("")),
        fc.string({ unit: "binary" }),
      ),
      (line) => {
        const parsed = parseSyslog(line, reference);
        if (parsed !== null) expect(line.endsWith(parsed.body)).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});
