/** Positions that survive a restart: what a source has read up to, and what is still to be concluded. */
import type { Store } from "./store.ts";

/** null when nothing was ever written under this name, or it was cleared. */
export async function readCheckpoint(store: Store, source: string): Promise<string | null> {
  const rows = await store.rows<{ position: string }>(
    "SELECT position FROM checkpoint FINAL WHERE source = {source:String}",
    { source },
  );
  const position = rows[0]?.position ?? "";
  return position === "" ? null : position;
}

/** By name, of all names that begin so. */
export async function readCheckpoints(store: Store, prefix: string): Promise<ReadonlyMap<string, string>> {
  const rows = await store.rows<{ source: string; position: string }>(
    "SELECT source, position FROM checkpoint FINAL WHERE startsWith(source, {prefix:String}) AND position != ''",
    { prefix },
  );
  return new Map(rows.map(({ source, position }) => [source, position]));
}

/** @param version newer than all before, ms */
export async function writeCheckpoint(store: Store, source: string, position: string, version: number): Promise<void> {
  await store.append("checkpoint", [{ source, position, version }]);
}
