/** Cursors: where the next page of a list begins, opaque to whoever holds them. */
import { ProblemError } from "./problem.ts";

type Key = readonly (string | number)[];

export function encodeCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/**
 * @param shape what each part must be
 * @throws {ProblemError} when the cursor is not one of this list
 */
export function decodeCursor<Shape extends readonly ("string" | "number")[]>(
  cursor: string,
  shape: Shape,
): { [Index in keyof Shape]: Shape[Index] extends "string" ? string : number } {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    key = null;
  }
  const fits =
    Array.isArray(key) &&
    key.length === shape.length &&
    key.every((part, index) =>
      shape[index] === "number"
        ? Number.isSafeInteger(part)
        : typeof part === "string" && part.length <= 2_000 && part.isWellFormed(),
    );
  if (!fits) throw new ProblemError("request.invalid", "the cursor is not one of this list: begin again without it");
  return key as { [Index in keyof Shape]: Shape[Index] extends "string" ? string : number };
}

/** The first `limit` of one row too many, and the cursor of what follows. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  key: (row: Row) => Key,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), next: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}
