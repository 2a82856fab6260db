/** Tokens of senders, in the ways their protocols send them, compared in constant time. */
import { createHash, timingSafeEqual } from "node:crypto";

/** What a request said: nothing, something that is no token, or a token, right or wrong. */
export type TokenCheck = "missing" | "malformed" | "wrong" | "right";

export class TokenChecker {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digestOf(token);
  }

  /**
   * `Splunk TOKEN`, `Bearer TOKEN`; `Basic` with the token as password; `ApiKey` with the token, or base64 of `id:TOKEN`, as
   * Elasticsearch's clients send it.
   */
  check(authorization: string | undefined): TokenCheck {
    if (authorization === undefined || authorization === "") return "missing";
    const [scheme = "", value = "", ...more] = authorization.trim().split(/ +/, 3);
    if (value === "" || more.length > 0 || value.length > 4_096) return "malformed";
    switch (scheme.toLowerCase()) {
      case "splunk":
      case "bearer":
        return this.#isRight(value) ? "right" : "wrong";
      case "basic":
        return this.#isRight(afterColon(value)) ? "right" : "wrong";
      case "apikey":
        return this.#isRight(value) || this.#isRight(afterColon(value)) ? "right" : "wrong";
      default:
        return "malformed";
    }
  }

  /** Digests are of one length: their comparison tells nothing of the token, not even how long it is. */
  #isRight(candidate: string): boolean {
    return timingSafeEqual(digestOf(candidate), this.#digest);
  }
}

function afterColon(base64: string): string {
  const text = Buffer.from(base64, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
