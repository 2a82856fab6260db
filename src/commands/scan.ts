/** `scan`: the whole pipeline over files and folders. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { UsageError } from "../model/errors.ts";
import { systemClock } from "../model/ports.ts";
import { printable, printableCut } from "../model/printable.ts";
import { formatBytes, formatDuration } from "../model/units.ts";
import { listInputs } from "../pipeline/collect/inputs.ts";
import { findMap } from "../pipeline/conform/index.ts";
import { parseRuleFiles, planSetOf } from "../pipeline/detect/detector.ts";
import { runPipeline } from "../pipeline/index.ts";
import type { IngestSummary } from "../pipeline/ingest.ts";
import { readIncidents } from "../pipeline/persist/findings.ts";
import { Store } from "../pipeline/persist/store.ts";
import { WorkerPool } from "../pipeline/worker-pool.ts";
import { emitActivities, emitFindings, emitIncidents, emitMatches, type OutputFormat } from "./emit.ts";
import { EXIT } from "./exit-codes.ts";
import { tellSuppressed } from "./incident.ts";
import type { Terminal } from "./terminal.ts";

export interface ScanOptions {
  readonly source?: string;
  readonly policy?: string;
  readonly rules?: readonly string[];
  readonly store?: string;
  readonly emit?: "incidents" | "findings" | "matches" | "activities";
  readonly output?: OutputFormat;
  readonly exitCode?: boolean;
  readonly workers?: number;
}

/** @returns the exit code */
export async function scan(terminal: Terminal, paths: readonly string[], options: ScanOptions): Promise<number> {
  const source = options.source ?? "auto";
  if (source !== "auto") findMap(source);
  // Threads take as long to start as the content takes to be read: both at once.
  const workers = new WorkerPool(options.workers);
  try {
    return await scanWith(workers, terminal, paths, options, source);
  } finally {
    await workers.terminate();
  }
}

async function scanWith(
  workers: WorkerPool,
  terminal: Terminal,
  paths: readonly string[],
  options: ScanOptions,
  source: string,
): Promise<number> {
  const catalogue = loadCatalogue();
  const policy = options.policy === undefined ? null : loadPolicy(options.policy);
  const documents = parseRuleFiles([...loadRules([DETECTIONS]), ...loadRules(options.rules ?? [])]);
  // What is wrong with rules is told here: the workers take them as they are.
  const planSet = planSetOf(documents, policy);

  const { files, unreadable } = await listInputs(paths);
  for (const error of unreadable) terminal.note(terminal.notePaint.warn(printable(error.message)));
  if (
    files.length === 0 &&
    unreadable.length > 0 &&
    unreadable.every(({ cause }) => (cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT")
  ) {
    throw new UsageError(`nothing to scan: ${paths.map(printable).join(", ")} does not exist`);
  }

  const temporary = options.store === undefined ? mkdtempSync(join(tmpdir(), "sallyport-")) : null;
  const folder = options.store ?? (temporary as string);
  // The workers compile the rules while the engine starts.
  workers.configure({ catalogue, policy, documents, spoolFolder: Store.spoolFolderOf(folder) });
  const store = await Store.open(folder);
  try {
    for (const { table, part, reason } of store.detachedParts) {
      terminal.note(
        terminal.notePaint.bad(
          `the store has set aside part ${part} of ${table} (${reason}): its rows are missing; scan the logs of that time again`,
        ),
      );
    }
    const started = performance.now();
    const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    let shown = 0;
    const summary = await runPipeline(files, {
      store,
      catalogue,
      policy,
      documents,
      planSet,
      source,
      clock: systemClock,
      workers,
      onProgress: ({ bytes, events, rejected }) => {
        const now = performance.now();
        if (now - shown < 100) return;
        shown = now;
        const rate = events / Math.max(0.001, (now - started) / 1000);
        terminal.progress(
          `${formatBytes(bytes)} of ${formatBytes(total)} · ${events.toLocaleString("en")} events · ${Math.round(rate).toLocaleString("en")}/s${rejected > 0 ? ` · ${rejected} skipped` : ""}`,
        );
      },
    });
    terminal.clearProgress();

    const range = summary.range === null ? null : { from: summary.range.from, until: summary.range.until + 1 };
    const incidents = range === null ? [] : await readIncidents(store, range);
    const output = options.output ?? "table";
    switch (options.emit ?? "incidents") {
      case "incidents":
        await emitIncidents(terminal, incidents, output);
        break;
      case "findings":
        await emitFindings(terminal, store, range, output);
        break;
      case "matches":
        await emitMatches(terminal, store, range, output);
        break;
      case "activities":
        await emitActivities(terminal, store, range, { catalogue, policy }, output);
    }
    if (range !== null) await tellSuppressed(terminal, store, range);
    summarise(terminal, summary, {
      incidents: incidents.length,
      seconds: (performance.now() - started) / 1000,
      unreadable: unreadable.length,
    });
    if (options.exitCode === true && incidents.length > 0) return EXIT.incidentsFound;
    return summary.rejected > 0 || unreadable.length > 0 || summary.disabled.length > 0 ? EXIT.partly : EXIT.done;
  } finally {
    await store.close();
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
  }
}

/** What was read, what was not, and how long it took: the last lines on standard error. */
function summarise(
  terminal: Terminal,
  summary: IngestSummary,
  { incidents, seconds, unreadable }: { incidents: number; seconds: number; unreadable: number },
): void {
  const paint = terminal.notePaint;
  const number = (value: number): string => value.toLocaleString("en");
  terminal.note("");
  terminal.note(
    `${number(summary.events)} events from ${number(summary.lines)} lines in ${number(summary.files.length)} files (${formatBytes(summary.bytes)}), ${formatDuration(seconds * 1000)}, ${number(Math.round(summary.events / Math.max(0.001, seconds)))} events/s`,
  );
  if (summary.range !== null)
    terminal.note(
      `event times ${new Date(summary.range.from).toISOString()} to ${new Date(summary.range.until).toISOString()}`,
    );
  const sources = [...summary.sources]
    .toSorted(([, a], [, b]) => b - a)
    .map(([source, count]) => `${source} ${number(count)}`);
  if (sources.length > 0) terminal.note(`sources: ${sources.join(", ")}`);
  terminal.note(`${number(summary.matches)} matches, ${number(incidents)} incidents`);
  const unknown = summary.files.filter(({ source, rejected }) => source === null && rejected > 0);
  for (const { file, reason } of unknown.slice(0, 5))
    terminal.note(paint.warn(`${printable(file)}: ${printable(reason)}`));
  if (unknown.length > 5) terminal.note(paint.warn(`and ${unknown.length - 5} more files of no known source`));
  if (summary.rejected > 0) {
    terminal.note(paint.warn(`${number(summary.rejected)} lines skipped:`));
    for (const { file, line, reason, excerpt } of summary.rejectedExamples.slice(0, 5))
      terminal.note(
        `  ${printable(file)}:${line}: ${printable(reason)}${excerpt === "" ? "" : ` | ${printableCut(excerpt, 60)}`}`,
      );
    if (summary.rejected > 5)
      terminal.note(`  and ${number(summary.rejected - 5)} more, all in the store's quarantine`);
  }
  if (unreadable > 0) terminal.note(paint.warn(`${unreadable} files or folders could not be read`));
  for (const { rule, reason } of summary.disabled)
    terminal.note(paint.bad(`rule ${printable(rule)} was switched off: ${printable(reason)}`));
}
