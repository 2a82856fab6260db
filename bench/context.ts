/** What the context of one event costs, by kind of event; the aim is under 1 µs where no code host is concerned. */
import { pathToFileURL } from "node:url";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { readPolicy } from "../src/content/load-policy.ts";
import type { OcsfEvent } from "../src/model/activity.ts";
import { createContextBuilder } from "../src/pipeline/conform/context/index.ts";

const POLICY = `
sanctioned:
  repositories: ["github.com/acme/*", "gitlab.acme.example/*"]
  hosts: [{ match: "dev-*", role: developer }, { match: "ci-*", role: pipeline, repositories: ["github.com/acme/*"] }]
  users: ["*@acme.example"]
  service_accounts: [{ match: acme-ci-bot, hosts: ["ci-*"], repositories: ["github.com/acme/*"] }]
  addresses: ["10.1.0.0/16"]
inventory: [{ address: 10.1.4.17, host: ws-017, user: alice@acme.example }]
people: [{ user: alice@acme.example, logins: [alice-acme] }]
RepoDomainList: [github.com, gitlab.acme.example]
WorkHours: { timezone: Europe/Berlin, from: "07:00", to: "20:00" }
sensitive_paths: ['*\\Finance\\*', "/srv/finance/*", "*/Documents/*"]
`;

type MakeEvent = (index: number) => object;

const base = (index: number): object => ({
  activity_id: 1,
  time: 1_774_000_000_000 + index * 37,
  metadata: { product: { name: "Bench" } },
  severity_id: 1,
});
const client = (index: number): object => ({ ip: `10.1.${index % 16}.${index % 250}`, port: 50_000 });

/** 3,000 different hosts, users or paths: what a day of an organisation holds, more than one look at each. */
const KINDS: Readonly<Record<string, MakeEvent>> = {
  "connection elsewhere": (i) => ({
    class_uid: 4001,
    src_endpoint: client(i),
    dst_endpoint: { ip: `198.51.${i % 100}.${i % 250}`, port: 443 },
    connection_info: { direction_id: 2 },
  }),
  "TLS elsewhere": (i) => ({
    class_uid: 4001,
    src_endpoint: client(i),
    dst_endpoint: { ip: "198.51.100.7", port: 443 },
    tls: { sni: `host-${i % 3000}.cdn.example.com` },
  }),
  "web request elsewhere": (i) => ({
    class_uid: 4002,
    src_endpoint: client(i),
    http_request: {
      http_method: "GET",
      user_agent: "Mozilla/5.0",
      url: { scheme: "https", hostname: `www-${i % 3000}.example.com`, path: `/a/b/${i % 50}`, url_string: "x" },
    },
  }),
  "DNS question elsewhere": (i) => ({
    class_uid: 4003,
    src_endpoint: client(i),
    query: { hostname: `name-${i % 3000}.example.net` },
  }),
  "file access elsewhere": (i) => ({
    class_uid: 1001,
    device: { hostname: `WS-${i % 400}.acme.example`, type_id: 0 },
    actor: { user: { name: `user${i % 800}`, domain: "ACME" } },
    file: { path: `C:\\Windows\\System32\\file-${i % 3000}.dll` },
  }),
  "process start elsewhere": (i) => ({
    class_uid: 1007,
    device: { hostname: `WS-${i % 400}.acme.example`, type_id: 0 },
    actor: { user: { name: `user${i % 800}`, domain: "ACME" } },
    process: {
      name: "svchost.exe",
      file: { name: "svchost.exe" },
      cmd_line: `C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Service${i % 3000}`,
    },
  }),
  "sign-in": (i) => ({
    class_uid: 3002,
    user: { name: `user${i % 800}`, email_addr: `user${i % 800}@acme.example` },
    src_endpoint: client(i),
  }),
  "request to GitHub": (i) => ({
    class_uid: 4002,
    src_endpoint: client(i),
    http_request: {
      http_method: "POST",
      url: { scheme: "https", hostname: "github.com", path: `/owner${i % 500}/repo.git/git-receive-pack` },
    },
  }),
  "repository audit": (i) => ({
    class_uid: 6003,
    actor: { user: { name: `user${i % 800}` } },
    api: { operation: "git.push", service: { name: "GitHub" } },
    resources: [{ name: `acme/repo${i % 500}`, type: "repository" }],
  }),
  "git push command": (i) => ({
    class_uid: 1007,
    device: { hostname: "dev-1", type_id: 0 },
    process: { name: "git", cmd_line: `git push https://github.com/owner${i % 500}/repo.git main` },
  }),
};

/** @returns events per second by kind */
export function run(events = 200_000): Record<string, number> {
  const { policy } = readPolicy(POLICY, "bench");
  const build = createContextBuilder(loadCatalogue(), policy);
  const rates: Record<string, number> = {};
  for (const [kind, make] of Object.entries(KINDS)) {
    const list = Array.from(
      { length: 10_000 },
      (_, index) => ({ ...base(index), ...make(index) }) as unknown as OcsfEvent,
    );
    for (const event of list) build(event);
    const rounds = Math.max(1, Math.round(events / list.length));
    // The best round: what others on the machine take away is not the builder's.
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round += 1) {
      const started = performance.now();
      for (const event of list) build(event);
      best = Math.min(best, performance.now() - started);
    }
    rates[kind] = Math.round(list.length / (best / 1000));
  }
  return rates;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [kind, rate] of Object.entries(run()))
    console.log(`${kind.padEnd(26)} ${(1e6 / rate).toFixed(2).padStart(6)} µs  ${rate.toLocaleString("en")}/s`);
}
