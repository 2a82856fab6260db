/** JSON: documents taken apart into records, what shippers put around records, and the spellings that are JSON themselves. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/model/activity.ts";
import { MalformedInputError } from "../../src/model/errors.ts";
import { JsonRecordSplitter } from "../../src/pipeline/collect/json-records.ts";
import { holdsJsonDocuments } from "../../src/pipeline/collect/json-shape.ts";
import { decode } from "../../src/pipeline/conform/decode.ts";
import { respellCloudTrail } from "../../src/pipeline/conform/decoders/cloudtrail-spelling.ts";
import { hasHeader, openDelivery, type Delivery } from "../../src/pipeline/conform/decoders/delivery.ts";
import { unwrapCandidates, unwrapList } from "../../src/pipeline/conform/envelope.ts";
import type { Dice } from "../dice.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { checkRecord, REFERENCE } from "./headers.ts";
import { golden, wordOf, valueOf } from "./inputs.ts";
import { damagedJson, jsonMaterial } from "./json-inputs.ts";
import { hasShape, json, maybe, textMap, whole } from "./shapes.ts";

const DOCUMENTS = jsonMaterial(
  [
    '[{"id":1,"a":"x"},{"id":2,"b":[1,{"c":"}"}]}]',
    '{"id":1}{"id":2} {"id":3}\n{"id":4},\r\n{"id":5}',
    '[\n  {\n    "id": 1,\n    "text": "a \\"b\\" \\\\"\n  },\n  {\n    "id": 2\n  }\n]\n',
    '{"id":1,"c":{"id":7}}\nno json\n{"id":2}',
  ],
  ["\n", "\r\n", "}{", "},{", "[[", "]]", '{"id":', '"\n', "\\\\", "[".repeat(1100)],
);

const documents: FuzzedDecoder = {
  name: "JSON arrays and concatenated JSON",
  covers: ["../../collect/json-records.ts", "../../collect/json-shape.ts"],
  // what is read again after damage has a limit of its own, whatever the length
  slowMs: 2_000,
  input: (dice) => damagedJson(dice, DOCUMENTS),
  read(document, dice) {
    const bytes = Buffer.from(document);
    holdsJsonDocuments(bytes.subarray(0, 1 << 16), bytes.length <= 1 << 16);
    const { records, rejected } = recordsOf(bytes, dice);
    const text = bytes.toString();
    const lines = text.split("\n").length;
    for (const [line, record] of records)
      assert(line >= 1 && line <= lines && record.startsWith("{") && record.endsWith("}") && text.includes(record));
    for (const [line, reason] of rejected) assert(line >= 1 && line <= lines && reason !== "");
    return records.length > 0;
  },
  roundTrip(dice) {
    const indent = dice.of([undefined, 2, "\t"]);
    const written = Array.from({ length: 1 + dice.below(6) }, (_, id) =>
      JSON.stringify({ id, [wordOf(dice, UNITS, 3)]: valueOf(dice, UNITS, 3) }, null, indent),
    );
    const [open, between, close] = dice.of([
      ["[", ",", "]"],
      ["[\n", ",\n", "\n]\n"],
      ["", "", ""],
      ["", "\r\n", "\n"],
    ] as const);
    const { records, rejected } = recordsOf(Buffer.from(open + written.join(between) + close), dice);
    assert.deepEqual(
      records.map(([, record]) => record),
      written,
    );
    assert.deepEqual(rejected, []);
  },
};

const UNITS = ["a", '"', "\\", "{", "}", "[", "]", "\n", ",", "é", "__proto__"];

/** In pieces of any size, as files and connections hand them out. */
function recordsOf(bytes: Buffer, dice: Dice): { records: [number, string][]; rejected: [number, string][] } {
  const records: [number, string][] = [];
  const rejected: [number, string][] = [];
  const splitter = new JsonRecordSplitter({
    record: (record, line) => records.push([line, record.toString()]),
    rejected: (line, reason) => rejected.push([line, reason]),
  });
  const longest = bytes.length < 4096 && dice.below(3) === 0 ? 16 : bytes.length + 1;
  for (let at = 0; at < bytes.length;) {
    const length = 1 + dice.below(longest);
    splitter.push(bytes.subarray(at, at + length));
    at += length;
  }
  splitter.finish(null);
  return { records, rejected };
}

const ENVELOPES = jsonMaterial(
  [
    '{"Records":[{"eventVersion":"1.08","eventName":"x"},{"a":1}]}',
    '{"value":[{"id":"1"},{"id":"2"}],"@odata.nextLink":"https://h.example/"}',
    '[{"a":1},{"a":2}]',
    '[1774000000,{"log":"x"}]',
    '["app.log", 1774000000.5, {"log":"x"}]',
    '[[1774000000,{}],{"log":"x"}]',
    '{"@timestamp":"2026-03-20T09:15:03Z","host":{"name":"h"},"message":"<13>Mar 20 09:15:03 h a: b","event":{"original":"x"}}',
    '{"time":1774000000.1,"host":"h","sourcetype":"x","event":{"a":1}}',
    '{"log":"text\\n","stream":"stdout","time":"2026-03-20T09:15:03.1Z"}',
    '{"MESSAGE":[72,105,10],"_HOSTNAME":"h","__REALTIME_TIMESTAMP":"1774000000000000","_PID":"1"}',
    '{"data":"eyJhIjoxLCJiIjoieCJ9IQ==","body":"e30="}',
    '{"results":[[{"field":"@message","value":"x"},{"field":"@timestamp","value":"y"}]]}',
    '{"fields":["_raw","_time"],"rows":[["x","1774000000"]]}',
    '{"tables":[{"columns":[{"name":"RawData"}],"rows":[["x"]]}]}',
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1774000000000000000","body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}}]}]}]}',
    '{"streams":[{"stream":{"host":"h"},"values":[["1774000000000000000","line"]]}]}',
    '{"hits":{"hits":[{"_source":{"a":1}}]}}',
    '{"result":{"_raw":"x","host":"h"}}',
    '{"conn":{"ts":1}}',
    "<13>Mar 20 09:15:03 relay Mar 20 09:15:02 host app: text",
  ],
  ['"message":', '"Records":[', '"event":{', "[", "]}", '"data":"'],
);

const envelopes: FuzzedDecoder = {
  name: "JSON envelopes",
  covers: ["../envelope.ts", "../envelope-header.ts", "../envelope-lists.ts"],
  refuses: MalformedInputError,
  input: (dice) => damagedJson(dice, ENVELOPES),
  read(line) {
    const record = decode(line, REFERENCE);
    const before = JSON.stringify(record);
    let wrapped = 0;
    for (const inner of [...(unwrapList(record) ?? []), ...unwrapCandidates(record, REFERENCE)]) {
      checkRecord(inner);
      wrapped += 1;
    }
    assert.equal(JSON.stringify(record), before);
    return wrapped > 0;
  },
};

const CLOUDTRAIL = jsonMaterial([
  '{"eventversion":"1.08","eventname":"GetObject","useridentity":{"type":"IAMUser","principalid":"p","sessioncontext":{"attributes":{"mfaauthenticated":"false"}}},"requestparameters":"{\\"a\\":{\\"eventname\\":1}}","responseelements":null}',
  '{"eventName":"x","userIdentity":{}}',
]);

const cloudtrail: FuzzedDecoder = {
  name: "CloudTrail as warehouses spell it",
  covers: ["cloudtrail-spelling.ts"],
  refuses: MalformedInputError,
  input: (dice) => damagedJson(dice, CLOUDTRAIL),
  read(line) {
    const record = decode(line, REFERENCE).json;
    if (record === null) return false;
    const before = JSON.stringify(record);
    assert(json(respellCloudTrail(record)));
    assert.equal(JSON.stringify(record), before);
    return true;
  },
};

const DELIVERIES = jsonMaterial([
  ...golden("github-webhook").filter((line) => line.length < 600),
  '{"headers":{"X-GitHub-Event":["push","x"],"Content-Length":12},"body":{"ref":"main"},"received_at":"2026-03-20T09:15:03Z"}',
  '{"headers":{"x-github-event":"push"},"body":"payload=%7B%22ref%22%3A%22main%22%7D&x=1","timestamp":1774000000}',
  '{"delivered_at":"2026-03-20T09:15:03Z","event":"push","request":{"headers":{"A":"b"},"payload":{"ref":"x"}}}',
  '{"headers":{},"body":"{\\"a\\":1}"}',
]);

const delivery: FuzzedDecoder = {
  name: "webhook deliveries",
  covers: ["delivery.ts"],
  refuses: MalformedInputError,
  input: (dice) => damagedJson(dice, DELIVERIES),
  read(line) {
    const record = decode(line, REFERENCE).json;
    if (record === null) return false;
    hasHeader(record, "x-github-event");
    const opened = openDelivery(record);
    if (opened === null) return false;
    hasShape<Delivery>(opened, { headers: textMap, body: isObject, receivedTime: maybe(whole) });
    assert(opened.headers.size <= 100);
    return true;
  },
};

function isObject(value: unknown): value is JsonObject {
  return json(value) && typeof value === "object" && value !== null && !Array.isArray(value);
}

export const jsonForms: readonly FuzzedDecoder[] = [documents, envelopes, cloudtrail, delivery];
