/**
 * What the sources have written so far. Entries may be added in any order; a day is taken out in order of time. Lines are
 * made only then, so that running numbers (record ids, audit serials) follow the order in which a source would write.
 */

export const LOGS = [
  "dns/bind-query.log",
  "dns/dnsmasq.log",
  "esxi/syslog.log",
  "github/audit.ndjson",
  "github/webhooks.ndjson",
  "gitlab/audit-events.ndjson",
  "identity/entra-signin.ndjson",
  "linux/audit.log",
  "linux/laurel.ndjson",
  "linux/tetragon.ndjson",
  "okta/system-log.ndjson",
  "proxy/head-access.log",
  "proxy/branch-access.log",
  "windows/defender.ndjson",
  "windows/security.ndjson",
  "windows/sysmon.ndjson",
  "zeek/head/conn.log",
  "zeek/head/dns.log",
  "zeek/head/http.log",
  "zeek/head/ssl.log",
  "zeek/branch/conn.log",
  "zeek/branch/dns.log",
  "zeek/branch/http.log",
  "zeek/branch/ssl.log",
] as const;
export type LogPath = (typeof LOGS)[number];

/** Kinds of logs by what they can show of one story. */
export const LANES = ["url", "sni", "flow", "dns", "endpoint", "identity", "audit"] as const;
export type Lane = (typeof LANES)[number];

/** The lane of each log. Zeek's http log reads URLs only where nothing is encrypted. */
export function laneOfLog(path: LogPath): Lane {
  if (path.startsWith("proxy/") || path.endsWith("/http.log")) return "url";
  if (path.endsWith("/ssl.log")) return "sni";
  if (path.endsWith("/conn.log")) return "flow";
  if (path.startsWith("dns/") || path.endsWith("/dns.log")) return "dns";
  if (path.startsWith("okta/") || path.startsWith("identity/")) return "identity";
  return path.startsWith("github/") || path.startsWith("gitlab/") ? "audit" : "endpoint";
}

const PIECE_CHARACTERS = 262_144;

/** Takes the log's next running number for a key, from 1. */
type NextNumber = (key: string) => number;

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly lines: (next: NextNumber) => readonly string[];
}

/** What one story left behind: which logs, from when to when. */
interface Trace {
  readonly logs: Set<LogPath>;
  readonly lanes: Set<Lane>;
  first: number;
  last: number;
}

export class LogBook {
  readonly #entries = new Map<LogPath, Entry[]>(LOGS.map((path) => [path, []]));
  readonly #numbers = new Map<string, number>();
  #order = 0;
  #taken = Number.NEGATIVE_INFINITY;
  #trace: Trace | null = null;
  #lanes: ReadonlySet<Lane> | null = null;

  /** The lanes that the story being told shows in; null for all. */
  get lanes(): ReadonlySet<Lane> | null {
    return this.#lanes;
  }

  /**
   * @param time ms since 1970 UTC; never before a day that was already taken out
   * @param lane what the entry shows, where that is less than its log usually does
   */
  add(path: LogPath, time: number, lines: (next: NextNumber) => readonly string[], lane = laneOfLog(path)): void {
    if (this.#lanes !== null && !this.#lanes.has(lane)) return;
    if (time < this.#taken)
      throw new RangeError(`${path}: an entry of ${new Date(time).toISOString()} comes after its day was written`);
    (this.#entries.get(path) as Entry[]).push({ time, order: this.#order++, lines });
    if (this.#trace === null) return;
    this.#trace.logs.add(path);
    this.#trace.lanes.add(lane);
    this.#trace.first = Math.min(this.#trace.first, time);
    this.#trace.last = Math.max(this.#trace.last, time);
  }

  /** Runs the function, keeps what it adds to logs of the lanes (null: all), and tells which logs those were. */
  trace<T>(lanes: ReadonlySet<Lane> | null, run: () => T): { readonly outline: T; readonly trace: Trace } {
    const trace: Trace = {
      logs: new Set(),
      lanes: new Set(),
      first: Number.POSITIVE_INFINITY,
      last: Number.NEGATIVE_INFINITY,
    };
    this.#trace = trace;
    this.#lanes = lanes;
    try {
      return { outline: run(), trace };
    } finally {
      this.#trace = null;
      this.#lanes = null;
    }
  }

  /** Removes everything before `end` and yields it, a log at a time, in pieces of whole lines. */
  *take(end: number): Generator<{ readonly path: LogPath; readonly text: string }> {
    this.#taken = end;
    for (const [path, entries] of this.#entries) {
      const due = entries.filter((entry) => entry.time < end).toSorted((a, b) => a.time - b.time || a.order - b.order);
      this.#entries.set(
        path,
        entries.filter((entry) => entry.time >= end),
      );
      const next: NextNumber = (key) => {
        const number = (this.#numbers.get(`${path} ${key}`) ?? 0) + 1;
        this.#numbers.set(`${path} ${key}`, number);
        return number;
      };
      let text = "";
      for (const entry of due) {
        for (const line of entry.lines(next)) text += `${line}\n`;
        if (text.length < PIECE_CHARACTERS) continue;
        yield { path, text };
        text = "";
      }
      if (text !== "") yield { path, text };
    }
  }
}
