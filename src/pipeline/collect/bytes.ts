/** A file as a row of bytes: plain, decompressed, or standard input. */
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createArchiveSource } from "./archives.ts";
import { type ByteSource, DamagedInputError, type PositionedReader } from "./byte-source.ts";
import { describeReadFailure, type InputFile, STANDARD_INPUT } from "./inputs.ts";
import { createStandardInputSource } from "./standard-input.ts";

export interface ByteOptions {
  /** Opens the file anew for every read, so that thousands can be read in turn without holding descriptors. */
  readonly releaseBetweenReads?: boolean;
  /** Stands in for the process's own. */
  readonly standardInput?: Readable;
}

/** Opens nothing yet; the first read does. */
export function createByteSource(file: InputFile, options: ByteOptions = {}): ByteSource {
  if (file.path === STANDARD_INPUT) return createStandardInputSource(options.standardInput ?? process.stdin);
  const stored = new FileReader(file.path, options.releaseBetweenReads ?? false);
  return file.compression === "none" ? new PlainSource(stored) : createArchiveSource(file.compression, stored);
}

class FileReader implements PositionedReader {
  readonly forwardOnly = false;
  readonly #path: string;
  readonly #release: boolean;
  #handle: FileHandle | null = null;
  #identity: string | null = null;

  constructor(path: string, release: boolean) {
    this.#path = path;
    this.#release = release;
  }

  async readAt(into: Uint8Array, offset: number): Promise<number> {
    try {
      this.#handle ??= await this.#open();
      const { bytesRead } = await this.#handle.read(into, 0, into.length, offset);
      if (this.#release) await this.close();
      return bytesRead;
    } catch (cause) {
      if (cause instanceof DamagedInputError) throw cause;
      throw new DamagedInputError(describeReadFailure(cause), { cause });
    }
  }

  /** A file opened again must be the one that was begun: log rotation may have put another in its place. */
  async #open(): Promise<FileHandle> {
    const handle = await open(this.#path, "r");
    if (!this.#release) return handle;
    const { dev, ino } = await handle.stat();
    const identity = `${dev}:${ino}`;
    this.#identity ??= identity;
    if (identity === this.#identity) return handle;
    await handle.close();
    throw new DamagedInputError("another file took its place while it was read");
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** Reads straight into the caller's buffer, which is the chunk that goes to a worker: no copy. */
class PlainSource implements ByteSource {
  readonly #stored: PositionedReader;
  #offset = 0;

  constructor(stored: PositionedReader) {
    this.#stored = stored;
  }

  async read(into: Uint8Array): Promise<number> {
    const length = await this.#stored.readAt(into, this.#offset);
    this.#offset += length;
    return length;
  }

  close(): Promise<void> {
    return this.#stored.close();
  }
}
