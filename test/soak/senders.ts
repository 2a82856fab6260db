/**
 * Whoever sends to an installation, through each kind of source. A sender numbers its events and notes which of them it may
 * rely on: those answered with 2xx, and whole lines of a file. What was not answered is sent again, as real senders do.
 */
import { createHmac } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, writeSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SECRETS, type Installation } from "./installation.ts";

export interface Sender {
  readonly name: string;
  /** Names of the events that were acknowledged; `tk-NAME-NUMBER` stands in each of their lines. */
  readonly acknowledged: Set<string>;
  /** All that were sent at least in part. */
  readonly sent: Set<string>;
  /** When something was last acknowledged, by `performance.now()`. */
  lastAcknowledged: number;
  /** Answers other than 2xx, by status; 0 for none. */
  readonly refusals: ReadonlyMap<number, number>;
  /** Sends one batch, again and again until it is acknowledged or `until` aborts. */
  send(until: AbortSignal): Promise<void>;
  close(): void;
}

/** Events of a batch. */
const BATCH = 40;
/** An answer that takes longer counts as none. */
const ANSWER_MS = 15_000;

abstract class Numbered implements Sender {
  readonly name: string;
  readonly acknowledged = new Set<string>();
  readonly sent = new Set<string>();
  readonly refusals = new Map<number, number>();
  lastAcknowledged = 0;
  #next = 0;

  constructor(name: string) {
    this.name = name;
  }

  abstract send(until: AbortSignal): Promise<void>;

  close(): void {}

  protected tokens(count: number): string[] {
    const tokens = Array.from({ length: count }, (_, index) => `tk-${this.name}-${this.#next + index}`);
    this.#next += count;
    for (const token of tokens) this.sent.add(token);
    return tokens;
  }

  protected acknowledge(tokens: readonly string[]): void {
    for (const token of tokens) this.acknowledged.add(token);
    this.lastAcknowledged = performance.now();
  }
}

class HttpSender extends Numbered {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #port: number;
  readonly #path: string;
  readonly #make: (tokens: readonly string[]) => { body: string; headers: Record<string, string> };
  readonly #batch: number;

  constructor(
    name: string,
    port: number,
    path: string,
    batch: number,
    make: (tokens: readonly string[]) => { body: string; headers: Record<string, string> },
  ) {
    super(name);
    this.#port = port;
    this.#path = path;
    this.#batch = batch;
    this.#make = make;
  }

  async send(until: AbortSignal): Promise<void> {
    const tokens = this.tokens(this.#batch);
    const { body, headers } = this.#make(tokens);
    while (!until.aborted) {
      const status = await this.#post(body, headers);
      if (status >= 200 && status < 300) return this.acknowledge(tokens);
      this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
      if (status >= 400 && status < 500 && status !== 429 && status !== 408)
        throw new Error(`${this.name}: refused for good with ${status}`);
      await wait(50);
    }
  }

  override close(): void {
    this.#agent.destroy();
  }

  /** @returns the status; 0 when there was no answer */
  #post(body: string, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve) => {
      const call = request(
        {
          host: "127.0.0.1",
          port: this.#port,
          path: this.#path,
          method: "POST",
          agent: this.#agent,
          headers,
          timeout: ANSWER_MS,
        },
        (answer) => {
          answer.resume();
          answer.once("end", () => resolve(answer.statusCode ?? 0));
          answer.once("error", () => resolve(0));
        },
      );
      call.once("timeout", () => call.destroy());
      call.once("error", () => resolve(0));
      call.end(body);
    });
  }
}

/** A proxy's log file: a line is relied on once it is written. Rotated by renaming, archives stay. */
class FileSender extends Numbered {
  readonly #folder: string;
  #lines = 0;

  constructor(folder: string) {
    super("file");
    this.#folder = folder;
  }

  async send(): Promise<void> {
    const tokens = this.tokens(BATCH);
    const descriptor = openSync(join(this.#folder, "access.log"), "a");
    const lines = tokens.map(squidLine);
    // A story that goes on through all kills has to stay one incident.
    if (this.#lines % (BATCH * 10) === 0) lines[0] = pushLine(tokens[0] ?? "");
    const text = lines.map((line) => `${line}\n`).join("");
    // Programs write when their buffer is full, not when a line ends.
    const cut = Math.floor(text.length / 3);
    writeSync(descriptor, text.slice(0, cut));
    await wait(5);
    writeSync(descriptor, text.slice(cut));
    fsyncSync(descriptor);
    closeSync(descriptor);
    this.acknowledge(tokens);
    this.#lines += tokens.length;
    if (this.#lines % (BATCH * 25) === 0) this.#rotate();
  }

  #rotate(): void {
    const archives = readdirSync(this.#folder).length;
    renameSync(join(this.#folder, "access.log"), join(this.#folder, `access.log.${archives}`));
  }
}

/** Syslog acknowledges nothing: what is sent has to arrive at most once, and all of it while nobody is killed. */
class SyslogSender extends Numbered {
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(port: number) {
    super("syslog");
    this.#port = port;
  }

  async send(until: AbortSignal): Promise<void> {
    const tokens = this.tokens(BATCH);
    const text = tokens
      .map((token) => `<134>1 ${new Date().toISOString()} proxy squid 1 - - ${squidLine(token)}\n`)
      .join("");
    while (!until.aborted) {
      const socket = this.#socket ?? (await this.#open());
      if (socket !== null) {
        // Sent once: a line of which nobody knows whether it arrived would arrive twice.
        if (!socket.write(text)) await new Promise<void>((resolve) => settle(socket, resolve));
        this.lastAcknowledged = performance.now();
        return;
      }
      await wait(50);
    }
  }

  override close(): void {
    this.#socket?.destroySoon();
  }

  #open(): Promise<Socket | null> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, "127.0.0.1", () => {
        this.#socket = socket;
        resolve(socket);
      });
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#socket = null;
        resolve(null);
      });
    });
  }
}

function settle(socket: Socket, done: () => void): void {
  socket.once("drain", done);
  socket.once("close", done);
}

/** All kinds of senders of an installation. */
export function createSenders({ folder, ports }: Installation): Sender[] {
  const bearer = { authorization: `Bearer ${SECRETS.hec}` };
  return [
    new FileSender(join(folder, "logs")),
    new SyslogSender(ports.syslog),
    new HttpSender("hec", ports.http, "/services/collector", BATCH, (tokens) => ({
      body: tokens.map((token) => JSON.stringify({ event: squidLine(token), sourcetype: "squid" })).join("\n"),
      headers: { authorization: `Splunk ${SECRETS.hec}` },
    })),
    new HttpSender("ndjson", ports.http, "/ndjson", BATCH, (tokens) => ({
      body: tokens.map((token) => `${JSON.stringify(githubAudit(token))}\n`).join(""),
      headers: { ...bearer, "content-type": "application/x-ndjson" },
    })),
    new HttpSender("bulk", ports.http, "/_bulk", BATCH, (tokens) => ({
      body: tokens.map((token) => `{"create":{"_index":"logs"}}\n${JSON.stringify(githubAudit(token))}\n`).join(""),
      headers: { ...bearer, "content-type": "application/x-ndjson" },
    })),
    new HttpSender("webhook", ports.webhook, "/", 1, ([token = ""]) => {
      const body = JSON.stringify(githubPush(token));
      return {
        body,
        headers: {
          "content-type": "application/json",
          "x-github-event": "push",
          "x-github-delivery": token,
          "x-hub-signature-256": `sha256=${createHmac("sha256", SECRETS.webhook).update(body).digest("hex")}`,
        },
      };
    }),
    new HttpSender("gitlab", ports.gitlab, "/", 1, ([token = ""]) => ({
      body: JSON.stringify(gitlabAudit(token)),
      headers: { "content-type": "application/json", "x-gitlab-event-streaming-token": SECRETS.gitlab },
    })),
  ];
}

/** Where the pushes of the file's story go; policy does not name it. */
export const UNSANCTIONED = "github.com/mallory-dev/notes";

function pushLine(token: string): string {
  const now = (Date.now() / 1000).toFixed(3);
  return `${now}    900 10.1.4.17 TCP_MISS/200 512 POST https://${UNSANCTIONED}.git/git-receive-pack?${token} alice HIER_DIRECT/192.0.2.11 application/x-git-receive-pack-result`;
}

function squidLine(token: string): string {
  const now = (Date.now() / 1000).toFixed(3);
  return `${now}    120 10.1.4.${token.length} TCP_MISS/200 5120 GET https://docs.example/${token} - HIER_DIRECT/192.0.2.10 text/html`;
}

function githubAudit(token: string): Record<string, unknown> {
  return {
    "@timestamp": Date.now(),
    _document_id: token,
    action: "git.fetch",
    actor: "alice-acme",
    org: "acme",
    repo: "acme/shop",
    transport_protocol_name: "http",
  };
}

function githubPush(token: string): Record<string, unknown> {
  const person = { login: "alice-acme", id: 7, type: "User" };
  return {
    ref: `refs/heads/${token}`,
    before: "0".repeat(40),
    after: createHmac("sha1", "").update(token).digest("hex"),
    created: true,
    deleted: false,
    forced: false,
    compare: `https://github.com/acme/shop/commit/${token}`,
    commits: [],
    head_commit: null,
    repository: {
      id: 1,
      name: "shop",
      full_name: "acme/shop",
      private: true,
      owner: { name: "acme", login: "acme", id: 2, type: "Organization" },
      html_url: "https://github.com/acme/shop",
      pushed_at: Math.floor(Date.now() / 1000),
    },
    pusher: { name: "alice-acme", email: "alice@acme.example" },
    sender: person,
  };
}

function gitlabAudit(token: string): Record<string, unknown> {
  return {
    id: token,
    author_id: 5,
    entity_id: 29,
    entity_type: "Project",
    details: {
      author_name: "alice",
      author_class: "User",
      target_id: 29,
      target_type: "Project",
      target_details: "acme/shop",
      custom_message: { protocol: "http", action: "git-upload-pack" },
      ip_address: "10.1.4.17",
      entity_path: "acme/shop",
    },
    ip_address: "10.1.4.17",
    author_name: "alice",
    entity_path: "acme/shop",
    target_details: "acme/shop",
    created_at: new Date().toISOString(),
    target_type: "Project",
    target_id: 29,
    event_type: "repository_git_operation",
  };
}
