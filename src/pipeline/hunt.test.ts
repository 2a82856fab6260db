/** Rules as SQL against the matcher, which is the authority: on generated rules and activities in a real store. */
import { closeSync, mkdtempSync, openSync, rmSync, writevSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Activity, OcsfEvent } from "../model/activity.ts";
import { compileRules, parseSigma, type SigmaRule } from "./detect/sigma/index.ts";
import { activityKind, applies, resolveActivityField } from "./detect/sigma/taxonomy.ts";
import { ruleSql } from "./hunt.ts";
import { ACTIVITY_COLUMNS, createActivityWriter } from "./persist/columns.ts";
import { FIELD_COLUMNS } from "./persist/hunt.ts";
import { Store } from "./persist/store.ts";

/** Rules; SIGMA_SQL_RUNS raises the number. */
const RULES = Number(process.env["SIGMA_SQL_RUNS"] ?? 400);
const ACTIVITIES = 400;
const SEED = Number(process.env["SIGMA_SQL_SEED"] ?? 20_260_318);

const TIME = 1_774_000_000_000;
/** Letters whose case is special, wildcards of SQL and of Sigma, quotes, control characters, and one beyond the basic plane. */
const CHARACTERS = [
  ..."abkKsSiI",
  "\u212a",
  "\u017f",
  "\u0130",
  "i\u0307",
  ..."éÉΣσςß-/–—*?\\%_'\"0149.:[]() \n\t\0",
  "𝒳",
];
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 6 }).map((list) => list.join("")) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ..."10.1.2.3|010.001.2.3| 10.1.2.3\t|[10.1.2.3]|10.1.2.256|10.1.2|::ffff:10.1.2.3|[::ffff:0a01:0203]|fe80::1%eth0|FE80:0:0::1|2001:db8::7|::|1::2::3|0:0:0:0:0:FFFF:10.1.2.3|1.2.3.4%a:b|12345::1|1:2:3:4:5:6:7::".split(
        "|",
      ),
      ..."0|443|0443|443.0|0x1bb|1e2|Infinity|-1|4624|true|push|PUSH|git push|Sſß|K|kK".split("|"),
    ),
  },
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 });
const size = fc.oneof(fc.constantFrom(0, 1, 443, 444, 1_000, 2 ** 32, 2 ** 53 - 1), fc.nat(2_000));

const activity: fc.Arbitrary<Omit<OcsfEvent, "metadata"> & { code?: string; context: Activity["context"] }> = fc
  .record({
    class_uid: fc.constantFrom(1001, 1007, 3002, 4001, 4002, 6003),
    activity_id: fc.constantFrom(0, 1, 2, 6, 99),
    time: fc.integer({ min: TIME, max: TIME + 10_000 }),
    code: optional(text),
    status: optional(text),
    actor: optional(text),
    user: optional(text),
    program: optional(text),
    command: optional(text),
    source: optional(text),
    port: optional(fc.constantFrom(0, 22, 443, 444, 65_535)),
    out: optional(size),
    url: optional(text),
    names: fc.tuple(optional(text), optional(text), optional(text)),
    raw: text,
  })
  .map(
    ({
      class_uid,
      activity_id,
      time,
      code,
      status,
      actor,
      user,
      program,
      command,
      source,
      port,
      out,
      url,
      names,
      raw,
    }) => {
      const process = { cmd_line: command, ...(class_uid === 1007 ? { file: { path: program } } : {}) };
      const event = {
        class_uid,
        activity_id,
        category_uid: Math.floor(class_uid / 1000),
        type_uid: class_uid * 100 + activity_id,
        time,
        severity_id: 1,
        status,
        ...(actor === undefined && program === undefined
          ? {}
          : { actor: { user: { name: actor }, process: { file: { path: program } } } }),
        ...(class_uid === 3002 && user !== undefined ? { user: { name: user } } : {}),
        ...(command === undefined ? {} : { process }),
        ...(source === undefined ? {} : { src_endpoint: { ip: source } }),
        ...(port === undefined ? {} : { dst_endpoint: { port } }),
        ...(out === undefined ? {} : { traffic: { bytes_out: out } }),
        ...(url === undefined
          ? {}
          : class_uid === 4001
            ? { url: { url_string: url } }
            : { http_request: { url: { url_string: url } } }),
        raw_data: raw,
      };
      // Context is null where nothing is known, and never an empty text.
      const [name, role, verdict] = names.map((value) => (value === undefined || value === "" ? null : value));
      const context = {
        actor: { name },
        host: { name: role, role },
        destination: verdict === null ? null : { name: verdict, verdict },
      } as unknown as Activity["context"];
      return { ...event, ...(code === undefined ? {} : { code }), context };
    },
  );

const FIELDS = [
  "metadata.event_code",
  "status",
  "actor.user.name",
  "actor.process.file.path",
  "process.cmd_line",
  "src_endpoint.ip",
  "http_request.url.url_string",
  "raw_data",
  "context.actor.name",
  "context.host.role",
  "context.destination.verdict",
  "class_uid",
  "activity_id",
  "type_uid",
  "category_uid",
  "time",
  "dst_endpoint.port",
  "traffic.bytes_out",
];
const NUMBERS = ["class_uid", "type_uid", "time", "dst_endpoint.port", "traffic.bytes_out"];

const values = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 4 }));
const keyed = (modifiers: readonly string[], value: fc.Arbitrary<unknown>, fields = FIELDS) =>
  fc
    .tuple(fc.constantFrom(...fields), fc.constantFrom(...modifiers), value)
    .map(([field, modifier, content]) => ({ [modifier === "" ? field : `${field}|${modifier}`]: content }));
const item = fc.oneof(
  {
    weight: 8,
    arbitrary: keyed(
      [
        "",
        "contains",
        "startswith",
        "endswith",
        "cased",
        "contains|cased",
        "contains|all",
        "windash",
        "contains|windash",
        "neq",
        "contains|neq",
        "windash|cased",
        "startswith|neq",
      ],
      values(text.filter((value) => value !== "")),
    ),
  },
  {
    weight: 3,
    arbitrary: keyed(
      ["", "neq"],
      values(fc.constantFrom<unknown>(443, 444, 0, 1007, 6003, "443", "0443", 1, true, "")),
      [...NUMBERS, "status"],
    ),
  },
  {
    weight: 3,
    arbitrary: keyed(
      ["gt", "gte", "lt", "lte", "gt|neq"],
      values(fc.constantFrom(-1, 0, 0.5, 443, 443.5, 1e9, TIME + 5_000, 2 ** 60)),
      NUMBERS,
    ),
  },
  { weight: 2, arbitrary: keyed(["", "neq"], values(fc.constantFrom<unknown>(null, "", "*", "?*"))) },
  { weight: 1, arbitrary: keyed(["exists"], fc.boolean()) },
  {
    weight: 3,
    arbitrary: keyed(
      ["re", "re|i", "re|startswith", "re|i|endswith", "re|m", "re|s", "re|neq"],
      values(
        fc.constantFrom(
          "a+b",
          "^a",
          "b$",
          "[ab]{2}",
          "(a|b)-",
          "\\\\",
          "é",
          "a.b",
          "a{1,2}b?",
          "(?:ab)+",
          "\\.a\\b",
          "k",
          "[^a-z]s",
          "^$",
          "i.?",
          "\\d+",
          "𝒳",
          "[\\x{1d4b0}-\\x{1d4ff}]",
          "^.$",
          "\\Aa|b\\z",
          "[^\\x00]",
        ),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: keyed(
      ["cidr", "cidr|neq"],
      values(
        fc.constantFrom(
          "10.1.0.0/16",
          "10.0.0.0/9",
          "10.1.2.3",
          "fe80::/10",
          "::/0",
          "::ffff:0:0/96",
          "2001:db8::/33",
          "0.0.0.0/0",
          "::ffff:10.1.2.0/121",
        ),
      ),
      ["src_endpoint.ip", "status", "raw_data", "context.actor.name"],
    ),
  },
);
const rule = fc
  .tuple(
    fc.array(
      fc.array(item, { minLength: 1, maxLength: 2 }).map((items) => Object.assign({}, ...items) as object),
      {
        minLength: 3,
        maxLength: 3,
      },
    ),
    fc.constantFrom(
      "a",
      "a",
      "not a",
      "a and b",
      "a or not b",
      "2 of them",
      "a and not (b or c)",
      "1 of them",
      "not all of them",
    ),
    fc.constantFrom(
      null,
      null,
      "http_activity",
      "network_activity",
      "authentication",
      "process_activity",
      "api_activity",
    ),
  )
  .map(([[a, b, c], condition, service]) => ({
    title: "t",
    logsource: { product: "ocsf", ...(service === null ? {} : { service }) },
    detection: { a, b, c, condition },
  }));

const sampled = fc
  .sample(activity, { numRuns: ACTIVITIES, seed: SEED })
  .map(({ code, context, ...event }, index): Activity => {
    const uid = index.toString(16).padStart(32, "0");
    const metadata = {
      version: "1.8.0",
      product: { name: "x" },
      uid,
      ...(code === undefined ? {} : { event_code: code }),
    };
    return { source: "squid", event: { ...event, metadata } as OcsfEvent, context };
  });

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-hunt-"));
  store = await Store.open(folder);
  const writer = createActivityWriter();
  for (const one of sampled) writer.add({ id: one.event.metadata.uid as string, activity: one, preamble: "" });
  const path = join(store.spoolFolder, "activities.native");
  const descriptor = openSync(path, "w");
  writer.finish((parts) => void writevSync(descriptor, parts));
  closeSync(descriptor);
  await store.insert({
    table: "activity",
    path,
    rows: sampled.length,
    minTime: TIME,
    maxTime: TIME + 10_000,
    spans: [],
  });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Positions of the activities for which a condition holds. */
async function heldBySql(conditions: readonly string[]): Promise<number[][]> {
  const rows = await store.rows<{ id: string; held: number[] }>(
    `SELECT lower(hex(id)) AS id, arrayFilter((at, holds) -> holds, range(toUInt32(${conditions.length})), [${conditions.join(", ")}]) AS held FROM activity ORDER BY id`,
  );
  const held = conditions.map((): number[] => []);
  for (const row of rows) for (const at of row.held) held[at]?.push(Number.parseInt(row.id, 16));
  return held;
}

function heldByMatcher(document: SigmaRule): number[] {
  const set = compileRules<Activity>([document], { resolve: resolveActivityField, kindOf: activityKind, applies });
  const held = sampled.flatMap((one, index) => (set.match(one).length > 0 ? [index] : []));
  expect(set.disabled.size).toBe(0);
  return held;
}

function parse(document: object): SigmaRule | null {
  const { documents } = parseSigma(JSON.stringify(document), "t.yml");
  const [only] = documents;
  return only?.kind === "rule" ? only : null;
}

test("what SQL answers is what the matcher answers", async () => {
  expect(await store.rows("SELECT toUInt32(count()) AS n FROM activity")).toEqual([{ n: sampled.length }]);
  const rules = fc.sample(rule, { numRuns: RULES * 2, seed: SEED }).flatMap((document) => parse(document) ?? []);
  const translated = rules.flatMap((document) => {
    const result = ruleSql(document, [], null);
    return "sql" in result ? [{ document, sql: result.sql }] : [];
  });
  expect(translated.length).toBeGreaterThan(RULES / 3);
  let compared = 0;
  for (let at = 0; at < translated.length; at += 40) {
    const batch = translated.slice(at, at + 40);
    const held = await heldBySql(batch.map(({ sql }) => sql));
    for (const [index, { document, sql }] of batch.entries()) {
      const wanted = heldByMatcher(document);
      compared += wanted.length > 0 && wanted.length < sampled.length ? 1 : 0;
      const shown = JSON.stringify(
        document.detection.selections.map(({ node }) => node),
        (key, value: unknown) => (key === "place" ? undefined : value),
      );
      expect({ held: held[index], shown, sql, odd: null }).toEqual({ held: wanted, shown, sql, odd: null });
    }
  }
  // of these rules some activities match and some do not
  expect(compared).toBeGreaterThan(translated.length / 4);
});

describe("what has no exact SQL is left to the matcher", () => {
  test.each([
    ["status: null", "does not tell an empty text"],
    ["status|exists: true", "does not tell an empty text"],
    ["status: ''", "does not tell an empty text"],
    ["dst_endpoint.port|lt: 1024", "does not tell 0"],
    ["status: é", "beyond ASCII"],
    ['status|cased: "\\ud83d"', "half a character"],
    ["status|gt: 5", "stored as text"],
    ["time|hour: 3", "parts of dates"],
    ["status|fieldref: disposition", "two fields"],
    ["status: '*a?'", "65,536"],
    ["status|re: '(?:a{40}b){30}'", "repeats more than"],
    ["resources.name: x", "is no column"],
    ["process.file.path: x", "is no column"],
    ["actor.user.name: x", "names no class"],
  ])("%s", (line, reason) => {
    const document = parse({ title: "t", logsource: { product: "ocsf" }, detection: { condition: "s" } });
    expect(document).toBeNull();
    const { documents, issues } = parseSigma(
      `title: t\nlogsource: { product: ocsf }\ndetection:\n  s:\n    ${line}\n  condition: s\n`,
      "t.yml",
    );
    expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(ruleSql(documents[0] as SigmaRule, [], null)).toMatchObject({
      reason: expect.stringContaining(reason) as string,
    });
  });

  test.each([
    ["{ category: process_creation, product: windows }", "context.host.role: server", "public log sources"],
    ["{ product: ocsf, service: authentication }", "actor.user.name: x", "in some classes"],
  ])("%s %s", (logsource, line, reason) => {
    const { documents } = parseSigma(
      `title: t\nlogsource: ${logsource}\ndetection: { s: { ${line} }, condition: s }\n`,
      "t.yml",
    );
    expect(ruleSql(documents[0] as SigmaRule, [], null)).toMatchObject({
      reason: expect.stringContaining(reason) as string,
    });
  });

  test("keywords", () => {
    const document = parse({ title: "t", logsource: { product: "ocsf" }, detection: { s: ["word"], condition: "s" } });
    expect(ruleSql(document as SigmaRule, [], null)).toMatchObject({
      reason: "keywords are searched in the whole event",
    });
  });
});

test("texts of rules are nothing but literals", () => {
  const hostile = "'; DROP TABLE activity; -- \\' \n\0\u2028\u202e`";
  const document = parse({
    title: "t",
    logsource: { product: "ocsf" },
    detection: { s: { "raw_data|cased|contains": hostile }, condition: "s" },
  });
  const result = ruleSql(document as SigmaRule, [], null);
  expect(result).toEqual({
    sql: "position(`raw_data`, '\\'; DROP TABLE activity; -- \\\\\\' \\x0a\\x00\\xe2\\x80\\xa8\\xe2\\x80\\xae`') > 0",
  });
});

test("every column that rules may use is one of the table", () => {
  const known = new Set(ACTIVITY_COLUMNS.map(({ name }) => name));
  for (const { sql } of FIELD_COLUMNS.values()) {
    for (const [, quoted, bare] of sql.matchAll(/`([^`]+)`|\b(class_uid|activity_id|time)\b/g))
      expect(known).toContain(quoted ?? bare);
  }
});
