/** Each writer's lines against what its format promises. */
import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { auditdLines, type AuditdProcess } from "./auditd.ts";
import { bindLine } from "./bind.ts";
import { dnsmasqLines } from "./dnsmasq.ts";
import { githubAuditLine } from "./github-audit.ts";
import { githubWebhookLine, webhookRepository } from "./github-webhook.ts";
import { gitlabAuditLine } from "./gitlab-audit.ts";
import { squidLine } from "./squid.ts";
import { winlogbeatLine } from "./winlogbeat.ts";
import { zeekJsonLine, zeekTsvFooter, zeekTsvHeader, zeekTsvLine, zeekUid } from "./zeek.ts";

const time = Date.UTC(2026, 2, 16, 8, 5, 3, 47);

test("squid: ten fields of the native format, elapsed padded to six", () => {
  const line = squidLine({
    time,
    elapsed: 12,
    client: "10.1.4.17",
    result: "TCP_TUNNEL/200",
    bytes: 4_935,
    method: "CONNECT",
    url: "github.com:443",
    user: "mdorn",
    hierarchy: "HIER_DIRECT/140.82.121.4",
    contentType: null,
  });
  expect(line).toBe(
    "1773648303.047     12 10.1.4.17 TCP_TUNNEL/200 4935 CONNECT github.com:443 mdorn HIER_DIRECT/140.82.121.4 -",
  );
});

test("bind: query line with category, client object and server", () => {
  const line = bindLine({
    time,
    client: "10.2.4.11",
    port: 53_211,
    object: "7f65100ee4d8",
    name: "github.com",
    type: "A",
    server: "10.2.0.53",
  });
  expect(line).toBe(
    "16-Mar-2026 08:05:03.047 queries: info: client @0x7f65100ee4d8 10.2.4.11#53211 (github.com): query: github.com IN A +E(0)K (10.2.0.53)",
  );
});

describe("dnsmasq", () => {
  const record = {
    time: Date.UTC(2026, 2, 6, 8, 5, 3),
    server: "gw-ber",
    client: "10.1.4.17",
    name: "github.com",
    type: "A",
    answers: ["140.82.121.4"],
    cached: false,
  } as const;

  test("a forwarded query takes three lines, days padded with a blank", () => {
    expect(dnsmasqLines(record)).toEqual([
      "Mar  6 08:05:03 gw-ber dnsmasq[812]: query[A] github.com from 10.1.4.17",
      "Mar  6 08:05:03 gw-ber dnsmasq[812]: forwarded github.com to 198.51.100.53",
      "Mar  6 08:05:03 gw-ber dnsmasq[812]: reply github.com is 140.82.121.4",
    ]);
  });

  test("a cached answer and a name that does not exist", () => {
    expect(dnsmasqLines({ ...record, cached: true }).at(-1)).toContain("cached github.com is 140.82.121.4");
    expect(dnsmasqLines({ ...record, answers: [] }).at(-1)).toContain("reply github.com is NXDOMAIN");
  });
});

describe("zeek", () => {
  const uid = zeekUid(new Random(1));
  const conn = {
    ts: time / 1000,
    uid,
    "id.orig_h": "10.2.8.4",
    "id.orig_p": 50_594,
    "id.resp_h": "140.82.121.4",
    "id.resp_p": 443,
    proto: "tcp",
    service: "ssl",
    duration: 1.5,
    orig_bytes: 2_390,
    local_orig: true,
  };

  test("uids are a letter and seventeen characters of base 62", () => expect(uid).toMatch(/^C[0-9A-Za-z]{17}$/));

  test("a separated line has a value for every field of its header, unset ones as -", () => {
    const header = zeekTsvHeader("conn", time);
    const fields =
      header
        .find((line) => line.startsWith("#fields"))
        ?.split("\t")
        .slice(1) ?? [];
    const types =
      header
        .find((line) => line.startsWith("#types"))
        ?.split("\t")
        .slice(1) ?? [];
    const values = zeekTsvLine("conn", conn).split("\t");
    expect(types).toHaveLength(fields.length);
    expect(values).toHaveLength(fields.length);
    expect(Object.fromEntries(fields.map((field, index) => [field, values[index]]))).toMatchObject({
      ts: "1773648303.047000",
      "id.resp_h": "140.82.121.4",
      duration: "1.500000",
      local_orig: "T",
      resp_bytes: "-",
    });
    expect(header[0]).toBe("#separator \\x09");
    expect(zeekTsvFooter(time)).toBe("#close\t2026-03-16-08-05-03");
  });

  test("separators, control characters and lone marks are escaped, empty sets marked", () => {
    const line = zeekTsvLine("http", {
      ts: 1,
      uid,
      uri: "/a\tb\nc",
      user_agent: "-",
      tags: [],
      orig_filenames: ["a,b"],
    });
    expect(line).toContain("/a\\x09b\\x0ac\t");
    expect(line).toContain("\t\\x2d\t");
    expect(line).toContain("\t(empty)\t");
    expect(line).toContain("a\\x2cb");
    expect(line.split("\t")).toHaveLength(30);
  });

  test("JSON leaves out what is unset and keeps Zeek's order", () => {
    const entry = JSON.parse(zeekJsonLine("conn", conn)) as Record<string, unknown>;
    expect(Object.keys(entry)).toEqual(Object.keys(conn));
    expect(entry).toEqual(conn);
  });
});

describe("auditd", () => {
  const process: AuditdProcess = {
    pid: 27_280,
    ppid: 26_843,
    auid: 1_001,
    auidName: "mdorn",
    uid: 1_001,
    uidName: "mdorn",
    session: 12,
    tty: "pts0",
    comm: "git",
    exe: "/usr/bin/git",
    argv: ["git", "commit", "-m", "two words", "ö"],
    cwd: "/home/mdorn/my work",
  };

  test("an execution is seven records with one stamp, then the end", () => {
    const lines = auditdLines({ time, node: "dev-01", process, event: { kind: "execve", key: "exec" } }, 77);
    expect(lines.map((line) => /^node=dev-01 type=([A-Z]+) msg=audit\(1773648303\.047:77\): /.exec(line)?.[1])).toEqual(
      ["SYSCALL", "EXECVE", "CWD", "PATH", "PATH", "PROCTITLE", "EOE"],
    );
    expect(lines[0]).toMatch(/ syscall=59 .* comm="git" exe="\/usr\/bin\/git" /);
    expect(lines[0]).toContain(' key="exec"\u001dARCH=x86_64 SYSCALL=execve AUID="mdorn" UID="mdorn" ');
  });

  test("values with blanks or bytes outside ASCII are hex without quotes", () => {
    const lines = auditdLines({ time, node: "dev-01", process, event: { kind: "execve", key: "exec" } }, 1);
    expect(lines[1]).toContain('argc=5 a0="git" a1="commit" a2="-m" a3=74776F20776F726473 a4=C3B6');
    expect(lines[2]).toContain("cwd=2F686F6D652F6D646F726E2F6D7920776F726B");
    expect(Buffer.from(/proctitle=([0-9A-F]+)/.exec(lines[5] ?? "")?.[1] ?? "", "hex").toString()).toBe(
      "git\0commit\0-m\0two words\0ö",
    );
  });

  test("a connection carries the socket address", () => {
    const lines = auditdLines(
      { time, node: "dev-01", process, event: { kind: "connect", key: "net", address: "140.82.121.4", port: 443 } },
      1,
    );
    expect(lines[1]).toContain(
      "saddr=020001BB8C5279040000000000000000\u001dSADDR={ saddr_fam=inet laddr=140.82.121.4 lport=443 }",
    );
  });

  test("a read names the file and the watch", () => {
    const lines = auditdLines(
      {
        time,
        node: "db-02",
        process,
        event: { kind: "openat", key: "sensitive", path: "/srv/finance/a b.csv", write: false },
      },
      1,
    );
    expect(lines[0]).toMatch(/ syscall=257 .* items=1 .* key="sensitive"/);
    expect(lines[2]).toContain(`item=0 name=${Buffer.from("/srv/finance/a b.csv").toString("hex").toUpperCase()} `);
  });
});

test("winlogbeat: the members a reader of Sysmon and Security events needs", () => {
  const sysmon = JSON.parse(
    winlogbeatLine(
      {
        time,
        computer: "ws-fin-01.acme.example",
        channel: "Microsoft-Windows-Sysmon/Operational",
        eventId: 1,
        data: { CommandLine: 'git.exe "push"' },
      },
      5,
    ),
  ) as Record<string, Record<string, unknown>>;
  expect(sysmon["winlog"]).toMatchObject({
    channel: "Microsoft-Windows-Sysmon/Operational",
    event_id: "1",
    record_id: "5",
    provider_name: "Microsoft-Windows-Sysmon",
    event_data: { CommandLine: 'git.exe "push"' },
  });
  expect(sysmon).toMatchObject({
    "@timestamp": "2026-03-16T08:05:03.047Z",
    event: { code: "1" },
    host: { name: "ws-fin-01.acme.example" },
  });
  const security = JSON.parse(
    winlogbeatLine(
      { time, computer: "fs-01.acme.example", channel: "Security", eventId: 4663, data: { ObjectName: "D:\\Shares" } },
      6,
      false,
    ),
  ) as Record<string, Record<string, unknown>>;
  expect(security["winlog"]).toMatchObject({
    channel: "Security",
    event_id: "4663",
    keywords: ["Audit Success"],
    task: "File System",
  });
  expect(security["message"]).toBeUndefined();
});

test("github audit: keys in alphabetical order, both times in ms", () => {
  const line = githubAuditLine(
    {
      time,
      action: "git.push",
      documentId: "d",
      actor: "mdorn-acme",
      actorId: 1,
      actorIp: "192.0.2.10",
      country: "DE",
      userAgent: "git/2.47.1",
      more: { repo: "acme/a", token_id: undefined },
    },
    { org: "acme", org_id: 2, business: "acme-group", business_id: 3 },
  );
  const entry = JSON.parse(line) as Record<string, unknown>;
  expect(Object.keys(entry)).toEqual(Object.keys(entry).toSorted());
  expect(entry).toMatchObject({
    "@timestamp": time,
    created_at: time,
    _document_id: "d",
    actor_ip: "192.0.2.10",
    org: "acme",
    repo: "acme/a",
  });
  expect(entry).not.toHaveProperty("token_id");
});

test("github webhook: headers beside the body", () => {
  const repository = webhookRepository({
    id: 500_113_092,
    owner: "acme",
    ownerId: 2,
    ownerType: "Organization",
    name: "docs",
    private: true,
    description: null,
    created: time,
    pushed: time,
  });
  const entry = JSON.parse(
    githubWebhookLine({ event: "push", delivery: "x", body: { ref: "refs/heads/main", repository } }),
  ) as Record<string, Record<string, unknown>>;
  expect(entry["headers"]).toMatchObject({ "X-GitHub-Event": "push", "X-GitHub-Delivery": "x" });
  expect(entry["body"]).toMatchObject({ repository: { full_name: "acme/docs", private: true, visibility: "private" } });
});

test("gitlab audit: a git operation as the stream writes it", () => {
  const entry = JSON.parse(
    gitlabAuditLine({
      time,
      id: "u",
      eventType: "repository_git_operation",
      author: { id: 7, name: "M. Dorn", email: null },
      ip: "10.1.8.4",
      entity: { type: "Project", id: 210, path: "platform/terraform" },
      target: { type: "Project", id: 210, details: "terraform" },
      message: { protocol: "ssh", action: "git-receive-pack" },
    }),
  ) as Record<string, unknown>;
  expect(entry).toMatchObject({
    event_type: "repository_git_operation",
    created_at: "2026-03-16T08:05:03.047Z",
    entity_path: "platform/terraform",
    details: { custom_message: { protocol: "ssh", action: "git-receive-pack" } },
  });
});
