/** `rule backtest`: what a new or changed rule would have found in a store, beside what was found there without it. */
import { existsSync } from "node:fs";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { UsageError } from "../model/errors.ts";
import type { Finding, Incident } from "../model/incident.ts";
import { printable, printableCut } from "../model/printable.ts";
import type { Changes } from "../pipeline/backtest-compare.ts";
import { backtest, type Backtest } from "../pipeline/backtest.ts";
import { parseRuleFiles } from "../pipeline/detect/detector.ts";
import type { SigmaDocument } from "../pipeline/detect/sigma/index.ts";
import { EXIT } from "./exit-codes.ts";
import { openExisting } from "./incident.ts";
import { csvRow } from "./output.ts";
import { formatTime, paintSeverity } from "./show-incident.ts";
import type { Terminal } from "./terminal.ts";

export interface BacktestCommandOptions {
  readonly store: string;
  /** Rules beside the built-in ones that are enabled. */
  readonly rules?: readonly string[];
  readonly policy?: string;
  /** ISO 8601; the store's beginning when left out. */
  readonly since?: string;
  /** ISO 8601, not included; the store's end when left out. */
  readonly until?: string;
  readonly output: "table" | "json" | "ndjson" | "csv";
}

const MOST_MATCHES = 500_000;
const SHOWN = 20;

/** @returns the exit code; 3 when a rule was switched off, lines could not be read again, or there were too many matches */
export async function backtestRules(
  terminal: Terminal,
  what: string,
  options: BacktestCommandOptions,
): Promise<number> {
  const enabled = parseRuleFiles([...loadRules([DETECTIONS]), ...loadRules(options.rules ?? [])]);
  const candidates = candidatesOf(what, enabled);
  const policy = options.policy === undefined ? null : loadPolicy(options.policy);
  const store = await openExisting(options.store);
  let result: Backtest;
  try {
    const [span] = await store.rows<{ events: string; first: string; last: string }>(
      "SELECT toString(count()) AS events, toString(toUnixTimestamp64Milli(min(time))) AS first, toString(toUnixTimestamp64Milli(max(time))) AS last FROM activity",
    );
    if (span === undefined || Number(span.events) === 0)
      throw new UsageError(`the store ${printable(options.store)} holds no events: scan something into it first`);
    const range = {
      from: options.since === undefined ? Number(span.first) : timeOf(options.since, "--since"),
      until: options.until === undefined ? Number(span.last) + 1 : timeOf(options.until, "--until"),
    };
    if (range.from >= range.until) throw new UsageError("--since must lie before --until");
    result = await backtest(store, {
      candidates,
      enabled,
      catalogue: loadCatalogue(),
      policy,
      range,
      mostMatches: MOST_MATCHES,
      onProgress: (matches) => terminal.progress(`${matches.toLocaleString("en")} matches`),
    });
  } finally {
    terminal.clearProgress();
    await store.close();
  }
  await emit(terminal, result, options.output);
  tell(terminal, result);
  return result.disabled.length > 0 || result.unreadable > 0 || result.capped ? EXIT.partly : EXIT.done;
}

/** Rules of files, or the enabled rule with this id or name and those of its file. */
function candidatesOf(what: string, enabled: readonly SigmaDocument[]): SigmaDocument[] {
  if (existsSync(what)) {
    const documents = parseRuleFiles(loadRules([what]));
    if (documents.length === 0) throw new UsageError(`${printable(what)} holds no rule`);
    return documents;
  }
  const found = enabled.find(({ id, uuid, name }) => id === what || uuid === what || name === what);
  if (found === undefined)
    throw new UsageError(`${printable(what)} is neither a file nor an enabled rule: sallyport rule list has their ids`);
  return [found];
}

/** ms since 1970 UTC; a date alone is its midnight, a time without zone is UTC. */
function timeOf(text: string, option: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  const time = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? "Z"}`);
  if (Number.isNaN(time) || time < 0)
    throw new UsageError(`${option} ${printable(text)}: write a time as 2026-03-18 or 2026-03-18T10:00:00Z`);
  return time;
}

async function emit(terminal: Terminal, result: Backtest, output: BacktestCommandOptions["output"]): Promise<void> {
  switch (output) {
    case "json":
      return terminal.write(`${JSON.stringify(result, null, 2)}\n`);
    case "ndjson":
      for (const row of rowsOf(result)) await terminal.write(`${JSON.stringify(row)}\n`);
      return;
    case "csv": {
      const rows = rowsOf(result);
      const columns = ["what", "change", "uid", "severity", "risk_score", "old_risk_score", "time", "title"] as const;
      return terminal.write(
        [
          columns,
          ...rows.map((row) => columns.map((name) => (name === "time" ? new Date(row.time).toISOString() : row[name]))),
        ]
          .map(csvRow)
          .join(""),
      );
    }
    case "table":
      show(terminal, result);
  }
}

interface Row {
  readonly what: "finding" | "incident";
  readonly change: "added" | "gone" | "changed";
  readonly uid: string;
  readonly severity: string;
  readonly risk_score: number;
  readonly old_risk_score: number | null;
  readonly time: number;
  readonly title: string;
}

/** A row for each finding and incident that would be there, be gone, or be another. */
function rowsOf({ findings, incidents }: Backtest): Row[] {
  const finding = ({ uid, severity, points, time, reason }: Finding) => ({
    uid,
    severity,
    risk_score: points,
    time,
    title: reason,
  });
  const incident = ({ uid, severity, risk_score, last_time, title }: Incident) => ({
    uid,
    severity,
    risk_score,
    time: last_time,
    title,
  });
  return [...changesOf("incident", incidents, incident), ...changesOf("finding", findings, finding)];
}

function changesOf<Item>(
  what: Row["what"],
  changes: Changes<Item> | null,
  describe: (item: Item) => Omit<Row, "what" | "change" | "old_risk_score">,
): Row[] {
  if (changes === null) return [];
  const { added, gone, changed } = changes;
  return [
    ...added.map((item) => ({ what, change: "added" as const, ...describe(item), old_risk_score: null })),
    ...gone.map((item) => ({
      what,
      change: "gone" as const,
      ...describe(item),
      old_risk_score: describe(item).risk_score,
    })),
    ...changed.map(({ before, after }) => ({
      what,
      change: "changed" as const,
      ...describe(after),
      old_risk_score: describe(before).risk_score,
    })),
  ];
}

function show(terminal: Terminal, result: Backtest): void {
  const { paint } = terminal;
  const { range, matches, days, subjects, destinations, findings, incidents, known } = result;
  terminal.line(
    `${formatTime(range.from)} to ${formatTime(range.until)}${known.length === 0 ? ", a rule that is not enabled" : ""}`,
  );
  terminal.line(`  matches    ${number(matches)}${days.length === 0 ? "" : ` on ${number(days.length)} days`}`);
  terminal.line(`  findings   ${number(findings.before)} → ${number(findings.after)}${changeText(findings)}`);
  terminal.line(
    incidents === null
      ? "  incidents  not told anew: there are too many findings in that time, name less with --since and --until"
      : `  incidents  ${number(incidents.before)} → ${number(incidents.after)}${changeText(incidents)}`,
  );
  const signs = { added: paint.good("+"), gone: paint.bad("-"), changed: paint.warn("~") } as const;
  const rows = rowsOf(result).filter(({ what }) => what === "incident");
  for (const { change, uid, severity, risk_score: score, old_risk_score: old, title } of rows.slice(0, SHOWN)) {
    const scores = change === "changed" && old !== score ? `${old} → ${score}` : `${score}`;
    terminal.line(
      `    ${signs[change]} ${uid.slice(0, 8)}  ${paintSeverity(paint, severity as Incident["severity"])(`${scores} ${severity}`)}  ${printableCut(title, 140)}`,
    );
  }
  if (rows.length > SHOWN) terminal.line(paint.faint(`    and ${rows.length - SHOWN} more: -o ndjson`));
  const most = Math.max(1, ...days.map(({ matches: n }) => n));
  if (days.length > 0) terminal.line(paint.faint("  by day"));
  for (const { day, matches: n } of days.slice(-31))
    terminal.line(`    ${day}  ${"▇".repeat(Math.max(1, Math.round((n * 30) / most)))} ${number(n)}`);
  const busiest = (label: string, names: typeof subjects): void => {
    if (names.length === 0) return;
    terminal.line(
      `  ${paint.faint(label.padEnd(10))} ${names.map(({ name, matches: n }) => `${printableCut(name, 60)} (${number(n)})`).join(", ")}`,
    );
  };
  busiest("by whom", subjects);
  busiest("to where", destinations);
}

/** Of a core, at ten thousand events a second. */
function share(nanoseconds: number): string {
  const percent = nanoseconds / 1_000;
  return percent < 0.1 ? "less than 0.1 %" : `${percent.toFixed(1)} %`;
}

const number = (value: number): string => value.toLocaleString("en");

function changeText({ added, gone, changed }: Changes<unknown>): string {
  const parts = [
    added.length === 0 ? "" : `${number(added.length)} new`,
    gone.length === 0 ? "" : `${number(gone.length)} gone`,
    changed.length === 0 ? "" : `${number(changed.length)} changed`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? ": the same" : `: ${parts.join(", ")}`;
}

/** How it was done, on standard error. */
function tell(terminal: Terminal, result: Backtest): void {
  const {
    events,
    seconds,
    events_per_second: rate,
    translated,
    streamed,
    disabled,
    unreadable,
    capped,
    cost_ns,
  } = result;
  const { warn, bad } = terminal.notePaint;
  terminal.note(
    `${number(events)} events in ${seconds.toFixed(1)} s (${number(rate)}/s): ${translated} rules as SQL, ${streamed.length} on the stored lines`,
  );
  if (cost_ns !== null)
    terminal.note(
      `enabled, it takes about ${number(cost_ns)} ns of each event: ${share(cost_ns)} of a core at 10,000 events/s`,
    );
  for (const { rule, reason } of streamed.slice(0, 5)) terminal.note(`  ${printable(rule)}: ${printable(reason)}`);
  for (const { rule, reason } of disabled)
    terminal.note(bad(`rule ${printable(rule)} was switched off: ${printable(reason)}`));
  if (unreadable > 0) terminal.note(warn(`${number(unreadable)} stored lines cannot be read by this release`));
  if (capped)
    terminal.note(warn(`more than ${number(MOST_MATCHES)} matches: only the first are counted; narrow the rule`));
}
