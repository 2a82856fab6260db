/** Checks that what a decoder hands out is what its type promises: types of strangers' data hold only if somebody looks. */
import assert from "node:assert/strict";

export type Check = (value: unknown) => boolean;

export const text: Check = (value) => typeof value === "string";
export const bool: Check = (value) => typeof value === "boolean";
export const finite: Check = (value) => Number.isFinite(value);
export const whole: Check = (value) => Number.isSafeInteger(value);
/** Not every field is read yet: what a source wrote, whatever that is. */
export const anything: Check = () => true;

export const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
export const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
export const listOf =
  (check: Check): Check =>
  (value) =>
    // by index, since a list with holes has fewer entries than its length
    Array.isArray(value) && Array.from(value).every(check);

export const textMap: Check = (value) => {
  if (!(value instanceof Map)) return false;
  for (const [key, held] of value) if (typeof key !== "string" || typeof held !== "string") return false;
  return true;
};

/** An object by names that strangers chose: nothing but own fields, and no prototype of theirs. */
export const ownFields: Check = (value) => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

/** Values as JSON has them, all the way down. */
export const json: Check = (value) => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return !Number.isNaN(value);
  if (Array.isArray(value)) return Array.from(value).every(json);
  return ownFields(value) && Object.values(value as object).every(json);
};

/** An entry of a log: fields of text, finite numbers, lists and objects of such, some of them not told. */
export const told: Check = (value) =>
  value === undefined ||
  text(value) ||
  bool(value) ||
  finite(value) ||
  (Array.isArray(value)
    ? Array.from(value).every(told)
    : ownFields(value) && Object.values(value as object).every(told));

/** The value has these fields and no others, each as its check says. */
export function hasShape<T extends object>(
  value: T,
  checks: { readonly [Field in keyof Required<T>]: Check },
  what = "the result",
): void {
  assert(Object.getPrototypeOf(value) === Object.prototype, `${what} has a prototype of its own`);
  for (const field in value) assert(Object.hasOwn(checks, field), `${what} has a field ${field}`);
  for (const field in checks)
    if (!checks[field](value[field]))
      assert.fail(
        `${field} of ${what} is ${typeof value[field]} ${String(JSON.stringify(value[field])).slice(0, 200)}`,
      );
}

/** The shape as a check within another. */
export function shaped<T extends object>(checks: { readonly [Field in keyof Required<T>]: Check }): Check {
  return (value) => {
    if (typeof value !== "object" || value === null) return false;
    hasShape(value as T, checks, "an inner result");
    return true;
  };
}
