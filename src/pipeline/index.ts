/** The whole product on one screen: what happens to logs, in order. */
import type { Clock } from "../model/ports.ts";
import type { InputFile } from "./collect/inputs.ts";
import { conclude } from "./conclude.ts";
import { createDetector } from "./detect/detector.ts";
import { ingest, type IngestOptions, type IngestSummary } from "./ingest.ts";
import { endpointSources, laneOf } from "./lanes.ts";

/**
 * Files in; activities, matches, findings and incidents in the store. Running it again over the same files adds nothing.
 * @throws {InvalidRuleError} before anything is read
 * @throws {StoreUnavailableError} when the store cannot take the rows
 */
export async function runPipeline(
  files: readonly InputFile[],
  options: IngestOptions & { readonly clock: Clock },
): Promise<IngestSummary> {
  const { planSet } = createDetector(options.rules, options.policy);
  const summary = await ingest(files, options);
  if (summary.range !== null) {
    await conclude(options.store, {
      planSet,
      activityRange: summary.range,
      matchRange: summary.matchRange,
      matchedRules: new Set(summary.matchedRules.keys()),
      laneOf,
      endpointSources,
      now: options.clock.now(),
    });
  }
  return summary;
}
