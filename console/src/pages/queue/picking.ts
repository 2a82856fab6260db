/** The cursor of a list of incidents, and which of them are picked. Both are kept by uid: rows may come and go. */
import { useState } from "react";
import type { Incident } from "../../api/types.ts";

export interface Picking {
  readonly cursor: Incident | undefined;
  readonly picked: ReadonlySet<string>;
  /** The picked ones, else the one under the cursor. */
  readonly targets: readonly Incident[];
  readonly move: (by: number) => Incident | undefined;
  readonly place: (uid: string) => void;
  readonly toggle: (uid: string) => void;
  /** Picks all from the last that was picked to the cursor. */
  readonly range: () => void;
  readonly clear: () => void;
}

export function usePicking(rows: readonly Incident[]): Picking {
  const [place, setPlace] = useState<{ uid: string; index: number } | null>(null);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string | null>(null);
  const at = place === null ? -1 : rows.findIndex(({ uid }) => uid === place.uid);
  // Where the row under the cursor went away, the one that took its place.
  const index = at >= 0 ? at : Math.min(place?.index ?? 0, rows.length - 1);
  const cursor = rows[index];
  const here = rows.filter(({ uid }) => picked.has(uid));
  return {
    cursor,
    picked,
    targets: here.length > 0 ? here : cursor === undefined ? [] : [cursor],
    move: (by) => {
      const next = Math.min(rows.length - 1, Math.max(0, place === null && by > 0 ? 0 : index + by));
      const row = rows[next];
      if (row !== undefined) setPlace({ uid: row.uid, index: next });
      return row;
    },
    place: (uid) => setPlace({ uid, index: rows.findIndex((row) => row.uid === uid) }),
    toggle: (uid) => {
      const next = new Set(picked);
      if (!next.delete(uid)) next.add(uid);
      setPicked(next);
      setAnchor(uid);
    },
    range: () => {
      const from = Math.max(
        0,
        rows.findIndex(({ uid }) => uid === anchor),
      );
      const [first, last] = from < index ? [from, index] : [index, from];
      setPicked(new Set([...picked, ...rows.slice(first, last + 1).map(({ uid }) => uid)]));
    },
    clear: () => {
      setPicked(new Set());
      setAnchor(null);
    },
  };
}
