/** Reads rule files: the only access of the detect stage to the file system. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { contentFolder } from "./folder.ts";
import { InvalidRuleError } from "../model/errors.ts";

export interface RuleFile {
  readonly file: string;
  readonly text: string;
}

/** Folder of the built-in detections. */
export const DETECTIONS = contentFolder("detections");

/** A rule file larger than this is something else. */
const MAX_RULE_BYTES = 4 << 20;

/** The policy of the examples, beside or above them. */
const POLICY = "policy.yaml";

/**
 * Every .yml and .yaml file under the paths, in order of name. Folders named `examples` hold logs, and `policy.yaml` is
 * what those logs are judged by; neither holds rules.
 * @throws {InvalidRuleError} when a path cannot be read
 */
export function loadRules(paths: readonly string[]): RuleFile[] {
  return paths.flatMap((path) => list(path)).map((file) => ({ file, text: readFileSync(file, "utf8") }));
}

function list(path: string): string[] {
  let stats: ReturnType<typeof statSync>;
  try {
    stats = statSync(path);
    if (!stats.isDirectory()) {
      if (stats.size > MAX_RULE_BYTES)
        throw new InvalidRuleError(`larger than ${MAX_RULE_BYTES >> 20} MiB: not a rule file`, {
          place: { file: path },
        });
      return [path];
    }
    return readdirSync(path, { withFileTypes: true })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .filter((entry) =>
        entry.isDirectory()
          ? basename(entry.name) !== "examples" && !entry.name.startsWith(".")
          : /\.ya?ml$/.test(entry.name) && entry.name !== POLICY,
      )
      .flatMap((entry) => list(join(path, entry.name)));
  } catch (cause) {
    if (cause instanceof InvalidRuleError) throw cause;
    throw new InvalidRuleError("cannot be read: check that it exists and that you may read it", {
      place: { file: path },
      cause,
    });
  }
}
