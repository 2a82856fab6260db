/** Handing over what cannot be asked for again: waits for a store that cannot follow instead of giving up. */
import { setTimeout as sleep } from "node:timers/promises";
import { IntakeBusyError } from "../../../model/errors.ts";
import type { RecordBatch, SourcePorts } from "../intake.ts";

/** Between two tries; doubles from the first to the last. */
const FIRST_WAIT_MS = 100;
const LAST_WAIT_MS = 10_000;

/**
 * Offers a batch until it is stored. Each try gets a copy of the bytes, because what was offered may be gone even where it failed.
 * @returns false when `signal` ended it before the batch was stored
 */
export async function deliver(ports: SourcePorts, batch: RecordBatch, signal: AbortSignal): Promise<boolean> {
  let waitMs = FIRST_WAIT_MS;
  let told = false;
  while (!signal.aborted) {
    try {
      await ports.intake.offer({ ...batch, bytes: new Uint8Array(batch.bytes) });
      return true;
    } catch (error) {
      const busy = error instanceof IntakeBusyError;
      if (!busy && !told) {
        ports.log("error", `${batch.stream}: not stored, trying again: ${messageOf(error)}`);
        told = true;
      }
      await sleep(busy ? Math.min(LAST_WAIT_MS, Math.max(10, error.retryAfterMs)) : waitMs, undefined, {
        signal,
      }).catch(() => {});
      waitMs = Math.min(LAST_WAIT_MS, waitMs * 2);
    }
  }
  return false;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
