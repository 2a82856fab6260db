/**
 * Invented events for the Sigma benchmark: shapes, lengths and proportions of a mixed stream (a quarter each Zeek http and
 * dns, then Squid, Sysmon, GitHub audit, Okta).
 */
import {
  ACTIONS,
  address,
  digits,
  FOLDERS,
  HOSTS,
  letters,
  OKTA,
  pick,
  PROGRAMS,
  WORDS,
  type Next,
} from "./sigma-words.ts";

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
