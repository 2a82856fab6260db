/** Events as they are: where fields are found, and which log sources contradict an event. */
import { describe, expect, test } from "vitest";
import { compileRules, parseSigma, rawEventOptions } from "./index.ts";

function holds(logsource: string, items: string, event: unknown): boolean {
  const text = `title: t\nlogsource: { ${logsource} }\ndetection:\n  sel:\n${items.replace(/^/gm, "    ")}\n  condition: sel\n`;
  const { documents, issues } = parseSigma(text, "t.yml");
  expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  return compileRules<unknown>(documents, rawEventOptions()).match(event).length === 1;
}

const LAUNCH = { Image: "C:\\tools\\git.exe", CommandLine: "git push" };
const EVTX = {
  Event: {
    "#attributes": { xmlns: "x" },
    System: {
      Provider: { "#attributes": { Name: "Microsoft-Windows-Sysmon" } },
      EventID: { "#attributes": { Qualifiers: 0 }, "#text": 1 },
      Channel: "Microsoft-Windows-Sysmon/Operational",
      Execution: { "#attributes": { ProcessID: 42 } },
    },
    EventData: LAUNCH,
  },
};

describe("fields", () => {
  test.each<[name: string, items: string, event: unknown, expected: boolean]>([
    ["at the top", "Image|endswith: \\git.exe", LAUNCH, true],
    ["by another case of the name", "image|endswith: \\git.exe", LAUNCH, true],
    ["exact name before another case", "a: x", { A: "x", a: "y" }, false],
    ["of evtx tools", "Image|endswith: \\git.exe", EVTX, true],
    ["of an evtx header", "EventID: 1", EVTX, true],
    ["of an evtx header's attributes", "Provider_Name: Microsoft-Windows-Sysmon", EVTX, true],
    ["of an evtx header's attributes, joined", "Execution_ProcessID: 42", EVTX, true],
    [
      "of evtx data as a list",
      "Image|endswith: \\git.exe",
      { Event: { System: { EventID: 1 }, EventData: { Data: [{ "@Name": "Image", "#text": "c:\\GIT.exe" }] } } },
      true,
    ],
    ["of evtx user data", "Operation: x", { Event: { System: {}, UserData: { Failure: { Operation: "x" } } } }, true],
    ["of winlogbeat", "Image|endswith: \\git.exe", { winlog: { event_data: LAUNCH } }, true],
    [
      "of winlogbeat's header",
      "EventID: 4688\nProvider_Name: p\nChannel: c",
      { winlog: { event_id: "4688", provider_name: "p", channel: "c" } },
      true,
    ],
    [
      "of winlogbeat, flat keys",
      "winlog.event_data.Image|endswith: git.exe",
      { "winlog.event_data.Image": "x\\git.exe" },
      true,
    ],
    ["of Wazuh", "CommandLine|contains: push", { data: { win: { eventdata: { commandLine: "git push" } } } }, true],
    ["nested", "a.b.c: x", { a: { b: { c: "x" } } }, true],
    ["nested below a key with a dot", "a.b.c: x", { "a.b": { c: "x" } }, true],
    ["nested, any case", "userIdentity.Type: Root", { useridentity: { type: "Root" } }, true],
    ["nested in a list", "a.b: y", { a: [{ b: "x" }, { b: "y" }] }, true],
    ["a list of values", "a: y", { a: ["x", "y"] }, true],
    ["a key with dots before nesting", "a.b: x", { "a.b": "x", a: { b: "y" } }, true],
    ["inherited names are no fields", "constructor|exists: true", { a: 1 }, false],
    ["own fields with inherited names are", "constructor: x", JSON.parse('{"constructor":"x","__proto__":"y"}'), true],
    ["__proto__ as a field", "__proto__: y", JSON.parse('{"__proto__":"y"}'), true],
    ["missing", "z: x", LAUNCH, false],
    ["of no object", "z: x", "text", false],
    ["of null", "z: null", null, true],
  ])("%s", (_, items, event, expected) => {
    expect(holds("product: windows", items, event)).toBe(expected);
  });
});

describe("log sources", () => {
  const sysmon = (id: number) => ({ EventID: id, Channel: "Microsoft-Windows-Sysmon/Operational", f: "x" });
  test.each<[logsource: string, event: unknown, expected: boolean]>([
    ["category: process_creation, product: windows", { f: "x" }, true],
    ["category: process_creation, product: windows", sysmon(1), true],
    ["category: process_creation, product: windows", { EventID: 4688, Channel: "Security", f: "x" }, true],
    ["category: process_creation, product: windows", sysmon(3), false],
    ["category: process_creation, product: windows", { EventID: 1, f: "x" }, true],
    ["category: process_creation, product: windows", { EventID: 13, f: "x" }, false],
    ["category: process_creation, product: linux", sysmon(1), false],
    ["category: process_creation, product: linux", { EventID: 1, Channel: "Linux-Sysmon/Operational", f: "x" }, true],
    ["product: windows, service: security", { Channel: "Security", f: "x" }, true],
    ["product: windows, service: security", { Channel: "System", f: "x" }, false],
    ["product: windows, service: security", { EventID: 4624, f: "x" }, true],
    ["product: windows, service: security", { ProviderName: "Microsoft-Windows-Sysmon", f: "x" }, false],
    ["product: windows", { Channel: "Anything/New", f: "x" }, true],
    ["product: windows, service: sysmon", { Channel: "Anything/New", f: "x" }, false],
    ["category: registry_set, product: windows", sysmon(13), true],
    ["category: registry_event, product: windows", sysmon(14), true],
    ["category: proxy", sysmon(1), false],
    ["product: aws, service: cloudtrail", sysmon(1), false],
    ["product: aws, service: cloudtrail", { EventID: 1, f: "x" }, true],
    ["product: zeek, service: dns", { _path: "dns", f: "x" }, true],
    ["product: zeek, service: dns", { _path: "http", f: "x" }, false],
    ["category: dns", { _path: "dns", f: "x" }, true],
    ["category: process_creation", { _path: "dns", f: "x" }, false],
    ["product: aws, service: cloudtrail", { event: { dataset: "okta.system" }, f: "x" }, false],
    ["product: okta, service: okta", { event: { dataset: "okta.system" }, f: "x" }, true],
    ["product: linux, service: auditd", { type: "SYSCALL", f: "x" }, true],
    [
      "category: ps_script, product: windows",
      { EventID: 4104, Channel: "Microsoft-Windows-PowerShell/Operational", f: "x" },
      true,
    ],
    [
      "category: ps_script, product: windows",
      { EventID: 4103, Channel: "Microsoft-Windows-PowerShell/Operational", f: "x" },
      false,
    ],
  ])("%s on %j: %s", (logsource, event, expected) => {
    expect(holds(logsource, "f: x", event)).toBe(expected);
  });
});
