/**
 * The one event being matched, seen through the fields that rules ask for.
 *
 * A field is a slot. Its value is read at most once an event and folded to lower case at most once; slots are marked with
 * the number of the event they were read for, so nothing has to be cleared between events. Values become texts: numbers
 * and booleans by their JSON spelling, lists by their elements. Objects have no text.
 */
import { fold, foldDashes } from "./pattern.ts";

export const MISSING = 0;
export const NULL = 1;
export const TEXT = 2;
export const LIST = 3;
/** An object, or a list without any text: there, but nothing to compare with. */
export const OPAQUE = 4;

/** How a test wants to see a text. */
export type Form = "folded" | "plain" | "folded-dashes" | "plain-dashes";

/** Elements of one list that are looked at; more are ignored. */
const MAX_ELEMENTS = 10_000;
const MAX_DEPTH = 12;

/** Whether a part of the event is there. */
export type Part<E> = (event: E) => boolean;

export class EventView<E> {
  /** Number of the event; slots marked with another number are stale. */
  #now = 0;
  #event: E | null = null;
  readonly #readers: ((event: E) => unknown)[] = [];
  readonly #parts: (Part<E> | null)[] = [];
  readonly #marks: number[] = [];
  readonly #shapes: number[] = [];
  readonly #texts: string[] = [];
  readonly #folded: (string | null)[] = [];
  readonly #lists: (readonly string[])[] = [];
  readonly #foldedLists: (readonly string[] | null)[] = [];
  readonly #joined: (string | null)[] = [];
  readonly #holdsNull: boolean[] = [];

  /** @param part what the field is in, if that may be missing as a whole */
  addSlot(read: (event: E) => unknown, part: Part<E> | null = null): number {
    const slot = this.#readers.length;
    this.#readers.push(read);
    this.#parts.push(part);
    this.#marks.push(0);
    this.#shapes.push(MISSING);
    this.#texts.push("");
    this.#folded.push(null);
    this.#lists.push([]);
    this.#foldedLists.push(null);
    this.#joined.push(null);
    this.#holdsNull.push(false);
    return slot;
  }

  /** Changes with every event. */
  get number(): number {
    return this.#now;
  }

  open(event: E): void {
    this.#event = event;
    this.#now++;
  }

  /** Lets the event go, so that a quiet stream does not keep its last event alive. */
  close(): void {
    this.#event = null;
  }

  partOf(slot: number): Part<E> | null {
    return this.#parts[slot] ?? null;
  }

  has(part: Part<E>): boolean {
    return part(this.#event as E);
  }

  shape(slot: number): number {
    return this.#marks[slot] === this.#now ? (this.#shapes[slot] as number) : this.#read(slot);
  }

  /** Only for slots of shape TEXT. */
  text(slot: number): string {
    return this.#texts[slot] as string;
  }

  /** Only for slots of shape TEXT. */
  folded(slot: number): string {
    return this.#folded[slot] ?? (this.#folded[slot] = fold(this.#texts[slot] as string));
  }

  /** Only for slots of shape LIST. */
  list(slot: number): readonly string[] {
    return this.#lists[slot] as readonly string[];
  }

  /** Only for slots of shape LIST. */
  foldedList(slot: number): readonly string[] {
    return this.#foldedLists[slot] ?? (this.#foldedLists[slot] = (this.#lists[slot] as readonly string[]).map(fold));
  }

  /** All elements of a list folded in one text, apart: for searches that only want to know whether to look closer. */
  joined(slot: number): string {
    return this.#joined[slot] ?? (this.#joined[slot] = fold((this.#lists[slot] as readonly string[]).join("\u0000")));
  }

  /** Whether a list has null among its elements, or no element at all. */
  holdsNull(slot: number): boolean {
    return this.#holdsNull[slot] as boolean;
  }

  /** The texts of a slot in a form; empty when it has none. */
  texts(slot: number, form: Form): readonly string[] {
    const shape = this.shape(slot);
    const list = shape === TEXT ? [this.text(slot)] : shape === LIST ? this.list(slot) : [];
    if (form === "plain") return list;
    if (form === "plain-dashes") return list.map(foldDashes);
    return form === "folded" ? list.map(fold) : list.map((text) => foldDashes(fold(text)));
  }

  #read(slot: number): number {
    this.#marks[slot] = this.#now;
    const value = (this.#readers[slot] as (event: E) => unknown)(this.#event as E);
    if (typeof value === "string") {
      this.#texts[slot] = value;
      this.#folded[slot] = null;
      return (this.#shapes[slot] = TEXT);
    }
    if (value === undefined) return (this.#shapes[slot] = MISSING);
    if (value === null) return (this.#shapes[slot] = NULL);
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
      this.#texts[slot] = String(value);
      this.#folded[slot] = null;
      return (this.#shapes[slot] = TEXT);
    }
    if (!Array.isArray(value)) return (this.#shapes[slot] = OPAQUE);
    const texts: string[] = [];
    const holdsNull = collect(value, texts, 0) || value.length === 0;
    this.#lists[slot] = texts;
    this.#foldedLists[slot] = null;
    this.#joined[slot] = null;
    this.#holdsNull[slot] = holdsNull;
    return (this.#shapes[slot] = texts.length > 0 || holdsNull ? LIST : OPAQUE);
  }
}

/** Adds the texts of a list; true when null is among its elements. */
function collect(values: readonly unknown[], texts: string[], depth: number): boolean {
  let holdsNull = false;
  for (const value of values) {
    if (texts.length >= MAX_ELEMENTS) break;
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "number" || typeof value === "boolean") texts.push(String(value));
    else if (value === null) holdsNull = true;
    else if (Array.isArray(value) && depth < MAX_DEPTH) holdsNull = collect(value, texts, depth + 1) || holdsNull;
  }
  return holdsNull;
}

/** Every text anywhere in a value: what keywords are searched in. Own properties only; depth and number are bounded. */
export function allTexts(value: unknown): string[] {
  const texts: string[] = [];
  walk(value, texts, 0);
  return texts;
}

function walk(value: unknown, texts: string[], depth: number): void {
  if (texts.length >= MAX_ELEMENTS) return;
  if (typeof value === "string") texts.push(value);
  else if (typeof value === "number" || typeof value === "boolean") texts.push(String(value));
  else if (typeof value === "object" && value !== null && depth < MAX_DEPTH * 2) {
    for (const child of Array.isArray(value) ? value : Object.values(value)) walk(child, texts, depth + 1);
  }
}
