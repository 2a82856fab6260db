/** What can be wrong with a Sigma file: every code, its severity, and the shape of one report. */
import type { Place } from "../../../model/errors.ts";

/** Codes are stable; docs/sigma.md lists them, and a test compares. */
export const ISSUE_CODES = {
  "yaml.syntax": ["error", "The file is not YAML: indentation, quotes, tabs, a key given twice."],
  "yaml.limit": ["error", "The file is larger or nested deeper than any rule needs to be."],
  "document.type": ["error", "A document is none of rule, correlation and filter, or its action is unknown."],
  "attribute.missing": ["error", "An attribute the specification requires is not there."],
  "attribute.type": ["error", "An attribute has a value of the wrong kind."],
  "attribute.value": ["warning", "An attribute has a value the specification does not list."],
  "attribute.unknown": ["warning", "A top-level attribute is not part of the specification; most often a misspelling."],
  "id.format": ["warning", "An id is not a UUID."],
  "id.duplicate": ["error", "Two documents have the same id or the same name."],
  "title.length": ["warning", "A title is longer than 256 characters."],
  "tag.format": ["warning", "A tag is not `namespace.name` in lower case."],
  "tag.namespace": ["warning", "A tag is in a namespace the specification does not know."],
  "tag.attack": ["warning", "An ATT&CK tag is no technique, tactic, group or software."],
  "logsource.empty": ["error", "A log source names neither category, product nor service."],
  "logsource.unknown": ["warning", "A log source is in no taxonomy; most often a misspelling."],
  "detection.empty": ["error", "A detection or selection holds nothing."],
  "detection.structure": [
    "error",
    "A selection is neither a map, a list nor a value, or nests deeper than the specification allows.",
  ],
  "selection.unused": ["warning", "No condition refers to a selection."],
  "condition.syntax": ["error", "A condition cannot be parsed."],
  "condition.unknown-selection": ["error", "A condition refers to a selection that does not exist."],
  "condition.selects-nothing": ["warning", "`1 of` or `all of` selects no selection; it never holds."],
  "condition.quantity": ["warning", "`N of` asks for more selections than there are; it never holds."],
  "condition.them": ["warning", "`all of them` keeps others from adding filters to the rule."],
  "condition.aggregation": ["error", "A condition aggregates with `|`, which correlations replaced."],
  "modifier.unknown": ["error", "A modifier does not exist."],
  "modifier.combination": ["error", "Modifiers cannot be combined in this way or order."],
  "modifier.not": ["error", "`not` is a word of conditions; the modifier for “different from” is `neq`."],
  "modifier.single-all": ["warning", "`all` on a single value says nothing."],
  "modifier.redundant": ["warning", "A value carries the wildcard that its modifier adds."],
  "value.type": ["error", "A value is of a kind its modifiers cannot handle."],
  "value.empty-list": ["warning", "A list without values matches nothing."],
  "value.empty-text": [
    "warning",
    "An empty text is part of every text; the item holds wherever the field has a value.",
  ],
  "value.range": ["warning", "A part of a date is compared with a number it never has."],
  "value.placeholder-unset": [
    "warning",
    "A placeholder has no value until one is given; the rule is not loaded without.",
  ],
  "value.null-in-list": [
    "warning",
    "`null` is its own type and cannot be part of a list; write a selection of its own.",
  ],
  "value.placeholder": ["error", "A placeholder has no value."],
  "value.wildcard-slash": ["warning", "A backslash before a wildcard makes the wildcard a plain character."],
  "regex.syntax": ["error", "A regular expression cannot be parsed, or uses what no linear-time engine can run."],
  "regex.cost": ["error", "A regular expression is too large to run on every event."],
  "regex.catastrophic": [
    "warning",
    "A regular expression would take exponential time in a backtracking engine; here it runs in linear time.",
  ],
  "cidr.syntax": ["error", "A network is not in CIDR notation."],
  "filter.condition": [
    "warning",
    "A filter keeps what its condition describes; to exclude it, the condition must say `not`.",
  ],
  "filter.rule": ["warning", "A filter refers to a rule that is not loaded."],
  "correlation.type": ["error", "A correlation type does not exist."],
  "correlation.rule": ["error", "A correlation refers to a rule that is not loaded, or to itself."],
  "correlation.timespan": ["error", "A timespan is not a number and a unit."],
  "correlation.condition": ["error", "A correlation's condition does not fit its type."],
  "correlation.alias": ["warning", "An alias names a rule the correlation does not read, or is not used."],
  "extension.strict": ["error", "With --strict only what the Sigma specification defines is allowed."],
} as const satisfies Readonly<Record<string, readonly ["error" | "warning", string]>>;

export type IssueCode = keyof typeof ISSUE_CODES;

/** One thing wrong with a document, where, and what to write instead. */
export interface SigmaIssue {
  readonly code: IssueCode;
  /** error: the document does not load. */
  readonly severity: "error" | "warning";
  readonly place: Place;
  readonly message: string;
  /** What to do, in words; empty when the message says it. */
  readonly fix: string;
}

/** Collects issues while a file is read. */
export class IssueList {
  readonly issues: SigmaIssue[] = [];
  #errors = 0;

  /** How many errors so far: compare before and after to learn whether a part is usable. */
  get errors(): number {
    return this.#errors;
  }

  add(code: IssueCode, place: Place, message: string, fix = ""): void {
    const severity = ISSUE_CODES[code][0];
    if (severity === "error") this.#errors++;
    this.issues.push({ code, severity, place, message, fix });
  }
}

/** The candidate nearest to a misspelt word, or null when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.toLowerCase().slice(0, 64);
  let best: string | null = null;
  // of a word of two letters something must stay
  let bestDistance = Math.min(Math.max(2, Math.floor(wanted.length / 3)) + 1, wanted.length);
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase().slice(0, 64));
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution);
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
