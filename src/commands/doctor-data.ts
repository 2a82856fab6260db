/** What the store and the running installation say about the data: lag, gaps, clocks, rules without a source, retention. */
import type { SigmaDocument } from "../pipeline/detect/sigma/index.ts";
import { formatBytes, formatDuration } from "../model/units.ts";
import type { StoreExamination } from "../pipeline/persist/examine.ts";
import { describeRules } from "../pipeline/rule-catalogue.ts";
import { fail, ok, warn, type Check } from "./doctor-check.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Events of the future beyond this come from a clock that is wrong. */
const AHEAD_MS = 5 * MINUTE_MS;
const LONG_SILENCE_MS = 2 * HOUR_MS;

/** @param now ms */
export function examineData(store: StoreExamination, now: number): Check[] {
  const checks: Check[] = [];
  const { schema, newestSchema, detached, oldest, newest, activities } = store;
  if (schema > newestSchema)
    checks.push(fail("store.schema", `schema ${schema}, this release knows ${newestSchema}`, "update sallyport"));
  else if (schema < newestSchema)
    checks.push(
      warn(
        "store.schema",
        `schema ${schema} of an older release`,
        `back it up: the next start makes it schema ${newestSchema}`,
      ),
    );
  else checks.push(ok("store.schema", `schema ${schema}`));
  if (detached.length === 0) checks.push(ok("store.parts", `no part is broken; ${formatBytes(store.bytes)} on disk`));
  for (const { table, part, reason } of detached.slice(0, 20))
    checks.push(
      fail(
        "store.parts",
        `part ${part} of ${table} was set aside (${reason}): its rows are missing`,
        "collect the logs of that time again, or restore a backup",
      ),
    );
  if (oldest === null || newest === null)
    checks.push(warn("data.age", "there are no events yet", "configure a source, or scan"));
  else
    checks.push(
      ok(
        "data.age",
        `${activities.toLocaleString("en")} events, from ${day(oldest)} to ${new Date(newest).toISOString().slice(0, 16)}Z`,
      ),
    );
  if (newest !== null && newest > now + AHEAD_MS)
    checks.push(
      warn(
        "clock.skew",
        `the newest event is ${formatDuration(newest - now)} in the future`,
        "set the clock of this machine and of what sends; check the time zone of sources whose lines name none",
      ),
    );
  else checks.push(ok("clock.skew", "no event is from the future"));
  if (store.overdue > 0)
    checks.push(
      warn(
        "retention.applied",
        `${store.overdue.toLocaleString("en")} rows are kept longer than they should be`,
        "a running installation deletes every day; otherwise sallyport retention apply",
      ),
    );
  else if (schema === newestSchema) checks.push(ok("retention.applied", "nothing is kept longer than it should be"));
  checks.push(
    ...examineSilence(
      store.sources.map(({ source, last, pause }) => ({ id: source, last, pause })),
      now,
    ),
  );
  return checks;
}

/** @param sources with when their last event was, ms, and how long they are usually silent */
export function examineSilence(
  sources: readonly { readonly id: string; readonly last: number | null; readonly pause: number }[],
  now: number,
): Check[] {
  return sources.map(({ id, last, pause }) => {
    if (last === null) return warn("source.lag", `${id} has delivered nothing yet`, "is what should send it running?");
    const silent = now - last;
    return silent > Math.max(LONG_SILENCE_MS, 4 * pause)
      ? warn(
          "source.lag",
          `${id} has been silent for ${formatDuration(silent)}`,
          "look at what sends it; an upstream that stops is a blind spot",
        )
      : ok("source.lag", `${id}: last event ${formatDuration(Math.max(0, silent))} ago`);
  });
}

/** @param arriving ids of source maps whose events are stored */
export function examineRules(documents: readonly SigmaDocument[], arriving: ReadonlySet<string>): Check[] {
  const rules = describeRules(documents).filter(({ alerts }) => alerts);
  if (arriving.size === 0) return [];
  const blind = rules.filter(({ sources }) => !sources.some((source) => arriving.has(source)));
  if (blind.length === 0) return [ok("rules.fed", `all ${rules.length} rules that alert have a source`)];
  const shown = blind.slice(0, 5).map(({ id }) => id);
  return [
    warn(
      "rules.fed",
      `${blind.length} of ${rules.length} rules that alert have no source: ${shown.join(", ")}${blind.length > shown.length ? ", …" : ""}`,
      "sallyport rule list says which sources would feed them",
    ),
  ];
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
