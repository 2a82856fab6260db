import { expect, test } from "vitest";
import type { OcsfEvent } from "../../model/activity.ts";
import { describeEvent } from "./describe.ts";

const event = (more: object): OcsfEvent =>
  ({
    class_uid: 0,
    activity_id: 1,
    time: 0,
    metadata: { version: "1.8.0", product: { name: "Test" } },
    ...more,
  }) as unknown as OcsfEvent;

test.each([
  [
    "a command",
    { class_uid: 1007, process: { cmd_line: "git push https://github.com/al1ce/notes.git" } },
    "git push https://github.com/al1ce/notes.git",
  ],
  [
    "a program without its command line",
    { class_uid: 1007, process: { file: { path: "/usr/bin/git" } } },
    "/usr/bin/git",
  ],
  [
    "a password in an address",
    { class_uid: 1007, process: { cmd_line: "git push https://al1ce:ghp_0123456789abcdef@github.com/al1ce/notes" } },
    "git push https://…@github.com/al1ce/notes",
  ],
  [
    "a token in a header",
    {
      class_uid: 1007,
      process: { cmd_line: "curl -H 'Authorization: token ghp_0123456789abcdef' https://api.github.com/user" },
    },
    "curl -H 'Authorization: token …' https://api.github.com/user",
  ],
  [
    "a token alone",
    { class_uid: 1007, process: { cmd_line: "login --with glpat-0123456789 now" } },
    "login --with glpat-… now",
  ],
  [
    "a file",
    {
      class_uid: 1001,
      activity_name: "Read",
      file: { path: "C:\\Finance\\q1.xlsx" },
      actor: { process: { name: "7z.exe" } },
    },
    "7z.exe: read C:\\Finance\\q1.xlsx",
  ],
  [
    "a request",
    {
      class_uid: 4002,
      http_request: { http_method: "PUT", url: { hostname: "api.github.com", path: "/repos/a/b/contents/x" } },
    },
    "PUT api.github.com/repos/a/b/contents/x",
  ],
  [
    "an audit record",
    { class_uid: 6003, api: { operation: "repo.access" }, resources: [{ name: "acme/payments" }] },
    "repo.access acme/payments",
  ],
  [
    "a request in an audit record",
    {
      class_uid: 6003,
      api: { operation: "api.request" },
      http_request: { http_method: "GET", url: { path: "/repos/a/b" } },
    },
    "api.request GET /repos/a/b",
  ],
  ["a question", { class_uid: 4003, query: { hostname: "github.com" } }, "lookup of github.com"],
  [
    "a connection",
    { class_uid: 4001, tls: { sni: "github.com" }, dst_endpoint: { ip: "192.0.2.1", port: 443 } },
    "connection to github.com:443",
  ],
  [
    "a program's connection",
    { class_uid: 4001, dst_endpoint: { ip: "192.0.2.1" }, actor: { process: { name: "EXCEL.EXE" } } },
    "EXCEL.EXE: connection to 192.0.2.1",
  ],
  ["nothing", { class_uid: 3002 }, ""],
])("%s", (_, more, expected) => {
  expect(describeEvent(event(more))).toBe(expected);
});

test("long and hostile text is cut in time", () => {
  const started = performance.now();
  for (const text of ["token ".repeat(50_000), `${"://".repeat(50_000)}@`, "ghp_".repeat(50_000)]) {
    expect(describeEvent(event({ class_uid: 1007, process: { cmd_line: text } })).length).toBeLessThanOrEqual(200);
  }
  expect(performance.now() - started).toBeLessThan(100);
});
