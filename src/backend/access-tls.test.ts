/** TLS: what is offered, and a certificate that is exchanged while the server runs. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCertificate, watchCertificate } from "../pipeline/serve/access-listen.ts";
import { startServer, type RunningServer } from "../pipeline/serve/server.ts";

let folder: string;
const files = (): { certificate_file: string; key_file: string } => ({
  certificate_file: join(folder, "live.crt"),
  key_file: join(folder, "live.key"),
});

function makeCertificate(name: string): void {
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", `/CN=${name}`, "-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.crt`)],
    ],
    { stdio: "ignore" },
  );
}

function use(name: string): void {
  copyFileSync(join(folder, `${name}.crt`), files().certificate_file);
  copyFileSync(join(folder, `${name}.key`), files().key_file);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-tls-"));
  makeCertificate("first");
  makeCertificate("second");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(server: RunningServer, options: object = {}): Promise<{ name: string; answer: string }> {
  const { hostname: host, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...options }, () => {
      const { subject } = socket.getPeerCertificate() as PeerCertificate;
      let answer = "";
      socket.setEncoding("utf8").on("data", (part: string) => (answer += part));
      socket.on("end", () => resolve({ name: String(subject.CN), answer }));
      socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    });
    socket.on("error", reject);
  });
}

test("serves over TLS 1.2 and later, with cookies for this host alone, and takes a new certificate while it runs", async () => {
  use("first");
  const certificate = readCertificate(files());
  let apply: (name: string) => void = () => {};
  const server = await startServer({
    backend: { credentials: { read: async () => [], write: async () => {} }, handlers: {} } as never,
    clock: { now: () => Date.now() },
    version: "0",
    listen: "127.0.0.1:0",
    consoleFolder: "/nowhere",
    tls: { ...certificate, files: files() },
    certificateEveryMs: 20,
    log: (_, message) => apply(message),
  });
  try {
    expect(server.address).toMatch(/^https:/);
    const { name, answer } = await ask(server);
    expect([name, answer]).toEqual(["first", expect.stringContaining('{"status":"ok"')]);
    expect(answer).toMatch(/strict-transport-security: max-age=31536000/i);
    await expect(ask(server, { maxVersion: "TLSv1.1", minVersion: "TLSv1" })).rejects.toThrow(/protocol/i);
    const link = await ask(server, {});
    expect(link.answer).not.toContain("set-cookie");

    const broken = new Promise<string>((resolve) => (apply = resolve));
    writeFileSync(files().certificate_file, "half a certifi");
    expect(await broken).toContain("the new certificate is not used");
    expect((await ask(server)).name).toBe("first");
    const read = new Promise<string>((resolve) => (apply = resolve));
    use("second");
    expect(await read).toMatch(/read again|not used/);
    await expect.poll(async () => (await ask(server)).name, { timeout: 5_000 }).toBe("second");
  } finally {
    await server.close();
  }
});

test("a key that is not the certificate's, a missing file and no PEM are told", () => {
  use("first");
  const message = (given: object): string => {
    try {
      readCertificate({ ...files(), ...given });
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  expect(message({})).toBe("");
  expect(message({ key_file: join(folder, "second.key") })).toContain("no certificate with its key");
  expect(message({ key_file: join(folder, "none.key") })).toContain("none.key: cannot be read (ENOENT)");
  expect(() => watchCertificate(files(), { apply: () => {}, log: () => {} })()).not.toThrow();
});
