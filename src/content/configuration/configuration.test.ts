import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { InvalidConfigError } from "../../model/errors.ts";
import { parseSpan } from "./fields.ts";
import { loadConfiguration, readConfiguration } from "./index.ts";
import { exposureOf, readSecret, secretOf } from "./secret.ts";

let root: string;
let folder: string;
let file: string;

beforeAll(() => (root = mkdtempSync(join(tmpdir(), "configuration-"))));
beforeEach(() => {
  folder = mkdtempSync(join(root, "site-"));
  file = join(folder, "sallyport.yaml");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function read(text: string, dropIns: Readonly<Record<string, string>> = {}): string[] {
  writeFileSync(file, text);
  mkdirSync(join(folder, "sallyport.d"), { recursive: true });
  for (const [name, content] of Object.entries(dropIns)) writeFileSync(join(folder, "sallyport.d", name), content);
  return readConfiguration(file).problems.map(({ message }) => message.replaceAll(`${folder}/`, ""));
}

describe("mistakes stand at their place", () => {
  test.each([
    ["sorces: []\n", 'sallyport.yaml:1:1: unknown key "sorces"; did you mean "sources"?'],
    ["- a\n", "sallyport.yaml:1:1: Invalid input: expected object, received array"],
    ["listen: here\n", "sallyport.yaml:1:9: listen: write an address and a port such as 127.0.0.1:5514"],
    ["listen: 127.0.0.1:65536\n", "sallyport.yaml:1:9: listen: write an address and a port such as 127.0.0.1:5514"],
    [
      "sources: [{ id: a }]\n",
      /^sallyport\.yaml:1:11: sources\.0\.type: is missing; write one of file, syslog, http, /,
    ],
    [
      'sources:\n  - { id: a, type: sylog, listen: ":1", protocol: udp }\n',
      'sallyport.yaml:2:20: sources.0.type: "sylog" is not known; did you mean "syslog"?',
    ],
    ["sources:\n  - id: a\n    type: file\n    path: [x]\n", "sallyport.yaml:2:5: sources.0.paths: is missing"],
    [
      "sources:\n  - { id: a, type: file, paths: [x], pol_interval: 1s }\n",
      'sallyport.yaml:2:38: unknown key "pol_interval"; did you mean "poll_interval"?',
    ],
    [
      "sources:\n  - { id: a, type: file, paths: [x], poll_interval: 1 }\n",
      "sallyport.yaml:2:53: sources.0.poll_interval: write a span of time such as 30s, 15m, 12h or 90d",
    ],
    [
      "sources: [{ id: a b, type: file, paths: [x] }]\n",
      "sallyport.yaml:1:17: sources.0.id: write a name of letters, digits, . _ and -, at most 64 of them",
    ],
    [
      'sources: [{ id: a, type: github-webhook, listen: ":1" }]\n',
      "sallyport.yaml:1:11: sources.0: a webhook needs its secret: write secret_file or secret_env",
    ],
    [
      'sources: [{ id: a, type: syslog, listen: ":1", protocol: tls }]\n',
      "sallyport.yaml:1:58: sources.0.protocol: `tls` with certificate_file and key_file goes with protocol tls, and protocol tls needs it",
    ],
    [
      "sources:\n  - { id: a, type: file, paths: [x] }\n  - { id: a, type: file, paths: [y] }\n",
      'sallyport.yaml:3:11: sources.1.id: another source is named "a" already',
    ],
    [
      'listen: ":1"\nsources: [{ id: a, type: http, listen: ":1" }]\n',
      "sallyport.yaml:2:40: sources.0.listen: :1 is taken by the console (listen) already",
    ],
    ["__proto__: { a: 1 }\n", /^sallyport\.yaml:1:1: unknown key "__proto__"/],
  ])("%j", (text, message) => {
    const [first] = read(text);
    if (typeof message === "string") expect(first).toBe(message);
    else expect(first).toMatch(message);
  });

  test("addresses of other transports and free ports do not collide", () => {
    const source = (id: string, rest: string): string => `  - { id: ${id}, type: ${rest} }\n`;
    const text = `sources:\n${source("a", 'syslog, listen: ":1", protocol: udp')}${source("b", 'syslog, listen: ":1", protocol: tcp')}${source("c", 'http, listen: "127.0.0.1:0"')}${source("d", 'http, listen: "127.0.0.1:0"')}`;
    expect(read(text)).toEqual([]);
  });

  test("a file that is not there", () => {
    expect(() => loadConfiguration(join(folder, "nothing.yaml"))).toThrow(/nothing\.yaml: there is no such file/);
  });

  test("the first of several says how many more there are", () => {
    writeFileSync(file, "a: 1\nb: 2\nc: 3\n");
    expect(() => loadConfiguration(file)).toThrow(/sallyport\.yaml:1:1: unknown key "a".* \(and 2 more\)$/);
  });
});

describe("drop-in files", () => {
  test("lists are joined in order, mappings merged, paths relative to the file they stand in", () => {
    writeFileSync(
      file,
      "policy: ./policy.yaml\naccess: { session_idle: 1h }\nsources: [{ id: a, type: file, paths: [./x] }]\n",
    );
    mkdirSync(join(folder, "sallyport.d"));
    writeFileSync(join(folder, "sallyport.d", "20.yaml"), "sources: [{ id: c, type: file, paths: [/z] }]\n");
    writeFileSync(
      join(folder, "sallyport.d", "10.yaml"),
      "access: { session_max: 2h }\nsources: [{ id: b, type: file, paths: [y] }]\nrules: [../mine]\n",
    );
    writeFileSync(join(folder, "sallyport.d", "empty.yaml"), "");
    writeFileSync(join(folder, "sallyport.d", "README"), "no YAML");
    const configuration = loadConfiguration(file);
    expect(configuration).toMatchObject({
      store: join(folder, "data"),
      policy: join(folder, "policy.yaml"),
      access: { session_idle: 3_600_000, session_max: 7_200_000 },
      rules: [join(folder, "mine")],
    });
    expect(configuration.sources.map((source) => source.type === "file" && source.paths)).toEqual([
      [join(folder, "x")],
      [join(folder, "sallyport.d", "y")],
      ["/z"],
    ]);
    expect(configuration.files).toHaveLength(4);
  });

  test("two values for one key are a mistake that names both places; the same value is none", () => {
    expect(
      read("\nlisten: 127.0.0.1:1\n", { "a.yaml": "listen: 127.0.0.1:2\n", "b.yaml": "listen: 127.0.0.1:1\n" }),
    ).toEqual(["sallyport.d/a.yaml:1:1: listen is set to something else at sallyport.yaml:2: keep one of them"]);
  });

  test("mistakes stand in the file that makes them", () => {
    const text = "sources: [{ id: a, type: file, paths: [x] }]\n";
    expect(read(text, { "a.yaml": "\nsources:\n  - { id: b, type: file, pths: [x] }\nfoo: 1\n" })).toEqual([
      "sallyport.d/a.yaml:3:5: sources.1.paths: is missing",
      'sallyport.d/a.yaml:3:26: unknown key "pths"; did you mean "paths"?',
      'sallyport.d/a.yaml:4:1: unknown key "foo"',
    ]);
    expect(read(text, { "a.yaml": "sources: [{ id: a, type: file, paths: [x] }]\n" })).toEqual([
      'sallyport.d/a.yaml:1:17: sources.1.id: another source is named "a" already',
    ]);
    expect(read(text, { "a.yaml": "sources: [\n" })[0]).toMatch(/^sallyport\.d\/a\.yaml:2:1: /);
  });
});

test("an address of a ClickHouse is no path", () => {
  writeFileSync(file, "store: https://clickhouse.example:8443/sallyport\n");
  expect(loadConfiguration(file).store).toBe("https://clickhouse.example:8443/sallyport");
});

test("whatever stands in the file, it is read or refused with a place", () => {
  const words = [
    "sources",
    "listen",
    "store",
    "type",
    "id",
    "a",
    "file",
    "[",
    "]",
    "{",
    "}",
    ":",
    "-",
    "\n",
    "  ",
    "&a",
    "*a",
    "'",
    "0x1",
    "null",
    "__proto__",
    "|",
    ">",
    "%",
    "@",
    ",",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 40 }), (parts) => {
      writeFileSync(file, parts.join(" "));
      const { configuration, problems } = readConfiguration(file);
      expect(configuration === null).toBe(problems.length > 0);
      for (const problem of problems) expect(problem).toBeInstanceOf(InvalidConfigError);
    }),
    { numRuns: Number(process.env["CONFIGURATION_FUZZ_RUNS"] ?? 300) },
  );
});

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["15m", 900_000],
  ["1.5h", 5_400_000],
  ["90d", 7_776_000_000],
  ["90", null],
  ["-1s", null],
  ["1y", null],
  ["", null],
])("span %j is %j ms", (text, ms) => {
  expect(parseSpan(text)).toBe(ms);
});

describe("secrets", () => {
  afterEach(() => delete process.env["SALLYPORT_TEST_SECRET"]);

  test("come from a file without its line end, or from the environment", () => {
    const secret = join(folder, "token");
    writeFileSync(secret, "s3cret\r\n", { mode: 0o600 });
    expect(readSecret({ file: secret })).toBe("s3cret");
    expect(exposureOf({ file: secret })).toBeNull();
    chmodSync(secret, 0o644);
    expect(exposureOf({ file: secret })).toMatch(
      /everybody on this machine may read this secret \(mode 644\): chmod 600/,
    );
    process.env["SALLYPORT_TEST_SECRET"] = "other";
    expect(readSecret({ env: "SALLYPORT_TEST_SECRET" })).toBe("other");
  });

  test("that are missing say what to do", () => {
    expect(() => readSecret({ file: join(folder, "none") })).toThrow(
      /none: there is no such file: write the secret into it/,
    );
    expect(() => readSecret({ file: folder })).toThrow(/is no file/);
    const empty = join(folder, "empty");
    writeFileSync(empty, "\n", { mode: 0o600 });
    expect(() => readSecret({ file: empty })).toThrow(/the file is empty/);
    expect(() => readSecret({ env: "SALLYPORT_TEST_SECRET" })).toThrow(/SALLYPORT_TEST_SECRET is not set/);
  });

  test("are named once", () => {
    expect(secretOf({}, "token")).toBeNull();
    expect(secretOf({ token_file: "/a" }, "token")).toEqual({ file: "/a" });
    expect(secretOf({ token_env: "A" }, "token")).toEqual({ env: "A" });
    expect(() => secretOf({ token_file: "/a", token_env: "A" }, "token")).toThrow(/keep one of them/);
  });
});
