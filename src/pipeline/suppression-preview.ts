/** What a suppression would hide of all that is stored: findings, incidents that vanish, incidents whose risk drops. */
import type { Finding, Incident, Lane, Severity } from "../model/incident.ts";
import type { SuppressionScope, SuppressionSpan } from "../model/suppression.ts";
import { compileScope, compileSuppressions, tellStories } from "./escalate/suppress.ts";
import { findingsByUid, streamFindings } from "./persist/findings.ts";
import { incidentsByUid } from "./persist/incident-queries.ts";
import type { Store } from "./persist/store.ts";
import { readSuppressions } from "./persist/suppression.ts";
import { readCoverage } from "./tell-incidents.ts";

type Source = Pick<Store, "rows">;

export type SeverityCounts = Readonly<Record<Severity, number>>;

export interface PreviewedIncident {
  readonly uid: string;
  readonly title: string;
  readonly effect: "vanishes" | "drops";
  readonly severity: Severity;
  readonly risk_score: number;
  /** What is left of it; null where nothing is. */
  readonly new_severity: Severity | null;
  readonly new_risk_score: number | null;
  readonly new_title: string | null;
  /** Findings it has, and how many of them would be covered. */
  readonly findings: number;
  readonly covered: number;
  /** ms */
  readonly first_time: number;
  readonly last_time: number;
  readonly state: string;
  readonly disposition: string | null;
}

export interface SuppressionPreview {
  /** Findings that would be covered and are not yet. */
  readonly findings: number;
  readonly finding_severities: SeverityCounts;
  /** Findings of the scope that other suppressions cover already. */
  readonly covered_already: number;
  /** First and last evidence of what would be covered, ms; null where nothing would be. */
  readonly first_time: number | null;
  readonly last_time: number | null;
  readonly vanishing: number;
  readonly vanishing_severities: SeverityCounts;
  readonly dropping: number;
  readonly dropping_severities: SeverityCounts;
  /** Incidents of both kinds that people have judged to be true. */
  readonly confirmed: number;
  /** Vanishing ones first, highest risk first. */
  readonly incidents: readonly PreviewedIncident[];
}

const UIDS_A_QUERY = 1_000;
const INCIDENTS_A_QUERY = 50;

export async function previewSuppression(
  store: Source,
  { scope, ...span }: SuppressionSpan & { readonly scope: SuppressionScope },
  laneOf: (source: string) => Lane | null,
): Promise<SuppressionPreview> {
  const covers = compileScope(scope, span);
  const before = compileSuppressions(await readSuppressions(store));
  const uids: string[] = [];
  const severities = noSeverities();
  let already = 0;
  let first: number | null = null;
  let last: number | null = null;
  for await (const findings of streamFindings(store, scope))
    for (const finding of findings) {
      if (!covers(finding)) continue;
      if (before(finding).length > 0) {
        already += 1;
        continue;
      }
      uids.push(finding.uid);
      severities[finding.severity] += 1;
      first = Math.min(first ?? finding.first_time, finding.first_time);
      last = Math.max(last ?? finding.time, finding.time);
    }
  const touched = await incidentsWith(store, uids);
  const coverage = await readCoverage(store, laneOf);
  const coveredBy = (finding: Finding): readonly string[] => (covers(finding) ? [""] : before(finding));
  const incidents: PreviewedIncident[] = [];
  for (let at = 0; at < touched.length; at += INCIDENTS_A_QUERY) {
    const stored = await incidentsByUid(store, touched.slice(at, at + INCIDENTS_A_QUERY));
    for (const { incident, state, disposition } of stored) {
      const findings = await findingsByUid(
        store,
        incident.findings.map(({ uid }) => uid),
      );
      // Stories fall apart when findings leave them, and never meet others: what is left is told from its own findings.
      const { incidents: left, covered } = tellStories(findings, coverage, coveredBy);
      incidents.push(previewed(incident, left, { covered: covered.size, state, disposition }));
    }
  }
  const vanishing = incidents.filter(({ effect }) => effect === "vanishes");
  const dropping = incidents.filter(({ effect }) => effect === "drops");
  return {
    findings: uids.length,
    finding_severities: severities,
    covered_already: already,
    first_time: first,
    last_time: last,
    vanishing: vanishing.length,
    vanishing_severities: countSeverities(vanishing),
    dropping: dropping.length,
    dropping_severities: countSeverities(dropping),
    confirmed: incidents.filter(({ disposition }) => disposition?.startsWith("tp-") === true).length,
    incidents: [vanishing, dropping].flatMap((some) =>
      some.toSorted((a, b) => b.risk_score - a.risk_score || a.first_time - b.first_time || (a.uid < b.uid ? -1 : 1)),
    ),
  };
}

/** Uids of the incidents that hold any of the findings. */
async function incidentsWith(store: Source, findings: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (let at = 0; at < findings.length; at += UIDS_A_QUERY) {
    const rows = await store.rows<{ uid: string }>(
      "SELECT uid FROM incident FINAL WHERE superseded = 0 AND hasAny(findings, {findings:Array(String)}) ORDER BY uid",
      { findings: findings.slice(at, at + UIDS_A_QUERY) },
    );
    for (const { uid } of rows) found.add(uid);
  }
  return [...found];
}

function previewed(
  incident: Incident,
  left: readonly Incident[],
  { covered, state, disposition }: { covered: number; state: string; disposition: string | null },
): PreviewedIncident {
  const [riskiest] = left;
  const { uid, title, severity, risk_score, first_time, last_time } = incident;
  return {
    uid,
    title,
    effect: riskiest === undefined ? "vanishes" : "drops",
    severity,
    risk_score,
    new_severity: riskiest?.severity ?? null,
    new_risk_score: riskiest?.risk_score ?? null,
    new_title: riskiest?.title ?? null,
    findings: incident.findings.length,
    covered,
    first_time,
    last_time,
    state,
    disposition,
  };
}

function noSeverities(): Record<Severity, number> {
  return { informational: 0, low: 0, medium: 0, high: 0, critical: 0 };
}

function countSeverities(rows: readonly { readonly severity: Severity }[]): SeverityCounts {
  const counts = noSeverities();
  for (const { severity } of rows) counts[severity] += 1;
  return counts;
}
