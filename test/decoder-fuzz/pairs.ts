/** Lines of pairs: key=value, CEF, LEEF. */
import assert from "node:assert/strict";
import { labelled, parseCef, readExtension, type CefEvent } from "../../src/pipeline/conform/decoders/cef.ts";
import { readKeyValues, type KeyValueOptions } from "../../src/pipeline/conform/decoders/key-value.ts";
import { parseLeef, type LeefEvent } from "../../src/pipeline/conform/decoders/leef.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { damaged, golden, namesOf, wordOf, type Material } from "./inputs.ts";
import { readExtensionPlainly, readPairsPlainly } from "./plain-readings.ts";
import { hasShape, oneOf, text, textMap } from "./shapes.ts";

const VALUE_UNITS = ["a", "0", " ", "=", "\\", "|", '"', ",", ";", "é", "\0", "\ud800", "x="];

const PAIRS: Material = {
  samples: [
    ...golden("fortinet-fortigate", "sophos-firewall", "generic-key-value", "check-point"),
    'time=2026-03-20T09:15:03Z level=info msg="pushed \\"main\\"" user=ann path="C:\\\\Temp\\\\"',
    'action:"Accept"; src:"192.0.2.7"; rule_name:"a; b"; ',
    "a=1,b=two words,c=",
  ],
  pieces: [
    "=",
    '="',
    '"',
    '""',
    '\\"',
    "\\\\",
    '" ',
    ":",
    ': "',
    ";",
    ",",
    "|",
    "\t",
    " ",
    "key",
    "\u00a0",
    "\ufeffk=",
  ],
};

const KEY_VALUE_OPTIONS: readonly KeyValueOptions[] = [
  {},
  { delimiter: "," },
  { delimiter: "\t" },
  { delimiter: "|" },
  { separator: ":" },
  { delimiter: ";", separator: ":" },
];

const keyValue: FuzzedDecoder = {
  name: "key=value",
  covers: ["key-value.ts"],
  input: (dice) => damaged(dice, PAIRS),
  read(line, dice) {
    const options = dice.of(KEY_VALUE_OPTIONS);
    const pairs = readKeyValues(line, options);
    assert(textMap(pairs) && pairs.size <= 512 && !pairs.has(""));
    if (line.length < 2_000) assert.deepEqual(pairs, readPairsPlainly(line, options));
    return pairs.size > 0;
  },
  roundTrip(dice) {
    const options = dice.of(KEY_VALUE_OPTIONS);
    const pairs = namesOf(dice, 12).map((key) => [key, wordOf(dice, VALUE_UNITS, 8).replaceAll("\\", "/")] as const);
    const line = pairs
      .map(([key, value]) => `${key}${options.separator ?? "="}"${value.replaceAll('"', String.raw`\"`)}"`)
      .join(options.delimiter ?? " ");
    assert.deepEqual([...readKeyValues(line, options)], pairs);
  },
};

const CEF: Material = {
  samples: [
    ...golden("generic-cef", "infoblox"),
    String.raw`CEF:0|Acme\|Co|Wall|1.0|100|a name|5|src=192.0.2.7 request=https://h.example/?a=b&c=d msg=two words cs1Label=Rule cs1=any\=1`,
    "<134>Mar 20 09:15:03 fw CEF: 1|Acme|Wall|1|2|n|High|a=1",
    "msg=dGVzdA== fileHash=a=b=c",
  ],
  pieces: [
    "CEF:",
    "CEF:0|",
    "0|",
    "|",
    "\\|",
    "\\\\",
    "=",
    "\\=",
    " a=",
    "\\n",
    "cs1Label=",
    " cs1=",
    "==",
    "\t",
    "[0]=",
  ],
};

const cef: FuzzedDecoder = {
  name: "CEF",
  covers: ["cef.ts"],
  input: (dice) => damaged(dice, CEF),
  read(line) {
    if (line.length < 2_000) assert.deepEqual(readExtension(line, 0), readExtensionPlainly(line));
    const event = parseCef(line);
    if (event === null) return false;
    hasShape<CefEvent>(event, CEF_SHAPE);
    assert(/^[\d.]{1,4}$/.test(event.version) && event.extension.size <= 512);
    const named = labelled(event);
    assert(textMap(named) && named.size <= event.extension.size && !named.has(""));
    return true;
  },
  roundTrip(dice) {
    const header = Array.from({ length: 4 }, () => wordOf(dice, VALUE_UNITS, 6));
    const units = [...VALUE_UNITS, "\n", "\r"];
    const pairs = namesOf(dice, 12).map((key) => [key, wordOf(dice, units, 8).trimEnd()] as const);
    const event = parseCef(
      `CEF:0|${header.map((field) => field.replace(/[\\|]/g, String.raw`\$&`)).join("|")}|n|5|${pairs
        .map(([key, value]) => `${key}=${value.replace(/[\\=\n\r]/g, (one) => CEF_ESCAPES.get(one) ?? `\\${one}`)}`)
        .join(" ")}`,
    )!;
    assert.deepEqual([event.vendor, event.product, event.deviceVersion, event.signature], header);
    assert.deepEqual([...event.extension], pairs);
  },
};

const CEF_SHAPE = {
  version: text,
  vendor: text,
  product: text,
  deviceVersion: text,
  signature: text,
  name: text,
  severity: text,
  extension: textMap,
};
const CEF_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", String.raw`\n`],
  ["\r", String.raw`\r`],
]);

const LEEF: Material = {
  samples: [
    ...golden("generic-leef"),
    "LEEF:1.0|Acme|Wall|1.0|deny|src=192.0.2.7\tdst=198.51.100.9\tusrName=ann a",
    "LEEF:2.0|Acme|Wall|1.0|deny|^|src=192.0.2.7^dst=198.51.100.9^msg=a=b",
    "<13>Mar 20 09:15:03 h LEEF:2.0|Acme|Wall|1.0|deny|x5E|a=1^b=2",
    "LEEF:1.0|Palo|PAN|10|x|cat=a|src=192.0.2.7|dst=198.51.100.9",
  ],
  pieces: ["LEEF:", "1.0|", "2.0|", "|", "||", "|||", "^", "x5E|", "0x09|", "\\t|", "xFFFF|", "=", " a=", "\t", "\\|"],
};

const leef: FuzzedDecoder = {
  name: "LEEF 1 and 2",
  covers: ["leef.ts"],
  input: (dice) => damaged(dice, LEEF),
  read(line) {
    const event = parseLeef(line);
    if (event === null) return false;
    hasShape<LeefEvent>(event, {
      version: oneOf("1.0", "2.0"),
      vendor: text,
      product: text,
      productVersion: text,
      eventId: text,
      attributes: textMap,
    });
    assert(event.attributes.size <= 512 && !event.attributes.has(""));
    return true;
  },
  roundTrip(dice) {
    const [delimiter, written] = dice.of([
      ["\t", ""],
      ["^", "^|"],
      ["~", "x7E|"],
      ["|", "||"],
      ["\u0001", "0x01|"],
    ] as const);
    const units = VALUE_UNITS.filter((unit) => unit !== delimiter);
    const names = [...namesOf(dice, 8), "aa", "ab"];
    const pairs = names.map((key) => [key, wordOf(dice, units, 8).trim()] as const);
    const event = parseLeef(
      `LEEF:${written === "" ? "1.0" : "2.0"}|Acme|Wall|1|x|${written}${pairs.map((pair) => pair.join("=")).join(delimiter)}`,
    )!;
    assert.deepEqual(
      [...event.attributes],
      pairs.filter(([key], at) => names.indexOf(key) === at),
    );
  },
};

export const pairs: readonly FuzzedDecoder[] = [keyValue, cef, leef];
