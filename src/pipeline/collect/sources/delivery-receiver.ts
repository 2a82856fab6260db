/**
 * Deliveries over HTTP whose sender does not send again: each is verified, stored once however often it comes, and acknowledged when
 * it is on disk. While the store cannot follow, the sender is kept waiting as long as it waits.
 */
import type { LiveSource, SourceHealth, SourcePorts } from "../intake.ts";
import { deliver, messageOf } from "./deliver.ts";
import { HealthBook, noteGap } from "./health.ts";
import {
  type HttpHandler,
  type HttpListenOptions,
  HttpReceiver,
  type HttpReply,
  type HttpRequest,
  retryAfter,
} from "./http-receiver.ts";
import type { Address } from "./listen.ts";
import { ReplayMemory } from "./replay-memory.ts";

export interface DeliverySource extends LiveSource {
  /** Where it listens; null before it does. */
  readonly address: Address | null;
}

/** What is peculiar to one sender. */
export interface DeliveryKind {
  /** Source map of the lines. */
  readonly source: string;
  /** Reads secrets. @throws {InvalidConfigError} */
  open(): void;
  /** By its headers alone; null: read the body. */
  admit(request: HttpRequest): HttpReply | null;
  /** Whether the sender is who it says. */
  verify(request: HttpRequest, body: Buffer): boolean;
  /** The line to store; null: nothing to store; throws DeliveryError when it is no delivery. */
  lineOf(request: HttpRequest, body: Buffer, now: number): string | null;
  /** The sender's name of the delivery, for the log. */
  nameOf(request: HttpRequest): string;
}

/** The sender is right, what it sent is not. */
export class DeliveryError extends Error {}

/** GitHub's largest payload. */
const MAX_BODY_BYTES = 25 << 20;
/** Senders give up after ten seconds. */
const PATIENCE_MS = 8_000;

export class DeliveryReceiver implements DeliverySource, HttpHandler {
  readonly id: string;
  address: Address | null = null;
  readonly #kind: DeliveryKind;
  readonly #ports: SourcePorts;
  readonly #health = new HealthBook();
  readonly #receiver: HttpReceiver;
  readonly #known: ReplayMemory;
  /** Bodies being stored: the same one, come again meanwhile, shares the outcome. */
  readonly #storing = new Map<string, Promise<boolean>>();
  readonly #patienceMs: number;
  #line = 0;

  constructor(
    id: string,
    options: HttpListenOptions & { readonly patienceMs?: number },
    kind: DeliveryKind,
    ports: SourcePorts,
  ) {
    this.id = id;
    this.#kind = kind;
    this.#ports = ports;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#receiver = new HttpReceiver({ maxBodyBytes: MAX_BODY_BYTES, ...options }, this, ports);
    this.#known = new ReplayMemory(ports.checkpoints, id);
  }

  async start(): Promise<void> {
    this.#kind.open();
    await this.#known.load(this.#ports.now());
    this.address = await this.#receiver.start();
    this.#health.state = "running";
  }

  async stop(): Promise<void> {
    await this.#receiver.stop();
    this.#health.state = "stopped";
  }

  health(): SourceHealth {
    return this.#health.report();
  }

  admit(request: HttpRequest): HttpReply | null {
    if (request.method !== "POST")
      return { status: 405, body: { message: "only POST is known here" }, headers: { allow: "POST" } };
    if (request.headers["content-encoding"] !== undefined)
      return { status: 415, body: { message: "a signed body is not compressed" } };
    return this.#kind.admit(request);
  }

  async handle(request: HttpRequest, body: Buffer): Promise<HttpReply> {
    if (!this.#kind.verify(request, body)) return { status: 401, body: { message: "the signature is not right" } };
    const now = this.#ports.now();
    const key = ReplayMemory.keyOf(body);
    if (this.#known.has(key)) return { status: 200, body: { status: "known already" } };
    let line: string | null;
    try {
      line = this.#kind.lineOf(request, body, now);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      return { status: 400, body: { message: error.message } };
    }
    if (line === null) return { status: 200, body: { status: "nothing to store" } };
    const earlier = this.#storing.get(key);
    const storing = earlier ?? this.#store(line, key, now).finally(() => this.#storing.delete(key));
    this.#storing.set(key, storing);
    if (await storing) return { status: earlier === undefined ? 202 : 200, body: { status: "stored" } };
    if (earlier === undefined) this.#missed(this.#kind.nameOf(request), now);
    return this.fail(request, 503, "the store cannot follow, send it again", 10_000);
  }

  fail(_: HttpRequest, status: number, message: string, retryAfterMs: number | null): HttpReply {
    return { status, body: { message }, headers: retryAfter(retryAfterMs) };
  }

  async #store(line: string, key: string, now: number): Promise<boolean> {
    const about = { stream: this.id, source: this.#kind.source, fileName: "", modifiedTime: now };
    this.#line += 1;
    const batch = { ...about, firstLine: this.#line, bytes: Buffer.from(`${line}\n`) };
    if (!(await deliver(this.#ports, batch, AbortSignal.timeout(this.#patienceMs)))) return false;
    this.#health.received += 1;
    await this.#known.add(key, now).catch((error: unknown) => {
      this.#ports.log("warn", `${this.id}: a delivery may count again if it is repeated: ${messageOf(error)}`);
    });
    return true;
  }

  #missed(name: string, since: number): void {
    this.#health.dropped += 1;
    const reason = `delivery ${name} was refused while the store could not follow: have it delivered again`;
    const gap = { collector: this.id, source: this.#kind.source, from: since, until: this.#ports.now(), reason };
    noteGap(this.#ports, this.#health, gap);
    this.#ports.log("warn", `${this.id}: ${reason}`);
  }
}

/** A header's text: letters, figures and signs that need no care in a log; at most 200 of them. */
export function plainHeader(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && /^[\x20-\x7e]{1,200}$/.test(value) ? value : undefined;
}
