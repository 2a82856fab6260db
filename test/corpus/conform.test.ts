/**
 * Every openly licensed sample beside the checkout (../shared/logs, described in its MANIFEST.tsv) is read the way `scan`
 * reads it. Skipped in a clone alone, where there are none.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { isRejected, openChunks } from "../../src/pipeline/collect/chunks.ts";
import { listInputs } from "../../src/pipeline/collect/inputs.ts";
import { readLines } from "../../src/pipeline/collect/lines.ts";
import { openStream, recogniseStream } from "../../src/pipeline/conform/index.ts";
import { schema } from "../ocsf/schema.ts";
import { validateEvent } from "../ocsf/validate.ts";

const logs = new URL("../../../shared/logs/", import.meta.url);
const present = existsSync(new URL("MANIFEST.tsv", logs)) && schema !== undefined;

/**
 * vendor/stream of the manifest -> the source that every sample of it is of. The table in docs/samples.md shows the others:
 * a stream that gets a source there has got a map, or is taken for something it is not.
 */
const SOURCES: Readonly<Record<string, string>> = {
  "atlassian/audit": "atlassian-audit",
  "auth0/logs": "auth0",
  "aws/cloudtrail": "aws-cloudtrail",
  "aws/cloudtrail_panther": "aws-cloudtrail",
  "azure/vmconnection": "azure-vmconnection",
  "azure_devops/audit": "azure-devops-audit",
  "bind/query": "bind-query",
  "duo/auth": "duo",
  "gcp/audit": "gcp-audit",
  "gitea/log": "gitea",
  "github/audit_panther": "github-audit",
  "github/ghes_syslog": "github-audit",
  "github/webhook": "github-webhook",
  "gitlab/application_json": "gitlab-rails",
  "gitlab/panther": "gitlab-audit",
  "google_workspace/activity": "google-workspace",
  "google_workspace/reports": "google-workspace",
  "linux/auditd": "linux-auditd",
  "linux/auditd_json": "linux-auditd",
  "linux/auoms": "linux-auoms",
  "linux/laurel": "linux-laurel",
  "linux/sshd": "linux-sshd",
  "linux/sysmon_linux": "sysmon-linux",
  "microsoft/entra_signin": "entra-signin",
  "okta/system_log": "okta-system-log",
  "onelogin/events": "onelogin",
  "teleport/audit": "teleport-audit",
  "windows/security_crowdsec": "windows-security",
  "windows/security_json": "windows-security",
  "windows/sysmon_json": "windows-sysmon",
  "zeek/conn": "zeek-conn",
  "zeek/dns": "zeek-dns",
  "zeek/http": "zeek-http",
  "zeek/ssl": "zeek-ssl",
};

/** Samples that cannot be recognised, and why. */
const UNRECOGNISABLE: ReadonlySet<string> = new Set([
  // A filter of Zeek's test suite keeps three columns of conn.log and renames the log.
  "zeek/conn/zeekbt_scripts.base.frameworks.logging.field-extension-include-exclude__conn-inc.log",
]);

interface Sample {
  readonly stream: string;
  readonly path: string;
  readonly source: string | null;
  readonly reason: string;
  readonly events: number;
  readonly rejected: readonly string[];
  readonly invalid: readonly string[];
}

describe.skipIf(!present)("samples (skipped where ../shared/logs is absent)", () => {
  let samples: Sample[] = [];

  beforeAll(async () => {
    const rows = readFileSync(new URL("MANIFEST.tsv", logs), "utf8").trim().split("\n").slice(1).map((row) => row.split("\t"));
    samples = [];
    for (const [vendor, stream, path] of rows) samples.push(await read(`${vendor}/${stream}`, path!));
  });

  test("no map fails on a line", () => {
    expect(samples.flatMap(({ path, rejected }) => rejected.filter((reason) => reason.includes(" fails on this line: ")).map((reason) => `${path}: ${reason}`))).toEqual([]);
  });

  test("every event is valid OCSF", () => {
    expect([...new Set(samples.flatMap(({ invalid }) => invalid))]).toEqual([]);
  });

  test("every sample of a known stream is taken for what it is", () => {
    const wrong = samples
      .filter(({ stream, path, source }) => SOURCES[stream] !== undefined && source !== (UNRECOGNISABLE.has(path) ? null : SOURCES[stream]))
      .map(({ path, source, reason }) => `${path} is taken for ${source}: ${reason}`);
    expect(wrong).toEqual([]);
  });

  test("the table of samples is up to date", async () => {
    await expect(table(samples)).toMatchFileSnapshot(fileURLToPath(new URL("../../docs/samples.md", import.meta.url)));
  });
});

async function read(stream: string, path: string): Promise<Sample> {
  const { files } = await listInputs([fileURLToPath(new URL(path, logs))]);
  const lines: string[] = [];
  const rejected: string[] = [];
  for await (const item of openChunks(files[0]!)) {
    if (isRejected(item)) rejected.push(item.reason);
    else readLines(item.bytes, (line) => void lines.push(line), (_index, reason) => void rejected.push(reason));
  }
  // What Zeek's test suite puts above its baselines is no part of the log.
  const content = lines.filter((line) => !line.startsWith("### BTest"));
  // The files' own times depend on when they were copied.
  const environment = { fileModifiedTime: 1_774_008_000_000, fileName: files[0]!.name };
  const { map, reason } = recogniseStream(content.slice(0, 60), environment);
  let events = 0;
  const invalid: string[] = [];
  const reader = openStream({
    source: "auto",
    expected: map?.id ?? null,
    environment,
    emit(event, source) {
      events += 1;
      for (const { path: at, problem } of validateEvent(schema!, event)) invalid.push(`${source.id}: ${at} ${problem}`);
    },
    reject: (_line, error) => void rejected.push(error.message),
  });
  content.forEach((line, index) => reader.push(line, index + 1));
  reader.flush();
  return { stream, path, source: map?.id ?? null, reason, events, rejected, invalid };
}

function table(samples: readonly Sample[]): string {
  const rows = Object.entries(Object.groupBy(samples, ({ stream }) => stream))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([stream, group = []]) => {
      const sources = [...new Set(group.flatMap(({ source }) => source ?? []))].join(", ");
      const recognised = group.filter(({ source }) => source !== null).length;
      const events = group.reduce((sum, sample) => sum + sample.events, 0);
      const rejected = group.reduce((sum, sample) => sum + sample.rejected.length, 0);
      return `| ${stream} | ${sources} | ${group.length} | ${recognised} | ${events} | ${rejected} |`;
    });
  return [
    "# Samples",
    "",
    "What becomes of every openly licensed sample log the product is tried on. Generated by `test/corpus/conform.test.ts`;",
    "`npm test -- -u` rewrites it. A stream without a source has no map yet: all its lines are rejected, none is guessed.",
    "",
    "| stream | source | samples | recognised | events | lines rejected |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n");
}
