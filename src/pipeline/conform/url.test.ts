import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitUrl } from "./url.ts";

test.each([
  [
    "http://Git.Example/a/b.git/info/refs?service=git-receive-pack",
    {
      scheme: "http",
      hostname: "git.example",
      port: 80,
      path: "/a/b.git/info/refs",
      query_string: "service=git-receive-pack",
    },
  ],
  [
    "HTTPS://git.example.:8443/a?x=1?y#z",
    { scheme: "https", hostname: "git.example", port: 8443, path: "/a", query_string: "x=1?y" },
  ],
  ["https://user:pa@ss@git.example/a", { scheme: "https", hostname: "git.example", port: 443, path: "/a" }],
  [
    "ssh://git@ssh.git.example:443/o/r.git",
    { scheme: "ssh", hostname: "ssh.git.example", port: 443, path: "/o/r.git" },
  ],
  ["git.example:443", { hostname: "git.example", port: 443 }],
  ["[2001:db8::1]:443", { hostname: "2001:db8::1", port: 443 }],
  ["http://[2001:db8::1]/x", { scheme: "http", hostname: "2001:db8::1", port: 80, path: "/x" }],
  ["2001:db8::1", { hostname: "2001:db8::1" }],
  ["/only/path?q", { path: "/only/path", query_string: "q" }],
  ["http://git.example?q", { scheme: "http", hostname: "git.example", port: 80, query_string: "q" }],
  ["http://git.example#f?q", { scheme: "http", hostname: "git.example", port: 80 }],
  ["http://git.example:99999/", { scheme: "http", hostname: "git.example", port: 80, path: "/" }],
  ["http://", { scheme: "http", port: 80 }],
  ["", {}],
])("%s", (text, parts) => {
  expect(splitUrl(text)).toEqual({ url_string: text, ...parts });
});

test("agrees with the WHATWG parser on the URLs that one leaves as they are", () => {
  fc.assert(
    fc.property(
      fc.webUrl({ withQueryParameters: true, withFragments: true, validSchemes: ["http", "https"] }),
      (text) => {
        const whatwg = new URL(text);
        fc.pre(whatwg.href === text || whatwg.href === `${text}/`);
        const url = splitUrl(text);
        expect([url.hostname, url.path ?? "/", url.query_string ?? ""]).toEqual([
          whatwg.hostname,
          whatwg.pathname,
          whatwg.search.slice(1),
        ]);
      },
    ),
    { numRuns: 300 },
  );
});

test("takes any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => void expect(splitUrl(text).url_string).toBe(text)),
    { numRuns: 500 },
  );
});
