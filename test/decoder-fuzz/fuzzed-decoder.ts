import type { Dice } from "../dice.ts";

/** One row of the table in decoders.ts. */
export interface FuzzedDecoder {
  readonly name: string;
  /** The files it stands for, of src/pipeline/conform/decoders where no folder is given. */
  readonly covers: readonly string[];
  readonly input: (dice: Dice) => string;
  /**
   * Decodes one input and checks what holds of the outcome. Returns whether there was anything to read in it; one of the errors of
   * `refuses` says the same as false, any other error is a bug.
   */
  readonly read: (input: string, dice: Dice) => boolean;
  /** Errors that the decoder promises to throw for what it cannot read; without any it never throws. */
  readonly refuses?: abstract new (...parts: never[]) => Error;
  /** ms of processor time that one input may take; 300 when left out. */
  readonly slowMs?: number;
  /** Writes a value in the format, reads it back and compares. */
  readonly roundTrip?: (dice: Dice) => void;
}
