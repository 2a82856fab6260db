/** `incident list|show`: what is in a store. */
import { UsageError } from "../model/errors.ts";
import { readIncident, readIncidents } from "../pipeline/persist/findings.ts";
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
  { store: folder, output }: { store: string; output: OutputFormat },
): Promise<number> {
  const store = await openExisting(folder);
  try {
    const incidents = await readIncidents(store, EVERYTHING);
    if (output !== "table") await emitIncidents(terminal, incidents, output);
    else if (incidents.length === 0) terminal.line("No incidents.");
    else for (const incident of incidents) showIncidentRow(terminal, incident);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

export async function showOne(
  terminal: Terminal,
  uid: string,
  { store: folder, output }: { store: string; output: OutputFormat },
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
    return EXIT.done;
  } finally {
    await store.close();
  }
}
