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

/** @param version newer than all before, ms */
export async function writeCheckpoint(store: Store, source: string, position: string, version: number): Promise<void> {
  await store.append("checkpoint", [{ source, position, version }]);
}
