/**
 * Findings of one story -> risk score and its reasons.
 *
 * The strongest behaviour counts in full. Every further one adds a share of its points, the less the nearer the score is to
 * 100; repetition adds nothing. The points of the reasons add up to the score.
 */
import type { Finding, Reason, Severity } from "../../model/incident.ts";

/** What a further distinct behaviour adds of its points, while the strongest stands alone. */
const FURTHER = 0.4;
/** Two lanes that saw the same story independently; added like a further behaviour. */
const CORROBORATED = 15;

export function severityOf(score: number): Severity {
  if (score >= 85) return "critical";
  if (score >= 65) return "high";
  if (score >= 40) return "medium";
  if (score >= 20) return "low";
  return "informational";
}

/** The most telling findings first. */
export function byPoints(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => b.points - a.points || a.first_time - b.first_time || (a.uid < b.uid ? -1 : 1));
}

/** @param laneCount how many of endpoint, network, identity, repository saw the story */
export function scoreStory(findings: readonly Finding[], laneCount: number): { score: number; reasons: Reason[] } {
  const strongest = byPoints(findings);
  const [first] = strongest;
  if (first === undefined) return { score: 0, reasons: [] };
  const reasons: Reason[] = [];
  const counted = new Set<string>();
  let score = 0;
  const room = Math.max(1, 100 - first.points);
  const add = (text: string, points: number, finding: string): void => {
    const granted = Math.min(
      100 - score,
      reasons.length === 0 ? points : Math.round((points * FURTHER * (100 - score)) / room),
    );
    if (granted < 1) return;
    score += granted;
    reasons.push({ text, points: granted, finding });
  };
  for (const finding of strongest) {
    // A rule that names no behaviour is one of its own.
    const shown = finding.behaviours.length === 0 ? [`rule ${finding.rule}`] : finding.behaviours;
    const fresh = shown.filter((behaviour) => !counted.has(behaviour));
    if (fresh.length === 0) continue;
    for (const behaviour of fresh) counted.add(behaviour);
    add(finding.reason, finding.points, finding.uid);
  }
  if (laneCount > 1) add(`seen independently in ${laneCount} kinds of telemetry`, CORROBORATED, first.uid);
  return { score, reasons };
}
