/**
 * Findings of one story -> risk score and its reasons.
 *
 * The strongest behaviour counts in full, every further behaviour adds a share of its points, repetition adds nothing.
 * The points of the reasons add up to the score.
 */
import type { Finding, Reason, Severity } from "../../model/incident.ts";

/** What a further distinct behaviour adds of its points. */
const FURTHER = 0.3;
/** Two lanes that saw the same story independently. */
const CORROBORATED = 5;

export function severityOf(score: number): Severity {
  if (score >= 85) return "critical";
  if (score >= 65) return "high";
  if (score >= 40) return "medium";
  if (score >= 20) return "low";
  return "informational";
}

/** @param laneCount how many of endpoint, network, identity, repository saw the story */
export function scoreStory(findings: readonly Finding[], laneCount: number): { score: number; reasons: Reason[] } {
  const strongest = findings.toSorted((a, b) => b.points - a.points || a.first_time - b.first_time || (a.uid < b.uid ? -1 : 1));
  const counted = new Set<string>();
  const reasons: Reason[] = [];
  let score = 0;
  const add = (text: string, points: number, finding: string): void => {
    const granted = Math.min(points, 100 - score);
    if (granted <= 0) return;
    score += granted;
    reasons.push({ text, points: granted, finding });
  };
  for (const finding of strongest) {
    const fresh = finding.behaviours.filter((behaviour) => !counted.has(behaviour));
    const key = finding.behaviours.length === 0 ? [`rule ${finding.rule}`] : fresh;
    if (key.length === 0 || key.every((each) => counted.has(each))) continue;
    for (const each of key) counted.add(each);
    add(finding.reason, reasons.length === 0 ? finding.points : Math.round(finding.points * FURTHER), finding.uid);
  }
  const first = strongest[0];
  if (laneCount > 1 && first !== undefined) add(`seen independently in ${laneCount} kinds of telemetry`, CORROBORATED, first.uid);
  return { score, reasons };
}
