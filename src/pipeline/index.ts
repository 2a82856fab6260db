/** The whole product on one screen: what happens to logs, in order. */
import type { Clock } from "../model/ports.ts";
import type { InputFile } from "./collect/inputs.ts";
import { conclude } from "./conclude.ts";
import { parseRuleFiles, planSetOf, type RuleFile } from "./detect/detector.ts";
import { ingest, type IngestOptions, type IngestSummary } from "./ingest.ts";
import { endpointSources, laneOf } from "./lanes.ts";
import { DueBook, type Due } from "./persist/due.ts";

/**
 * Files in; activities, matches, findings and incidents in the store. Running it again over the same files adds nothing.
 * @throws {InvalidRuleError} before anything is read
 * @throws {StoreUnavailableError} when the store cannot take the rows
 */
export async function runPipeline(
  files: readonly InputFile[],
  options: Omit<IngestOptions, "documents"> & { readonly rules: readonly RuleFile[]; readonly clock: Clock },
): Promise<IngestSummary> {
  const { rules, ...rest } = options;
  const documents = parseRuleFiles(rules);
  const planSet = planSetOf(documents, options.policy);
  const summary = await ingest(files, { ...rest, documents });
  const now = options.clock.now();
  const book = await DueBook.open(options.store, now);
  if (summary.range !== null) await book.add(dueOf(summary, summary.range));
  const due = book.take();
  if (due !== null) {
    await conclude(options.store, { planSet, due, laneOf, endpointSources, now });
    await book.settle();
  }
  return summary;
}

/** Ranges of a summary hold their last event. */
function dueOf({ matchRange, matchedRules }: IngestSummary, { from, until }: { from: number; until: number }): Due {
  return {
    activities: { from, until: until + 1 },
    matches: matchRange === null ? null : { from: matchRange.from, until: matchRange.until + 1 },
    rules: [...matchedRules.keys()],
  };
}
