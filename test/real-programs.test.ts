/** Programs that others wrote feed a running installation: squid, git, dnsmasq, rsyslog over TLS, curl. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Incident } from "../src/model/incident.ts";
import { freePorts, Installation, SECRETS } from "./soak/installation.ts";

/** While a program runs, this process goes on answering it. */
const run = promisify(execFile);

const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
const PROGRAMS = ["squid", "dnsmasq", "rsyslogd", "curl", "openssl", "git"];
const missing = PROGRAMS.filter((program) => !runs("sh", ["-c", `command -v ${program}`]));
const PUSHED_BYTES = 3 << 20;

describe.skipIf(missing.length > 0)(`real programs (skipped without ${PROGRAMS.join(", ")})`, () => {
  let installation: Installation;
  let forge: Server;
  const running: ChildProcess[] = [];
  const ports = { squid: 0, dnsmasq: 0, rsyslog: 0, tls: 0 };
  const at = (...names: string[]): string => join(installation.folder, ...names);

  beforeAll(async () => {
    installation = await Installation.create();
    [ports.squid = 0, ports.dnsmasq = 0, ports.rsyslog = 0, ports.tls = 0] = await freePorts(4);
    // squid and dnsmasq give up root's rights.
    chmodSync(at("logs"), 0o777);
    chmodSync(installation.folder, 0o755);
    makeCertificate();
    installation.configure([
      '{ id: proxy, type: file, paths: ["./logs/access.log*"], poll_interval: 100ms }',
      '{ id: dns, type: file, paths: ["./logs/dnsmasq.log*"], poll_interval: 100ms }',
      `{ id: net, type: syslog, listen: "127.0.0.1:${ports.tls}", protocol: tls, tls: { certificate_file: ./server.pem, key_file: ./server.key } }`,
      `{ id: hec, type: http, listen: "127.0.0.1:${installation.ports.http}", token_file: ./hec.secret }`,
    ]);
    forge = await serveGit(at("repositories"));
    startSquid();
    startDnsmasq();
    startRsyslog();
    installation.start();
    await Promise.all([installation.ready(), listening(ports.squid)]);
  }, 60_000);

  afterAll(async () => {
    for (const child of running) child.kill("SIGKILL");
    forge?.close();
    await installation?.remove();
  });

  test("a push through squid shows up as an incident, with its bytes, within seconds", async () => {
    const { port } = forge.address() as { port: number };
    await push(`http://code.example:${port}/mallory/notes.git`);
    const pushed = performance.now();
    const incident = await eventually(async () =>
      // The question whether a push is allowed comes first and shows by itself; the push follows.
      (await incidents()).find(
        ({ destinations, bytes_out: bytes }) =>
          destinations.some((name) => name.startsWith("code.example")) && (bytes ?? 0) > PUSHED_BYTES,
      ),
    );
    const visibleAfter = performance.now() - pushed;
    expect(incident.behaviours.join(" ")).toMatch(/push-to-unsanctioned-repository|unsanctioned-forge/);
    expect(incident.destinations.join(" ")).toContain("mallory/notes");
    expect(incident.bytes_out).toBeLessThan(PUSHED_BYTES * 1.5);
    // On a machine that does nothing else it is about a second; see docs/operations.md.
    expect(visibleAfter).toBeLessThan(20_000);
  }, 60_000);

  test("what squid writes before and after a rotation is all there, once", async () => {
    const proxy = `http://127.0.0.1:${ports.squid}`;
    const { port } = forge.address() as { port: number };
    const fetchThrough = (name: string): Promise<unknown> =>
      run("curl", ["-s", "-m", "10", "-o", "/dev/null", "-x", proxy, `http://code.example:${port}/${name}`]);
    for (let n = 0; n < 10; n += 1) await fetchThrough(`before-${n}`);
    await run("squid", ["-f", at("squid.conf"), "-k", "rotate"], { env: { ...process.env, PATH } });
    for (let n = 0; n < 10; n += 1) await fetchThrough(`after-${n}`);
    const names = ["before", "after"].flatMap((when) => Array.from({ length: 10 }, (_, n) => `/${when}-${n} `));
    const lines = await eventually(async () => {
      const found = await events("code.example");
      return names.every((name) => found.some((line) => line.includes(name))) ? found : undefined;
    });
    for (const name of names)
      expect(
        lines.filter((line) => line.includes(name)),
        name,
      ).toHaveLength(1);
  }, 60_000);

  test("what dnsmasq answers before and after a rotation is all there", async () => {
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${ports.dnsmasq}`]);
    await eventually(async () => (await resolver.resolve4("first.github.com").catch(() => [])).at(0));
    renameSync(at("logs", "dnsmasq.log"), at("logs", "dnsmasq.log.1"));
    running.find(({ spawnargs }) => spawnargs[0] === "dnsmasq")?.kill("SIGUSR2");
    await wait(300);
    expect(await resolver.resolve4("second.github.com")).toEqual(["192.0.2.5"]);
    const lines = await eventually(async () => {
      const found = (await events("github.com")).join("\n");
      return found.includes("first.github.com") && found.includes("second.github.com") ? found : undefined;
    });
    expect(lines).toContain("second.github.com");
  }, 60_000);

  test("rsyslog sends over TLS", async () => {
    const socket = createSocket("udp4");
    const message =
      "<86>Mar 16 10:00:00 build-7 sshd[4711]: Accepted publickey for alice from 10.1.4.17 port 50222 ssh2: ED25519 SHA256:0123456789abcdef";
    const lines = await eventually(async () => {
      socket.send(message, ports.rsyslog, "127.0.0.1");
      await wait(300);
      const found = await events("alice");
      return found.length > 0 ? found : undefined;
    });
    socket.close();
    expect(lines.join("\n")).toContain("Accepted publickey for alice");
  }, 60_000);

  test("curl sends to the Splunk-compatible collector", async () => {
    const url = `http://127.0.0.1:${installation.ports.http}/services/collector/event`;
    const event = {
      event: "1774000000.000 5 10.1.4.9 TCP_MISS/200 12 GET http://curl.example/ - HIER_DIRECT/192.0.2.1 -",
    };
    const { stdout } = await run("curl", [
      "-m",
      "10",
      "-s",
      "-H",
      `Authorization: Splunk ${SECRETS.hec}`,
      "-d",
      JSON.stringify(event),
      url,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ text: "Success", code: 0 });
    expect(await eventually(async () => (await events("curl.example")).at(0))).toContain("curl.example");
  }, 60_000);

  async function get(path: string): Promise<{ items: Record<string, unknown>[] }> {
    const answer = await fetch(`http://127.0.0.1:${installation.ports.console}${path}`, {
      headers: { authorization: `Bearer ${installation.token()}` },
    });
    expect(answer.status, path).toBe(200);
    return (await answer.json()) as { items: Record<string, unknown>[] };
  }

  async function incidents(): Promise<Incident[]> {
    return (await get("/api/v1/incidents")).items as unknown as Incident[];
  }

  /** Events that hold a text, as JSON. */
  async function events(text: string): Promise<string[]> {
    const { items } = await get(`/api/v1/events?limit=200&text=${encodeURIComponent(text)}`);
    return items.map((item) => JSON.stringify(item));
  }

  async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
    const until = performance.now() + 30_000;
    while (performance.now() < until) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await wait(100);
    }
    throw new Error(`it did not come\n${installation.log}`);
  }

  function start(command: string, args: readonly string[]): void {
    const child = spawn(command, args, { stdio: "ignore", env: { ...process.env, PATH } });
    running.push(child);
  }

  /** Squid's own format with the bytes of the request behind it, as docs/reference/sources/squid.md asks for. */
  function startSquid(): void {
    const lines = [
      `http_port 127.0.0.1:${ports.squid}`,
      "http_access allow all",
      "cache deny all",
      "cache_mem 8 MB",
      "pinger_enable off",
      "strip_query_terms off",
      "logfile_rotate 4",
      "shutdown_lifetime 0 seconds",
      "visible_hostname proxy.acme.example",
      `hosts_file ${at("hosts")}`,
      `pid_filename ${at("logs", "squid.pid")}`,
      `cache_log ${at("logs", "cache.txt")}`,
      `coredump_dir ${at("logs")}`,
      "logformat sent %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt %>st",
      `access_log stdio:${at("logs", "access.log")} sent`,
    ];
    writeFileSync(at("hosts"), "127.0.0.1 code.example\n");
    writeFileSync(at("squid.conf"), `${lines.join("\n")}\n`);
    start("squid", ["-N", "-f", at("squid.conf")]);
  }

  function startDnsmasq(): void {
    start("dnsmasq", [
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      `--port=${ports.dnsmasq}`,
      "--listen-address=127.0.0.1",
      "--bind-interfaces",
      "--no-resolv",
      "--no-hosts",
      "--address=/github.com/192.0.2.5",
      "--log-queries",
      `--log-facility=${at("logs", "dnsmasq.log")}`,
      `--pid-file=${at("logs", "dnsmasq.pid")}`,
    ]);
  }

  function startRsyslog(): void {
    const lines = [
      `global(workDirectory="${at("logs")}" defaultNetstreamDriverCAFile="${at("server.pem")}")`,
      'module(load="imudp")',
      `input(type="imudp" address="127.0.0.1" port="${ports.rsyslog}")`,
      `action(type="omfwd" target="127.0.0.1" port="${ports.tls}" protocol="tcp" TCP_Framing="octet-counted"`,
      '  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="sallyport.acme.example")',
    ];
    writeFileSync(at("rsyslog.conf"), `${lines.join("\n")}\n`);
    start("rsyslogd", ["-n", "-f", at("rsyslog.conf"), "-i", at("rsyslog.pid")]);
  }

  function makeCertificate(): void {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
        ...["-keyout", at("server.key"), "-out", at("server.pem"), "-subj", "/CN=sallyport.acme.example"],
        ...["-addext", "subjectAltName=DNS:sallyport.acme.example,IP:127.0.0.1"],
      ],
      { stdio: "ignore" },
    );
    chmodSync(at("server.key"), 0o600);
  }

  /** Commits a file that does not compress and pushes it through squid. */
  async function push(remote: string): Promise<void> {
    const work = at("work");
    mkdirSync(work);
    writeFileSync(join(work, "notes.bin"), randomBytes(PUSHED_BYTES));
    const git = (...args: string[]): Promise<unknown> =>
      run("git", ["-c", "user.name=Mallory", "-c", "user.email=mallory@acme.example", ...args], {
        cwd: work,
        timeout: 20_000,
        env: {
          ...process.env,
          GIT_TERMINAL_PROMPT: "0",
          GIT_CONFIG_GLOBAL: "/dev/null",
          GIT_CONFIG_SYSTEM: "/dev/null",
        },
      });
    await git("init", "-q", "-b", "main");
    await git("add", ".");
    await git("commit", "-q", "-m", "Notes");
    await git("-c", `http.proxy=http://127.0.0.1:${ports.squid}`, "push", "-q", remote, "main");
  }
});

function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", env: { ...process.env, PATH } });
    return true;
  } catch {
    return false;
  }
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    await wait(100);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** `git http-backend` behind Node: CGI, RFC 3875. Repositories come to be when they are asked for. */
function serveGit(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://code.example");
    const repository = /^\/([\w.-]+\/[\w.-]+\.git)\//.exec(url.pathname)?.[1];
    if (repository === undefined) return void response.writeHead(404).end();
    mkdirSync(join(folder, repository), { recursive: true });
    execFileSync("git", ["init", "-q", "--bare", join(folder, repository)]);
    execFileSync("git", ["-C", join(folder, repository), "config", "http.receivepack", "true"]);
    const backend = spawn("git", ["http-backend"], {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: "1",
        REQUEST_METHOD: request.method ?? "GET",
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        ...(request.headers["content-length"] && { CONTENT_LENGTH: request.headers["content-length"] }),
        ...(request.headers["content-encoding"] && { HTTP_CONTENT_ENCODING: request.headers["content-encoding"] }),
        ...(request.headers["git-protocol"] && { HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"]) }),
        REMOTE_ADDR: "127.0.0.1",
      },
    });
    request.pipe(backend.stdin);
    backend.stdin.on("error", () => {});
    const parts: Buffer[] = [];
    backend.stdout.on("data", (part: Buffer) => parts.push(part));
    backend.on("close", () => {
      const all = Buffer.concat(parts);
      const end = all.indexOf("\r\n\r\n");
      for (const line of all.subarray(0, Math.max(0, end)).toString().split("\r\n")) {
        const [name = "", value = ""] = line.split(/:\s*/, 2);
        if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
        else if (name !== "") response.setHeader(name, value);
      }
      response.end(all.subarray(end + 4));
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
