import { existsSync, globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import type { DecodedRecord } from "../define-map.ts";
import { openWindowsReader } from "../endpoint/windows-reader.ts";
import { WindowsEventLines } from "./windows-event-lines.ts";
import { eventIdOf, outcomeOf } from "./windows-event-values.ts";
import { readWindowsEvent, windowsHeader } from "./windows-event.ts";
import { readEventXml, readEventXmlSlowly } from "./windows-event-xml.ts";
import { walkXml } from "./xml.ts";

const root = new URL("../../../../", import.meta.url);
const golden = new URL("../golden/", import.meta.url);
const lines = globSync("windows-*/*.in", { cwd: golden }).flatMap((file) =>
  readFileSync(new URL(file, golden), "utf8")
    .split("\n")
    .filter((line) => line !== ""),
);

const text = (line: string): DecodedRecord => ({ line, syslog: null, body: line, json: null });

describe("event ids", () => {
  test.each([
    [1, 1],
    ["4688", 4688],
    [{ "#text": 7045, "#attributes": { Qualifiers: 0 } }, 7045],
    [{ id: 11, qualifiers: 0 }, 11],
    ["one", undefined],
    [1.5, undefined],
    [-1, undefined],
    [null, undefined],
    [[1], undefined],
  ])("%j -> %s", (value, expected) => {
    expect(eventIdOf(value)).toBe(expected);
  });
});

describe("audit outcomes", () => {
  test.each([
    ["0x8010000000000000", "failure"],
    ["0x8020000000000000", "success"],
    ["0x8000000000000000", undefined],
    [-9218868437227405312, "failure"],
    ["-9214364837600034816", "success"],
    [["Audit Failure"], "failure"],
    ["AUDIT_SUCCESS", "success"],
    [{}, undefined],
  ])("%j -> %s", (value, expected) => {
    expect(outcomeOf(value)).toBe(expected);
  });
});

test("the header needed for recognising agrees with the whole event", () => {
  // A line with several events has the header of its first.
  for (const line of lines.filter((line) => line.split("<EventID>").length <= 2)) {
    const record = decoded(line);
    if (record === null) continue;
    const whole = attempt(() => readWindowsEvent(record));
    if (whole === undefined || whole === null) continue;
    const { provider, channel, eventId } = whole;
    expect(windowsHeader(record)).toEqual({ provider, channel, eventId });
  }
});

test.each(["EventData", "UserData"])("a list in the place of %s has no fields", (name) => {
  const line = JSON.stringify({ Event: { System: { EventID: 1 }, [name]: [1, "x"] } });
  expect(readWindowsEvent(decode(line, 0))).toMatchObject({ eventId: 1, data: {} });
  expect(readWindowsEvent(decode(line, 0))?.data).not.toBeInstanceOf(Array);
});

test("keys of the record never reach a prototype", () => {
  const record = decode(
    '{"EventID":1,"Channel":"c","Provider":"p","__proto__":{"polluted":1},"EventData":"{\\"__proto__\\":{\\"polluted\\":1},\\"Image\\":\\"a\\"}"}',
    0,
  );
  const event = readWindowsEvent(record);
  expect(event?.data["Image"]).toBe("a");
  expect(event?.data["polluted"]).toBeUndefined();
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

describe("events over lines", () => {
  test("a line break inside a value stays in the value", () => {
    const reader = new WindowsEventLines();
    expect(
      reader.push(text("<Event><System><EventID>4663</EventID></System><EventData><Data Name='AccessList'>%%4416")),
    ).toEqual([]);
    const events = reader.push(text("\t%%4417</Data></EventData></Event>"));
    expect(events).toMatchObject([{ event: { data: { AccessList: "%%4416\n\t%%4417" } } }]);
  });

  test("an event that never ends is given up where the next begins, and that one is kept", () => {
    const reader = new WindowsEventLines();
    reader.push(text("<Event><System>"));
    const events = reader.push(text("<Event><System><EventID>5</EventID></System></Event>"));
    expect(events).toMatchObject([{ code: "input.malformed" }, { event: { eventId: 5 } }]);
    expect(reader.flush()).toEqual([]);
  });

  test("an event that never ends is given up at the end of the stream", () => {
    const reader = new WindowsEventLines();
    reader.push(text("<Event><System>"));
    expect(reader.flush()).toMatchObject([{ code: "input.malformed" }]);
  });
});

describe("XML", () => {
  const events = (xml: string): string[] => {
    const seen: string[] = [];
    walkXml(xml, {
      open: (name, attributes) => seen.push(`<${name}${attributes.map((part) => ` ${part}`).join("")}>`),
      text: (value) => seen.push(value),
      close: (name) => seen.push(`</${name}>`),
    });
    return seen;
  };

  test.each([
    ["<a b='1' c=\"2\"/>", ["<a b 1 c 2>", "</a>"]],
    ["<x:a>t&lt;&#x41;&#66;&amp;</x:a>", ["<a>", "t<AB&", "</a>"]],
    ["<a>&b;&#xD800; & c&lt d&gt</a>", ["<a>", "&b;&#xD800; & c< d>", "</a>"]],
    ["<a><![CDATA[<b>&]]></a>", ["<a>", "<b>&", "</a>"]],
    ["<?xml version='1.0'?><!-- > --><a></a >", ["<a>", "</a>"]],
  ])("%s", (xml, expected) => {
    expect(events(xml)).toEqual(expected);
  });

  test.each([
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
    "<a></b>",
    "<a",
    "<a b=c/>",
    "< a/>",
    "</a>",
    "<a><!-- </a>",
    "<a>".repeat(17),
  ])("%s is refused", (xml) => {
    expect(() => events(xml)).toThrow(MalformedInputError);
  });

  test("thousands of elements are refused", () => {
    expect(() => events("<a/>".repeat(4_001))).toThrow(MalformedInputError);
  });
});

describe("the shortcut for plain data", () => {
  const xml = lines.filter((line) => line.includes("<EventData>"));
  const agree = (line: string) => {
    const [quick, slow] = [attempt(() => readEventXml(line)), attempt(() => readEventXmlSlowly(line))];
    expect(quick === undefined ? undefined : { system: [...quick.system], data: { ...quick.data } }).toEqual(
      slow === undefined ? undefined : { system: [...slow.system], data: { ...slow.data } },
    );
  };

  test.each(["a", "a&amp;b", "&lt;", "", "<b>c</b>", "<![CDATA[x]]>", "\t\n"])(
    "agrees with the walk through everything: %j",
    (value) => {
      agree(
        `<Event><System><EventID>1</EventID></System><EventData><Data Name='A'>${value}</Data><Data Name="B">2</Data><Data Name='A'>3</Data></EventData></Event>`,
      );
      agree(
        `<Event><System><EventID>1</EventID></System><EventData><Data Name='A'>${value}</Data></EventData></Event>`,
      );
    },
  );

  test.each([
    "<Event><<EventData></EventData>System></System></Event>",
    "<Event><!--<EventData><Data Name='a'>1</Data></EventData>--><System></System></Event>",
    "<Event><System><![CDATA[<EventData><Data Name='a'>1</Data></EventData>]]></System></Event>",
    "<Event><UserData><x><EventData><Data Name='a'>1</Data></EventData></x></UserData></Event>",
    "<Event><UserData><x><a>1</a></x></UserData><EventData><Data Name='a'>2</Data><Data Name='a'>3</Data></EventData></Event>",
    "<Event><x:EventData><Data Name='a'>1</Data></EventData></Event>",
    "<Event><EventData><Data Name='a'>1</Data><b/></EventData><EventData><Data Name='c'>2</Data></EventData></Event>",
    `<Event><EventData>${Array.from({ length: 4_001 }, (_, index) => `<Data Name='${index}'>1</Data>`).join("")}</EventData></Event>`,
  ])("agrees where the data is not where it should be: %#", agree);

  test("agrees on lines with damage", () => {
    const damage = fc.record({
      line: fc.constantFrom(...xml),
      at: fc.nat(4_000),
      length: fc.nat(6),
      text: fc.constantFrom("", "<", ">", "'", "&", "</Data>", "<Data>", "x"),
    });
    fc.assert(
      fc.property(damage, ({ line, at, length, text: inserted }) =>
        agree(line.slice(0, at % line.length) + inserted + line.slice((at % line.length) + length)),
      ),
      { numRuns: 500 },
    );
  });
});

describe("whatever comes", () => {
  test("arbitrary text is read or refused", () => {
    fc.assert(fc.property(fc.string({ maxLength: 400, unit: "binary" }), survives), { numRuns: 500 });
  });

  test("text made of the format's own pieces is read or refused", () => {
    const piece = fc.constantFrom(
      "<Event",
      "<Event>",
      "</Event>",
      "<System>",
      "</System>",
      "<EventData>",
      "</EventData>",
      "<Data Name='",
      "'>",
      "</Data>",
      "&lt;",
      "&",
      "<![CDATA[",
      "]]>",
      "<!--",
      "-->",
      "/>",
      "<EventID>",
      "1",
      '"',
      "\u0000",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => survives(pieces.join(""))),
      { numRuns: 500 },
    );
  });

  test("real lines with damage are read or refused", () => {
    const damage = fc.record({
      line: fc.constantFrom(...lines),
      at: fc.nat(4_000),
      length: fc.nat(40),
      text: fc.string({ maxLength: 8, unit: "binary" }),
    });
    fc.assert(
      fc.property(damage, ({ line, at, length, text: inserted }) =>
        survives(line.slice(0, at % line.length) + inserted + line.slice((at % line.length) + length)),
      ),
      { numRuns: 500 },
    );
  });

  test("any JSON in place of a value is read or refused", () => {
    const objects = lines
      .filter((line) => line.startsWith("{"))
      .flatMap((line) => attempt(() => JSON.parse(line) as unknown) ?? []);
    fc.assert(
      fc.property(fc.constantFrom(...objects), fc.nat(), fc.json({ maxDepth: 4 }), (original, pick, json) => {
        const copy = structuredClone(original) as Record<string, unknown>;
        const paths = pathsOf(copy);
        const path = paths[pick % paths.length] ?? [];
        let parent: Record<string, unknown> = copy;
        for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
        parent[path.at(-1) ?? "x"] = JSON.parse(json);
        survives(JSON.stringify(copy));
      }),
      { numRuns: 500 },
    );
  });
});

const samples = new URL("../shared/logs/windows/", root);

test.skipIf(!existsSync(samples))(
  "every sample line beside the checkout is read (skipped where ../shared/logs is absent)",
  () => {
    for (const file of globSync("*_json/*", { cwd: samples })) {
      const reader = openWindowsReader();
      for (const line of readFileSync(new URL(file, samples), "utf8").split("\n"))
        if (line !== "")
          expect(reader.push(decode(line, 0)).every((event) => !(event instanceof MalformedInputError))).toBe(true);
    }
  },
);

const regression = new URL("../shared/sigma/regression-events.jsonl", root);

test.skipIf(!existsSync(regression))(
  "every public regression event is read (skipped where ../shared/sigma is absent)",
  () => {
    const reader = openWindowsReader();
    for (const line of readFileSync(regression, "utf8").split("\n")) {
      const log = attempt(() => (JSON.parse(line) as { log: unknown }).log);
      if (typeof log === "object" && log !== null) expect(reader.push(decode(JSON.stringify(log), 0))).toHaveLength(1);
    }
  },
);

function survives(line: string): void {
  const record = decoded(line);
  if (record === null) return;
  windowsHeader(record);
  attempt(() => readWindowsEvent(record));
  const reader = openWindowsReader();
  attempt(() => reader.push(record));
  attempt(() => reader.flush());
}

function decoded(line: string): DecodedRecord | null {
  return attempt(() => decode(line, 0)) ?? null;
}

/** undefined where the input is refused; any other failure is a failure of the test. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedInputError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return path.length === 0 ? [] : [path];
  return [
    ...(path.length === 0 ? [] : [path]),
    ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key])),
  ];
}
