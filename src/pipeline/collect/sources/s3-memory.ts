/**
 * Which objects of a bucket were read. Written down by the hour in which they were put there, so that a write is small however large
 * the bucket is; what lies before the horizon counts as read and is forgotten.
 */
import { hash } from "node:crypto";
import type { Checkpoints } from "../intake.ts";
import type { S3Object } from "./s3-listing.ts";

const HOUR_MS = 3_600_000;
/** Hours that have a checkpoint of their own: more than any look-back. Beyond them objects are read twice at worst. */
const SLOTS = 1_024;
const KEY_LENGTH = 16;

interface Head {
  readonly version: 1;
  readonly horizon: number;
  /** When everything that was there had been read, ms. */
  readonly completeTo: number;
  /** The newest object read: it has to be there still. */
  readonly newest: { readonly key: string; readonly modified: number } | null;
}

export class S3Memory {
  readonly #checkpoints: Checkpoints;
  readonly #name: string;
  readonly #hours = new Map<number, Set<string>>();
  readonly #writes = new Map<number, { running: Promise<void>; next: Promise<void> | null }>();
  #head: Head | null = null;

  constructor(checkpoints: Checkpoints, sourceId: string) {
    this.#checkpoints = checkpoints;
    this.#name = `bucket:${sourceId}`;
  }

  get head(): Head | null {
    return this.#head;
  }

  async load(): Promise<void> {
    const text = await this.#checkpoints.read(this.#name);
    if (text === null) return;
    this.#head = JSON.parse(text) as Head;
    for (const written of (await this.#checkpoints.readAll(`${this.#name}:`)).values()) {
      const match = /^(\d{1,9}):([0-9a-f]*)$/.exec(written);
      if (match === null || (Number(match[1]) + 1) * HOUR_MS <= this.#head.horizon) continue;
      const keys = new Set<string>();
      for (let at = 0; at < match[2]!.length; at += KEY_LENGTH) keys.add(match[2]!.slice(at, at + KEY_LENGTH));
      this.#hours.set(Number(match[1]), keys);
    }
  }

  has(object: S3Object): boolean {
    if (object.modified < (this.#head?.horizon ?? 0)) return true;
    return this.#hours.get(hourOf(object))?.has(keyOf(object)) ?? false;
  }

  /** Resolves when it is written down. What comes while a write is under way is written together. */
  async add(object: S3Object): Promise<void> {
    const hour = hourOf(object);
    const keys = this.#hours.get(hour) ?? new Set();
    this.#hours.set(hour, keys);
    keys.add(keyOf(object));
    const write = this.#writes.get(hour) ?? { running: Promise.resolve(), next: null };
    this.#writes.set(hour, write);
    write.next ??= write.running
      .catch(() => {})
      .then(() => {
        write.running = write.next!;
        write.next = null;
        return this.#checkpoints.write(`${this.#name}:${hour % SLOTS}`, `${hour}:${[...keys].join("")}`);
      });
    await write.next;
  }

  async move(head: Omit<Head, "version">): Promise<void> {
    const next: Head = { version: 1, ...head };
    if (JSON.stringify(next) === JSON.stringify(this.#head)) return;
    await this.#checkpoints.write(this.#name, JSON.stringify(next));
    this.#head = next;
    for (const hour of this.#hours.keys())
      if ((hour + 1) * HOUR_MS <= head.horizon) {
        this.#hours.delete(hour);
        this.#writes.delete(hour);
      }
  }
}

function hourOf({ modified }: S3Object): number {
  return Math.floor(modified / HOUR_MS);
}

function keyOf({ key, etag }: S3Object): string {
  return hash("sha256", `${key}\0${etag}`, "hex").slice(0, KEY_LENGTH);
}
