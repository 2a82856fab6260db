import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RECEIVER_KINDS } from "../../pipeline/notify/kinds/index.ts";
import { readConfiguration } from "./index.ts";
import { resolveNotify } from "./notify.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-notify-"));
  mkdirSync(join(folder, "out"));
  writeFileSync(join(folder, "a.secret"), "s3cret\n", { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(notify: string) {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, `notify:\n${notify}`);
  const { configuration, problems } = readConfiguration(file);
  return { configuration, problems: problems.map(({ message }) => message.replace(`${file}:`, "")) };
}

test("the example of the contract loads, with its secret, under type and place", () => {
  const { configuration } = read(
    '  - { type: webhook, url: "http://127.0.0.1:9000/in", secret_file: ./a.secret, min_severity: medium }\n',
  );
  expect(resolveNotify(configuration?.notify ?? [])).toEqual([
    {
      id: "webhook-1",
      type: "webhook",
      min_severity: "medium",
      settings: { url: "http://127.0.0.1:9000/in", secret: "s3cret" },
    },
  ]);
});

test("paths are relative to the file", () => {
  const { configuration } = read("  - { type: file, path: out/incidents.ndjson }\n");
  expect(resolveNotify(configuration?.notify ?? [])[0]?.settings["path"]).toBe(join(folder, "out/incidents.ndjson"));
});

test.each([
  [
    "an unknown key",
    "  - { type: webhook, url: http://a.example/, sceret_file: x }",
    '2:46: unknown key "sceret_file"; did you mean "secret_file"?',
  ],
  ["an unknown kind", "  - { type: webhok, url: http://a.example/ }", "2:13: "],
  [
    "a secret that is missing",
    "  - { type: pagerduty }",
    "2:5: notify.0: write routing_key_file or routing_key_env: it is needed",
  ],
  [
    "two ids alike",
    "  - { id: a, type: file, path: x }\n  - { id: a, type: file, path: y }",
    "3:11: notify.1.id: another receiver is named a",
  ],
  ["no time zone", "  - { type: file, path: x, timezone: Mars/Olympus }", "is not an IANA time zone"],
  ["no digest", "  - { type: file, path: x, digest: sometimes }", "write 15m, 1h or daily at 08:00"],
  [
    "a password in an address",
    "  - { type: webhook, url: http://me:secret@a.example/ }",
    "without a user name or password",
  ],
  ["a scheme that is none", "  - { type: webhook, url: file:///etc/passwd }", "write an http or https address"],
  [
    "a header of its own",
    "  - { type: webhook, url: http://a.example/, headers: { Host: b } }",
    "the header Host is set by the webhook itself",
  ],
  [
    "a mailbox with a line break",
    '  - { type: email, host: mail.example, from: a@b.example, to: ["x@y.example\\r\\nBcc: z@y.example"] }',
    "write an e-mail address",
  ],
  [
    "a password in the clear",
    "  - { type: email, host: m.example, from: a@b.example, to: [c@b.example], user: u, password_env: P, security: none }",
    "a password is not sent without TLS",
  ],
])("%s is told with its place", (_, yaml, message) => {
  const { configuration, problems } = read(`${yaml}\n`);
  expect(configuration).toBeNull();
  expect(problems.join("\n")).toContain(message);
});

test("every kind has another type", () => {
  const types = RECEIVER_KINDS.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
});
