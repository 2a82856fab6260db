/** What can be seen, what can be detected, what has been proven; and what policy says of it. */
import { loadAttack } from "../content/load-attack.ts";
import type { Policy } from "../model/policy.ts";
import { laneOf } from "../pipeline/lanes.ts";
import { readKinds, readProofs } from "../pipeline/persist/coverage-queries.ts";
import { newestEvent, readUnnamed } from "../pipeline/persist/entity-queries.ts";
import { readBlindSpots, readSourceHours, readSources } from "../pipeline/persist/source-queries.ts";
import { LANES, type Handlers, type Output, type PolicySummary, type RuleItem } from "../pipeline/serve/contract.ts";
import { analyticsOf } from "./coverage-matrix.ts";
import type { Surroundings } from "./index.ts";
import { observedRules } from "./rules.ts";

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 7;

type CoverageHandlers = Pick<Handlers, "getCoverage" | "getPolicy">;

export function coverageHandlers({ reader, content }: Surroundings): CoverageHandlers {
  return {
    getCoverage: async () => {
      const [rules, sources, spots] = await Promise.all([
        observedRules(reader, content()),
        readSources(reader),
        readBlindSpots(reader),
      ]);
      const newest = Math.max(0, ...sources.map(({ last }) => last));
      const [hours, kinds, proofs] = await Promise.all([
        readSourceHours(reader, newest, SHOWN_DAYS),
        readKinds(reader, Math.max(0, newest - SHOWN_DAYS * DAY_MS)),
        readProofs(reader),
      ]);
      const alerting = rules.filter(({ alerts }) => alerts);
      const byId = new Map(rules.map((rule) => [rule.id, rule]));
      const attack = loadAttack();
      const { strategy, version } = attack;
      const fedByFields = fedBy(byId);
      const analytics = analyticsOf(attack, {
        alerting,
        byId,
        isFed: fedByFields,
        kinds,
        proofs,
        policy: content().policy,
      });
      // A rule that only analytics without logs of their platform name has nothing to look at.
      const dark = new Set(analytics.flatMap(({ id, fed }) => (fed === 0 ? [id] : [])));
      const isFed = (rule: Rule): boolean =>
        fedByFields(rule) && (rule.analytics.length === 0 || !rule.analytics.every((id) => dark.has(id)));
      return {
        strategy: { ...strategy, attack_version: version },
        lanes: LANES.map((lane) => {
          const members = sources.filter(({ source }) => laneOf(source) === lane);
          const ids = new Set(members.map(({ source }) => source));
          return {
            lane,
            sources: [...ids],
            last_event_time: members.length === 0 ? null : Math.max(...members.map(({ last }) => last)),
            hours: new Set(hours.filter(({ source }) => ids.has(source)).map(({ time }) => time)).size,
          };
        }),
        analytics,
        behaviours: named(alerting, ({ behaviours }) => behaviours).map(([id, members]) => ({
          id,
          rules: members.map((rule) => rule.id),
          fed: members.some(isFed),
          missing: members.filter((rule) => !isFed(rule)).map((rule) => rule.id),
          last_time: latest(members),
        })),
        blind_spots: spots,
      };
    },

    getPolicy: async () => {
      const until = ((await newestEvent(reader)) ?? 0) + 1;
      const { destinations, hosts, addresses } = await readUnnamed(reader, {
        from: Math.max(0, until - SHOWN_DAYS * DAY_MS),
        until,
      });
      return {
        ...summaryOf(content().policy),
        unnamed: {
          destinations: destinations.map(({ name, verdict, events, actors, bytes_out, last }) => ({
            name,
            verdict,
            events,
            actors,
            bytes_out,
            last_time: last,
          })),
          hosts: hosts.map(({ name, events, last }) => ({ name, events, last_time: last })),
          addresses: addresses.map(({ name, events, last }) => ({ name, events, last_time: last })),
        },
      };
    },
  };
}

type Rule = Output<typeof RuleItem>;

/** Whether every event rule that a rule stands on has a source that delivers here. */
function fedBy(byId: ReadonlyMap<string, Rule>): (rule: Rule) => boolean {
  return (rule) =>
    rule.kind === "event"
      ? rule.delivering.length > 0
      : rule.rules.every((id) => (byId.get(id)?.delivering.length ?? 0) > 0);
}

function named(rules: readonly Rule[], names: (rule: Rule) => readonly string[]): [string, Rule[]][] {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules)
    for (const name of names(rule)) {
      const members = groups.get(name);
      if (members === undefined) groups.set(name, [rule]);
      else members.push(rule);
    }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function latest(rules: readonly Rule[]): number | null {
  const times = rules.flatMap(({ findings, last_time }) => (findings > 0 && last_time !== null ? [last_time] : []));
  return times.length === 0 ? null : Math.max(...times);
}

function summaryOf(policy: Policy | null): Omit<Output<typeof PolicySummary>, "unnamed"> {
  const sanctioned = policy?.sanctioned;
  const work = policy?.WorkHours;
  return {
    configured: policy !== null,
    organization: policy?.organization ?? null,
    sanctioned: {
      repositories: sanctioned?.repositories ?? null,
      users: sanctioned?.users ?? null,
      hosts: sanctioned?.hosts?.map(({ match, role }) => ({ match, role: role ?? null })) ?? null,
      service_accounts: sanctioned?.service_accounts?.map(({ match }) => match) ?? null,
      addresses: sanctioned?.addresses ?? null,
    },
    code_hosts: policy?.RepoDomainList ?? null,
    people: policy?.people?.length ?? 0,
    inventory: policy?.inventory?.length ?? 0,
    work_hours:
      work === undefined
        ? null
        : {
            timezone: work.timezone ?? "UTC",
            days: work.days ?? ["mon", "tue", "wed", "thu", "fri"],
            from: work.from ?? "00:00",
            to: work.to ?? "24:00",
          },
    exfil_volume_threshold: policy?.ExfilVolumeThreshold ?? null,
    datastore_transfer_threshold: policy?.DatastoreTransferThreshold ?? null,
    monitored_applications: policy?.MonitoredApplications ?? null,
    sensitive_paths: policy?.sensitive_paths ?? null,
  };
}
