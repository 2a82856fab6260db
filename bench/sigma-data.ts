/**
 * Invented rules and events for the Sigma benchmark, the same on every run: shapes, lengths and proportions of public
 * rules and of a mixed stream (a quarter each Zeek http and dns, then Squid, Sysmon, GitHub audit, Okta).
 */

/** A small generator of even numbers below 1, from a seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Next = () => number;

const PROGRAMS = [
  "powershell",
  "cmd",
  "rundll32",
  "regsvr32",
  "wscript",
  "mshta",
  "certutil",
  "bitsadmin",
  "curl",
  "git",
  "ssh",
  "rclone",
  "7z",
  "tar",
  "python",
  "node",
  "explorer",
  "winword",
  "excel",
  "outlook",
  "chrome",
  "msedge",
  "svchost",
  "services",
  "teams",
  "code",
  "java",
  "msbuild",
  "sc",
  "net",
  "whoami",
  "schtasks",
  "reg",
  "wmic",
];
const FOLDERS = [
  "C:\\Windows\\System32\\",
  "C:\\Windows\\SysWOW64\\",
  "C:\\Program Files\\Vendor\\",
  "C:\\Users\\alice\\AppData\\Local\\Temp\\",
  "C:\\ProgramData\\",
  "C:\\Users\\alice\\Downloads\\",
];
const WORDS = [
  "push",
  "origin",
  "main",
  "remote",
  "add",
  "upload",
  "update",
  "service",
  "start",
  "build",
  "install",
  "config",
  "token",
  "report",
  "finance",
  "archive",
  "backup",
  "export",
  "query",
  "list",
  "status",
  "sync",
  "clone",
  "fetch",
  "commit",
  "deploy",
  "session",
  "policy",
];
const HOSTS = [
  "intranet.example",
  "git.example",
  "files.example",
  "mail.example",
  "cdn.example",
  "api.code.example",
  "updates.vendor.example",
  "login.example",
  "paste.example",
  "share.example",
];
const ACTIONS = [
  "git.push",
  "git.clone",
  "git.fetch",
  "repo.create",
  "repo.access",
  "repo.destroy",
  "org.add_member",
  "org.remove_member",
  "hook.create",
  "team.add_repository",
  "protected_branch.policy_override",
  "workflows.created_workflow_run",
  "personal_access_token.request_created",
];
const OKTA = [
  "user.session.start",
  "user.authentication.sso",
  "user.mfa.factor.deactivate",
  "policy.rule.update",
  "application.lifecycle.delete",
  "user.lifecycle.create",
  "group.user_membership.add",
  "system.api_token.create",
];

export function pick<T>(next: Next, list: readonly T[]): T {
  return list[Math.floor(next() * list.length)] as T;
}

const digits = (next: Next, length: number) => Array.from({ length }, () => Math.floor(next() * 10)).join("");
const letters = (next: Next, length: number) =>
  Array.from({ length }, () => String.fromCharCode(97 + Math.floor(next() * 26))).join("");
const address = (next: Next) => `10.1.${Math.floor(next() * 255)}.${Math.floor(next() * 255)}`;

export type BenchEvent = Record<string, unknown>;

function commandLine(next: Next, program: string): string {
  const words = Array.from({ length: 3 + Math.floor(next() * 9) }, () => {
    const kind = next();
    return kind < 0.5
      ? pick(next, WORDS)
      : kind < 0.7
        ? `-${letters(next, 1 + Math.floor(next() * 8))}`
        : kind < 0.85
          ? `${pick(next, FOLDERS)}${letters(next, 6)}.txt`
          : `https://${pick(next, HOSTS)}/${letters(next, 10)}`;
  });
  return `"${pick(next, FOLDERS)}${program}.exe" ${words.join(" ")}`;
}

const SYSMON_IDS = [1, 1, 1, 1, 3, 11, 11, 13, 13, 7, 7, 22, 10];

export function sysmonEvent(next: Next): BenchEvent {
  const id = pick(next, SYSMON_IDS);
  const program = pick(next, PROGRAMS);
  const event: BenchEvent = {
    Channel: "Microsoft-Windows-Sysmon/Operational",
    EventID: id,
    Provider_Name: "Microsoft-Windows-Sysmon",
    Computer: `WS-${digits(next, 3)}.acme.example`,
    RecordID: Number(digits(next, 7)),
    UtcTime: "2026-03-20 09:15:03.337",
    ProcessGuid: `{${digits(next, 8)}-5645-6929-C410-000000000D00}`,
    ProcessId: Number(digits(next, 4)),
    Image: `${pick(next, FOLDERS)}${program}.exe`,
    User: "ACME\\alice",
  };
  if (id === 1) {
    Object.assign(event, {
      CommandLine: commandLine(next, program),
      OriginalFileName: `${program}.exe`,
      Description: `Tool for ${pick(next, WORDS)}`,
      Product: "Microsoft Windows Operating System",
      Company: "Microsoft Corporation",
      CurrentDirectory: pick(next, FOLDERS),
      IntegrityLevel: next() < 0.8 ? "Medium" : "High",
      Hashes: `MD5=${letters(next, 32)},SHA256=${letters(next, 64)}`,
      ParentImage: `${pick(next, FOLDERS)}${pick(next, PROGRAMS)}.exe`,
      ParentCommandLine: commandLine(next, pick(next, PROGRAMS)),
    });
  } else if (id === 3) {
    Object.assign(event, {
      Protocol: "tcp",
      Initiated: "true",
      SourceIp: address(next),
      SourcePort: 50_000,
      DestinationIp: "203.0.113.7",
      DestinationPort: next() < 0.8 ? 443 : 8080,
      DestinationHostname: pick(next, HOSTS),
    });
  } else if (id === 11)
    event["TargetFilename"] =
      `${pick(next, FOLDERS)}${letters(next, 8)}.${pick(next, ["txt", "exe", "zip", "ps1", "dll"])}`;
  else if (id === 13)
    Object.assign(event, {
      EventType: "SetValue",
      TargetObject: `HKU\\S-1-5-21\\Software\\${pick(next, WORDS)}\\${letters(next, 10)}\\${pick(next, ["Run", "Start", "Path", "Enabled"])}`,
      Details: `DWORD (0x0000000${digits(next, 1)})`,
    });
  else if (id === 7)
    Object.assign(event, {
      ImageLoaded: `C:\\Windows\\System32\\${letters(next, 7)}.dll`,
      Signed: "true",
      SignatureStatus: "Valid",
    });
  else if (id === 22) event["QueryName"] = `${letters(next, 5)}.${pick(next, HOSTS)}`;
  else
    Object.assign(event, {
      SourceImage: event["Image"],
      TargetImage: "C:\\Windows\\System32\\lsass.exe",
      GrantedAccess: "0x1000",
      CallTrace: `C:\\Windows\\SYSTEM32\\ntdll.dll+${digits(next, 5)}`,
    });
  return event;
}

export function mixedEvent(next: Next): BenchEvent {
  const kind = next();
  if (kind < 0.25) {
    return {
      _path: "http",
      ts: 1_774_000_000,
      uid: letters(next, 18),
      "id.orig_h": address(next),
      "id.orig_p": 51_000,
      "id.resp_h": "203.0.113.9",
      "id.resp_p": 80,
      method: next() < 0.8 ? "GET" : "POST",
      host: pick(next, HOSTS),
      uri: `/${pick(next, WORDS)}/${letters(next, 12)}?q=${letters(next, 6)}`,
      user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
      status_code: 200,
      resp_mime_types: ["text/html"],
    };
  }
  if (kind < 0.5)
    return {
      _path: "dns",
      ts: 1_774_000_000,
      uid: letters(next, 18),
      "id.orig_h": address(next),
      "id.resp_h": "10.0.0.53",
      "id.resp_p": 53,
      proto: "udp",
      query: `${letters(next, 6)}.${pick(next, HOSTS)}`,
      qtype_name: "A",
      rcode_name: "NOERROR",
      answers: ["203.0.113.9"],
      rejected: false,
    };
  if (kind < 0.7) {
    const host = pick(next, HOSTS);
    return {
      "cs-method": next() < 0.6 ? "CONNECT" : "GET",
      "cs-host": host,
      "c-uri": `https://${host}/${pick(next, WORDS)}/${letters(next, 14)}`,
      "c-useragent": "git/2.44.0",
      src_ip: address(next),
      "sc-status": 200,
      "cs-bytes": Number(digits(next, 5)),
    };
  }
  if (kind < 0.85) return sysmonEvent(next);
  if (kind < 0.95)
    return {
      action: pick(next, ACTIONS),
      actor: `user-${digits(next, 3)}`,
      actor_ip: "198.51.100.7",
      repo: `acme/${pick(next, WORDS)}`,
      org: "acme",
      "@timestamp": 1_774_000_000_000,
      user_agent: "git/2.44.0",
      _document_id: letters(next, 22),
      transport_protocol_name: "ssh",
      repository_public: false,
    };
  return {
    eventType: pick(next, OKTA),
    published: "2026-03-20T09:15:03.000Z",
    actor: { type: "User", alternateId: `user-${digits(next, 3)}@acme.example` },
    outcome: { result: "SUCCESS" },
    client: { ipAddress: "198.51.100.7", userAgent: { rawUserAgent: "Mozilla/5.0" } },
    securityContext: { isProxy: false },
  };
}

type Map = Record<string, unknown>;

const unusual = (next: Next) =>
  `${letters(next, 3 + Math.floor(next() * 4))}${pick(next, ["", "-", " ", "_"])}${letters(next, 3 + Math.floor(next() * 5))}`;
const many = (next: Next, low: number, high: number, make: () => string) =>
  Array.from({ length: low + Math.floor(next() * (high - low + 1)) }, make);

/** A rule in the manner of public ones: what a program is, what it was told, and what is known to be harmless. */
function processRule(next: Next): [Map, Map] {
  const image = next() < 0.85 ? `\\${pick(next, PROGRAMS)}.exe` : `\\${unusual(next)}.exe`;
  const detection: Map = {
    selection_img: [
      { "Image|endswith": many(next, 1, 3, () => (next() < 0.5 ? image : `\\${pick(next, PROGRAMS)}.exe`)) },
      { OriginalFileName: `${image.slice(1)}` },
    ],
  };
  const kind = next();
  if (kind < 0.45)
    detection["selection_cli"] = { "CommandLine|contains": many(next, 1, 8, () => ` ${unusual(next)} `) };
  else if (kind < 0.7)
    detection["selection_cli"] = {
      "CommandLine|contains|all": many(next, 2, 4, () => (next() < 0.4 ? pick(next, WORDS) : unusual(next))),
    };
  else if (kind < 0.8)
    detection["selection_cli"] = { "CommandLine|contains|windash": many(next, 1, 3, () => ` -${unusual(next)}`) };
  else if (kind < 0.88)
    detection["selection_parent"] = { "ParentImage|endswith": many(next, 1, 4, () => `\\${unusual(next)}.exe`) };
  else if (kind < 0.94)
    detection["selection_cli"] = {
      "CommandLine|re": `\\s-${letters(next, 2)}[a-z]{2,${4 + Math.floor(next() * 6)}}\\s+${letters(next, 3)}`,
    };
  else detection["selection_cli"] = { "CommandLine|endswith": many(next, 1, 4, () => ` ${unusual(next)}`) };
  if (next() < 0.4)
    detection["filter_main_known"] = {
      "ParentImage|startswith": many(next, 1, 2, () => pick(next, FOLDERS)),
      "CommandLine|contains": unusual(next),
    };
  detection["condition"] =
    detection["filter_main_known"] === undefined
      ? "all of selection_*"
      : "all of selection_* and not 1 of filter_main_*";
  return [{ category: "process_creation", product: "windows" }, detection];
}

function fieldRule(next: Next, category: string, field: string, value: () => string): [Map, Map] {
  const detection: Map = {
    selection: { [`${field}|${pick(next, ["endswith", "contains"])}`]: many(next, 1, 8, value) },
    condition: "selection",
  };
  if (next() < 0.5) {
    detection["filter"] = { "Image|endswith": many(next, 1, 3, () => `\\${pick(next, PROGRAMS)}.exe`) };
    detection["condition"] = "selection and not filter";
  }
  return [{ category, product: "windows" }, detection];
}

/** Rules as Sigma documents; JSON, which is YAML. */
export function benchRules(count: number): string {
  const next = random(count);
  const documents = Array.from({ length: count }, (_, number) => {
    const kind = next();
    const [logsource, detection] = ruleOf(next, kind);
    return JSON.stringify({
      title: `Rule ${number}`,
      id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      status: "test",
      level: "medium",
      logsource,
      detection,
    });
  });
  return documents.join("\n---\n");
}

function ruleOf(next: Next, kind: number): [Map, Map] {
  if (kind < 0.42) return processRule(next);
  if (kind < 0.5)
    return fieldRule(
      next,
      "registry_set",
      "TargetObject",
      () => `\\${unusual(next)}\\${pick(next, ["Run", "Start", "Enabled"])}`,
    );
  if (kind < 0.58)
    return fieldRule(
      next,
      "file_event",
      "TargetFilename",
      () => `\\${unusual(next)}.${pick(next, ["exe", "ps1", "dll"])}`,
    );
  if (kind < 0.63) return fieldRule(next, "image_load", "ImageLoaded", () => `\\${unusual(next)}.dll`);
  if (kind < 0.67) return fieldRule(next, "dns_query", "QueryName", () => `.${unusual(next)}.example`);
  if (kind < 0.71)
    return [
      { category: "network_connection", product: "windows" },
      {
        selection: {
          Initiated: "true",
          "DestinationHostname|contains": many(next, 2, 12, () => `${unusual(next)}.example`),
        },
        filter: { "DestinationIp|cidr": ["10.0.0.0/8", "127.0.0.0/8"] },
        condition: "selection and not filter",
      },
    ];
  if (kind < 0.76)
    return [
      { product: "windows", service: "security" },
      {
        selection: { EventID: 4000 + Math.floor(next() * 900), "ObjectName|contains": unusual(next) },
        condition: "selection",
      },
    ];
  if (kind < 0.84)
    return [
      { category: "proxy" },
      {
        selection: { "c-uri|contains": many(next, 1, 6, () => `/${unusual(next)}`) },
        other: { "c-useragent|startswith": many(next, 1, 4, () => unusual(next)), "cs-bytes|gt": 100_000 },
        condition: "1 of them",
      },
    ];
  if (kind < 0.89)
    return [
      { product: "zeek", service: "dns" },
      { selection: { "query|endswith": many(next, 1, 8, () => `.${unusual(next)}.example`) }, condition: "selection" },
    ];
  if (kind < 0.92)
    return [
      { product: "zeek", service: "http" },
      { selection: { "uri|contains": unusual(next), method: "POST" }, condition: "selection" },
    ];
  if (kind < 0.96)
    return [
      { product: "github", service: "audit" },
      {
        selection: {
          action: many(next, 1, 3, () =>
            next() < 0.3 ? pick(next, ACTIONS) : `${letters(next, 5)}.${letters(next, 6)}`,
          ),
        },
        condition: "selection",
      },
    ];
  return [
    { product: "okta", service: "okta" },
    {
      selection: {
        eventType: many(next, 1, 3, () =>
          next() < 0.2 ? pick(next, OKTA) : `${letters(next, 4)}.${letters(next, 6)}`,
        ),
        "outcome.result": "SUCCESS",
      },
      condition: "selection",
    },
  ];
}
