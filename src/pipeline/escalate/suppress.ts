/**
 * Which findings suppressions cover, and what incidents are without them.
 *
 * A pure function of findings and suppressions: when either was written changes nothing. What is covered is decided by the
 * times of the events, so that the end of a suppression raises nothing that happened before it.
 */
import type { Finding, Incident, Subject } from "../../model/incident.ts";
import { compilePattern } from "../../model/pattern.ts";
import type { Suppression, SuppressionScope, SuppressionSpan } from "../../model/suppression.ts";
import { groupFindings } from "./group.ts";
import { escalate, type Coverage } from "./incident.ts";

/** Uids of the suppressions that cover a finding, the oldest first; empty where none does. */
export type CoveredBy = (finding: Finding) => readonly string[];

export function compileSuppressions(suppressions: readonly Suppression[]): CoveredBy {
  const rules = suppressions
    .filter(({ ended }) => ended?.withdrawn !== true)
    .toSorted((a, b) => a.created - b.created || (a.uid < b.uid ? -1 : 1))
    .map(({ uid, scope, from, until }) => ({ uid, covers: compileScope(scope, { from, until }) }));
  if (rules.length === 0) return () => [];
  return (finding) => rules.flatMap(({ uid, covers }) => (covers(finding) ? [uid] : []));
}

/** A finding is covered when all of its evidence lies in the span, and all that the scope speaks of is within the scope. */
export function compileScope(scope: SuppressionScope, { from, until }: SuppressionSpan): (finding: Finding) => boolean {
  const tests: ((finding: Finding) => boolean)[] = [];
  const { rule, user, host, address, destination } = scope;
  if (rule !== null) {
    const pattern = compilePattern(rule);
    tests.push((finding) => pattern.matches(finding.rule));
  }
  if (user !== null) tests.push(everyone(user, ({ actor, actor_names }) => [actor, ...actor_names]));
  if (host !== null) tests.push(everyone(host, (subject) => [subject.host]));
  if (address !== null) tests.push(everyone(address, (subject) => [subject.address]));
  if (destination !== null) {
    const pattern = compilePattern(destination);
    tests.push((finding) => {
      const names = destinationsOf(finding);
      return names.length > 0 && names.every((name) => pattern.matches(name));
    });
  }
  return (finding) =>
    finding.time < until && (from === null || finding.first_time >= from) && tests.every((test) => test(finding));
}

/**
 * Of several people or machines in one finding each must be meant: nobody is hidden behind another. Events that do not say
 * who it was hide nobody, as long as one does say.
 */
function everyone(text: string, namesOf: (subject: Subject) => readonly string[]): (finding: Finding) => boolean {
  const pattern = compilePattern(text);
  return ({ evidence }) => {
    let named = false;
    for (const subject of evidence) {
      const names = namesOf(subject).filter((name) => name !== "");
      if (names.length === 0) continue;
      if (!names.some((name) => pattern.matches(name))) return false;
      named = true;
    }
    return named;
  };
}

/** A host alone is the same place, seen less sharply, where a repository on it shows too. */
export function destinationsOf(finding: Finding): string[] {
  const names = new Set([...finding.destinations, ...finding.evidence.map(({ destination }) => destination)]);
  names.delete("");
  const all = [...names];
  return all.filter(
    (name) => !all.some((other) => other.startsWith(`${name}/`) || (other.split("/", 1)[0] ?? "").endsWith(`.${name}`)),
  );
}

/**
 * The scope that is no wider than one finding: its rule, who did it, and where it went.
 * Names come from logs: what would be a pattern in them stands for one character only.
 */
export function fingerprintOf(finding: Finding): SuppressionScope {
  const literal = (name: string | undefined): string | null =>
    name === undefined || name === "" ? null : name.replaceAll("*", "?");
  const first = (nameOf: (subject: Subject) => string): string | null =>
    literal(finding.evidence.map(nameOf).find((name) => name !== ""));
  const user = first(({ actor, actor_names: [name] }) => (actor === "" ? (name ?? "") : actor));
  const host = user === null ? first((subject) => subject.host) : null;
  const address = user === null && host === null ? first((subject) => subject.address) : null;
  return {
    rule: literal(finding.rule),
    user,
    host,
    address,
    destination: destinationPattern(destinationsOf(finding), literal),
  };
}

/** One destination as it is, several repositories of one owner as the owner's; null: they have nothing in common. */
function destinationPattern(names: readonly string[], literal: (name: string) => string | null): string | null {
  const [first] = names;
  if (first === undefined) return null;
  if (names.length === 1) return literal(first);
  const owner = first.split("/", 2).join("/");
  return owner.includes("/") && names.every((name) => name.startsWith(`${owner}/`)) ? `${literal(owner)}/*` : null;
}

export interface Stories {
  /** Of the findings that nothing covers, as though there were no others; highest risk first. */
  readonly incidents: readonly Incident[];
  /** Stories of which every finding is covered, as they would be told; highest risk first. */
  readonly suppressed: readonly Incident[];
  /** Findings that are covered, with the suppressions that cover them. */
  readonly covered: ReadonlyMap<Finding, readonly string[]>;
}

export function tellStories(findings: readonly Finding[], coverage: Coverage, coveredBy: CoveredBy): Stories {
  const covered = new Map<Finding, readonly string[]>();
  for (const finding of findings) {
    const by = coveredBy(finding);
    if (by.length > 0) covered.set(finding, by);
  }
  if (covered.size === 0) return { incidents: escalate(findings, coverage), suppressed: [], covered };
  const hidden = groupFindings(findings).filter((story) => story.every((finding) => covered.has(finding)));
  return {
    incidents: escalate(
      findings.filter((finding) => !covered.has(finding)),
      coverage,
    ),
    suppressed: escalate(hidden.flat(), coverage),
    covered,
  };
}
