/** Two lists of conclusions beside each other. */
import type { Incident } from "../model/incident.ts";

export interface Changes<Item> {
  readonly before: number;
  readonly after: number;
  readonly added: readonly Item[];
  readonly gone: readonly Item[];
  readonly changed: readonly { readonly before: Item; readonly after: Item }[];
}

/** By uid; what has the same uid and is not the same has changed. */
export function compare<Item>(
  before: readonly Item[],
  after: readonly Item[],
  uidOf: (item: Item) => string,
): Changes<Item> {
  const known = new Map(before.map((item) => [uidOf(item), item]));
  const added: Item[] = [];
  const changed: { before: Item; after: Item }[] = [];
  for (const item of after) {
    const old = known.get(uidOf(item));
    known.delete(uidOf(item));
    if (old === undefined) added.push(item);
    else if (JSON.stringify(old) !== JSON.stringify(item)) changed.push({ before: old, after: item });
  }
  return { before: before.length, after: after.length, added, gone: [...known.values()], changed };
}

/** A story whose first finding is another has another uid, and is the same story still. */
export function compareIncidents(before: readonly Incident[], after: readonly Incident[]): Changes<Incident> {
  const { added, gone, changed, ...counts } = compare(before, after, ({ uid }) => uid);
  const byFinding = new Map(gone.flatMap((incident) => incident.findings.map(({ uid }) => [uid, incident] as const)));
  const moved = new Map<Incident, Incident>();
  const fresh: Incident[] = [];
  for (const incident of added) {
    const old = incident.findings.map(({ uid }) => byFinding.get(uid)).find((each) => each !== undefined);
    if (old === undefined || moved.has(old)) fresh.push(incident);
    else moved.set(old, incident);
  }
  return {
    ...counts,
    added: fresh,
    gone: gone.filter((incident) => !moved.has(incident)),
    changed: [...changed, ...[...moved].map(([old, now]) => ({ before: old, after: now }))],
  };
}
