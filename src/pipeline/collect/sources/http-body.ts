/** The body of a request, inflated as it comes, never larger than allowed. */
import type { IncomingMessage } from "node:http";
import type { Transform } from "node:stream";
import { createGunzip, createInflate, createZstdDecompress } from "node:zlib";

/** Why a body was not taken, as the status that says so. */
export class BodyError extends Error {
  readonly status: 400 | 408 | 413 | 415 | 503;

  constructor(status: BodyError["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** Bytes that all requests of a server together may hold. */
export class ByteBudget {
  #leftBytes: number;

  constructor(bytes: number) {
    this.#leftBytes = bytes;
  }

  /** @returns whether there was so much left */
  take(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#leftBytes += bytes;
  }
}

/**
 * Reads and inflates (gzip, deflate, zstd) the body. What it holds is taken from the budget: the caller gives it back.
 * @throws {BodyError} 413 over `maxBytes`, stored or inflated; 400 damaged; 415 another encoding; 503 over the budget
 */
export async function readBody(request: IncomingMessage, maxBytes: number, budget: ByteBudget): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const engine = inflatingEngine(request);
  const source: AsyncIterable<Buffer> = engine ?? request.iterator({ destroyOnReturn: false });
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of source) {
      if (length + piece.length > maxBytes) throw tooLarge(maxBytes);
      if (!budget.take(piece.length)) throw new BodyError(503, "too many bodies at a time");
      length += piece.length;
      pieces.push(piece);
    }
    if (!request.complete) throw new BodyError(400, "the body ended early");
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  } catch (error) {
    budget.giveBack(length);
    if (error instanceof BodyError) throw error;
    throw new BodyError(400, `the body cannot be read: ${error instanceof Error ? error.message : "unknown error"}`);
  } finally {
    if (engine !== null) request.unpipe(engine);
    engine?.destroy();
  }
}

/** Null for a body that is sent as it is. */
function inflatingEngine(request: IncomingMessage): Transform | null {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return null;
  const engine =
    encoding === "gzip" || encoding === "x-gzip"
      ? createGunzip()
      : encoding === "deflate"
        ? createInflate()
        : encoding === "zstd"
          ? createZstdDecompress()
          : null;
  if (engine === null) throw new BodyError(415, "content-encoding is none of gzip, deflate, zstd");
  request.on("error", (error) => engine.destroy(error));
  request.on("aborted", () => engine.destroy(new Error("the connection was closed")));
  return request.pipe(engine);
}

function tooLarge(maxBytes: number): BodyError {
  return new BodyError(413, `the body is over ${maxBytes >> 20} MiB`);
}
