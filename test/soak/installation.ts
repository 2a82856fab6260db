/** `sallyport watch` as a process of its own, as an operator runs it: started, killed, stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../bin/sallyport.mjs", import.meta.url));

export const SECRETS = {
  hec: "hec-token-of-the-test",
  webhook: "webhook-secret-of-the-test",
  gitlab: "gitlab-token-of-the-test",
};

/** Steps the clock of a process: the Debian package `faketime`. */
export const FAKE_TIME = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketimeMT.so.1`;

export interface Ports {
  readonly console: number;
  readonly syslog: number;
  readonly http: number;
  readonly webhook: number;
  readonly gitlab: number;
}

/** A folder with sallyport.yaml, secrets, a policy and room for logs. */
export class Installation {
  readonly folder: string;
  readonly ports: Ports;
  #child: ChildProcess | null = null;
  #environment: Record<string, string> = {};
  #ended: Promise<number | null> = Promise.resolve(null);
  /** Standard error of the process that ran last. */
  log = "";

  private constructor(folder: string, ports: Ports) {
    this.folder = folder;
    this.ports = ports;
  }

  /** @param store folder of the store; inside the installation's own when left out */
  static async create(store = "./data"): Promise<Installation> {
    const folder = mkdtempSync(join(tmpdir(), "sallyport-soak-"));
    const [console = 0, syslog = 0, http = 0, webhook = 0, gitlab = 0] = await freePorts(5);
    mkdirSync(join(folder, "logs"));
    for (const [name, secret] of Object.entries(SECRETS))
      writeFileSync(join(folder, `${name}.secret`), secret, { mode: 0o600 });
    writeFileSync(join(folder, "policy.yaml"), POLICY);
    const installation = new Installation(folder, { console, syslog, http, webhook, gitlab });
    installation.configure(
      [
        '{ id: files, type: file, paths: ["./logs/access.log*"], poll_interval: 100ms }',
        `{ id: net, type: syslog, listen: "127.0.0.1:${syslog}", protocol: tcp }`,
        `{ id: hec, type: http, listen: "127.0.0.1:${http}", token_file: ./hec.secret }`,
        `{ id: hooks, type: github-webhook, listen: "127.0.0.1:${webhook}", secret_file: ./webhook.secret }`,
        `{ id: gitlab, type: gitlab-audit-stream, listen: "127.0.0.1:${gitlab}", token_file: ./gitlab.secret }`,
      ],
      store,
    );
    return installation;
  }

  /** Writes sallyport.yaml. @param sources each as a YAML flow mapping */
  configure(sources: readonly string[], store = "./data"): void {
    const lines = [
      `store: ${store}`,
      `listen: 127.0.0.1:${this.ports.console}`,
      "policy: ./policy.yaml",
      "sources:",
      ...sources.map((source) => `  - ${source}`),
    ];
    writeFileSync(join(this.folder, "sallyport.yaml"), `${lines.join("\n")}\n`);
  }

  get store(): string {
    return join(this.folder, "data");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  start(): void {
    this.log = "";
    const child = spawn(
      process.execPath,
      [MAIN, "watch", "-c", join(this.folder, "sallyport.yaml"), "--log-format", "json"],
      { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...this.#environment } },
    );
    child.stderr.on("data", (text: Buffer) => (this.log = (this.log + text.toString()).slice(-100_000)));
    this.#ended = new Promise((resolve) => child.once("close", resolve));
    this.#child = child;
  }

  /** @throws {Error} with what it wrote when it does not get ready */
  async ready(withinMs = 30_000): Promise<void> {
    const until = performance.now() + withinMs;
    while (performance.now() < until) {
      if (this.#child?.exitCode !== null) break;
      const answer = await fetch(`http://127.0.0.1:${this.ports.console}/readyz`).catch(() => null);
      if (answer?.ok === true) return;
      await wait(20);
    }
    throw new Error(`the installation is not ready after ${withinMs} ms:\n${this.log}`);
  }

  async status(): Promise<Status> {
    return (await (await fetch(`http://127.0.0.1:${this.ports.console}/status`)).json()) as Status;
  }

  /** As if the power were gone. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** @param seconds between this machine's clock and what the process is told, from now on; before the first start for the first time */
  stepClock(seconds: number): void {
    const file = join(this.folder, "clock");
    writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}\n`);
    // Timers go by the monotonic clock, which no step moves.
    this.#environment = {
      LD_PRELOAD: FAKE_TIME,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
    };
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** @returns the exit code and how long stopping took, ms */
  async stop(): Promise<{ code: number | null; ms: number }> {
    const begun = performance.now();
    this.#child?.kill("SIGTERM");
    const code = await this.#ended;
    return { code, ms: performance.now() - begun };
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The API token that the first start left for its administrator. */
  token(): string {
    return readFileSync(join(this.store, "first-token"), "utf8").trim();
  }
}

interface Status {
  readonly store: Readonly<Record<"activities" | "findings" | "incidents" | "quarantined", number>>;
  readonly sources: readonly { readonly id: string; readonly received: number }[];
}

const POLICY = `organization: Acme
sanctioned:
  repositories: ["github.com/acme/*"]
  users: ["*@acme.example"]
`;

/** Ports nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
