/** Windows events: XML on one line or several, and the JSON spellings. */
import assert from "node:assert/strict";
import { MalformedInputError } from "../../src/model/errors.ts";
import { decode } from "../../src/pipeline/conform/decode.ts";
import { WindowsEventLines } from "../../src/pipeline/conform/decoders/windows-event-lines.ts";
import type { WindowsAccount } from "../../src/pipeline/conform/decoders/windows-event-values.ts";
import {
  readEventDataXml,
  readEventXml,
  readEventXmlSlowly,
  type WindowsXml,
} from "../../src/pipeline/conform/decoders/windows-event-xml.ts";
import {
  readWindowsEvent,
  windowsHeader,
  type WindowsEvent,
} from "../../src/pipeline/conform/decoders/windows-event.ts";
import { decodeEntities } from "../../src/pipeline/conform/decoders/xml.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { REFERENCE } from "./headers.ts";
import { damaged, golden, namesOf, wordOf, type Material } from "./inputs.ts";
import { damagedJson, jsonMaterial } from "./json-inputs.ts";
import { anything, bool, hasShape, maybe, oneOf, ownFields, shaped, text, whole } from "./shapes.ts";

const EVENT = {
  provider: text,
  channel: text,
  eventId: (value: unknown) => whole(value) && (value as number) >= 0,
  computer: maybe(text),
  time: maybe(whole),
  recordId: maybe(text),
  outcome: oneOf("success", "failure", undefined),
  account: maybe(shaped<WindowsAccount>({ uid: maybe(text), name: maybe(text), domain: maybe(text) })),
  processId: anything,
  data: ownFields,
  ownsData: bool,
};

function event(id: number, data: string): string {
  return (
    `<Event xmlns='http://h.example/'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID Qualifiers="0">${id}</EventID>` +
    `<Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2026-03-20T09:15:03.1234567Z'/><Channel>Security</Channel>` +
    `<Computer>ws-017</Computer><Security UserID='S-1-5-18'/></System>${data}</Event>`
  );
}

const XML: Material = {
  samples: [
    event(
      1,
      "<EventData><Data Name='Image'>C:\\git.exe</Data><Data Name='CommandLine'>git &lt;push&gt; &quot;x&quot;</Data></EventData>",
    ),
    event(4688, '<EventData><Data>a</Data><Data>b</Data><Data Name="A"/><Binary>00</Binary></EventData>'),
    event(2, "<UserData><x:Event xmlns:x='y'><A>1</A><B><![CDATA[<c>]]></B></x:Event></UserData>"),
    `<?xml version="1.0"?>${event(3, "<!-- a --><EventData></EventData>")}`,
    "<DataItem><EventData><Data Name='a'>1</Data></EventData></DataItem>",
  ],
  pieces: [
    ..."< > </ /> = ' \" & ; &lt; &#x41; &#65 &#xD800; &#1114112; <!-- --> <![CDATA[ ]]> <?xml ?> <!DOCTYPE".split(" "),
    ..."<Event> </Event> <System> </System> <EventData> </EventData> </Data> <UserData> x:".split(" "),
    "<Data Name='a'>",
    "<Data Name='__proto__'>",
    "<EventID>1</EventID>",
    "<a>",
    "\n",
  ],
};

const xml: FuzzedDecoder = {
  name: "Windows event XML",
  covers: ["xml.ts", "windows-event.ts", "windows-event-xml.ts", "windows-event-values.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, XML),
  read(line) {
    const [quick, slow] = [attempt(() => readEventXml(line)), attempt(() => readEventXmlSlowly(line))];
    assert.deepEqual(plain(quick), plain(slow));
    const fragment = attempt(() => readEventDataXml(line));
    assert(fragment === undefined || ownFields(fragment));
    const record = { line, syslog: null, body: line, json: null };
    const header = windowsHeader(record);
    const read = readWindowsEvent(record);
    if (read === null) return false;
    hasShape<WindowsEvent>(read, EVENT);
    assert(header === null || text(header.provider));
    return true;
  },
  roundTrip(dice) {
    const fields = [...namesOf(dice, 6), "__proto__"].map((name) => [name, wordOf(dice, XML_UNITS, 8)] as const);
    const quote = dice.of(["'", '"']);
    const data = fields.map(([name, value]) => `<Data Name=${quote}${name}${quote}>${escaped(value)}</Data>`).join("");
    const read = readEventXml(event(1, `<EventData>${data}</EventData>`));
    assert.deepEqual(Object.entries(read.data), fields);
    const value = wordOf(dice, XML_UNITS, 20);
    assert.equal(decodeEntities(escaped(value)), value);
  },
};

const XML_UNITS = ["a", "<", ">", "&", "'", '"', "&amp;", "]]>", "\n", "é", "𐀀", "#", ";", "\0"];

function escaped(value: string): string {
  return value.replace(/[<&'"]/g, (one) => `&#${one.charCodeAt(0)};`).replaceAll(">", "&gt;");
}

/** undefined where the text is refused. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedInputError) return undefined;
    throw error;
  }
}

function plain(read: WindowsXml | undefined): unknown {
  return read === undefined ? undefined : [[...read.system], Object.entries(read.data)];
}

const EVENT_LINES: Material = {
  samples: [
    `<Events>\n${XML.samples[0]!.replace("push", "push\nx")}\n${XML.samples[1]}\n</Events>`,
    `Record 1\n${XML.samples[1]}${XML.samples[0]}\n{"EventID":1}\n`,
    `${XML.samples[0]!.slice(0, 300)}\n${XML.samples[1]}`,
  ],
  pieces: [...XML.pieces, "\n", "\n\n", "</Event>\n", "<Event>\n", "<Events>", "Record 2\n"],
};

const eventLines: FuzzedDecoder = {
  name: "Windows events over several lines",
  covers: ["windows-event-lines.ts"],
  input: (dice) => damaged(dice, EVENT_LINES),
  read(document) {
    const reader = new WindowsEventLines();
    const read = document
      .split("\n", 100)
      .flatMap((line) => attempt(() => reader.push(decode(line, REFERENCE))) ?? [])
      .concat(reader.flush());
    for (const item of read) {
      if (item instanceof MalformedInputError) continue;
      hasShape<WindowsEvent>(item.event, EVENT);
      assert(item.raw === null || document.includes(item.raw));
    }
    return read.length > 0;
  },
};

const SPELLINGS = jsonMaterial([
  ...golden("windows-sysmon", "windows-security", "windows-eventlog", "windows-powershell").filter((line) =>
    line.startsWith("{"),
  ),
  '{"@timestamp":"2026-03-20T09:15:03Z","winlog":{"event_id":1,"channel":"Security","provider_name":"p","event_data":{"Image":"x"},"user":{"identifier":"S-1"}},"process":{"executable":"x","pid":1},"event":{"code":"4688","outcome":"success"},"host":{"name":"h"}}',
  '{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"p"}},"EventID":{"#text":1},"TimeCreated":{"#attributes":{"SystemTime":"2026-03-20T09:15:03Z"}}},"EventData":{"Data":[{"@Name":"a","#text":"b"},"c"]}}}',
  '{"Event":{"System":{"EventID":"7045","Provider_attributes":{"Name":"p"}},"UserData":{"x":{"a":1,"@b":2}}}}',
  '{"win":{"system":{"eventID":"1","providerName":"p","systemTime":"2026-03-20T09:15:03Z"},"eventdata":{"image":"x","__proto__":"y"}}}',
  '{"event_id":{"id":1,"qualifiers":0},"provider":{"name":"p"},"event_data":{"data":[{"a":"b"},{"c":"d"}]},"keywords":["Audit Success"]}',
  '{"EventID":1,"Channel":"c","SourceName":"s","EventTime":"2026-03-20 09:15:03","Keywords":-9214364837600034816,"Message":"x\\nProcessGuid: {1}\\nImage: C:\\\\x","a":"b"}',
  '{"EventID":4688,"EventData":"<EventData><Data Name=\\"a\\">1</Data></EventData>","TimeGenerated":"/Date(1774000000000)/"}',
  '{"Id":1,"ProviderName":"p","LogName":"l","Payload":"{\\"EventData\\":{\\"Data\\":[{\\"@Name\\":\\"a\\",\\"#text\\":\\"b\\"}]}}"}',
]);

const spellings: FuzzedDecoder = {
  name: "Windows events in JSON",
  covers: ["windows-event-json.ts", "windows-event-ecs.ts"],
  refuses: MalformedInputError,
  input: (dice) => damagedJson(dice, SPELLINGS),
  read(line) {
    const record = decode(line, REFERENCE);
    const before = JSON.stringify(record);
    const header = windowsHeader(record);
    const read = readWindowsEvent(record);
    assert.equal(JSON.stringify(record), before);
    if (read === null) return false;
    hasShape<WindowsEvent>(read, EVENT);
    if (header !== null) assert.equal(header.eventId, read.eventId);
    return true;
  },
};

export const windows: readonly FuzzedDecoder[] = [xml, eventLines, spellings];
