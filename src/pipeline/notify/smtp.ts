/**
 * Hands one message to a mail server: EHLO, STARTTLS where it is asked for, AUTH, MAIL, RCPT, DATA.
 * @see https://www.rfc-editor.org/rfc/rfc5321
 * @see https://www.rfc-editor.org/rfc/rfc3207 (STARTTLS)
 * @see https://www.rfc-editor.org/rfc/rfc4954 (AUTH)
 */
import type { Socket } from "node:net";
import type { Guard } from "./guard.ts";
import type { Outcome } from "./receiver.ts";
import { openTcp, secure, type SocketTarget } from "./socket.ts";

export interface SmtpServer extends SocketTarget {
  /** `starttls`: it must offer it. `tls`: from the beginning. */
  readonly security: "starttls" | "tls" | "none";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** What we call ourselves. */
  readonly hostname: string;
}

interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Of one reply. */
const MAX_REPLY_BYTES = 64 << 10;

/** A reply that ends the conversation. */
class SmtpError extends Error {
  readonly reply: Reply;

  constructor(step: string, reply: Reply) {
    super(`${step}: ${reply.code} ${reply.lines.join(" ").slice(0, 200)}`);
    this.reply = reply;
  }

  override get name(): string {
    return "SmtpError";
  }
}

/**
 * @param message lines end in CRLF
 * @throws {Error} when there is no conversation
 */
export async function sendMail(
  guard: Guard,
  server: SmtpServer,
  { from, to, message }: { readonly from: string; readonly to: readonly string[]; readonly message: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const socket = await openTcp(guard, server, signal);
  let conversation: Conversation | null = null;
  try {
    conversation = new Conversation(server.security === "tls" ? await secure(socket, server) : socket);
    conversation.expect("greeting", await conversation.read(), 220);
    let offers = await conversation.greet(server.hostname);
    if (server.security === "starttls") {
      if (!offers.has("STARTTLS")) throw new Error("the server offers no STARTTLS: nothing is sent in the clear");
      await conversation.ask("STARTTLS", "STARTTLS", 220);
      conversation = new Conversation(await secure(conversation.release(), server));
      // What it said in the clear may have been said by anybody.
      offers = await conversation.greet(server.hostname);
    }
    if (server.user !== undefined && server.password !== undefined)
      await conversation.authenticate(offers.get("AUTH") ?? "", server.user, server.password);
    await conversation.ask("MAIL", `MAIL FROM:<${from}>`, 250);
    for (const recipient of to) await conversation.ask(`RCPT ${recipient}`, `RCPT TO:<${recipient}>`, 250, 251);
    await conversation.ask("DATA", "DATA", 354);
    const answer = await conversation.ask("message", `${message.replaceAll(/^\./gm, "..")}.`, 250);
    conversation.write("QUIT");
    return { result: "delivered", answer: `${answer.code} ${answer.lines.join(" ").slice(0, 200)}` };
  } catch (cause) {
    // 4xx is for now, 5xx for good (RFC 5321, 4.2.1).
    if (!(cause instanceof SmtpError)) throw cause;
    return { result: cause.reply.code >= 500 ? "refused" : "failed", answer: cause.message };
  } finally {
    conversation?.end();
    socket.destroySoon();
  }
}

class Conversation {
  readonly #socket: Socket;
  #pending = "";
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  readonly #onData = (data: Buffer): void => {
    this.#pending += data.toString("latin1");
    if (this.#pending.length > MAX_REPLY_BYTES) this.#socket.destroy(new Error("the server's reply is too long"));
    this.#wake?.();
  };
  readonly #onError = (error: Error): void => {
    this.#failure ??= error;
    this.#wake?.();
  };
  readonly #onClose = (): void => this.#onError(new Error("the server closed the connection"));

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  /** The socket, for TLS to go on with. What came in the clear after the reply is not taken along. */
  release(): Socket {
    this.#socket.off("data", this.#onData);
    this.#socket.off("close", this.#onClose);
    if (this.#pending !== "") throw new Error("the server went on talking before TLS began");
    return this.#socket;
  }

  write(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  async read(): Promise<Reply> {
    for (;;) {
      const end = /^\d{3}(?: [^\r\n]*)?\r?\n/m.exec(this.#pending);
      if (end !== null) {
        const said = this.#pending.slice(0, end.index + end[0].length);
        this.#pending = this.#pending.slice(said.length);
        const lines = said.split(/\r?\n/).filter((line) => line !== "");
        return { code: Number(end[0].slice(0, 3)), lines: lines.map((line) => line.slice(4)) };
      }
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }

  expect(step: string, reply: Reply, ...codes: readonly number[]): Reply {
    if (!codes.includes(reply.code)) throw new SmtpError(step, reply);
    return reply;
  }

  /** @param step names it in a failure, so that no secret stands there */
  async ask(step: string, line: string, ...codes: readonly number[]): Promise<Reply> {
    this.write(line);
    return this.expect(step, await this.read(), ...codes);
  }

  /** What the server can do: keyword -> parameters. */
  async greet(hostname: string): Promise<ReadonlyMap<string, string>> {
    const { lines } = await this.ask("EHLO", `EHLO ${hostname.replaceAll(/[^A-Za-z0-9.-]/g, "") || "localhost"}`, 250);
    return new Map(
      lines.slice(1).map((line) => {
        const [keyword = "", ...parameters] = line.trim().split(" ");
        return [keyword.toUpperCase(), parameters.join(" ")];
      }),
    );
  }

  async authenticate(mechanisms: string, user: string, password: string): Promise<void> {
    const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
    const offered = mechanisms.toUpperCase().split(" ");
    if (offered.includes("PLAIN")) {
      await this.ask("AUTH", `AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, 235);
    } else if (offered.includes("LOGIN")) {
      await this.ask("AUTH", "AUTH LOGIN", 334);
      await this.ask("AUTH", base64(user), 334);
      await this.ask("AUTH", base64(password), 235);
    } else throw new Error("the server offers neither AUTH PLAIN nor AUTH LOGIN");
  }

  end(): void {
    this.#socket.destroySoon();
  }
}
