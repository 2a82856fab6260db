/**
 * Logs of vendors behind their APIs, for the tests of pollers: paged, limited, faulty, forgetful as theirs are. Time is the test's own:
 * it passes only while the poller sleeps.
 */
import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PollClock } from "./api-client.ts";

export class TestClock implements PollClock {
  time: number;
  /** Runs after every sleep, when time has passed. */
  onTick: () => void = () => {};

  constructor(time: number) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return;
    this.time += Math.max(1, ms);
    this.onTick();
  }
}

export interface VendorEvent {
  readonly id: string;
  readonly time: number;
  /** When it can be read; later than its time by how late it comes. */
  readonly arrived: number;
}

/** What the next request meets. `cursor`: refused where it carries one. */
export type Fault = "500" | "429" | "secondary" | "reset" | "cut" | "html" | "cursor" | null;

type Reply = { status?: number; headers?: Record<string, string>; body: unknown };

abstract class FakeVendor {
  events: VendorEvent[] = [];
  faults: Fault[] = [];
  retentionMs = Number.POSITIVE_INFINITY;
  pageSize = 5;
  /** Added to the clock for the Date header. */
  skewMs = 0;
  requests: URL[] = [];
  authorized: (request: IncomingMessage) => boolean = () => true;
  readonly clock: TestClock;
  #server: Server | null = null;
  baseUrl = "";

  constructor(clock: TestClock) {
    this.clock = clock;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** What can be read now. */
  protected visible(): VendorEvent[] {
    const { time: now } = this.clock;
    return this.events.filter(({ time, arrived }) => arrived <= now && time >= now - this.retentionMs);
  }

  protected abstract answer(url: URL, request: IncomingMessage): Reply;

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.baseUrl);
    this.requests.push(url);
    const date = new Date(this.clock.time + this.skewMs).toUTCString();
    const say = ({ status = 200, headers = {}, body }: Reply): void => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      response.writeHead(status, { date, "content-type": "application/json", ...headers }).end(text);
    };
    if (!this.authorized(request)) return say({ status: 401, body: { message: "Bad credentials" } });
    const fault = this.faults.shift() ?? null;
    const now = this.clock.time + this.skewMs;
    switch (fault) {
      case "500":
        return say({ status: 502, body: "<html>bad gateway</html>" });
      case "429":
        return say({
          status: 429,
          headers: { "x-rate-limit-remaining": "0", "x-rate-limit-reset": String(Math.ceil(now / 1000) + 40) },
          body: { errorSummary: "API call exceeded rate limit due to too many requests." },
        });
      case "secondary":
        return say({
          status: 403,
          headers: { "retry-after": "20" },
          body: { message: "You have exceeded a secondary rate limit." },
        });
      case "reset":
        return void request.socket.destroy();
      case "html":
        return say({ headers: { "content-type": "text/html" }, body: "<html>sign in</html>" });
      case "cursor":
        if (url.searchParams.has("after") || url.searchParams.has("cursor"))
          return say({ status: 400, body: { message: "the cursor has expired" } });
        break;
      case "cut": {
        const text = JSON.stringify(this.answer(url, request).body);
        response.writeHead(200, { date, "content-length": text.length + 10 }).write(text.slice(0, text.length >> 1));
        setImmediate(() => request.socket.destroy());
        return;
      }
      case null:
    }
    say(this.answer(url, request));
  }
}

/** Oldest first; a cursor is the place after an event. */
export class FakeGithub extends FakeVendor {
  protected answer(url: URL, request: IncomingMessage): Reply {
    const created = /created:>=(\S+)/.exec(url.searchParams.get("phrase") ?? "")?.[1] ?? "";
    const since = Date.parse(created);
    const [afterTime = 0, afterId = ""] = JSON.parse(
      Buffer.from(url.searchParams.get("after") ?? "", "base64url").toString() || "[]",
    ) as [number?, string?];
    const rest = this.visible()
      .filter(({ time }) => time >= since)
      .toSorted((one, other) => one.time - other.time || (one.id < other.id ? -1 : 1))
      .filter(({ time, id }) => time > afterTime || (time === afterTime && id > afterId));
    const page = rest.slice(0, this.pageSize);
    const body = page.map(({ id, time }) => ({ "@timestamp": time, _document_id: id, action: "git.push", actor: "a" }));
    const etag = `W/"${hash("sha256", JSON.stringify([body, rest.length > page.length]))}"`;
    if (request.headers["if-none-match"] === etag) return { status: 304, headers: { etag }, body: "" };
    const last = page.at(-1);
    const headers: Record<string, string> = { etag };
    if (last !== undefined && rest.length > page.length) {
      const next = new URL(url);
      next.searchParams.set("after", Buffer.from(JSON.stringify([last.time, last.id])).toString("base64url"));
      headers["link"] = `<${next.href}>; rel="next", <${url.href}>; rel="first"`;
    }
    return { headers, body };
  }
}

/** Newest first; by cursor, or by page numbers as before 15.11. Ids grow in the order in which events arrive. */
export class FakeGitlab extends FakeVendor {
  byCursor = true;

  protected answer(url: URL): Reply {
    const ask = (name: string) => url.searchParams.get(name);
    if (ask("pagination") === "keyset" && !this.byCursor)
      return { status: 405, body: { error: "Keyset pagination is not yet available for this type of request" } };
    const [after, before] = [Date.parse(ask("created_after") ?? ""), Date.parse(ask("created_before") ?? "")];
    if (before - after > 30 * 86_400_000) return { status: 400, body: { error: "over 30 days" } };
    const all = this.visible()
      .filter(({ time }) => time >= after && time <= before)
      .toSorted((one, other) => Number(other.id) - Number(one.id));
    const number = Number(ask("page") ?? "1");
    const cursor = Number(ask("cursor") ?? "Infinity");
    const rest = this.byCursor ? all.filter(({ id }) => Number(id) < cursor) : all.slice((number - 1) * this.pageSize);
    const page = rest.slice(0, this.pageSize);
    const headers: Record<string, string> = { "ratelimit-remaining": "100" };
    if (rest.length > page.length) {
      const next = new URL(url);
      if (this.byCursor) next.searchParams.set("cursor", page.at(-1)!.id);
      else next.searchParams.set("page", String(number + 1));
      headers["link"] = `<${next.href}>; rel="next"`;
    }
    if (!this.byCursor) headers["x-total"] = String(all.length);
    const body = page.map(({ id, time }) => ({
      id: Number(id),
      created_at: new Date(time).toISOString(),
      details: {},
    }));
    return { headers, body };
  }
}

/** In the order in which events arrive; the next link is always there. */
export class FakeOkta extends FakeVendor {
  protected answer(url: URL): Reply {
    const since = Date.parse(url.searchParams.get("since") ?? "");
    const [afterTime = 0, afterId = ""] = (url.searchParams.get("after") ?? "").split("_");
    const rest = this.visible()
      .filter(({ arrived }) => arrived >= since)
      .toSorted((one, other) => one.arrived - other.arrived || (one.id < other.id ? -1 : 1))
      .filter(
        ({ arrived, id }) => arrived > Number(afterTime) || (arrived === Number(afterTime) && id > String(afterId)),
      );
    const page = rest.slice(0, this.pageSize);
    const last = page.at(-1);
    const next = new URL(url);
    if (last !== undefined) next.searchParams.set("after", `${last.arrived}_${last.id}`);
    return {
      headers: { link: `<${url.href}>; rel="self", <${next.href}>; rel="next"` },
      body: page.map(({ id, time }) => ({
        uuid: id,
        published: new Date(time).toISOString(),
        eventType: "user.session.start",
      })),
    };
  }
}
