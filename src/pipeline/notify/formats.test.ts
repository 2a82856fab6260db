/** Every format: its golden file, and what hostile text does to it, which is nothing. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { validateEvent } from "../../../test/ocsf/validate.ts";
import { schema } from "../../../test/ocsf/schema.ts";
import { bodyOf } from "./body.ts";
import { plainText } from "./facts.ts";
import { cefMessage } from "./formats/cef.ts";
import { ecsDocument } from "./formats/ecs.ts";
import { leefMessage } from "./formats/leef.ts";
import { composeMail, encodeHeader } from "./formats/mail.ts";
import { incidentFinding } from "./formats/ocsf.ts";
import { rfc3164Message, rfc5424Message } from "./formats/syslog.ts";
import { htmlOf } from "./kinds/email.ts";
import { jiraDocument } from "./kinds/jira.ts";
import { pagerdutyEvents } from "./kinds/pagerduty.ts";
import { slackDigest, slackMessage } from "./kinds/slack.ts";
import { teamsDigest, teamsMessage } from "./kinds/teams.ts";
import { HOSTILE, hostileIncident, NOW, testIncident, testNotice } from "./testing.ts";

const LINK = "https://sallyport.acme.example/incidents/3f9c2a11d0c54b7e9a3b1c2d4e5f6071";
const link = (): string => LINK;
const header = { facility: "local0", hostname: "sally.acme.example", time: NOW } as const;
const plain = testNotice();
const raised = testNotice({
  change: "raised",
  previous_severity: "medium",
  assignee: "mara",
  incident: testIncident({ severity: "critical", risk_score: 91 }),
});
const closed = testNotice({ change: "closed", previous_severity: "high", state: "closed", disposition: "tp-policy" });
const hostile = testNotice({ incident: hostileIncident() });
const mail = (notice: typeof plain): string =>
  composeMail({
    from: "sallyport@acme.example",
    to: ["soc@acme.example", "mara@acme.example"],
    subject: `[Sallyport] high: ${notice.incident.title}`,
    messageId: "0123456789abcdef@acme.example",
    inReplyTo: null,
    date: NOW,
    text: plainText(notice, LINK),
    html: htmlOf(notice, LINK),
  });

const FORMATS: readonly (readonly [string, (notice: typeof plain) => unknown])[] = [
  ["webhook.json", (notice) => bodyOf(notice, LINK)],
  ["slack.json", (notice) => slackMessage(notice, LINK)],
  ["teams.json", (notice) => teamsMessage(notice, LINK)],
  ["pagerduty.json", (notice) => pagerdutyEvents(notice, LINK)],
  ["jira.json", (notice) => jiraDocument(notice, LINK)],
  ["ocsf.json", (notice) => incidentFinding(notice, LINK, "1.2.3")],
  ["ecs.json", (notice) => ecsDocument(notice, LINK, "1.2.3")],
  ["cef.txt", (notice) => rfc3164Message("high", cefMessage(notice, LINK, "1.2.3"), header)],
  ["leef.txt", (notice) => rfc3164Message("high", leefMessage(notice, LINK, "1.2.3"), header)],
  ["rfc5424.txt", (notice) => rfc5424Message(notice, LINK, header)],
  ["mail.eml", mail],
  ["plain.txt", (notice) => plainText(notice, LINK)],
  ["mail.html", (notice) => htmlOf(notice, LINK)],
];

const golden = (value: unknown): string =>
  typeof value === "string" ? `${value.replaceAll("\r\n", "\n")}\n` : `${JSON.stringify(value, null, 2)}\n`;

test.each(FORMATS)("%s as it has always been", async (name, format) => {
  await expect(golden(format(plain))).toMatchFileSnapshot(`golden/new.${name}`);
  await expect(golden(format(raised))).toMatchFileSnapshot(`golden/raised.${name}`);
  await expect(golden(format(closed))).toMatchFileSnapshot(`golden/closed.${name}`);
  await expect(golden(format(hostile))).toMatchFileSnapshot(`golden/hostile.${name}`);
});

test("digests as they have always been", async () => {
  await expect(golden(slackDigest([plain, raised], link))).toMatchFileSnapshot("golden/digest.slack.json");
  await expect(golden(teamsDigest([plain, raised], link))).toMatchFileSnapshot("golden/digest.teams.json");
});

test.skipIf(schema === undefined)("OCSF is valid, whatever happened (skipped without ../shared/ocsf)", () => {
  for (const notice of [plain, raised, closed, hostile])
    expect(validateEvent(schema!, incidentFinding(notice, LINK, "1.2.3"))).toEqual([]);
});

/** Every string somewhere in a value. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Controls, bidi overrides, zero width, byte order marks, lone surrogates. */
const UNSEEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

test.each(["slack.json", "teams.json", "jira.json"])("%s shows hostile text as what it is", (name) => {
  const format = FORMATS.find(([each]) => each === name)?.[1];
  for (const text of stringsIn(format?.(hostile))) expect(text).not.toMatch(UNSEEN);
});

test("Slack reads nothing of the logs as markup", () => {
  const { text, blocks } = slackMessage(hostile, LINK) as { text: string; blocks: unknown };
  expect(text).not.toMatch(/[<>]/);
  const kinds = JSON.stringify(blocks).match(/"type":"(?:mrkdwn|plain_text)"/g) ?? [];
  expect(new Set(kinds)).toEqual(new Set(['"type":"plain_text"']));
  const { blocks: all } = slackMessage(hostile, LINK) as {
    blocks: { text?: { text: string }; fields?: { text: string }[] }[];
  };
  for (const { text: own, fields = [] } of all) {
    expect([...(own?.text ?? "")].length).toBeLessThanOrEqual(3_000);
    expect(fields.length).toBeLessThanOrEqual(10);
    for (const field of fields) expect([...field.text].length).toBeLessThanOrEqual(2_000);
  }
});

test("Teams reads nothing of the logs as Markdown or as a function", () => {
  const card = JSON.stringify(teamsMessage(hostile, LINK));
  expect(card).not.toContain('"TextBlock"');
  expect(card).not.toContain("FactSet");
  expect(card).not.toContain("{{DATE");
  expect(Buffer.byteLength(card)).toBeLessThan(28_000);
});

test("a card of the most hostile texts, a hundred times, stays within what Teams and Slack take", () => {
  const many = Array.from({ length: 100 }, () => hostile);
  expect(Buffer.byteLength(JSON.stringify(teamsDigest(many, link)))).toBeLessThan(28_000);
  expect((slackDigest(many, link)["blocks"] as unknown[]).length).toBeLessThanOrEqual(50);
});

/** A reader of CEF as its standard describes it. */
function readCef(line: string): { header: string[]; extension: Map<string, string> } {
  const parts =
    /^<\d+>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ CEF:0\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|(\d+)\|(.*)$/su.exec(
      line,
    );
  expect(parts).not.toBeNull();
  const keys = [...(parts?.[7] ?? "").matchAll(/(?:^| )(\w+)=/g)].filter(
    ({ index }) => parts?.[7]?.[index - 1] !== "\\",
  );
  const text = parts?.[7] ?? "";
  const extension = new Map<string, string>();
  for (const [at, key] of keys.entries()) {
    const from = key.index + key[0].length;
    extension.set(key[1] ?? "", text.slice(from, keys[at + 1]?.index ?? text.length).replaceAll(/\\(.)/g, "$1"));
  }
  return { header: (parts ?? []).slice(1, 7).map((each) => each.replaceAll(/\\(.)/g, "$1")), extension };
}

test("CEF reads back: no text of the logs is a field of its own", () => {
  for (const notice of [plain, hostile]) {
    const { header: fields, extension } = readCef(rfc3164Message("high", cefMessage(notice, LINK, "1.2.3"), header));
    expect(fields.slice(0, 4)).toEqual(["Sallyport", "Sallyport", "1.2.3", "incident-new"]);
    expect(extension.get("externalId")).toBe(notice.incident.uid);
    expect(extension.get("src")).toBe("10.1.4.17");
    expect(
      [...extension.keys()].every((key) =>
        /^(?:externalId|rt|start|end|act|cat|suser|shost|src|dhost|out|cn1|cn1Label|cs[123]|cs[123]Label|request|msg)$/.test(
          key,
        ),
      ),
    ).toBe(true);
  }
  const { extension } = readCef(rfc3164Message("high", cefMessage(plain, LINK, "1.2.3"), header));
  expect(extension.get("suser")).toBe("alice@acme.example,alice");
  expect(extension.get("out")).toBe("224395264");
});

test("LEEF reads back", () => {
  for (const notice of [plain, hostile]) {
    const [, message = ""] = rfc3164Message("high", leefMessage(notice, LINK, "1.2.3"), header).split(
      " sally.acme.example ",
    );
    const [version, vendor, product, release, event, delimiter, ...rest] = message.split("|");
    expect([version, vendor, product, release, event, delimiter]).toEqual([
      "LEEF:2.0",
      "Sallyport",
      "Sallyport",
      "1.2.3",
      "incident-new",
      "x09",
    ]);
    const attributes = new Map(
      rest
        .join("|")
        .split("\t")
        .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
    expect(attributes.get("incident")).toBe(notice.incident.uid);
    expect(attributes.get("sev")).toBe("8");
    for (const value of attributes.values()) expect(value).not.toMatch(UNSEEN);
    expect([...attributes.keys()].every((key) => /^[A-Za-z]+$/.test(key))).toBe(true);
  }
});

test("RFC 5424 reads back by its grammar", () => {
  for (const notice of [plain, hostile]) {
    const message = rfc5424Message(notice, LINK, header);
    const parts =
      /^<(\d+)>1 (\S+) (\S+) sallyport - incident \[sallyport@32473((?: \w+="(?:[^"\\\]]|\\["\\\]])*")*)\] \ufeff([^\r\n]*)$/u.exec(
        message,
      );
    expect(parts).not.toBeNull();
    expect(parts?.[1]).toBe("131");
    const parameters = new Map(
      [...(parts?.[4] ?? "").matchAll(/ (\w+)="((?:[^"\\\]]|\\.)*)"/g)].map(([, name, value]) => [
        name,
        value?.replaceAll(/\\(.)/g, "$1"),
      ]),
    );
    expect(parameters.get("incident")).toBe(notice.incident.uid);
    expect(parameters.get("riskScore")).toBe("74");
  }
});

test.each(HOSTILE)("no mail header comes out of %j", (text) => {
  const encoded = encodeHeader(`[Sallyport] high: ${text}`);
  for (const line of encoded.split("\r\n").slice(1)) expect(line).toMatch(/^ \S/);
  expect(encoded.replaceAll("\r\n ", "")).not.toMatch(/[\r\n\0]/);
  for (const line of encoded.split("\r\n")) expect(line.length).toBeLessThan(500);
});

test("a mail of hostile text has the headers we wrote, two parts, and nothing after them", () => {
  const message = mail(hostile);
  const [head = "", ...rest] = message.split("\r\n\r\n");
  const names = head
    .split("\r\n")
    .filter((line) => !line.startsWith(" "))
    .map((line) => line.slice(0, line.indexOf(":")));
  expect(names).toEqual([
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
  ]);
  expect(message).toMatch(/^[\x20-\x7e\r\n]*$/);
  expect(message.split("\r\n").every((line) => line.length <= 998)).toBe(true);
  const bodies = rest.slice(1, 3).map((part) => Buffer.from(part.split("\r\n--")[0] ?? "", "base64").toString("utf8"));
  expect(bodies[0]).toContain("Bcc: victim@acme.example");
  expect(bodies[1]).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(bodies[1]).not.toMatch(/<(?:script|img)/);
  expect(bodies[1]?.match(/href="[^"]*"/g)).toEqual([`href="${LINK}"`]);
});

test("PagerDuty is told of the end of all alerts that became one", () => {
  const events = pagerdutyEvents(testNotice({ change: "closed", thread: "a", merged: ["b"] }), LINK);
  expect(events).toEqual([
    { event_action: "resolve", dedup_key: "a" },
    { event_action: "resolve", dedup_key: "b" },
  ]);
});

test("whatever text comes, lines stay lines, headers headers and cards cards", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom("\r", "\n", "\\", "|", "=", '"', "]", "<", "{", "\t", "\0", "\ud800", "x"),
      maxLength: 20,
    }),
  );
  const texts = fc.array(text, { maxLength: 4 });
  const incidents = fc.record({
    title: text,
    actors: texts,
    hosts: texts,
    addresses: texts,
    destinations: texts,
    next_steps: texts,
  });
  fc.assert(
    fc.property(incidents, (over) => {
      const notice = testNotice({ incident: testIncident(over) });
      for (const [name, format] of FORMATS) {
        const value = format(notice);
        if (name.endsWith(".json")) expect(() => JSON.parse(JSON.stringify(value)) as unknown).not.toThrow();
        else if (/^(?:cef|leef|rfc5424)/.test(name)) expect(value).not.toMatch(/[\r\n\0]/);
      }
      readCef(rfc3164Message("high", cefMessage(notice, LINK, "1.2.3"), header));
      expect(rfc5424Message(notice, LINK, header)).toMatch(
        /^<131>1 \S+ \S+ sallyport - incident \[sallyport@32473(?: \w+="(?:[^"\\\]]|\\["\\\]])*")*\] \ufeff/u,
      );
      expect(mail(notice)).toMatch(/^[\x20-\x7e\r\n]*$/);
      const [head = ""] = mail(notice).split("\r\n\r\n");
      expect(head.split("\r\n").filter((line) => !line.startsWith(" ")).length).toBe(9);
      for (const each of stringsIn(slackMessage(notice, LINK))) expect(each).not.toBe("");
    }),
    { numRuns: Number(process.env["FUZZ_RUNS"] ?? 200) },
  );
});
