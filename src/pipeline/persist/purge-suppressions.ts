/**
 * Takes a person's names out of suppressions and of the actions that tell of them.
 *
 * That somebody suppressed something, when, until when and which rule stays: it is part of the trail. Where the person was named stands
 * what no name of anybody is, so that the suppression covers nothing of anybody else instead.
 */
import type { Store } from "./store.ts";

/** Stands where the name was. */
export const DELETED_PERSON = "(deleted person)";

const PARTS = [
  { table: "suppression", where: "1", key: "uid, time, kind" },
  { table: "action", where: "startsWith(kind, 'suppress')", key: "incident, time, uid" },
] as const;

/**
 * @param names what the person is called, lower case
 * @returns how many suppressions name the person, wherever: as scope, in the reason
 */
export async function purgeSuppressions(
  store: Store,
  names: readonly string[],
  { dryRun, sync }: { readonly dryRun: boolean; readonly sync: string },
): Promise<number> {
  const said = `arrayExists(name -> position(lowerUTF8(body), name) > 0, {names:Array(String)})`;
  const redact = redactorOf(names);
  const touched = new Set<string>();
  for (const { table, where, key } of PARTS) {
    const rows = await store.rows<{ uid: string; body: string }>(
      `SELECT DISTINCT uid, body FROM ${table} WHERE ${where} AND body != '' AND ${said} ORDER BY ${key}`,
      { names },
    );
    const from: string[] = [];
    const to: string[] = [];
    for (const { uid, body } of rows) {
      const without = JSON.stringify(redact(JSON.parse(body)));
      if (without === body) continue;
      from.push(body);
      to.push(without);
      if (table === "suppression") touched.add(uid);
    }
    if (from.length > 0 && !dryRun)
      await store.command(
        `ALTER TABLE ${table} UPDATE body = transform(body, {from:Array(String)}, {to:Array(String)}, body) WHERE ${where} AND has({from:Array(String)}, body) ${sync}`,
        { from, to },
      );
  }
  return touched.size;
}

/** Names as whole words, the longest first: `tom@acme.example` before `tom`; `tomcat` is somebody else. */
function redactorOf(names: readonly string[]): (value: unknown) => unknown {
  const longest = names
    .toSorted((a, b) => b.length - a.length)
    .map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  const named = new RegExp(`(?<![\\p{L}\\p{N}])(?:${longest.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  const redact = (value: unknown): unknown => {
    if (typeof value === "string") return value.replaceAll(named, DELETED_PERSON);
    if (Array.isArray(value)) return value.map(redact);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redact(inner)]));
  };
  return redact;
}
