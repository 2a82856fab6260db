import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { expect, test } from "vitest";
import { hasOpenssl, makeCertificate } from "../../collect/sources/certificates.test-support.ts";
import { Guard } from "../guard.ts";
import { testAttempt, testIncident, testNotice, testPorts } from "../testing.ts";
import syslog from "./syslog.ts";

function connect(settings: Readonly<Record<string, unknown>>) {
  return syslog.connect(
    settings,
    testPorts({
      guard: new Guard({ allowPrivate: false, named: syslog.hosts(settings) }),
      readFile: (path) => readFileSync(path, "utf8"),
    }),
  );
}

/** What the first connection sends until it ends. */
function received(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.once(
      server instanceof Object && "setTicketKeys" in server ? "secureConnection" : "connection",
      (socket: Socket) => {
        const chunks: Buffer[] = [];
        socket.on("data", (chunk: Buffer) => chunks.push(chunk));
        socket.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
      },
    );
  });
}

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

test("UDP: one datagram, CEF", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const message = new Promise<string>((resolve) => socket.once("message", (bytes) => resolve(bytes.toString("utf8"))));
  const settings = { host: "127.0.0.1", port: socket.address().port, protocol: "udp", format: "cef" };
  expect(await connect(settings).deliver(testNotice(), testAttempt())).toMatchObject({ result: "delivered" });
  expect(await message).toMatch(
    /^<131>Mar 20 09:46:40 sally\.acme\.example CEF:0\|Sallyport\|Sallyport\|1\.2\.3\|incident-new\|alice pushed/,
  );
  socket.close();
});

test("UDP: what is too long is cut between characters", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const message = new Promise<Buffer>((resolve) => socket.once("message", resolve));
  const settings = { host: "127.0.0.1", port: socket.address().port, protocol: "udp" };
  const long = Array.from({ length: 400 }, (_, index) => `漢字漢字漢字漢字-${index}`);
  const incident = testIncident({
    actors: long,
    hosts: long,
    destinations: long,
    addresses: long,
    behaviours: long,
    title: long.join(""),
  });
  await connect(settings).deliver(testNotice({ incident }), testAttempt());
  const bytes = await message;
  expect(bytes.length).toBeLessThanOrEqual(8_000);
  expect(bytes.toString("utf8")).not.toContain("\ufffd");
  socket.close();
});

test.each([
  [
    "octet-counting",
    undefined,
    /^(\d+) (<131>1 2026-03-20T09:46:40\.000Z sally\.acme\.example sallyport - incident \[.*)$/su,
  ],
  ["newline", "newline", /^(<131>1 [^\n]*)\n$/su],
])("TCP with %s", async (_, framing, form) => {
  const server = createServer();
  const port = await listen(server);
  const text = received(server);
  expect(
    await connect({ host: "127.0.0.1", port, protocol: "tcp", framing }).deliver(testNotice(), testAttempt()),
  ).toMatchObject({ result: "delivered" });
  const parts = form.exec(await text);
  expect(parts).not.toBeNull();
  if (framing === undefined) expect(Number(parts?.[1])).toBe(Buffer.byteLength(parts?.[2] ?? ""));
  server.close();
});

test.skipIf(!hasOpenssl)("TLS with a certificate of one's own authority, LEEF (skipped without openssl)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-syslog-"));
  const { certFile, keyFile } = makeCertificate(folder, "siem");
  const server = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  const port = await listen(server);
  const text = received(server);
  const settings = { host: "127.0.0.1", port, protocol: "tls", format: "leef", framing: "newline" };
  expect(await connect({ ...settings, ca_file: certFile }).deliver(testNotice(), testAttempt())).toMatchObject({
    result: "delivered",
  });
  expect(await text).toMatch(
    / LEEF:2\.0\|Sallyport\|Sallyport\|1\.2\.3\|incident-new\|x09\|devTime=2026-03-20T09:46:40Z\t/,
  );
  await expect(connect(settings).deliver(testNotice(), testAttempt())).rejects.toThrow(/self.signed certificate/);
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("nobody listens", async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  await expect(
    connect({ host: "127.0.0.1", port, protocol: "tcp" }).deliver(testNotice(), testAttempt()),
  ).rejects.toThrow("ECONNREFUSED");
});

test("metadata addresses get no datagram either", async () => {
  await expect(
    connect({ host: "169.254.169.254", protocol: "udp" }).deliver(testNotice(), testAttempt()),
  ).rejects.toThrow("is link-local");
});
