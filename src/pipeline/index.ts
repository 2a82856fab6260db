/** The whole product on one screen: what happens to logs, in order. */
import type { Clock } from "../model/ports.ts";
import type { InputFile } from "./collect/inputs.ts";
import { conclude } from "./conclude.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import { ingest, type IngestOptions, type IngestSummary } from "./ingest.ts";
import { endpointSources, laneOf } from "./lanes.ts";
import { DueBook } from "./persist/due.ts";

/**
 * Files in; activities, matches, findings and incidents in the store. Running it again over the same files adds nothing.
 * @throws {StoreUnavailableError} when the store cannot take the rows
 */
export async function runPipeline(
  files: readonly InputFile[],
  options: IngestOptions & { readonly planSet: PlanSet; readonly clock: Clock },
): Promise<IngestSummary> {
  const { planSet, store } = options;
  try {
    const summary = await ingest(files, options);
    const now = options.clock.now();
    const book = await DueBook.open(store, now);
    await book.add(summary.due);
    for (const due of book.take()) await conclude(store, { planSet, due, laneOf, endpointSources, now });
    await book.settle();
    return summary;
  } finally {
    await store.holdMerges(false);
  }
}
