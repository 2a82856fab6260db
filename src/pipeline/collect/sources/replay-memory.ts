/**
 * Which bodies came already, for seven days, across restarts. Whoever has seen a signed delivery can send it again under another
 * delivery id, because the id is not signed: the body is what counts.
 */
import { hash } from "node:crypto";
import type { Checkpoints } from "../intake.ts";

const HOUR_MS = 3_600_000;
const HOURS = 168;
const KEY_LENGTH = 24;
/** A flood of distinct bodies takes signatures; it ends here all the same. */
const MAX_KEYS_AN_HOUR = 50_000;

export class ReplayMemory {
  readonly #checkpoints: Checkpoints;
  readonly #name: string;
  /** Keys by hour since 1970. One checkpoint an hour of the week, written over a week later. */
  readonly #hours = new Map<number, Set<string>>();
  readonly #writes = new Map<number, { running: Promise<void>; next: Promise<void> | null }>();

  constructor(checkpoints: Checkpoints, sourceId: string) {
    this.#checkpoints = checkpoints;
    this.#name = `deliveries:${sourceId}`;
  }

  static keyOf(body: Uint8Array): string {
    return hash("sha256", body, "hex").slice(0, KEY_LENGTH);
  }

  async load(now: number): Promise<void> {
    const current = Math.floor(now / HOUR_MS);
    for (const text of (await this.#checkpoints.readAll(`${this.#name}:`)).values()) {
      const match = /^(\d{1,9}):([0-9a-f]*)$/.exec(text);
      if (match === null || Number(match[1]) <= current - HOURS) continue;
      const keys = new Set<string>();
      for (let at = 0; at < match[2]!.length; at += KEY_LENGTH) keys.add(match[2]!.slice(at, at + KEY_LENGTH));
      this.#hours.set(Number(match[1]), keys);
    }
  }

  has(key: string): boolean {
    for (const keys of this.#hours.values()) if (keys.has(key)) return true;
    return false;
  }

  /** Resolves when it is written down. What comes while a write is under way is written together. */
  async add(key: string, now: number): Promise<void> {
    const hour = Math.floor(now / HOUR_MS);
    for (const past of this.#hours.keys()) if (past <= hour - HOURS) this.#hours.delete(past);
    const keys = this.#hours.get(hour) ?? new Set();
    this.#hours.set(hour, keys);
    if (keys.size >= MAX_KEYS_AN_HOUR) keys.delete(keys.values().next().value!);
    keys.add(key);
    for (const past of this.#writes.keys()) if (past < hour - 1) this.#writes.delete(past);
    const write = this.#writes.get(hour) ?? { running: Promise.resolve(), next: null };
    this.#writes.set(hour, write);
    write.next ??= write.running
      .catch(() => {})
      .then(() => {
        write.running = write.next!;
        write.next = null;
        return this.#checkpoints.write(`${this.#name}:${hour % HOURS}`, `${hour}:${[...keys].join("")}`);
      });
    await write.next;
  }
}
