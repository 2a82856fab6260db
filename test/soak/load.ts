/** A steady rate of mixed events over HTTP, for as long as one likes: what is lost, how memory grows, how late incidents are. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { Store } from "../../src/pipeline/persist/store.ts";
import { readMetrics, stageOf, type Stage } from "./metrics.ts";
import { SECRETS, type Installation } from "./installation.ts";

export interface LoadOptions {
  /** Events a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Left out of the slope of memory, seconds. */
  readonly warmUp: number;
  readonly onSecond?: (second: number, acknowledged: number, residentBytes: number) => void;
}

export interface LoadResult {
  readonly acknowledged: number;
  readonly stored: number;
  /** Batches that were answered with anything but 2xx and sent again. */
  readonly refused: number;
  /** Acknowledged events a second, over the whole time. */
  readonly rate: number;
  /** Resident memory: least squares over what was measured every second after the warm-up, bytes a minute. */
  readonly memorySlope: number;
  /** The same of the main thread's objects: what they do not explain is the engine's. */
  readonly heapSlope: number;
  readonly residentBytes: { readonly median: number; readonly most: number };
  /** From sending a push to its incident being visible in the API, ms, in order of size. */
  readonly visibleAfter: readonly number[];
  /** Where the time between goes, as the installation itself measures it. */
  readonly stages: readonly Stage[];
  readonly stop: { readonly code: number | null; readonly ms: number };
}

const BATCH = 1_000;
/** What is acknowledged only when it is on disk is waited for: so many batches may be on their way. */
const CONNECTIONS = 32;
/** Between two pushes whose incidents are waited for, ms. */
const CANARY_MS = 2_000;
/** No push is sent so shortly before the end, ms: its incident is to be seen under load. */
const LAST_CANARY_MS = 10_000;
const METRICS_MS = 5_000;
/** Between two looks at the newest incidents, ms. */
const SEEN_MS = 250;
/** So long an incident may take, ms. */
const LONGEST_MS = 90_000;

const STAGES = [
  ["read and store", "sallyport_intake_commit_duration_seconds"],
  ["conclude", "sallyport_intake_conclude_duration_seconds"],
  ["batch handed over until concluded from", "sallyport_intake_visible_delay_seconds"],
] as const;

/** Starts and stops the installation. */
export async function steadyLoad(installation: Installation, options: LoadOptions): Promise<LoadResult> {
  const { rate, seconds, warmUp, onSecond } = options;
  installation.start();
  await installation.ready();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS + 2 });
  const begun = performance.now();
  const until = begun + seconds * 1_000;
  let sent = 0;
  let acknowledged = 0;
  let refused = 0;
  const send = async (): Promise<void> => {
    while (performance.now() < until) {
      const due = begun + (sent / rate) * 1_000;
      const first = sent;
      sent += BATCH;
      if (due > performance.now()) await wait(due - performance.now());
      const body = batch(first);
      while (!(await post(agent, installation.ports.http, "/ndjson", body))) {
        refused += 1;
        await wait(200);
      }
      acknowledged += BATCH;
    }
  };
  const visibleAfter: number[] = [];
  const samples: { at: number; bytes: number }[] = [];
  const sample = async (): Promise<void> => {
    for (let second = 1; performance.now() < until; second += 1) {
      await wait(Math.max(1, begun + second * 1_000 - performance.now()));
      const bytes = residentBytes(installation.pid);
      samples.push({ at: second, bytes });
      onSecond?.(second, acknowledged, bytes);
    }
  };
  const heap: { at: number; bytes: number }[] = [];
  let stages: Stage[] = [];
  const scrape = async (): Promise<void> => {
    while (performance.now() < until) {
      const metrics = await readMetrics(installation);
      heap.push({ at: (performance.now() - begun) / 1_000, bytes: metrics.get("nodejs_heap_size_used_bytes") ?? 0 });
      stages = STAGES.map(([name, metric]) => stageOf(name, metric, metrics));
      await wait(METRICS_MS);
    }
  };
  const canary = async (n: number): Promise<void> => {
    const sentAt = performance.now();
    while (!(await post(agent, installation.ports.http, "/ndjson", `${push(n)}\n`))) await wait(50);
    await awaited.seen(`canary-${n}`);
    visibleAfter.push(performance.now() - sentAt);
  };
  const canaries = async (): Promise<void> => {
    const sent: Promise<void>[] = [];
    for (let n = 0; performance.now() + LAST_CANARY_MS < until; n += 1) {
      sent.push(canary(n));
      await wait(Math.max(1, begun + (n + 1) * CANARY_MS - performance.now()));
    }
    await Promise.all(sent);
  };
  const awaited = new Awaited(installation);
  const waited = canaries();
  await Promise.all([...Array.from({ length: CONNECTIONS }, send), sample(), scrape(), waited, awaited.watch(waited)]);
  const took = (performance.now() - begun) / 1_000;
  agent.destroy();
  const stop = await installation.stop();
  const settled = samples.filter(({ at }) => at > warmUp);
  const sizes = settled.map(({ bytes }) => bytes).toSorted((a, b) => a - b);
  return {
    acknowledged,
    stored: await countStored(installation.store),
    refused,
    rate: acknowledged / took,
    memorySlope: slope(settled) * 60,
    heapSlope: slope(heap.filter(({ at }) => at > warmUp)) * 60,
    residentBytes: { median: sizes[sizes.length >> 1] ?? 0, most: sizes.at(-1) ?? 0 },
    visibleAfter: visibleAfter.toSorted((a, b) => a - b),
    stages,
    stop,
  };
}

/** Waits for incidents about owners of repositories: one question for all that are waited for, as a console would ask. */
class Awaited {
  readonly #installation: Installation;
  readonly #waiting = new Map<string, () => void>();

  constructor(installation: Installation) {
    this.#installation = installation;
  }

  /** Resolves when an incident names the owner. */
  seen(owner: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(owner, resolve));
  }

  /** Asks until `last` has resolved and nothing is waited for. @throws {Error} when an incident does not come within the limit */
  async watch(last: Promise<unknown>): Promise<void> {
    let sending = true;
    void last.finally(() => (sending = false));
    const headers = { authorization: `Bearer ${this.#installation.token()}` };
    const url = `http://127.0.0.1:${this.#installation.ports.console}/api/v1/incidents?destination=github.com/canary-*&limit=100&sort=time`;
    let quietSince = performance.now();
    while (sending || this.#waiting.size > 0) {
      await wait(SEEN_MS);
      if (this.#waiting.size === 0) continue;
      const answer = await fetch(url, { headers });
      const { items = [] } = (await answer.json()) as { items?: readonly { destinations: readonly string[] }[] };
      for (const destination of items.flatMap(({ destinations }) => destinations)) {
        const owner = destination.split("/")[1] ?? "";
        this.#waiting.get(owner)?.();
        if (this.#waiting.delete(owner)) quietSince = performance.now();
      }
      if (performance.now() - quietSince > LONGEST_MS)
        throw new Error(`no incident about ${[...this.#waiting.keys()].join(", ")}\n${this.#installation.log}`);
    }
  }
}

/** People, each with a machine and an address of their own. */
const PEOPLE = 4_000;

/** Mixed as an organisation's logs are: connections, web requests, lookups, repository audit. */
function batch(first: number): string {
  const now = Date.now();
  let text = "";
  for (let n = first; n < first + BATCH; n += 1) text += `${eventOf(n, now)}\n`;
  return text;
}

function eventOf(n: number, now: number): string {
  const seconds = (now / 1_000).toFixed(3);
  const person = (n * 7) % PEOPLE;
  const client = `10.1.${person >> 8}.${person & 255}`;
  switch (n % 10) {
    case 0:
      return `{"@timestamp":${now},"_document_id":"load-${n}","action":"git.fetch","actor":"dev-${n % 800}","org":"acme","repo":"acme/shop-${n % 60}","transport_protocol_name":"http"}`;
    case 1:
    case 2:
    case 3:
      return `${seconds}    120 ${client} TCP_MISS/200 5120 GET https://docs-${n % 500}.example/page/${n} user-${person} HIER_DIRECT/192.0.2.10 text/html 640`;
    case 4:
    case 5:
      return `{"ts":${seconds},"uid":"D${n}","id.orig_h":"${client}","id.orig_p":${1024 + (n % 60_000)},"id.resp_h":"192.0.2.53","id.resp_p":53,"proto":"udp","trans_id":${n % 65_536},"query":"www-${n % 3_000}.example","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,"rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":["198.51.100.${n % 250}"],"TTLs":[60.0],"rejected":false}`;
    default:
      return `{"ts":${seconds},"uid":"C${n}","id.orig_h":"${client}","id.orig_p":${1024 + (n % 60_000)},"id.resp_h":"198.51.100.${n % 250}","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1.5,"orig_bytes":${600 + (n % 4_000)},"resp_bytes":${9_000 + (n % 90_000)},"conn_state":"SF","missed_bytes":0,"history":"ShADadFf","orig_pkts":12,"orig_ip_bytes":1300,"resp_pkts":14,"resp_ip_bytes":9900}`;
  }
}

function push(n: number): string {
  return `${(Date.now() / 1_000).toFixed(3)}    900 10.9.${n % 200}.7 TCP_MISS/200 512 POST https://github.com/canary-${n}/notes.git/git-receive-pack canary-user-${n} HIER_DIRECT/192.0.2.11 application/x-git-receive-pack-result 734003`;
}

function post(agent: Agent, port: number, path: string, body: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${SECRETS.hec}`, "content-type": "application/x-ndjson" };
    const call = request(
      { host: "127.0.0.1", port, path, method: "POST", agent, headers, timeout: 60_000 },
      (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode === 200));
        answer.once("error", () => resolve(false));
      },
    );
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(false));
    call.end(body);
  });
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) * 1_024;
}

/** Least squares, bytes a second. */
function slope(points: readonly { readonly at: number; readonly bytes: number }[]): number {
  const count = points.length;
  const meanAt = points.reduce((sum, { at }) => sum + at, 0) / count;
  const meanBytes = points.reduce((sum, { bytes }) => sum + bytes, 0) / count;
  const above = points.reduce((sum, { at, bytes }) => sum + (at - meanAt) * (bytes - meanBytes), 0);
  return above / points.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
}

async function countStored(folder: string): Promise<number> {
  const store = await Store.open(folder);
  try {
    const [row] = await store.rows<{ events: number }>(
      "SELECT toUInt32(countIf(NOT match(raw_data, 'canary-'))) AS events FROM activity",
    );
    return row?.events ?? 0;
  } finally {
    await store.close();
  }
}
