/** Building blocks of the contract: named shapes, and how values travel in a query string. */
import * as z from "zod";

/** Shapes that OpenAPI lists under components; a registry of our own, so that no other schema of the process gets in. */
export const shapes = z.registry<{ id: string; description?: string }>();

export function named<Shape extends z.ZodType>(id: string, shape: Shape, description?: string): Shape {
  shapes.add(shape, description === undefined ? { id } : { id, description });
  return shape;
}

export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** What a handler may return for a shape. */
export type Output<Shape extends z.ZodType> = DeepReadonly<z.output<Shape>>;

/** ms since 1970 UTC. */
export const milliseconds = z.number().int().meta({ description: "ms since 1970 UTC" });

export const SEVERITIES = ["informational", "low", "medium", "high", "critical"] as const;
export const LANES = ["endpoint", "network", "identity", "repository"] as const;
export const VERDICTS = ["sanctioned", "unsanctioned", "unknown"] as const;
export const ENTITY_KINDS = ["user", "host", "address", "token", "destination"] as const;

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;
/** Column types of the store end here. */
const LAST_MS = Date.UTC(2149, 5, 1);

/** `1774000000000`, `2026-03-20`, `2026-03-20T09:46:40Z` -> ms; without a zone it is UTC. null: none of these. */
export function parseMoment(text: string): number | null {
  const moment = MOMENT.exec(text);
  const ms = /^\d{1,15}$/.test(text)
    ? Number(text)
    : moment === null
      ? Number.NaN
      : Date.parse(`${moment[1]}T${moment[2] ?? "00:00"}${moment[3] ?? "Z"}`);
  return Number.isFinite(ms) && ms >= 0 && ms <= LAST_MS ? ms : null;
}

export const momentParameter = z
  .string()
  .max(40)
  .meta({ description: "ms since 1970 UTC, or a date or time of ISO 8601; UTC when no zone is named" })
  .transform((text, context) => {
    const ms = parseMoment(text);
    if (ms !== null) return ms;
    context.issues.push({
      code: "custom",
      message: "write ms since 1970 or a time such as 2026-03-20T09:00Z",
      input: text,
    });
    return z.NEVER;
  });

export function wholeNumberParameter(least: number, most: number, description: string) {
  return z
    .string()
    .regex(/^\d{1,15}$/, { error: `write a whole number from ${least} to ${most}` })
    .meta({ description })
    .transform(Number)
    .pipe(z.number().min(least).max(most));
}

/** Free text of a query: bounded, and no lone surrogates for the store. */
export const textParameter = z
  .string()
  .max(512)
  .transform((text) => text.toWellFormed());

/** A parameter that may stand several times; `separated` also divides one value at commas. */
export function manyParameter<Item extends z.ZodType<unknown, string>>(
  item: Item,
  separated: boolean,
  description: string,
) {
  return z
    .union([z.string(), z.array(z.string()).max(50)])
    .meta({ description })
    .transform((given) => {
      const values = typeof given === "string" ? [given] : given;
      return separated ? values.flatMap((value) => value.split(",")) : values;
    })
    .pipe(z.array(item).max(50));
}

/** Names with `*` for any run of characters; case does not count. */
export const namesParameter = (description: string) =>
  manyParameter(textParameter, false, `${description}; \`*\` is any run of characters, repeat for any of several`);

/** What every list takes. */
export const paging = {
  limit: wholeNumberParameter(1, 10_000, "rows a page; 50 when left out, at most 200 as JSON").optional(),
  cursor: z.string().max(2_000).meta({ description: "`next` of the page before" }).optional(),
};

/** An address that ends in, or goes on after, a uid. */
export const uidParameter = z.strictObject({
  uid: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/, { error: "write a uid, or the beginning of one" })
    .meta({ description: "or a beginning that only one has" }),
});
