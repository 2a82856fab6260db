/** What is in deploy/: files that fit each other, and an installation that runs as an ordinary user on a read-only file system. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { readConfiguration } from "../src/content/configuration/index.ts";
import { requireSafeListening } from "../src/pipeline/serve/access-listen.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const deploy = join(root, "deploy");
const chart = join(deploy, "helm/sallyport");
const read = (path: string): string => readFileSync(path, "utf8");
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

const folder = mkdtempSync(join(tmpdir(), "sallyport-deploy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the Helm chart", () => {
  const values = parse(read(join(chart, "values.yaml"))) as Record<string, unknown>;
  const templates = readdirSync(join(chart, "templates")).map(
    (name) => [name, read(join(chart, "templates", name))] as const,
  );
  const names = new Set(
    templates.flatMap(([, text]) => [...text.matchAll(/define "([^"]+)"/g)].map((found) => found[1])),
  );

  test.each(templates)("%s uses values and templates that there are, and closes what it opens", (_, text) => {
    for (const [, path = ""] of text.matchAll(/\.Values\.([\w.]+)/g)) {
      let value: unknown = values;
      for (const key of path.split(".")) {
        expect(Object.hasOwn(value as object, key), `.Values.${path}`).toBe(true);
        value = (value as Record<string, unknown>)[key];
      }
    }
    for (const [, name] of text.matchAll(/include "([^"]+)"/g)) expect(names, name).toContain(name);
    const opened = [...text.matchAll(/\{\{-? *(?:if|range|with|define)\b/g)].length;
    expect([...text.matchAll(/\{\{-? *end\b/g)].length).toBe(opened);
    expect(text.split("{{").length).toBe(text.split("}}").length);
  });

  test.each(templates.filter(([name]) => name.endsWith(".yaml")))("%s is YAML between its actions", (_, text) => {
    // An action on a line of its own makes lines or none; one within a line makes a word.
    const plain = text
      .replaceAll(/^\s*\{\{-? *(?:if|range|with|end|else|define|include|toYaml)\b[^\n]*\}\}\s*$/gm, "")
      .replaceAll(/\{\{[^}]*\}\}/g, "word");
    for (const document of parseAllDocuments(plain)) {
      expect(document.errors).toEqual([]);
      const { kind } = document.toJS() as { kind?: string };
      expect(kind).toBeTruthy();
    }
  });

  test("its version is the product's, its image runs as the user of the Dockerfile", () => {
    const { version } = JSON.parse(read(join(root, "package.json"))) as { version: string };
    expect((parse(read(join(chart, "Chart.yaml"))) as { appVersion: string }).appVersion).toBe(version);
    const user = /USER (\d+):/.exec(read(join(deploy, "docker/Dockerfile")))?.[1];
    expect(read(join(chart, "templates/statefulset.yaml"))).toContain(`runAsUser: ${user}`);
  });
});

test("the Dockerfile copies what there is, and the compose file names it and locks the container down", () => {
  const text = read(join(deploy, "docker/Dockerfile"));
  for (const [, paths = ""] of text.matchAll(/^COPY (?!--from)(.+)$/gm))
    for (const path of paths.split(" ").slice(0, -1)) expect(existsSync(join(root, path)), path).toBe(true);
  const { services } = parse(read(join(deploy, "docker/compose.yaml"))) as {
    services: Record<
      string,
      { build: { dockerfile: string }; read_only: boolean; cap_drop: string[]; ports: string[] }
    >;
  };
  const service = services["sallyport"];
  expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
  expect(existsSync(join(root, service?.build.dockerfile ?? ""))).toBe(true);
  for (const port of service?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test("the configurations that image and chart bring along are valid, and let somebody in", () => {
  const { config } = parse(read(join(chart, "values.yaml"))) as { config: object };
  const shipped = [
    ["docker.yaml", read(join(deploy, "docker/sallyport.yaml"))],
    ["helm.yaml", stringify({ store: "/data/store", listen: ":8440", ...config })],
  ] as const;
  for (const [name, text] of shipped) {
    const file = join(folder, name);
    writeFileSync(file, text);
    const { configuration, problems } = readConfiguration(file);
    expect(problems, name).toEqual([]);
    const { access } = configuration ?? {};
    const { insecure = false, public_url: publicUrl = null, trusted_proxies: trustedProxies = [] } = access ?? {};
    expect(access?.first_user?.password_file, name).toBeTruthy();
    const settings = { insecure, publicUrl, trustedProxies };
    expect(() => requireSafeListening(":8440", "::", { tls: false, signIn: true, settings }), name).not.toThrow();
  }
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
test.skipIf(!hasSystemd)("the systemd unit has no mistake and little exposure (needs systemd-analyze)", () => {
  const unit = join(folder, "sallyport.service");
  // What it runs is not installed here: any program stands for it.
  writeFileSync(unit, read(join(deploy, "systemd/sallyport.service")).replaceAll("/usr/bin/node", process.execPath));
  const verified = spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" });
  expect([verified.status, verified.stderr.split("\n").filter((line) => line.includes("sallyport.service"))]).toEqual([
    0,
    [],
  ]);
  const security = spawnSync("systemd-analyze", ["security", "--offline=true", unit], { encoding: "utf8" });
  const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(security.stdout)?.[1] ?? 10);
  if (security.stdout !== "") expect(exposure).toBeLessThan(2.5);
});

/** A built tree beside this one, and what `install.sh` makes of it. */
function installed(): string {
  const source = join(folder, "source");
  mkdirSync(join(source, "console"), { recursive: true });
  for (const part of ["package.json", "LICENSE", "NOTICE", "bin", "detections", "catalogue", "deploy"])
    cpSync(join(root, part), join(source, part), { recursive: true });
  const tsc = join(root, "node_modules/.bin/tsc");
  // What does not type-check is for other checks to say.
  spawnSync(tsc, ["-p", join(root, "tsconfig.build.json"), "--outDir", join(source, "dist")], { stdio: "ignore" });
  if (existsSync(join(root, "console/dist")))
    cpSync(join(root, "console/dist"), join(source, "console/dist"), { recursive: true });
  else {
    mkdirSync(join(source, "console/dist"));
    writeFileSync(join(source, "console/dist/index.html"), "<!doctype html>");
  }
  const target = join(folder, "opt");
  execFileSync("sh", [join(source, "deploy/install.sh"), target, "--modules", join(root, "node_modules")]);
  return target;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether an ordinary user can run this Node and read the dependencies here. */
function reachable(): boolean {
  if (!isRoot) return true;
  const script = `require("fs").accessSync(${JSON.stringify(join(root, "node_modules/chdb/package.json"))})`;
  return spawnSync(process.execPath, ["-e", script], { uid: NOBODY, gid: NOBODY }).status === 0;
}

const canUnshare =
  isRoot && spawnSync("unshare", ["--mount", "--propagation", "private", "setpriv", "--version"]).status === 0;

test.skipIf(!reachable())(
  "runs as an ordinary user on a read-only file system, with nothing to write to but the store and /tmp (needs a folder others may read)",
  { timeout: 120_000 },
  async () => {
    const target = installed();
    expect(readdirSync(target).toSorted()).toEqual([
      "LICENSE",
      "NOTICE",
      "bin",
      "catalogue",
      "console",
      "detections",
      "dist",
      "node_modules",
      "package.json",
    ]);
    chmodSync(folder, 0o755);
    const writable = join(folder, "writable");
    const temporary = join(writable, "tmp");
    mkdirSync(temporary, { recursive: true });
    const port = await freePort();
    const config = join(folder, "sallyport.yaml");
    writeFileSync(config, `store: ${join(writable, "store")}\nlisten: 127.0.0.1:${port}\n`, { mode: 0o644 });
    if (isRoot) for (const path of [writable, temporary]) chownSync(path, NOBODY, NOBODY);

    const command = [
      process.execPath,
      join(target, "bin/sallyport.mjs"),
      "watch",
      "-c",
      config,
      "--log-format",
      "json",
    ];
    const env = {
      PATH: process.env["PATH"],
      TMPDIR: temporary,
      NODE_COMPILE_CACHE: join(temporary, "cache"),
      HOME: "/nonexistent",
    };
    const options = { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] as ("ignore" | "pipe")[] };
    const readOnly = `mount --bind '${writable}' '${writable}' && mount -o remount,bind,ro / && exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups --no-new-privs "$@"`;
    const child: ChildProcess = canUnshare
      ? spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", readOnly, "sh", ...command], options)
      : spawn(command[0] as string, command.slice(1), isRoot ? { ...options, uid: NOBODY, gid: NOBODY } : options);
    let output = "";
    child.stdout?.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (output += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    try {
      const ready = async (): Promise<number> =>
        fetch(`http://127.0.0.1:${port}/readyz`).then(
          ({ status }) => status,
          () => 0,
        );
      await expect.poll(ready, { timeout: 60_000, interval: 200 }).toBe(200);
      const health = spawnSync(process.execPath, [join(target, "bin/healthcheck.mjs")], {
        env: { ...env, SALLYPORT_PORT: String(port) },
      });
      expect(health.status).toBe(0);
      expect(existsSync(join(writable, "store/first-token"))).toBe(true);
    } catch (error) {
      throw new Error(`did not get ready: ${output.slice(-2_000)}`, { cause: error });
    } finally {
      child.kill("SIGTERM");
    }
    expect([await ended, output]).toEqual([0, expect.not.stringMatching(/EACCES|EROFS|"level":"error"/)]);
    const healthOfNone = spawnSync(process.execPath, [join(target, "bin/healthcheck.mjs")], {
      env: { ...env, SALLYPORT_PORT: String(port) },
    });
    expect(healthOfNone.status).toBe(1);
  },
);
