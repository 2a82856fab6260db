/** Rule files and policy -> the matcher that every activity passes through. */
import type { Activity } from "../../model/activity.ts";
import { InvalidRuleError } from "../../model/errors.ts";
import type { Lane, Match } from "../../model/incident.ts";
import type { Policy } from "../../model/policy.ts";
import { buildPlans, type PlanSet } from "./correlate/plans.ts";
import { activityKind, applies, resolveActivityField } from "./sigma/taxonomy.ts";
import { compileRules, parseSigma, type SigmaDocument, type SigmaRule } from "./sigma/index.ts";
import { factsOf, toMatch, type CarriedField } from "./subject.ts";

export interface RuleFile {
  /** As shown in errors. */
  readonly file: string;
  readonly text: string;
}

export interface Detector {
  readonly documents: readonly SigmaDocument[];
  readonly planSet: PlanSet;
  match(activity: Activity, lane: Lane): Match[];
  /** Rules switched off since the last call because they threw or exceeded their budget. */
  takeDisabled(): { rule: string; reason: string }[];
  /** Why each rule does or does not match, for `explain`. */
  readonly ruleSet: ReturnType<typeof compileRules<Activity>>;
}

/** @throws {InvalidRuleError} for the first error in the files; warnings are for `rule check` */
export function parseRuleFiles(files: readonly RuleFile[]): SigmaDocument[] {
  return files.flatMap(({ file, text }) => {
    const { documents, issues } = parseSigma(text, file);
    const error = issues.find(({ severity }) => severity === "error");
    if (error !== undefined) throw new InvalidRuleError(error.message, { place: error.place });
    return documents;
  });
}

/** Office programs and viewers, which have no business sending much to a code host. */
const APPLICATIONS = [
  "WINWORD.EXE",
  "EXCEL.EXE",
  "POWERPNT.EXE",
  "OUTLOOK.EXE",
  "ONENOTE.EXE",
  "MSACCESS.EXE",
  "Acrobat.exe",
  "AcroRd32.exe",
  "Preview",
  "Microsoft Word",
  "Microsoft Excel",
  "Microsoft PowerPoint",
  "Microsoft Outlook",
  "soffice.bin",
  "soffice.exe",
];

/** `%MonitoredApplications%` in rules with the `expand` modifier: the programs that policy names, or the usual ones. */
export function placeholdersOf(policy: Policy | null): ReadonlyMap<string, readonly string[]> {
  const applications = policy?.MonitoredApplications ?? APPLICATIONS;
  // In Sigma a backslash escapes what follows; in policy.yaml it is a backslash.
  return new Map([["MonitoredApplications", applications.map((name) => name.replaceAll("\\", "\\\\"))]]);
}

/** @throws {InvalidRuleError} */
export function planSetOf(documents: readonly SigmaDocument[], policy: Policy | null): PlanSet {
  return buildPlans(documents, {
    ExfilVolumeThreshold: policy?.ExfilVolumeThreshold,
    DatastoreTransferThreshold: policy?.DatastoreTransferThreshold,
  });
}

/** @throws {InvalidRuleError} */
export function createDetector(documents: readonly SigmaDocument[], policy: Policy | null): Detector {
  const planSet = planSetOf(documents, policy);
  let disabled: { rule: string; reason: string }[] = [];
  const ruleSet = compileRules<Activity>(documents, {
    resolve: resolveActivityField,
    kindOf: activityKind,
    applies,
    placeholders: placeholdersOf(policy),
    onDisabled: (rule: SigmaRule, reason: string) => disabled.push({ rule: rule.id, reason }),
  });
  const carried = new Map<string, CarriedField[]>();
  for (const document of documents) {
    if (document.kind !== "rule") continue;
    const names = planSet.fields.get(document.id) ?? [];
    carried.set(
      document.id,
      names.map((name) => ({ name, read: resolveActivityField(document.logsource, name).read })),
    );
  }
  return {
    documents,
    planSet,
    ruleSet,
    match: (activity, lane) => {
      const matched = ruleSet.match(activity);
      if (matched.length === 0) return [];
      const facts = factsOf(activity, lane);
      return matched.map((rule) => toMatch(activity, facts, rule.id, carried.get(rule.id) ?? []));
    },
    takeDisabled: () => {
      const taken = disabled;
      disabled = [];
      return taken;
    },
  };
}
