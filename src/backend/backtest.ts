/** Trying a rule against what is stored: one at a time, with an end. */
import { InvalidRuleError } from "../model/errors.ts";
import type { Finding, Incident } from "../model/incident.ts";
import type { Changes } from "../pipeline/backtest-compare.ts";
import { backtest } from "../pipeline/backtest.ts";
import { parseRuleFiles } from "../pipeline/detect/detector.ts";
import type { SigmaDocument } from "../pipeline/detect/sigma/index.ts";
import { TooExpensiveError } from "../pipeline/persist/store-error.ts";
import { BACKTEST_LIMITS, type BacktestItem, type Handlers, type Output } from "../pipeline/serve/contract.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import type { Surroundings } from "./index.ts";

const DAY_MS = 86_400_000;
const SHOWN = 50;

export function backtestHandlers({ store, reader, content }: Surroundings): Pick<Handlers, "backtestRule"> {
  let running = false;
  return {
    backtestRule: async ({ body }) => {
      const { documents: enabled, catalogue, policy } = content();
      const candidates = parsed(body.text);
      if (running) throw new ProblemError("rate-limited", "a rule is being tried already: wait until it is done");
      running = true;
      try {
        const [span] = await reader.rows<{ events: string; last: string }>(
          "SELECT toString(count()) AS events, toString(toUnixTimestamp64Milli(max(time))) AS last FROM activity WHERE time <= now64(3) + INTERVAL 1 DAY",
        );
        const newest = Number(span?.events ?? 0) === 0 ? Date.now() : Number(span?.last);
        const until = body.until ?? newest + 1;
        const from = Math.max(0, until - (body.days ?? BACKTEST_LIMITS.usualDays) * DAY_MS);
        const ends = performance.now() + BACKTEST_LIMITS.seconds * 1_000;
        const result = await backtest(store, {
          candidates,
          enabled,
          catalogue,
          policy,
          range: { from, until },
          mostMatches: BACKTEST_LIMITS.matches,
          onProgress: () => {
            if (performance.now() > ends) throw new TooExpensiveError("the rule takes too long on so many events");
          },
        });
        return shown(result, candidates, new Set(enabled.map(({ id }) => id)));
      } catch (error) {
        if (error instanceof InvalidRuleError) throw new ProblemError("request.invalid", error.message);
        throw error;
      } finally {
        running = false;
      }
    },
  };
}

/** @throws {ProblemError} with line and column of the first mistake */
function parsed(text: string): SigmaDocument[] {
  try {
    const documents = parseRuleFiles([{ file: "rule.yml", text }]);
    if (documents.length > 0) return documents;
  } catch (error) {
    if (!(error instanceof InvalidRuleError)) throw error;
    throw new ProblemError("request.invalid", error.message, {
      errors: [{ path: "body.text", message: error.message }],
    });
  }
  throw new ProblemError("request.invalid", "the text holds no rule");
}

function shown(
  result: Awaited<ReturnType<typeof backtest>>,
  candidates: readonly SigmaDocument[],
  enabled: ReadonlySet<string>,
): Output<typeof BacktestItem> {
  const {
    range,
    known: _known,
    concluding: _concluding,
    translated: _translated,
    findings,
    incidents,
    examples,
    ...rest
  } = result;
  return {
    ...range,
    ...rest,
    rules: candidates.map(({ id, title }) => ({ id, title, enabled: enabled.has(id) })),
    examples: examples.map(({ rule, time, source, actor, host, address, destination, activity_uid }) => ({
      rule,
      time,
      source,
      actor,
      host,
      address,
      destination,
      activity: activity_uid,
    })),
    findings: changesOf(
      findings,
      ({ uid, rule, title, severity, points, reason, first_time, time, count }: Finding) => ({
        uid,
        rule,
        title,
        severity,
        points,
        reason,
        first_time,
        time,
        count,
      }),
    ),
    incidents:
      incidents === null
        ? null
        : changesOf(incidents, ({ uid, title, severity, risk_score, first_time, last_time }: Incident) => ({
            uid,
            title,
            severity,
            risk_score,
            first_time,
            last_time,
          })),
  };
}

function changesOf<Item, Shown>({ before, after, added, gone, changed }: Changes<Item>, shape: (item: Item) => Shown) {
  return {
    before,
    after,
    added: added.length,
    gone: gone.length,
    changed: changed.length,
    examples: {
      added: added.slice(0, SHOWN).map(shape),
      gone: gone.slice(0, SHOWN).map(shape),
      changed: changed.slice(0, SHOWN).map((pair) => ({ before: shape(pair.before), after: shape(pair.after) })),
    },
  };
}
