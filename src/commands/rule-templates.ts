/** What `rule new` starts from: for each log source a rule that works, a log that makes it fire and one that does not. */

export interface RuleTemplate {
  /** What the rule finds as made, one sentence. */
  readonly description: string;
  /** `logsource:` of the rule, YAML flow mapping. */
  readonly logsource: string;
  /** The selection, YAML, indented by nothing. */
  readonly selection: string;
  readonly tags: readonly string[];
  /** Reason without behaviour names; see docs/detections.md. */
  readonly reason: string;
  /** File name → lines as the product writes them. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
}

/** 2026-03-18T10:00:00Z: within working hours everywhere in Europe, so that no example depends on the clock. */
const SECONDS = 1_773_828_000;

function squid(offset: number, method: string, path: string): string {
  return `${SECONDS + offset}.412    380 10.1.4.17 TCP_MISS/200 420 ${method} https://files.partner.example${path} alice HIER_DIRECT/203.0.113.20 text/html`;
}

function sysmon(offset: number, command: string): string {
  const time = new Date((SECONDS + offset) * 1000).toISOString();
  const program = command.split(" ", 1)[0] ?? "";
  return JSON.stringify({
    "@timestamp": time,
    winlog: {
      channel: "Microsoft-Windows-Sysmon/Operational",
      provider_name: "Microsoft-Windows-Sysmon",
      event_id: "1",
      record_id: String(40_000 + offset),
      computer_name: "ws-017.acme.example",
      event_data: {
        UtcTime: time.replace("T", " ").slice(0, -1),
        ProcessGuid: `{ffaba218-11f2-698c-0468-00000000${String(1000 + offset)}}`,
        ProcessId: String(15_000 + offset),
        Image: `C:\\Windows\\System32\\${program}`,
        OriginalFileName: program,
        CommandLine: command,
        CurrentDirectory: "C:\\Users\\alice\\",
        User: "ACME\\alice",
        ParentProcessGuid: "{848e0571-fc6e-69fd-85fc-00000000ee00}",
        ParentProcessId: "29436",
        ParentImage: "C:\\Windows\\System32\\cmd.exe",
        ParentCommandLine: "cmd.exe",
      },
    },
  });
}

function audit(offset: number, action: string): string {
  return JSON.stringify({
    "@timestamp": (SECONDS + offset) * 1000,
    _document_id: `537826e8e42c0d794d2c${offset}`,
    action,
    actor: "bob-acme",
    actor_ip: "192.0.2.10",
    org: "acme",
    repo: "acme/ledger",
  });
}

function zeek(offset: number, bytesOut: number): string {
  return JSON.stringify({
    ts: SECONDS + offset,
    uid: `Cf2c3e3896b48e4b${offset}`,
    "id.orig_h": "10.1.4.17",
    "id.orig_p": 46_085,
    "id.resp_h": "203.0.113.20",
    "id.resp_p": 443,
    proto: "tcp",
    service: "ssl",
    duration: 4.2,
    orig_bytes: bytesOut,
    resp_bytes: 5_200,
    conn_state: "SF",
    history: "ShADadFf",
    orig_pkts: 41,
    resp_pkts: 38,
  });
}

function dnsmasq(second: number, name: string): string {
  return `Mar 18 10:00:0${second} gw dnsmasq[914]: query[A] ${name} from 10.1.4.17`;
}

const WEB = ["attack.exfiltration", "attack.t1567"];

const UPLOAD: Omit<RuleTemplate, "logsource" | "selection"> = {
  description: "A file is uploaded to the partner's file exchange.",
  tags: WEB,
  reason: "{actor} uploaded {count:file} to {destination}",
  examples: {
    "fires-squid.log": [squid(0, "POST", "/upload/report.zip")],
    "quiet-squid.log": [squid(0, "GET", "/upload/"), squid(9, "POST", "/search")],
  },
};
const TRANSFER: Omit<RuleTemplate, "logsource" | "selection"> = {
  description: "curl sends a file.",
  tags: WEB,
  reason: "{actor} sent {count:file} with curl from {host}",
  examples: {
    "fires-sysmon.ndjson": [sysmon(1, "curl.exe -T C:\\Users\\alice\\report.zip https://files.partner.example/")],
    "quiet-sysmon.ndjson": [sysmon(1, "curl.exe -O https://files.partner.example/guide.pdf"), sysmon(2, "whoami.exe")],
  },
};
const EXPOSURE: Omit<RuleTemplate, "logsource" | "selection"> = {
  description: "A repository is made visible to more people.",
  tags: WEB,
  reason: "{actor} changed who can see {destination}",
  examples: {
    "fires-audit-log.ndjson": [audit(1, "repo.access")],
    "quiet-audit-log.ndjson": [audit(1, "git.fetch"), audit(2, "repo.create")],
  },
};
const NAMES: Omit<RuleTemplate, "logsource" | "selection"> = {
  description: "The name of a file exchange is asked for.",
  tags: WEB,
  reason: "{address} asked {count:time} for the file exchange",
  examples: {
    "fires-dnsmasq.log": [dnsmasq(1, "files.partner.example")],
    "quiet-dnsmasq.log": [dnsmasq(1, "www.partner.example"), dnsmasq(2, "intranet.acme.example")],
  },
};

/** By what `--logsource` says: product or category, and what narrows it. */
export const RULE_TEMPLATES = {
  "ocsf/http_activity": {
    ...UPLOAD,
    logsource: "{ product: ocsf, service: http_activity }",
    selection: "http_request.http_method: [POST, PUT]\nhttp_request.url.path|startswith: /upload/",
  },
  "ocsf/process_activity": {
    ...TRANSFER,
    logsource: "{ product: ocsf, service: process_activity }",
    selection: "process.file.path|endswith: [/curl, '\\curl.exe']\nprocess.cmd_line|contains: ' -T '",
  },
  "ocsf/api_activity": {
    ...EXPOSURE,
    logsource: "{ product: ocsf, service: api_activity }",
    selection: "api.operation: [repo.access, project_visibility_level_updated]",
  },
  "ocsf/dns_activity": {
    ...NAMES,
    logsource: "{ product: ocsf, service: dns_activity }",
    selection: "query.hostname|startswith: files.",
  },
  "ocsf/network_activity": {
    description: "Much is sent in one connection.",
    logsource: "{ product: ocsf, service: network_activity }",
    selection: "traffic.bytes_out|gt: 50000000",
    tags: ["attack.exfiltration", "attack.t1048"],
    reason: "{address} sent {bytes_out} in {count:connection}",
    examples: {
      "fires-zeek.ndjson": [zeek(1, 61_000_000)],
      "quiet-zeek.ndjson": [zeek(1, 1_400), zeek(2, 90_000)],
    },
  },
  proxy: {
    ...UPLOAD,
    logsource: "{ category: proxy }",
    selection: "cs-method: [POST, PUT]\nc-uri|contains: /upload/",
  },
  dns: {
    ...NAMES,
    logsource: "{ category: dns }",
    selection: "query|startswith: files.",
  },
  "windows/process_creation": {
    ...TRANSFER,
    logsource: "{ category: process_creation, product: windows }",
    selection: "Image|endswith: '\\curl.exe'\nCommandLine|contains: ' -T '",
  },
  "github/audit": {
    ...EXPOSURE,
    logsource: "{ product: github, service: audit }",
    selection: "action: repo.access",
  },
} as const satisfies Readonly<Record<string, RuleTemplate>>;

export type TemplateName = keyof typeof RULE_TEMPLATES;
