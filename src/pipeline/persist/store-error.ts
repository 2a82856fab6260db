/** Failures of the engine as ours. */
import { StoreUnavailableError } from "../../model/errors.ts";

/** A question that took more time or memory than one may take. */
export class TooExpensiveError extends Error {
  override get name(): string {
    return "TooExpensiveError";
  }
}

export function storeError(cause: unknown): StoreUnavailableError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StoreUnavailableError(message.slice(0, 2_000), { cause });
}
