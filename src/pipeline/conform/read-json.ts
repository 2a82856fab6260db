/** Typed access to parsed JSON of strangers: a value of the wrong type reads as undefined, an own property only. */
import type { JsonObject } from "../../model/activity.ts";

/**
 * The own property, whatever its type; `__proto__` and inherited names never resolve. What is inherited from the prototypes of
 * objects and arrays are functions and objects, so that text, numbers and booleans need no second look-up.
 */
export function property(object: unknown, key: string): unknown {
  if (typeof object !== "object" || object === null) return undefined;
  const value: unknown = (object as JsonObject)[key];
  if (typeof value !== "object" && typeof value !== "function") return value;
  return Object.hasOwn(object, key) ? value : undefined;
}

/** A non-empty string. */
export function text(object: unknown, key: string): string | undefined {
  const value = typeof object === "object" && object !== null ? (object as JsonObject)[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The own property under the key as given, in lower case, or with a capital first letter: warehouses respell keys. */
export function propertyAnyCase(object: unknown, key: string): unknown {
  return (
    property(object, key) ??
    property(object, key.toLowerCase()) ??
    property(object, key.charAt(0).toUpperCase() + key.slice(1))
  );
}

/** A non-empty string under any spelling that `propertyAnyCase` knows. */
export function textAnyCase(object: unknown, key: string): string | undefined {
  const value = propertyAnyCase(object, key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A string, or a number or boolean as its string. */
export function textOf(object: unknown, key: string): string | undefined {
  const value = property(object, key);
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return undefined;
}

/** A finite number, also when the source writes it as a decimal string. */
export function number(object: unknown, key: string): number | undefined {
  return finite(property(object, key));
}

/** The same for a value that has been read already. */
export function finite(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !/^-?\d{1,17}(?:\.\d{1,12})?$/.test(value)) return undefined;
  return Number(value);
}

/** A whole number that a double holds exactly: counts, codes, ports, sizes. */
export function integer(object: unknown, key: string): number | undefined {
  const value = number(object, key);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A size in bytes: a whole number from 0. */
export function byteCount(object: unknown, key: string): number | undefined {
  const value = integer(object, key);
  return value !== undefined && value >= 0 ? value : undefined;
}

/** A span in the unit of which one takes `unitMs` -> whole ms; undefined where that is no span. */
export function durationMs(object: unknown, key: string, unitMs: number): number | undefined {
  const span = number(object, key);
  const ms = span === undefined ? undefined : Math.round(span * unitMs);
  return ms !== undefined && ms >= 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

export function boolean(object: unknown, key: string): boolean | undefined {
  const value = property(object, key);
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : undefined;
}

export function object(parent: unknown, key: string): JsonObject | undefined {
  const value = property(parent, key);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function list(parent: unknown, key: string): readonly unknown[] {
  const value = property(parent, key);
  return Array.isArray(value) ? value : [];
}
