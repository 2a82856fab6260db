/** ATT&CK's analytics by data component: visible, detected, proven. */
import type { AttackKnowledge } from "../content/load-attack.ts";
import type { Policy } from "../model/policy.ts";
import type { KindRow, ProofRow } from "../pipeline/persist/coverage-queries.ts";
import type { CoverageBasis, Output, RuleItem } from "../pipeline/serve/contract.ts";

type Rule = Output<typeof RuleItem>;
type Analytic = Output<typeof CoverageBasis>["analytics"][number];

export interface Observed {
  /** Those that alert. */
  readonly alerting: readonly Rule[];
  /** Every rule by id, to find those a correlation stands on. */
  readonly byId: ReadonlyMap<string, Rule>;
  readonly isFed: (rule: Rule) => boolean;
  readonly kinds: readonly KindRow[];
  readonly proofs: readonly ProofRow[];
  readonly policy: Policy | null;
}

/**
 * One row an analytic. A rule for a platform is fed only where the platform's own logs arrive: events of the network
 * can carry every field it reads and still tell nothing of that platform.
 */
export function analyticsOf(attack: AttackKnowledge, observed: Observed): Analytic[] {
  return attack.analytics.map(({ id, platform, elements, components }): Analytic => {
    const rules = observed.alerting.filter(({ analytics }) => analytics.includes(id));
    const each = components.map((component) => componentOf(attack, component, rules, observed));
    const rows = each.map(({ row }) => row);
    const arrives = rows.some(({ events }) => events > 0);
    return {
      id,
      platform,
      rules: rules.length,
      fed: arrives ? rules.filter(observed.isFed).length : 0,
      proven: new Set(each.flatMap(({ proving }) => proving.map((rule) => rule.id))).size,
      last_time: newest(rows.map(({ last_time: last }) => last ?? 0)),
      elements: elements.map((name) => ({ name, tuned: isSet(observed.policy, name) })),
      components: rows,
    };
  });
}

function componentOf(
  { components }: AttackKnowledge,
  { id, log_source, channel, sources, classes }: AttackKnowledge["analytics"][number]["components"][number],
  rules: readonly Rule[],
  { byId, kinds, proofs }: Observed,
): { row: Analytic["components"][number]; proving: readonly Rule[] } {
  const { name, fields } = components[id] ?? { name: id, fields: [] };
  const isOfComponent = (row: { source: string; class_uid: number }): boolean =>
    sources.includes(row.source) && classes.includes(row.class_uid);
  const arriving = kinds.filter(isOfComponent);
  const below = (rule: Rule): readonly Rule[] =>
    rule.kind === "event" ? [rule] : rule.rules.flatMap((each) => byId.get(each) ?? []);
  const reading = rules.filter((rule) =>
    below(rule).some((each) => each.fields.some(({ field }) => fields.some((begin) => field.startsWith(begin)))),
  );
  const held = new Map<string, number>();
  for (const proof of proofs)
    if (isOfComponent(proof)) held.set(proof.rule, Math.max(held.get(proof.rule) ?? 0, proof.last));
  const proving = reading.filter((rule) => rule.findings > 0 && below(rule).some((each) => held.has(each.id)));
  const row = {
    id,
    name,
    log_source,
    channel,
    sources: [...new Set(arriving.map(({ source }) => source))],
    could: [...sources],
    events: arriving.reduce((sum, { events }) => sum + events, 0),
    hosts: Math.max(0, ...arriving.map(({ hosts }) => hosts)),
    last_event_time: newest(arriving.map(({ last }) => last)),
    rules: reading.length,
    proven: proving.length,
    last_time: newest(proving.flatMap((rule) => below(rule).map((each) => held.get(each.id) ?? 0))),
  };
  return { row, proving };
}

function isSet(policy: Policy | null, element: string): boolean {
  return policy !== null && Object.entries(policy).some(([key, value]) => key === element && value !== undefined);
}

function newest(times: readonly number[]): number | null {
  const last = Math.max(0, ...times);
  return last === 0 ? null : last;
}
