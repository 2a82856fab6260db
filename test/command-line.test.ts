/** The real command line on input that is not as it should be. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../demo/random.ts";
import { everything } from "./extent.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function sallyport(args: readonly string[], input?: string): { code: number | null; out: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: "utf8",
    input,
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  return { code: status, out: stdout, errors: stderr };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let serial = 0;
/** A line of Squid's native log that is like no other. */
function goodLine(): string {
  serial += 1;
  return `${1_774_000_000 + serial}.${String(serial % 1000).padStart(3, "0")} 12 10.1.4.17 TCP_MISS/200 5120 GET http://intranet.acme.example/${serial} alice HIER_DIRECT/192.0.2.10 text/html`;
}

const AUDIT = `{"@timestamp":1774000000000,"action":"git.push","actor":"alice-acme","_document_id":"d1","repo":"acme/app","org":"acme"}`;

/** What damage is done to a line; the lines before and after it stay whole. */
const DAMAGES: readonly ((random: Random) => Buffer)[] = [
  (random) => {
    const bytes = Buffer.from(AUDIT);
    for (let n = 0; n < 8; n += 1) bytes[random.int(0, bytes.length - 1)]! ^= 1 << random.int(0, 7);
    // A flipped bit may make a line end, which is no damage to a line but two lines.
    return Buffer.from(bytes.map((byte) => (byte === 10 || byte === 13 ? 32 : byte)));
  },
  (random) => Buffer.from(AUDIT.slice(0, random.int(1, AUDIT.length - 2))),
  () => Buffer.from("[".repeat(200_000)),
  () => Buffer.from(`{"a":`.repeat(50_000)),
  () =>
    Buffer.from(
      `{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}},"action":"git.push","@timestamp":"never"}`,
    ),
  () => Buffer.from("nul \0 byte"),
  () => Buffer.from([0xc3, 0x28, 0xa0, 0xff, 0xfe, 0x41]),
  (random) => Buffer.from(Array.from({ length: 300 }, () => 128 + random.int(0, 127))),
  () => Buffer.from(`{"@timestamp":1e400,"action":"git.push","actor":"x","_document_id":"d","repo":"a/b"}`),
  () => Buffer.from("\ufeff\u202e{}"),
];

/** `npm test` makes do with few. */
const DAMAGED = everything ? 500 : 60;

test(`${DAMAGED} damaged inputs cost only themselves`, () => {
  const random = new Random(11);
  const logs = join(folder, "damaged");
  mkdirSync(logs);
  let whole = 0;
  for (let n = 0; n < DAMAGED; n += 1) {
    const damage = DAMAGES[n % DAMAGES.length]!(random);
    const before = goodLine();
    const after = goodLine();
    whole += 2;
    const text = Buffer.concat([
      Buffer.from(`${before}\n`),
      damage,
      Buffer.from(`\n${after}${n % 3 === 0 ? "" : "\n"}`),
    ]);
    writeFileSync(join(logs, `input-${n}.log${n % 5 === 0 ? ".gz" : ""}`), n % 5 === 0 ? gzipSync(text) : text);
  }
  writeFileSync(join(logs, "empty.log"), "");
  writeFileSync(join(logs, "binary.log"), Buffer.from(Array.from({ length: 50_000 }, () => random.int(0, 255))));
  writeFileSync(join(logs, "long.log"), `${goodLine()}\n${"A".repeat(10_000_000)}\n${goodLine()}\n`);
  whole += 2;
  writeFileSync(join(logs, "cut.log.gz"), gzipSync(`${goodLine()}\n`.repeat(2_000)).subarray(0, 200));

  const { code, out, errors } = sallyport(["scan", logs, "--emit", "activities", "-o", "ndjson"]);
  expect(code).toBe(3);
  const urls = out
    .split("\n")
    .filter((line) => line !== "")
    .map(
      (line) =>
        (JSON.parse(line) as { http_request?: { url?: { url_string?: string } } }).http_request?.url?.url_string,
    )
    .filter((url) => url?.startsWith("http://intranet.acme.example/") === true);
  expect(new Set(urls).size).toBeGreaterThanOrEqual(whole);
  expect(errors).toMatch(/\d+ lines skipped/);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
}, 180_000);

describe("exit codes and messages", () => {
  test.each([
    { name: "an unknown option", args: ["scan", "--bogus"], code: 2, says: /unknown option/ },
    { name: "a path that does not exist", args: ["scan", "does-not-exist"], code: 2, says: /does not exist/ },
    { name: "an unknown source", args: ["conform", "--source", "sqiud", "package.json"], code: 2, says: /squid/ },
    { name: "a missing policy", args: ["scan", "src", "--policy", "no.yaml"], code: 78, says: /policy\.invalid/ },
    {
      name: "a folder that is no store",
      args: ["incident", "list", "--store", "src"],
      code: 2,
      says: /holds no store/,
    },
  ])("$name", ({ args, code, says }) => {
    const run = sallyport(args);
    expect(run.code).toBe(code);
    expect(run.errors).toMatch(says);
  });

  test.each([
    {
      name: "no rule by that name",
      lines: ["correlation:", "  type: event_count", "  rules: [nobody]"],
      says: /5:11: .*"nobody"/,
    },
    { name: "no such modifier", lines: ["detection:", "  selection: { action|containz: x }"], says: /containz/ },
  ])("a rule that cannot be used is told by its place: $name", ({ lines, says }) => {
    const file = join(folder, "rule.yml");
    const head = ["title: Typo", "id: 11111111-1111-4111-8111-111111111111"];
    const rest =
      lines[0] === "correlation:"
        ? ["  group-by: [actor]", "  timespan: 1h", "  condition: { gte: 3 }"]
        : ["  condition: selection", "logsource: { product: github }"];
    writeFileSync(file, `${[...head, ...lines, ...rest].join("\n")}\n`);
    const run = sallyport(["scan", folder, "--rules", file]);
    expect(run.code).toBe(78);
    expect(run.errors).toMatch(says);
    expect(run.errors).not.toContain("    at ");
  });

  test("an empty folder is no failure", () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expect(sallyport(["scan", empty])).toMatchObject({ code: 0, out: "No incidents.\n" });
  });

  test("standard input is read", () => {
    const { code, out } = sallyport(["conform", "-"], `${goodLine()}\n`);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ class_uid: 4002, metadata: { version: "1.8.0" } });
  });
});

test("what logs hold never steers the terminal", () => {
  const hostile =
    "1774000001.000 12 10.1.4.17 TCP_MISS/200 5120 GET http://x.example/\u001b[31m\u202eexe al\u001b]0;owned\u0007ice HIER_DIRECT/192.0.2.10 text/html";
  const { out } = sallyport(["explain", hostile]);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(out).toContain("⟦ESC⟧");
});

test("a line is explained with the reason of every rule it was asked", () => {
  const line =
    "1774000000.123 90 10.1.4.17 TCP_TUNNEL/200 5120 CONNECT github.com:443 alice HIER_DIRECT/140.82.121.4 -";
  const { code, out } = sallyport(["explain", line]);
  expect(code).toBe(0);
  expect(out).toMatch(/recognised as\s+squid \(Squid access\.log\): 1 of 1 records, confidence 0\.\d/);
  expect(out).toMatch(/destination\s+github\.com, connect/);
  expect(out).toMatch(/rules: \d+ match, \d+ came close, \d+ do not match/);
});
