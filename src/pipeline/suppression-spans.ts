/** Which spans of event time a change of suppressions touches: those of the stored findings it speaks of. */
import { compileScope } from "./escalate/suppress.ts";
import { streamFindings } from "./persist/findings.ts";
import type { Store } from "./persist/store.ts";
import type { StoredSuppression } from "./persist/suppression.ts";

interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** Findings no further apart than this are told anew together. */
const TOGETHER_MS = 7 * 86_400_000;

/** Half-open spans, ms, in order of time. An end that was brought forward touches what lies behind it too. */
export async function suppressionSpans(store: Store, changed: readonly StoredSuppression[]): Promise<TimeRange[]> {
  const spans: { from: number; until: number }[] = [];
  for (const { scope } of changed) {
    const covers = compileScope(scope, { from: null, until: Number.POSITIVE_INFINITY });
    for await (const findings of streamFindings(store, scope))
      for (const finding of findings)
        if (covers(finding)) spans.push({ from: finding.first_time, until: finding.time + 1 });
  }
  const joined: { from: number; until: number }[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from - last.until <= TOGETHER_MS) last.until = Math.max(last.until, span.until);
    else joined.push({ ...span });
  }
  return joined;
}
