import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext, createServer as createTlsServer, TLSSocket, type SecureContext } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { hasOpenssl, makeCertificate } from "../../collect/sources/certificates.test-support.ts";
import { Guard } from "../guard.ts";
import { HOSTILE, hostileIncident, testAttempt, testIncident, testNotice, testPorts } from "../testing.ts";
import email from "./email.ts";

let folder: string;
let files: { certFile: string; keyFile: string };
let context: SecureContext;
let server: Server | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-mail-"));
  if (!hasOpenssl) return;
  files = makeCertificate(folder, "mail");
  context = createSecureContext({ cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) });
});
afterEach(() => {
  server?.close();
  server = null;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Mailbox {
  readonly port: number;
  /** Commands as they came; `(tls)` where TLS began. */
  readonly commands: string[];
  readonly messages: string[];
}

interface Behaviour {
  readonly startTls?: boolean;
  readonly auth?: string;
  /** Answers to commands by their first word, instead of the usual. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** A mail server that keeps what it is told. */
function converse(socket: Socket, mailbox: Mailbox, { startTls = false, auth, answers = {} }: Behaviour): void {
  let pending = "";
  let inData = false;
  const say = (...lines: readonly string[]): void => void socket.write(lines.map((line) => `${line}\r\n`).join(""));
  const onData = (bytes: Buffer): void => {
    pending += bytes.toString("utf8");
    for (;;) {
      const end = pending.indexOf(inData ? "\r\n.\r\n" : "\r\n");
      if (end === -1) return;
      const line = pending.slice(0, end);
      pending = pending.slice(end + (inData ? 5 : 2));
      if (inData) {
        inData = false;
        mailbox.messages.push(line.replaceAll(/^\.\./gm, "."));
        say(answers["."] ?? "250 2.0.0 queued as 42");
        continue;
      }
      mailbox.commands.push(line);
      const word = line.split(/[ :]/)[0]?.toUpperCase() ?? "";
      const own = answers[word];
      if (own !== undefined) say(own);
      else if (word === "EHLO")
        say(
          "250-mail.example",
          ...(startTls ? ["250-STARTTLS"] : []),
          ...(auth === undefined ? [] : [`250-AUTH ${auth}`]),
          "250 8BITMIME",
        );
      else if (word === "STARTTLS") {
        say("220 go ahead");
        socket.off("data", onData);
        const secured = new TLSSocket(socket, { isServer: true, secureContext: context });
        mailbox.commands.push("(tls)");
        secured.on("error", () => {});
        converse(secured, mailbox, { auth: auth ?? "PLAIN LOGIN", answers });
        return;
      } else if (word === "AUTH") say(line.startsWith("AUTH PLAIN") ? "235 in" : "334 VXNlcm5hbWU6");
      else if (word === "DATA") {
        inData = true;
        say("354 go on");
      } else if (word === "QUIT") socket.end("221 bye\r\n");
      else if (word === "MAIL" || word === "RCPT") say("250 fine");
      else say(mailbox.commands.at(-2)?.startsWith("AUTH LOGIN") === true ? "334 UGFzc3dvcmQ6" : "235 in");
    }
  };
  socket.on("data", onData);
  socket.on("error", () => {});
}

async function startMail(behaviour: Behaviour & { readonly tls?: boolean } = {}): Promise<Mailbox> {
  const mailbox = { port: 0, commands: [] as string[], messages: [] as string[] };
  const greet = (socket: Socket): void => {
    socket.write("220-mail.example\r\n220 ESMTP\r\n");
    converse(socket, mailbox, behaviour);
  };
  server =
    behaviour.tls === true
      ? createTlsServer({ cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) }, greet)
      : createServer(greet);
  const started = server;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  mailbox.port = (started.address() as AddressInfo).port;
  return mailbox;
}

function connect(settings: Readonly<Record<string, unknown>>) {
  const all = {
    host: "127.0.0.1",
    from: "sallyport@acme.example",
    to: ["soc@acme.example", "mara@acme.example"],
    ...settings,
  };
  return email.connect(
    all,
    testPorts({
      guard: new Guard({ allowPrivate: false, named: email.hosts(all) }),
      readFile: (path) => readFileSync(path, "utf8"),
    }),
  );
}

const partsOf = (message: string): string[] =>
  message
    .split("\r\n\r\n")
    .slice(2, 4)
    .map((part) => Buffer.from(part.split("\r\n--")[0] ?? "", "base64").toString("utf8"));

test("without TLS, where that is what is asked for", async () => {
  const mailbox = await startMail();
  const outcome = await connect({ port: mailbox.port, security: "none" }).deliver(testNotice(), testAttempt());
  expect(outcome).toEqual({ result: "delivered", answer: "250 2.0.0 queued as 42" });
  expect(mailbox.commands.slice(0, 5)).toEqual([
    "EHLO sally.acme.example",
    "MAIL FROM:<sallyport@acme.example>",
    "RCPT TO:<soc@acme.example>",
    "RCPT TO:<mara@acme.example>",
    "DATA",
  ]);
  const [message = ""] = mailbox.messages;
  expect(message).toContain("Subject: [Sallyport] high: alice pushed 224 MB");
  expect(message).toContain(`Message-ID: <${testIncident().uid}@acme.example>`);
  expect(partsOf(message)[0]).toContain("Why\r\n- +44 first push by this user to an unsanctioned owner");
  expect(partsOf(message)[1]).toContain("https://sallyport.acme.example/incidents/");
});

test.skipIf(!hasOpenssl)(
  "STARTTLS with a password, and one conversation an incident (skipped without openssl)",
  async () => {
    const mailbox = await startMail({ startTls: true });
    const receiver = connect({ port: mailbox.port, user: "bot", password: "pässword", ca_file: files.certFile });
    expect(
      await receiver.deliver(testNotice({ change: "raised", previous_severity: "medium" }), testAttempt()),
    ).toMatchObject({ result: "delivered" });
    expect(mailbox.commands.slice(0, 5)).toEqual([
      "EHLO sally.acme.example",
      "STARTTLS",
      "(tls)",
      "EHLO sally.acme.example",
      `AUTH PLAIN ${Buffer.from("\0bot\0pässword").toString("base64")}`,
    ]);
    expect(mailbox.messages[0]).toContain(`In-Reply-To: <${testIncident().uid}@acme.example>`);
    expect(mailbox.messages[0]).toContain("Message-ID: <0123456789abcdef0123456789abcdef@acme.example>");
  },
);

test.skipIf(!hasOpenssl)("TLS from the beginning, AUTH LOGIN (skipped without openssl)", async () => {
  const mailbox = await startMail({ tls: true, auth: "LOGIN" });
  const settings = { port: mailbox.port, security: "tls", user: "bot", password: "p", ca_file: files.certFile };
  expect(await connect(settings).deliver(testNotice(), testAttempt())).toMatchObject({ result: "delivered" });
  expect(mailbox.commands.slice(1, 4)).toEqual(["AUTH LOGIN", "Ym90", "cA=="]);
});

test.skipIf(!hasOpenssl)("a certificate of nobody: nothing is said (skipped without openssl)", async () => {
  const mailbox = await startMail({ startTls: true });
  await expect(
    connect({ port: mailbox.port, user: "bot", password: "p" }).deliver(testNotice(), testAttempt()),
  ).rejects.toThrow(/self.signed certificate/);
  expect(mailbox.commands).not.toContain("DATA");
  expect(mailbox.commands.join()).not.toContain("AUTH");
});

test("a server without STARTTLS is told nothing", async () => {
  const mailbox = await startMail();
  await expect(connect({ port: mailbox.port }).deliver(testNotice(), testAttempt())).rejects.toThrow(
    "offers no STARTTLS",
  );
  expect(mailbox.commands).toEqual(["EHLO sally.acme.example"]);
});

test.each([
  ["RCPT", "550 5.1.1 no such user", "refused"],
  ["RCPT", "450 4.2.1 try later", "failed"],
  ["MAIL", "552 5.3.4 too much", "refused"],
  [".", "451 4.3.0 try later", "failed"],
  [".", "554 5.7.1 spam", "refused"],
])("%s answered by %s: %s", async (word, answer, result) => {
  const mailbox = await startMail({ answers: { [word]: answer } });
  const outcome = await connect({ port: mailbox.port, security: "none" }).deliver(testNotice(), testAttempt());
  expect(outcome.result).toBe(result);
  expect(outcome.answer).toContain(answer.slice(4));
});

test("a password does not stand in what is told of a failure", async () => {
  const mailbox = await startMail({ auth: "PLAIN", answers: { AUTH: "535 5.7.8 no" } });
  const outcome = await connect({ port: mailbox.port, security: "none", user: "bot", password: "hunter2" }).deliver(
    testNotice(),
    testAttempt(),
  );
  expect(outcome).toEqual({ result: "refused", answer: "AUTH: 535 5.7.8 no" });
});

test("text of whatever kind is one message, with our headers", async () => {
  const mailbox = await startMail();
  await connect({ port: mailbox.port, security: "none" }).deliver(
    testNotice({ incident: hostileIncident() }),
    testAttempt(),
  );
  expect(mailbox.messages).toHaveLength(1);
  expect(mailbox.commands.filter((command) => command.startsWith("RCPT"))).toHaveLength(2);
  expect(mailbox.commands.filter((command) => command.startsWith("MAIL"))).toHaveLength(1);
  const head = mailbox.messages[0]?.split("\r\n\r\n")[0] ?? "";
  expect(head).not.toMatch(/^bcc:/im);
  expect(partsOf(mailbox.messages[0] ?? "")[1]).not.toMatch(/<(?:script|img)/);
  expect(HOSTILE.length).toBeGreaterThan(10);
});

test("a digest is one message", async () => {
  const mailbox = await startMail();
  const notices = [
    testNotice(),
    testNotice({ incident: testIncident({ uid: "u2", severity: "medium", title: "bob cloned 40 repositories" }) }),
  ];
  await connect({ port: mailbox.port, security: "none" }).deliverDigest?.(notices, testAttempt());
  expect(mailbox.messages).toHaveLength(1);
  expect(mailbox.messages[0]).toContain("Subject: [Sallyport] 2 incidents: 1 high, 1 medium");
  expect(partsOf(mailbox.messages[0] ?? "")[0]).toContain("bob cloned 40 repositories");
});

test("a server that says nothing is waited for no longer than the attempt lasts", async () => {
  server = createServer(() => {});
  const started = server;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const attempt = testAttempt({ signal: AbortSignal.timeout(200) });
  await expect(
    connect({ port: (started.address() as AddressInfo).port, security: "none" }).deliver(testNotice(), attempt),
  ).rejects.toThrow(/abort|closed|timeout/i);
});
