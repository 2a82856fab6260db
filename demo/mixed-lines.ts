/** The lines of the benchmark's events, one maker a source. People are numbered; nobody does anything remarkable. */
import { Random } from "./random.ts";
import { githubAuditLine } from "./writers/github-audit.ts";
import { oktaLine } from "./writers/okta.ts";
import { squidLine } from "./writers/squid.ts";
import { winlogbeatLine, type WindowsRecord } from "./writers/winlogbeat.ts";
import { zeekJsonLine, zeekUid } from "./writers/zeek.ts";

export const MIXED_SOURCES = ["zeek-http", "zeek-dns", "squid", "sysmon", "github-audit", "okta"] as const;
export type MixedSource = (typeof MIXED_SOURCES)[number];

interface Somebody {
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly host: string;
  readonly ip: string;
  readonly number: number;
}

/** A function that makes the next line of a source for a time in ms since 1970 UTC. */
export function maker(source: MixedSource, seed: number): (time: number) => string {
  const random = new Random(seed).fork("mixed", source);
  const people = Array.from({ length: 2_000 }, (_, number) => somebody(number));
  const anybody = (): Somebody => random.pick(people);
  switch (source) {
    case "zeek-http":
      return (time) => zeekHttp(random, anybody(), time);
    case "zeek-dns":
      return (time) => zeekDns(random, anybody(), time);
    case "squid":
      return (time) => squid(random, anybody(), time);
    case "sysmon": {
      let recordId = 4_000_000;
      return (time) => winlogbeatLine(sysmon(random, anybody(), time), recordId++, false);
    }
    case "github-audit":
      return (time) => githubAudit(random, anybody(), time);
    case "okta":
      return (time) => okta(random, anybody(), time);
  }
}

const FIRST = [
  "ada",
  "ben",
  "cem",
  "dora",
  "emil",
  "fay",
  "gil",
  "hana",
  "ivo",
  "jona",
  "kim",
  "lea",
  "milo",
  "nora",
  "olaf",
  "pia",
];
const LAST = [
  "adler",
  "berg",
  "conti",
  "dahl",
  "eker",
  "frey",
  "gomes",
  "hartl",
  "ilic",
  "jansen",
  "krug",
  "lind",
  "moser",
  "nagy",
  "ortiz",
  "prokop",
];

function somebody(number: number): Somebody {
  const first = FIRST[number % FIRST.length] as string;
  const last = LAST[Math.floor(number / FIRST.length) % LAST.length] as string;
  const login = `${first}.${last}${number}`;
  return {
    login,
    email: `${login}@acme.example`,
    name: `${first[0]?.toUpperCase()}${first.slice(1)} ${last[0]?.toUpperCase()}${last.slice(1)}`,
    host: `ws-${String(number).padStart(4, "0")}`,
    ip: `10.1.${16 + Math.floor(number / 250)}.${1 + (number % 250)}`,
    number,
  };
}

const SITES: readonly (readonly [name: string, ip: string])[] = [
  ["intranet.acme.example", "10.0.0.31"],
  ["news.paper.example", "203.0.113.14"],
  ["mail.acme.example", "10.0.0.25"],
  ["cdn.shop.example", "203.0.113.41"],
  ["weather.sky.example", "198.51.100.9"],
  ["tickets.rail.example", "203.0.113.77"],
  ["updates.vendor.example", "198.51.100.33"],
  ["video.meet.example", "203.0.113.120"],
  ["wiki.acme.example", "10.0.0.32"],
  ["forum.craft.example", "203.0.113.180"],
  ["bank.money.example", "198.51.100.61"],
  ["maps.world.example", "203.0.113.201"],
];
const CODE_HOSTS: readonly (readonly [name: string, ip: string])[] = [
  ["github.com", "140.82.121.4"],
  ["api.github.com", "140.82.121.6"],
  ["gitlab.acme.example", "10.0.0.40"],
  ["codeload.github.com", "140.82.121.9"],
];
const WORDS = [
  "assets",
  "report",
  "summary",
  "catalog",
  "session",
  "locale",
  "images",
  "search",
  "profile",
  "calendar",
  "invoice",
  "feed",
  "static",
  "preview",
  "widget",
  "module",
];
const BROWSERS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36 Edg/134.0.0.0",
];

function site(random: Random): readonly [name: string, ip: string] {
  return random.chance(0.04) ? random.pick(CODE_HOSTS) : random.pick(SITES);
}

function pagePath(random: Random): string {
  return `/${random.pick(WORDS)}/${random.pick(WORDS)}/${random.hex(12)}.${random.pick(["js", "css", "png", "html", "json"])}?v=${random.int(100, 99_999)}&s=${random.hex(40)}`;
}

function zeekHttp(random: Random, person: Somebody, time: number): string {
  const [host, ip] = random.pick(SITES);
  const type = random.pick(["text/html", "text/plain", "image/png", "application/json"]);
  return zeekJsonLine("http", {
    ts: time / 1000,
    uid: zeekUid(random),
    "id.orig_h": person.ip,
    "id.orig_p": random.int(32_768, 60_999),
    "id.resp_h": ip,
    "id.resp_p": 80,
    trans_depth: random.int(1, 6),
    method: random.chance(0.93) ? "GET" : "POST",
    host,
    uri: pagePath(random),
    referrer: `http://${host}/${random.pick(WORDS)}/`,
    version: "1.1",
    user_agent: random.pick(BROWSERS),
    request_body_len: 0,
    response_body_len: random.int(120, 90_000),
    status_code: 200,
    status_msg: "OK",
    tags: [],
    resp_fuids: [zeekUid(random, "F")],
    resp_mime_types: [type],
  });
}

function zeekDns(random: Random, person: Somebody, time: number): string {
  const [host, ip] = site(random);
  const alias = `${random.pick(WORDS)}-${random.hex(6)}.edge.${host}`;
  return zeekJsonLine("dns", {
    ts: time / 1000,
    uid: zeekUid(random),
    "id.orig_h": person.ip,
    "id.orig_p": random.int(32_768, 60_999),
    "id.resp_h": "10.0.0.53",
    "id.resp_p": 53,
    proto: "udp",
    trans_id: random.int(1, 65_535),
    rtt: random.int(300, 42_000) / 1_000_000,
    query: host,
    qclass: 1,
    qclass_name: "C_INTERNET",
    qtype: 1,
    qtype_name: "A",
    rcode: 0,
    rcode_name: "NOERROR",
    AA: false,
    TC: false,
    RD: true,
    RA: true,
    Z: 0,
    answers: [alias, `pop-${random.hex(4)}.${random.pick(WORDS)}.edge.${host}`, ip],
    TTLs: [300, 60, random.int(20, 300)],
    rejected: false,
  });
}

function squid(random: Random, person: Somebody, time: number): string {
  const [host, ip] = site(random);
  const tunnel = host.startsWith("bank") || CODE_HOSTS.some(([name]) => name === host);
  return squidLine({
    time,
    elapsed: random.size(180, 1.2),
    client: person.ip,
    result: tunnel ? "TCP_TUNNEL/200" : random.chance(0.2) ? "TCP_MEM_HIT/200" : "TCP_MISS/200",
    bytes: random.size(9_000, 1.5),
    method: tunnel ? "CONNECT" : "GET",
    url: tunnel ? `${host}:443` : `https://${host}${pagePath(random)}`,
    user: person.login,
    hierarchy: `HIER_DIRECT/${ip}`,
    contentType: tunnel ? null : random.pick(["text/html", "application/javascript", "image/png", "application/json"]),
  });
}

const PROGRAMS = [
  {
    image: "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    command: '"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe" --type=renderer --lang=de',
    company: "Google LLC",
  },
  {
    image: "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    command: '"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE" /recycle',
    company: "Microsoft Corporation",
  },
  {
    image: "C:\\Windows\\System32\\svchost.exe",
    command: "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule",
    company: "Microsoft Corporation",
  },
  {
    image: "C:\\Program Files\\Microsoft VS Code\\Code.exe",
    command: '"C:\\Program Files\\Microsoft VS Code\\Code.exe" --type=utility',
    company: "Microsoft Corporation",
  },
] as const;

function sysmon(random: Random, person: Somebody, time: number): WindowsRecord {
  const program = random.pick(PROGRAMS);
  const when = `${new Date(time).toISOString().slice(0, 23).replace("T", " ")}`;
  const guid = (): string =>
    `{4f1e${random.hex(4)}-${random.hex(4)}-6${random.hex(3)}-${random.hex(4)}-0000000${random.int(10, 99)}700}`;
  const own = {
    RuleName: "-",
    UtcTime: when,
    ProcessGuid: guid(),
    ProcessId: String(random.int(900, 28_000)),
    Image: program.image,
    User: `ACME\\${person.login}`,
  };
  const record = {
    time,
    computer: `${person.host}.acme.example`,
    channel: "Microsoft-Windows-Sysmon/Operational",
  } as const;
  switch (random.int(1, 5)) {
    case 1:
    case 2:
      return {
        ...record,
        eventId: 1,
        data: {
          ...own,
          FileVersion: "10.0.26100.1",
          Description: "-",
          Product: "-",
          Company: program.company,
          OriginalFileName: program.image.slice(program.image.lastIndexOf("\\") + 1),
          CommandLine: program.command,
          CurrentDirectory: `C:\\Users\\${person.login}\\`,
          LogonGuid: guid(),
          LogonId: `0x${random.hex(6)}`,
          TerminalSessionId: "1",
          IntegrityLevel: "Medium",
          Hashes: `SHA256=${random.hex(64).toUpperCase()}`,
          ParentProcessGuid: guid(),
          ParentProcessId: String(random.int(600, 9_000)),
          ParentImage: "C:\\Windows\\explorer.exe",
          ParentCommandLine: "C:\\Windows\\Explorer.EXE",
          ParentUser: `ACME\\${person.login}`,
        },
      };
    case 3: {
      const [host, ip] = site(random);
      return {
        ...record,
        eventId: 3,
        data: {
          ...own,
          Protocol: "tcp",
          Initiated: "true",
          SourceIsIpv6: "false",
          SourceIp: person.ip,
          SourceHostname: `${person.host}.acme.example`,
          SourcePort: String(random.int(49_152, 65_535)),
          SourcePortName: "-",
          DestinationIsIpv6: "false",
          DestinationIp: ip,
          DestinationHostname: host,
          DestinationPort: "443",
          DestinationPortName: "https",
        },
      };
    }
    case 4:
      return {
        ...record,
        eventId: 11,
        data: {
          ...own,
          TargetFilename: `C:\\Users\\${person.login}\\AppData\\Local\\Temp\\${random.hex(8)}.tmp`,
          CreationUtcTime: when,
        },
      };
    default: {
      const [host, ip] = site(random);
      return {
        ...record,
        eventId: 22,
        data: { ...own, QueryName: host, QueryStatus: "0", QueryResults: `::ffff:${ip};` },
      };
    }
  }
}

const ORGANISATION = { org: "acme", org_id: 90_417_733, business: "acme-group", business_id: 41_820 } as const;
const ACTIONS: readonly (readonly [action: string, weight: number])[] = [
  ["git.fetch", 52],
  ["git.push", 17],
  ["workflows.completed_workflow_run", 12],
  ["workflows.prepared_workflow_job", 9],
  ["pull_request.create", 3],
  ["pull_request.merge", 3],
  ["pull_request_review.submit", 3],
  ["git.clone", 1],
];

function githubAudit(random: Random, person: Somebody, time: number): string {
  const action = random.weighted(ACTIONS);
  const repository = `acme/${random.pick(WORDS)}-${random.pick(["api", "web", "jobs", "infra", "docs"])}`;
  const git = action.startsWith("git.");
  const ssh = random.chance(0.35);
  return githubAuditLine(
    {
      time,
      action,
      documentId: `${random.alphanumeric(21)}w`,
      actor: `${person.login.replace(".", "-")}_acme`,
      actorId: 8_000_000 + person.number,
      actorIp: "192.0.2.10",
      country: "DE",
      userAgent: git
        ? ssh
          ? "git/2.47.1"
          : "git/2.47.1 (linux)"
        : (BROWSERS[person.number % BROWSERS.length] as string),
      more: {
        actor_is_bot: false,
        operation_type: git ? undefined : "modify",
        request_id:
          `${random.hex(4)}:${random.hex(6)}:${random.hex(7)}:${random.hex(7)}:${random.hex(8)}`.toUpperCase(),
        token_scopes: git && !ssh ? "contents:write,metadata:read,pull_requests:write" : undefined,
        external_identity_nameid: person.email,
        external_identity_username: person.email,
        hashed_token: git ? `${random.alphanumeric(43)}=` : undefined,
        programmatic_access_type: git && !ssh ? "Fine-grained personal access token" : undefined,
        token_id: git && !ssh ? 30_000_000 + person.number : undefined,
        repo: repository,
        repo_id: 500_000_000 + repository.length * 7_919,
        repository,
        repository_id: 500_000_000 + repository.length * 7_919,
        repository_public: git ? false : undefined,
        public_repo: git ? undefined : false,
        transport_protocol: git ? (ssh ? 2 : 1) : undefined,
        transport_protocol_name: git ? (ssh ? "ssh" : "http") : undefined,
        user: person.login.replace(".", "-"),
        user_id: 8_000_000 + person.number,
      },
    },
    ORGANISATION,
  );
}

const BERLIN = {
  city: "Berlin",
  state: "Land Berlin",
  country: "Germany",
  postalCode: "10115",
  latitude: 52.52,
  longitude: 13.405,
  provider: "example transit",
  asNumber: 64_501,
} as const;

function okta(random: Random, person: Somebody, time: number): string {
  const sso = random.chance(0.6);
  return oktaLine({
    time,
    uuid: random.uuid(),
    eventType: sso ? "user.authentication.sso" : "user.session.start",
    displayMessage: sso ? "User single sign on to app" : "User login to Okta",
    result: "SUCCESS",
    reason: null,
    severity: "INFO",
    user: { id: `00u${String(person.number).padStart(6, "0")}acmeUSR5d7`, email: person.email, name: person.name },
    ip: "192.0.2.10",
    place: BERLIN,
    userAgent: BROWSERS[person.number % BROWSERS.length] as string,
    os: person.number % 3 === 1 ? "Linux" : "Windows 10",
    browser: person.number % 3 === 1 ? "FIREFOX" : "CHROME",
    session: `102${random.alphanumeric(22)}`,
    requestId: random.alphanumeric(27),
    requestUri: sso ? "/app/office365/exk1acmeoffice/sso/saml" : "/idp/idx/identify",
    factor: sso ? null : "PASSWORD",
    unusual: false,
    application: sso ? { id: "0oa1acmeoffice9K5d7", name: "Office", kind: "Microsoft Office 365" } : null,
  });
}
