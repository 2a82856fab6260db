/**
 * GitHub webhooks: deliveries verified by their signature over the raw body, each stored as a line `{"headers", "body"}`.
 *
 * GitHub does not send a failed delivery again by itself; one that was refused is a gap, named so that it can be redelivered.
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { InvalidConfigError } from "../../../model/errors.ts";
import type { SourcePorts } from "../intake.ts";
import {
  DeliveryError,
  type DeliveryKind,
  DeliveryReceiver,
  type DeliverySource,
  plainHeader,
} from "./delivery-receiver.ts";
import type { HttpListenOptions, HttpReply, HttpRequest } from "./http-receiver.ts";
import { parseObject } from "./http-hec.ts";
import { readSecret } from "./listen.ts";

export interface GithubWebhookSourceOptions extends HttpListenOptions {
  readonly id: string;
  /** The secret set in the webhook's settings; one of the two. */
  readonly secretFile?: string;
  readonly secret?: string;
  /** How long a delivery may wait for the store, ms. Default 8 s: GitHub waits ten. */
  readonly patienceMs?: number;
}

export function createGithubWebhookSource(options: GithubWebhookSourceOptions, ports: SourcePorts): DeliverySource {
  return new DeliveryReceiver(options.id, options, new GithubDelivery(options), ports);
}

const KEPT_HEADERS = [
  "x-github-event",
  "x-github-delivery",
  "x-github-hook-id",
  "x-github-hook-installation-target-type",
  "x-github-hook-installation-target-id",
  "x-github-enterprise-host",
];
const MAX_LINE_BYTES = 4 << 20;
/** Of a push too large for a line. */
const KEPT_COMMITS = 200;

class GithubDelivery implements DeliveryKind {
  readonly source = "github-webhook";
  readonly #options: GithubWebhookSourceOptions;
  #secret = "";

  constructor(options: GithubWebhookSourceOptions) {
    this.#options = options;
  }

  open(): void {
    const { secretFile, secret } = this.#options;
    this.#secret = secretFile === undefined ? (secret ?? "") : readSecret(secretFile);
    // Without a secret anybody could make up events.
    if (this.#secret === "") throw new InvalidConfigError(`source ${this.#options.id}: a webhook needs a secret`);
  }

  admit(request: HttpRequest): HttpReply | null {
    if (!/^sha256=[0-9a-f]{64}$/.test(plainHeader(request, "x-hub-signature-256") ?? ""))
      return { status: 401, body: { message: "X-Hub-Signature-256 is missing" } };
    if (!/^[a-z_]{1,64}$/.test(plainHeader(request, "x-github-event") ?? ""))
      return { status: 400, body: { message: "X-GitHub-Event is missing" } };
    return null;
  }

  verify(request: HttpRequest, body: Buffer): boolean {
    const said = Buffer.from((plainHeader(request, "x-hub-signature-256") ?? "").slice("sha256=".length), "hex");
    const right = createHmac("sha256", this.#secret).update(body).digest();
    return said.length === right.length && timingSafeEqual(said, right);
  }

  lineOf(request: HttpRequest, body: Buffer, now: number): string | null {
    if (plainHeader(request, "x-github-event") === "ping") return null;
    const payload = payloadOf(request, body);
    const value = parseObject(Buffer.from(payload));
    if (value === null) throw new DeliveryError("the payload is no JSON object");
    const headers: Record<string, string> = {};
    for (const name of KEPT_HEADERS) {
      const text = plainHeader(request, name);
      if (text !== undefined) headers[name] = text;
    }
    const start = `{"headers":${JSON.stringify(headers)},"received_at":"${new Date(now).toISOString()}","body":`;
    // JSON has line ends between its parts only.
    const line = `${start}${payload.replaceAll(/[\r\n]/g, " ")}}`;
    if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
    const commits = Object.hasOwn(value, "commits") ? value["commits"] : null;
    const shorter = Array.isArray(commits) ? { ...value, commits: commits.slice(0, KEPT_COMMITS) } : value;
    const short = `${start}${JSON.stringify(shorter)}}`;
    if (Buffer.byteLength(short) > MAX_LINE_BYTES) throw new DeliveryError("the payload is over 4 MiB");
    return short;
  }

  nameOf(request: HttpRequest): string {
    return plainHeader(request, "x-github-delivery") ?? "without an id";
  }
}

/** The JSON of a delivery, which comes as it is or as a field of a form. */
function payloadOf(request: HttpRequest, body: Buffer): string {
  const text = body.toString("utf8");
  if (!(request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")) return text;
  return new URLSearchParams(text).get("payload") ?? "";
}
