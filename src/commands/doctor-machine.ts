/** What an installation needs of the machine: Node, the engine, the console, folders and ports. */
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import type { Configuration } from "../content/configuration/index.ts";
import { formatBytes } from "../model/units.ts";
import { fail, ok, warn, type Check } from "./doctor-check.ts";
import { consoleFolder } from "./serve-store.ts";

const NODE_MAJOR = 24;
/** As in the pipeline: below this nothing is taken in. */
const RESERVE_BYTES = 256 << 20;
const LITTLE_BYTES = 5 << 30;
const ANSWER_WITHIN_MS = 2_000;

export async function examineProgram(): Promise<Check[]> {
  const checks: Check[] = [];
  const { node } = process.versions;
  checks.push(
    Number.parseInt(node, 10) >= NODE_MAJOR
      ? ok("node.version", `Node ${node}`)
      : fail("node.version", `Node ${node} is too old`, `install Node ${NODE_MAJOR} or newer`),
  );
  try {
    await import("chdb");
    checks.push(ok("engine.loads", "the embedded ClickHouse loads"));
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
    checks.push(
      fail(
        "engine.loads",
        `the embedded ClickHouse does not load: ${reason}`,
        "install with optional dependencies on Linux (glibc) or macOS, x64 or arm64; musl (Alpine) is not supported",
      ),
    );
  }
  checks.push(
    existsSync(join(consoleFolder(), "index.html"))
      ? ok("console.built", "the console is built")
      : warn("console.built", "the console is not built: a plain page is served", "run node bin/build-console.mjs"),
  );
  return checks;
}

/** The store's folder as the file system sees it. */
export function examineFolder(folder: string): Check[] {
  const path = resolve(folder);
  const existing = nearestFolder(path);
  const checks: Check[] = [];
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    checks.push(ok("store.writable", `${path} can be written`));
  } catch {
    checks.push(
      fail(
        "store.writable",
        `${existing} cannot be written by this user`,
        `give it to the user Sallyport runs as: chown`,
      ),
    );
  }
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o007) !== 0 && process.platform !== "win32")
    checks.push(
      warn(
        "store.permissions",
        `everybody on this machine may look into ${path} (mode ${(mode & 0o777).toString(8)})`,
        `chmod 700 ${path}: it holds log lines`,
      ),
    );
  const { bavail, blocks, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  const text = `${formatBytes(free)} of ${formatBytes(blocks * bsize)} free`;
  if (free < RESERVE_BYTES)
    checks.push(
      fail("store.disk", `${text}: nothing is taken in`, "make room, or shorten retention, before anything else"),
    );
  else if (free < LITTLE_BYTES || free < blocks * bsize * 0.1)
    checks.push(warn("store.disk", text, "make room, or shorten retention"));
  else checks.push(ok("store.disk", text));
  const token = join(path, "first-token");
  const tokenMode = statSync(token, { throwIfNoEntry: false })?.mode;
  if (tokenMode !== undefined)
    checks.push(
      (tokenMode & 0o077) === 0
        ? ok("store.first-token", "first-token is readable by its owner alone")
        : fail(
            "store.first-token",
            `others may read ${token} (mode ${(tokenMode & 0o777).toString(8)})`,
            `chmod 600 ${token}, and exchange the token: sallyport token list, create, revoke`,
          ),
    );
  return checks;
}

function nearestFolder(path: string): string {
  let current = path;
  while (!existsSync(current) && dirname(current) !== current) current = dirname(current);
  return current;
}

/** Process that has the store open; null: nobody has. */
export function ownerOf(folder: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(folder, "owner"), "utf8"), 10);
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? Number.NaN : null;
  }
}

/** @param runs whether the installation is running: then its ports have to answer, otherwise they have to be free */
export async function examinePorts(configuration: Configuration, runs: boolean): Promise<Check[]> {
  const wanted = [
    { name: "console and API", listen: configuration.listen },
    ...configuration.sources.flatMap((source) =>
      "listen" in source && !(source.type === "syslog" && source.protocol === "udp")
        ? [{ name: `source ${source.id}`, listen: source.listen }]
        : [],
    ),
  ];
  return Promise.all(
    wanted.map(async ({ name, listen }) => {
      const at = listen.lastIndexOf(":");
      const port = Number(listen.slice(at + 1));
      const host = listen.slice(0, at).replace(/^\[|\]$/g, "");
      const id = "ports.reachable";
      if (port === 0) return ok(id, `${name}: any port`);
      const reached = runs ? await answers(host, port) : await isFree(host, port);
      if (reached === null) return ok(id, `${name}: ${listen} ${runs ? "answers" : "is free"}`);
      return runs
        ? fail(id, `${name}: ${listen} does not answer (${reached})`, "look into the log; is another address meant?")
        : fail(
            id,
            `${name}: ${listen} cannot be listened on (${reached})`,
            "end the program that has it, or name another",
          );
    }),
  );
}

function answers(host: string, port: number): Promise<string | null> {
  const to = host === "" || host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return new Promise((resolve) => {
    const socket = connect({ host: to, port, timeout: ANSWER_WITHIN_MS });
    const end = (result: string | null): void => {
      socket.destroy();
      resolve(result);
    };
    socket.on("connect", () => end(null));
    socket.on("timeout", () => end("no answer"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

function isFree(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: host === "" ? undefined : host, port, exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
}
