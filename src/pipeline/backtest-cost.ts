/** What matching rules costs while events come in: measured on stored ones, with nothing else in the way. */
import type { Activity } from "../model/activity.ts";
import { conformAgain } from "./activities.ts";
import { createContextBuilder } from "./conform/context/index.ts";
import { placeholdersOf } from "./detect/detector.ts";
import { compileRules, type SigmaDocument } from "./detect/sigma/index.ts";
import { activityKind, applies, resolveActivityField } from "./detect/sigma/taxonomy.ts";
import type { HuntContent } from "./hunt.ts";
import { huntLines } from "./persist/hunt.ts";
import type { Store } from "./persist/store.ts";

const SAMPLE = 3_000;
/** The compiler of the engine needs a few rounds to settle. */
const ROUNDS = 5;

/**
 * Time that the rules take per event, nanoseconds: the best of a few rounds over events of the range; null where it holds none.
 * @param documents the rules, and the filters that narrow them
 */
export async function matchingCost(
  store: Pick<Store, "stream">,
  range: { readonly from: number; readonly until: number },
  documents: readonly SigmaDocument[],
  { catalogue, policy }: Pick<HuntContent, "catalogue" | "policy">,
): Promise<number | null> {
  const contextOf = createContextBuilder(catalogue, policy);
  const activities: Activity[] = [];
  for await (const lines of huntLines(store, range, { conditions: null, limit: SAMPLE }))
    for (const line of lines) {
      const event = conformAgain(line);
      if (event !== null) activities.push({ source: line.source, event, context: contextOf(event) });
    }
  if (activities.length === 0) return null;
  const set = compileRules<Activity>(
    documents.filter(({ kind }) => kind !== "correlation"),
    { resolve: resolveActivityField, kindOf: activityKind, applies, placeholders: placeholdersOf(policy) },
  );
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    for (const activity of activities) set.match(activity);
    best = Math.min(best, performance.now() - started);
  }
  return Math.round((best * 1e6) / activities.length);
}
