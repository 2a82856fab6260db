/** `incident list|show`: what is in a store. */
import { UsageError } from "../model/errors.ts";
import type { Incident } from "../model/incident.ts";
import { readIncident, readIncidents, readSuppressedIncidents } from "../pipeline/persist/findings.ts";
import { Store } from "../pipeline/persist/store.ts";
import { emitIncidents, type OutputFormat } from "./emit.ts";
import { EXIT } from "./exit-codes.ts";
import { showIncident, showIncidentRow } from "./show-incident.ts";
import type { Terminal } from "./terminal.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Opens a store that must exist already: a mistyped folder is told, not made. */
export async function openExisting(folder: string): Promise<Store> {
  if (!existsSync(join(folder, "clickhouse")))
    throw new UsageError(`${folder} holds no store; name the folder given to scan with --store`);
  return Store.open(folder);
}

const EVERYTHING = { from: 0, until: Number.MAX_SAFE_INTEGER };

export async function listIncidents(
  terminal: Terminal,
  { store: folder, output, suppressed }: { store: string; output: OutputFormat; suppressed?: boolean },
): Promise<number> {
  const store = await openExisting(folder);
  try {
    const incidents = await (suppressed === true ? readSuppressedIncidents : readIncidents)(store, EVERYTHING);
    if (suppressed !== true) await tellSuppressed(terminal, store, EVERYTHING);
    if (output !== "table") await emitIncidents(terminal, incidents, output);
    else if (incidents.length === 0) terminal.line("No incidents.");
    else for (const incident of incidents) showIncidentRow(terminal, incident);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** Nothing is hidden without saying so: how many stories suppressions cover, by severity, on standard error. */
export async function tellSuppressed(terminal: Terminal, store: Store, range: typeof EVERYTHING): Promise<void> {
  const hidden = await readSuppressedIncidents(store, range);
  if (hidden.length === 0) return;
  const bySeverity = Map.groupBy(hidden, ({ severity }) => severity);
  const counts = (["critical", "high", "medium", "low", "informational"] as const)
    .flatMap((severity) => (bySeverity.has(severity) ? [`${bySeverity.get(severity)?.length} ${severity}`] : []))
    .join(", ");
  terminal.note(
    `${hidden.length} more ${hidden.length === 1 ? "incident is" : "incidents are"} suppressed (${counts}): sallyport incident list --suppressed`,
  );
}

export async function showOne(
  terminal: Terminal,
  uid: string,
  {
    store: folder,
    output,
    after,
  }: {
    store: string;
    output: OutputFormat;
    /** Says more of it, as a table. */
    after?: (terminal: Terminal, store: Store, incident: Incident) => Promise<void>;
  },
): Promise<number> {
  const store = await openExisting(folder);
  try {
    const incident = await readIncident(store, uid);
    if (incident === null)
      throw new UsageError(
        `no incident has the uid ${uid}, or more than one begins with it: sallyport incident list --store ${folder}`,
      );
    if (output === "table") showIncident(terminal, incident);
    else await emitIncidents(terminal, [incident], output);
    if (output === "table") await after?.(terminal, store, incident);
    return EXIT.done;
  } finally {
    await store.close();
  }
}
