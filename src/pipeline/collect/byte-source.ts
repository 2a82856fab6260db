/** What the readers of this stage need from a file: bytes, pulled as they are wanted. */

export interface ByteSource {
  /**
   * Fills some of `into`, at least one byte; 0 at the end.
   * @throws {DamagedInputError} when no further byte can be had, after every byte before that has been handed over
   */
  read(into: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** Reads at any offset: what an archive needs so that it can be read again from an earlier place. */
export interface PositionedReader {
  /** True when offsets must not lie far behind the furthest one read, as on standard input. */
  readonly forwardOnly: boolean;
  /**
   * @returns how many bytes of `into` were filled; 0 at the end
   * @throws {DamagedInputError}
   */
  readAt(into: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}

/** The input ends here though it should not. Never leaves this stage: it becomes a rejection with the line's number. */
export class DamagedInputError extends Error {}
