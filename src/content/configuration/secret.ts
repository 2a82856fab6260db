/**
 * Secrets stand beside the configuration, never in it: a field `token` is written `token_file: PATH` or `token_env: NAME`.
 */
import { readFileSync, statSync } from "node:fs";
import * as z from "zod";
import { InvalidConfigError } from "../../model/errors.ts";

/** Where a secret is. `file` is absolute by the time it is used. */
export type SecretReference = { readonly file: string } | { readonly env: string };

/** A secret is a line, or a key of a few kB. */
const MAX_SECRET_BYTES = 64 << 10;

/** The two fields that tell where the secret `name` is; spread them into the section's object. */
export function secretFields<Name extends string>(name: Name) {
  const fields = {
    [`${name}_file`]: z
      .string()
      .min(1)
      .optional()
      .meta({ description: `File that holds the ${name.replaceAll("_", " ")} and nothing else; mode 600.` }),
    [`${name}_env`]: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "write the name of an environment variable" })
      .optional()
      .meta({ description: `Environment variable that holds the ${name.replaceAll("_", " ")}.` }),
  };
  return fields as { [Key in `${Name}_file` | `${Name}_env`]: z.ZodOptional<z.ZodString> };
}

/**
 * The reference to the secret `name` in a section made with `secretFields(name)`; null where the section names none.
 * @throws {InvalidConfigError} when it names two
 */
export function secretOf<Name extends string>(
  section: { readonly [Key in `${Name}_file` | `${Name}_env`]?: string | undefined },
  name: Name,
): SecretReference | null {
  const file = section[`${name}_file`];
  const env = section[`${name}_env`];
  if (file !== undefined && env !== undefined)
    throw new InvalidConfigError(`${name}_file and ${name}_env name the same secret: keep one of them`);
  if (file !== undefined) return { file };
  return env === undefined ? null : { env };
}

/**
 * The secret, without the line end that editors add.
 * @throws {InvalidConfigError} when it is missing or empty
 */
export function readSecret(reference: SecretReference): string {
  if ("env" in reference) {
    const value = process.env[reference.env] ?? "";
    if (value === "")
      throw new InvalidConfigError(`the environment variable ${reference.env} is not set: set it before the start`);
    return value;
  }
  const place = { file: reference.file };
  let secret: string;
  try {
    const stats = statSync(reference.file);
    if (!stats.isFile()) throw new InvalidConfigError("is no file: write the secret into a file of its own", { place });
    if (stats.size > MAX_SECRET_BYTES)
      throw new InvalidConfigError(`is larger than ${MAX_SECRET_BYTES >> 10} KiB: a secret is a line`, { place });
    secret = readFileSync(reference.file, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    if (cause instanceof InvalidConfigError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    throw new InvalidConfigError(
      code === "ENOENT"
        ? "there is no such file: write the secret into it, mode 600"
        : `the secret cannot be read (${code}): check that the file is yours`,
      { place, cause },
    );
  }
  if (secret === "") throw new InvalidConfigError("the file is empty: write the secret into it", { place });
  return secret;
}

/** A warning when everybody on the machine may read the secret's file; null when not. */
export function exposureOf(reference: SecretReference): string | null {
  if ("env" in reference || process.platform === "win32") return null;
  const mode = statSync(reference.file, { throwIfNoEntry: false })?.mode ?? 0;
  // A mounted secret may belong to root and to a group that the program is in: the group is left alone.
  if ((mode & 0o007) === 0) return null;
  return `${reference.file}: everybody on this machine may read this secret (mode ${(mode & 0o777).toString(8)}): chmod 600 it`;
}
