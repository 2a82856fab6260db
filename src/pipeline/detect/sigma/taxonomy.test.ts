/** Public rules on conformed activities: log sources, field homes, context. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Activity, OcsfEvent } from "../../../model/activity.ts";
import { compileRules, parseSigma } from "./index.ts";
import { CATEGORIES, SOURCES } from "./taxonomy-sources.ts";
import {
  activityKind,
  applies,
  homeOf,
  isKnownLogsource,
  provides,
  resolveActivityField,
  taxonomyLines,
} from "./taxonomy.ts";

/** Only what the rules here read. */
const CONTEXT = {
  host: { role: null },
  destination: { verdict: "unsanctioned" },
  work_hours: false,
} as unknown as Activity["context"];

function activity(source: string, fields: Partial<OcsfEvent>): Activity {
  const classUid = fields.class_uid ?? 6003;
  const event: OcsfEvent = {
    class_uid: classUid,
    category_uid: Math.floor(classUid / 1000),
    activity_id: 1,
    type_uid: classUid * 100 + 1,
    time: 1_774_000_000_000,
    severity_id: 1,
    metadata: { version: "1.8.0", product: { name: "x" } },
    ...fields,
  };
  return { source, event, context: CONTEXT };
}

const SYSMON = (eventId: string, unmapped: Record<string, unknown>, classUid = 1007) =>
  activity("windows-sysmon", {
    class_uid: classUid,
    metadata: {
      version: "1.8.0",
      product: { name: "Sysmon" },
      event_code: eventId,
      log_name: "Microsoft-Windows-Sysmon/Operational",
    },
    unmapped,
  });

const LAUNCH = activity("linux-auditd", {
  class_uid: 1007,
  process: {
    name: "curl",
    cmd_line: "curl -T /srv/a.tgz https://files.example",
    file: { path: "/usr/bin/curl" },
    user: { name: "bob", domain: "ACME" },
    parent_process: { file: { path: "/bin/bash" } },
  },
});
const REQUEST = activity("squid", {
  class_uid: 4002,
  activity_id: 6,
  http_request: {
    http_method: "POST",
    user_agent: "git/2.44",
    url: {
      url_string: "https://code.example/a/b.git/x.exe?service=git-receive-pack",
      hostname: "code.example",
      path: "/a/b.git/x.exe",
      query_string: "service=git-receive-pack",
    },
  },
  http_response: { code: 200 },
  src_endpoint: { ip: "10.1.4.17" },
  traffic: { bytes_out: 4_000 },
});
const AUDIT = activity("github-audit", {
  api: { operation: "git.push" },
  actor: { user: { name: "alice-acme" } },
  resources: [{ name: "acme/site" }, { name: "acme/tools" }],
  unmapped: { org: "acme" },
  raw_data: '{"action":"git.push","programmatic_access_type":"PAT","nested":{"deep":[{"x":1},{"x":2}]}}',
});

function holds(logsource: string, item: string, event: Activity): boolean {
  const text = `title: t\nlogsource: { ${logsource} }\ndetection:\n  sel:\n    ${item}\n  condition: sel\n`;
  const { documents, issues } = parseSigma(text, "t.yml");
  expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  return (
    compileRules<Activity>(documents, { resolve: resolveActivityField, kindOf: activityKind, applies }).match(event)
      .length === 1
  );
}

describe("fields", () => {
  test.each([
    ["category: process_creation, product: linux", "Image|endswith: /curl", LAUNCH],
    ["category: process_creation", "CommandLine|contains: ' -T '", LAUNCH],
    ["category: process_creation, product: linux", "User: 'ACME\\bob'", LAUNCH],
    ["category: process_creation, product: linux", "ParentImage: /bin/bash", LAUNCH],
    ["product: linux, service: auditd", "exe: /usr/bin/curl", LAUNCH],
    ["category: proxy", "c-uri|contains: git-receive-pack", REQUEST],
    ["category: proxy", "c-uri-extension: exe", REQUEST],
    ["category: proxy", "cs-host|endswith: .example", REQUEST],
    ["category: proxy", "cs-bytes|gte: 4000", REQUEST],
    ["category: webserver", "sc-status: 200", REQUEST],
    ["product: github, service: audit", "action: git.push", AUDIT],
    ["product: github", "repo: acme/tools", AUDIT],
    ["product: github, service: audit", "org: acme", AUDIT],
    ["product: github, service: audit", "programmatic_access_type: PAT", AUDIT],
    ["product: github, service: audit", "nested.deep.x: 2", AUDIT],
    ["product: github, service: audit", "context.destination.verdict: unsanctioned", AUDIT],
    ["product: ocsf, service: http_activity", "http_request.url.hostname: code.example", REQUEST],
    ["product: ocsf", "api.operation: git.push", AUDIT],
    ["product: ocsf", "resources.name: acme/tools", AUDIT],
    ["product: ocsf", "context.work_hours: false", AUDIT],
    ["product: ocsf", "context.work_hours|exists: true", AUDIT],
    ["product: ocsf", "context.host.role: null", AUDIT],
    ["product: ocsf", "context.host.role|exists: false", AUDIT],
    ["product: ocsf", "context.host.role|neq: server", AUDIT],
    ["product: github", "context.host.role|exists: false", AUDIT],
    [
      "category: process_creation, product: windows",
      "Image|endswith: \\git.exe",
      SYSMON("1", { Image: "C:\\x\\git.exe" }),
    ],
    [
      "category: registry_set, product: windows",
      "TargetObject|contains: \\Run",
      SYSMON("13", { TargetObject: "HKLM\\Run\\x" }, 0),
    ],
    ["product: windows, service: sysmon", "EventID: 255", SYSMON("255", { EventID: 255 }, 0)],
  ])("%s: %s", (logsource, item, event) => {
    expect(holds(logsource, item, event)).toBe(true);
  });
});

describe("log sources that do not cover the event", () => {
  test.each([
    ["category: process_creation, product: windows", LAUNCH],
    ["category: proxy", LAUNCH],
    ["category: process_creation", REQUEST],
    ["category: dns", REQUEST],
    ["product: github, service: audit", REQUEST],
    ["product: gitlab, service: audit", AUDIT],
    ["product: github, service: webhook", AUDIT],
    ["product: ocsf, service: dns_activity", REQUEST],
    ["category: registry_set, product: windows", SYSMON("1", {})],
    ["product: windows, service: security", SYSMON("1", {})],
    ["category: process_creation, product: linux", SYSMON("1", {})],
    ["product: antivirus", AUDIT],
  ])("%s", (logsource, event) => {
    expect(holds(logsource, "metadata.version|exists: true", event) || holds(logsource, "nothing: null", event)).toBe(
      false,
    );
  });
});

test("log sources of the tables are known, others are not", () => {
  expect(isKnownLogsource({ category: "process_creation", product: "windows", service: null, definition: null })).toBe(
    true,
  );
  expect(isKnownLogsource({ category: null, product: "ocsf", service: "http_activity", definition: null })).toBe(true);
  expect(isKnownLogsource({ category: "process_creations", product: "windows", service: null, definition: null })).toBe(
    false,
  );
});

describe("sources that run on several systems", () => {
  const launch = (type_id?: number) =>
    activity("crowdstrike-fdr", {
      class_uid: 1007,
      process: { name: "x", file: { path: "C:\\x.exe" } },
      ...(type_id === undefined ? {} : { device: { type_id: 1, os: { type_id } } }),
    });
  test.each([
    ["product: windows", 100, true],
    ["product: windows", 200, false],
    ["product: linux", 200, true],
    ["product: macos", 300, true],
    ["product: macos", 100, false],
    ["product: windows", undefined, true],
  ])("%s on %s: %s", (product, system, covered) => {
    expect(holds(`category: process_creation, ${product}`, "Image|endswith: x.exe", launch(system))).toBe(covered);
  });
});

describe("what sources provide", () => {
  test.each([
    ["category: process_creation, product: windows", "windows-sysmon", true],
    ["category: process_creation, product: windows", "windows-powershell", false],
    ["category: process_creation, product: linux", "sysmon-linux", true],
    ["category: process_creation, product: linux", "windows-sysmon", false],
    ["category: ps_script, product: windows", "windows-powershell", true],
    ["product: windows, service: taskscheduler", "windows-eventlog", true],
    ["product: windows, service: dns-server", "windows-dns-debug", true],
    ["category: process_creation, product: macos", "sentinelone", true],
    ["category: process_creation, product: macos", "tetragon", false],
    ["category: proxy", "squid", true],
    ["category: proxy", "zscaler-zia", true],
    ["category: proxy", "zscaler-nss-dns", false],
    ["category: dns", "zscaler-nss-dns", true],
    ["category: proxy", "dnsmasq", false],
    ["product: github, service: audit", "github-audit", true],
    ["product: github, service: audit", "gitlab-audit", false],
    ["product: ocsf", "dnsmasq", true],
    ["product: ocsf, service: dns_activity", "dnsmasq", true],
    ["product: ocsf, service: dns_activity", "github-audit", false],
    ["product: ocsf, service: process_activity", "windows-eventlog", true],
    ["product: antivirus", "windows-eventlog", false],
  ])("%s from %s: %s", (logsource, source, provided) => {
    const { documents } = parseSigma(
      `title: t\nlogsource: { ${logsource} }\ndetection: { s: { a: 1 }, condition: s }\n`,
      "t.yml",
    );
    const [rule] = documents;
    expect(rule?.kind === "rule" && provides(rule.logsource, source)).toBe(provided);
  });

  test("fields have a home or the record", () => {
    const proxy = { category: "proxy", product: null, service: null, definition: null };
    expect(homeOf(proxy, "cs-method")).toBe("http_request.http_method");
    expect(homeOf(proxy, "x-odd")).toBe("record");
    expect(homeOf(proxy, "constructor")).toBe("record");
    expect(homeOf(proxy, "context.host.role")).toBe("context");
    expect(homeOf({ ...proxy, category: null, product: "ocsf" }, "file.path")).toBe("file.path");
  });
});

test("every field of the tables has a home", () => {
  for (const { name, fields } of taxonomyLines())
    for (const [field, homes] of fields) expect(homes, `${name} ${field}`).not.toBe("");
});

test("the documentation lists every source, category and field", () => {
  const documentation = readFileSync(new URL("../../../../docs/sigma.md", import.meta.url), "utf8");
  for (const [id, { products, services, vantages }] of SOURCES)
    expect(documentation).toContain(
      `| \`${id}\` | ${products.join(", ")} | ${services.join(", ")} | ${vantages.join(", ")} |`,
    );
  for (const [category, { classes }] of CATEGORIES)
    expect(documentation).toMatch(new RegExp(`\`${category}\`.* \\| ${classes.join(", ")} \\|`));
  for (const { fields } of taxonomyLines())
    for (const [field, homes] of fields) expect(documentation).toContain(`| \`${field}\` | ${homes} |`);
});
