/** What a detection's folder says: its rules that alert, the text of its about.md, its examples. */
import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

const folder = new URL("../../detections/", import.meta.url);

/** What the pages tell of a rule document; shapes are checked where rules are loaded. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly level?: string;
  readonly tags?: readonly string[];
  readonly references?: readonly string[];
  readonly falsepositives?: readonly string[];
  readonly correlation?: { readonly type: string; readonly timespan?: string };
  readonly sallyport?: {
    readonly behaviours?: readonly string[];
    readonly analytics?: readonly string[];
    readonly points?: number;
    readonly reason?: string;
    readonly threshold?: string;
    readonly threshold_times?: number;
    readonly next_steps?: readonly string[];
    readonly blind_spots?: readonly string[];
  };
}

export interface About {
  readonly title: string;
  readonly what: string;
  readonly why: string;
  readonly triage: string;
  readonly tuning: string;
}

export interface DetectionFolder {
  readonly id: string;
  readonly about: About;
  /** Rules that only serve a correlation are left out. */
  readonly rules: readonly Rule[];
  /** Names of the files under `examples/`. */
  readonly examples: readonly string[];
}

export function detectionFolders(): DetectionFolder[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      id: name,
      about: aboutOf(name, readFileSync(new URL(`${name}/about.md`, folder), "utf8")),
      rules: alertingRules(name),
      examples: readdirSync(new URL(`${name}/examples/`, folder)).toSorted(),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * `# Title`, what it is, and the parts `## Why`, `## Triage`, `## Tuning`, in this order and each with text.
 * @throws {SyntaxError} when a part is missing
 */
export function aboutOf(id: string, text: string): About {
  const parts = text.split(/^#{1,2} (.+)$/m).map((part) => part.trim());
  const [before = "", title = "", what = "", ...rest] = parts;
  const headings = rest.filter((_, index) => index % 2 === 0);
  const [why = "", triage = "", tuning = ""] = rest.filter((_, index) => index % 2 === 1);
  if (before !== "" || headings.join() !== "Why,Triage,Tuning" || [title, what, why, triage, tuning].includes(""))
    throw new SyntaxError(
      `detections/${id}/about.md must hold a title, what is detected, and the parts Why, Triage and Tuning`,
    );
  return { title, what, why, triage, tuning };
}

function alertingRules(id: string): Rule[] {
  const files = readdirSync(new URL(`${id}/`, folder)).filter((name) => name.endsWith(".yml"));
  const main = "rule.yml";
  return files
    .toSorted((a, b) => Number(b === main) - Number(a === main) || (a < b ? -1 : 1))
    .flatMap((name) =>
      parseAllDocuments(readFileSync(new URL(`${id}/${name}`, folder), "utf8")).map(
        (document) => document.toJS() as Rule,
      ),
    )
    .filter(({ sallyport }) => sallyport?.behaviours !== undefined);
}

/** ATT&CK techniques by their numbers. */
export function techniques({ tags = [] }: Rule): string[] {
  return tags.filter((tag) => /^attack\.t\d/.test(tag)).map((tag) => tag.slice("attack.".length).toUpperCase());
}
