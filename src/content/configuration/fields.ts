/** Kinds of values that several sections of the configuration have. */
import * as z from "zod";
import { parseSize } from "../../model/policy.ts";

export const text = z.string().min(1, { error: "write a text" });

/** A path. Keys named `path`, `file` or `folder`, or ending in `_file` or `_folder` (and their plurals), are resolved against the folder of the file they stand in. */
export const path = text.meta({ description: "A path, relative to the file it stands in." });

/** Where to listen: `127.0.0.1:8440`, `[::1]:8440`, or `:8440` for all addresses of the machine. */
export const listen = z
  .string()
  .regex(
    /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{0,253}):(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/,
    {
      error: "write an address and a port such as 127.0.0.1:5514",
    },
  )
  .meta({ description: "Address and port such as `127.0.0.1:5514`; `:5514` is every address of the machine." });

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** `500ms`, `30s`, `15m`, `12h`, `90d` -> ms; null for anything else. */
export function parseSpan(value: string): number | null {
  const parts = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]{1,3})\s*$/.exec(value);
  const unit = UNITS_MS.get(parts?.[2] ?? "");
  return parts === null || unit === undefined ? null : Math.round(Number(parts[1]) * unit);
}

/** A span of time, written `30s`, `15m`, `12h` or `90d`; read as ms. */
export const span = z
  .string({ error: "write a span of time such as 30s, 15m, 12h or 90d" })
  .transform((value, context) => {
    const ms = parseSpan(value);
    if (ms !== null) return ms;
    context.issues.push({
      code: "custom",
      message: `"${value}" is not a span of time; write for instance 30s, 15m, 12h or 90d`,
      input: value,
    });
    return z.NEVER;
  });

/** A size, written `64MiB`; read as bytes. */
export const size = z
  .union([z.string(), z.number()], { error: "write a size such as 64MiB" })
  .transform((value, context) => {
    const bytes = parseSize(value);
    if (bytes !== null) return bytes;
    context.issues.push({
      code: "custom",
      message: `"${value}" is not a size; write for instance 64MiB`,
      input: value,
    });
    return z.NEVER;
  });

/** Certificate and key of whoever listens, PEM. */
export const tlsFiles = z.strictObject({
  certificate_file: path.meta({ description: "Certificate and those that sign it, PEM." }),
  key_file: path.meta({ description: "Its key, PEM; readable by nobody else." }),
});

/** What every source has. */
export const sourceFields = {
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
      error: "write a name of letters, digits, . _ and -, at most 64 of them",
    })
    .meta({ description: "Your name for it, unique; positions and counts are kept under it." }),
  source: text.optional().meta({
    description:
      "What the lines are: the id of a source of `docs/reference/sources.md`; recognised line by line when left out.",
  }),
};
