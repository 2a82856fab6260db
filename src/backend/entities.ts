/** Users, hosts, addresses, tokens and destinations: what is usual for them, and what they did. */
import type { CorrelationPlan } from "../pipeline/detect/correlate/plan.ts";
import {
  findEntities,
  newestEvent,
  readCompanions,
  readDestinations,
  readEntity,
  readProfiles,
  readRhythm,
  type EntityKind,
  type EntityRow,
  type ProfileRow,
  type TimeRange,
} from "../pipeline/persist/entity-queries.ts";
import { findIncidents } from "../pipeline/persist/incident-queries.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import {
  ENTITY_KINDS,
  type EntityDetail,
  type EntityItem,
  type Handlers,
  type Output,
} from "../pipeline/serve/contract.ts";
import { decodeCursor, toPage } from "../pipeline/serve/cursor.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import { toReference } from "./incident-items.ts";
import type { Surroundings } from "./index.ts";

const DAY_MS = 86_400_000;
/** Asked without a time: this long before the newest event. */
const USUAL_SPAN_MS = 90 * DAY_MS;
/** Earlier periods before anything is expected, and the least spread; see the deviation correlation. */
const FEWEST_PERIODS = 3;
const LEAST_SPREAD = 0.1;
const MOST_INCIDENTS = 100;

type EntityHandlers = Pick<Handlers, "listEntities" | "getEntity">;

export function entityHandlers({ reader, content }: Surroundings): EntityHandlers {
  return {
    listEntities: async ({ parameters: { kind }, query, limit }) => {
      const after = query.cursor === undefined ? null : decodeCursor(query.cursor, ["number", "string"] as const);
      const range = await rangeOf(reader, query);
      const rows = await findEntities(reader, kind, range, { text: query.text ?? "", after, limit: limit + 1 });
      return toPage(
        rows,
        limit,
        (row) => toEntity(kind, row),
        ({ events, name }) => [events, name],
      );
    },

    getEntity: async ({ parameters: { kind, name }, query }) => {
      const { policy, planSet } = content();
      const timezone = query.timezone ?? policy?.WorkHours?.timezone ?? "UTC";
      const range = await rangeOf(reader, query);
      const others = ENTITY_KINDS.filter((other) => other !== kind && other !== "destination");
      const plans = [...planSet.plans.values()].filter(
        ({ baseline, conclusion }) => baseline !== null && conclusion !== null,
      );
      const [rhythm, destinations, sources, companions, profiles, incidents] = await Promise.all([
        readRhythm(reader, kind, name, range, timezone),
        readDestinations(reader, kind, name, range),
        readCompanions(reader, kind, name, range, "source"),
        Promise.all(
          others.map(async (other) => [other, await readCompanions(reader, kind, name, range, other)] as const),
        ),
        readProfiles(
          reader,
          plans.map(({ id }) => id),
          name,
        ),
        incidentsOf(reader, kind, name),
      ]);
      if (sources.length === 0 && incidents.length === 0)
        throw new ProblemError("not-found", `no event names this ${kind} in the time asked for`);
      const hours = Array.from({ length: 168 }, () => 0);
      for (const { weekday, hour, events } of rhythm.hours) hours[(weekday - 1) * 24 + hour] = events;
      const companionsOf = (other: EntityKind): { name: string; events: number; last_time: number }[] =>
        (companions.find(([of]) => of === other)?.[1] ?? []).map(toCompanion);
      const whole = await readEntity(reader, kind, name, range);
      return {
        kind,
        name,
        events: whole?.events ?? 0,
        first_time: whole?.first ?? null,
        last_time: whole?.last ?? null,
        timezone,
        hour_of_week: hours,
        days: rhythm.days,
        expected: expectedOf(plans, profiles),
        destinations: destinations.map(({ first, last, ...row }) => ({ ...row, first_time: first, last_time: last })),
        related: {
          users: companionsOf("user"),
          hosts: companionsOf("host"),
          addresses: companionsOf("address"),
          tokens: companionsOf("token"),
          sources: sources.map(toCompanion),
        },
        incidents: incidents.map(toReference),
      };
    },
  };
}

async function rangeOf(
  reader: StoreReader,
  { from, until }: { from?: number | undefined; until?: number | undefined },
): Promise<TimeRange> {
  if (from !== undefined && until !== undefined) return { from, until: Math.max(from, until) };
  const end = until ?? ((await newestEvent(reader)) ?? 0) + 1;
  return { from: from ?? Math.max(0, end - USUAL_SPAN_MS), until: Math.max(end, from ?? 0) };
}

async function incidentsOf(reader: StoreReader, kind: EntityKind, name: string) {
  // `*` in a name is a wildcard of the filter; such a name finds what it matches, itself among it.
  const names = [name];
  const filter =
    kind === "user"
      ? { actor: names }
      : kind === "host"
        ? { host: names }
        : kind === "address"
          ? { address: names }
          : kind === "destination"
            ? { destination: names }
            : null;
  return filter === null ? [] : findIncidents(reader, filter, { order: "risk", after: null, limit: MOST_INCIDENTS });
}

function toEntity(kind: EntityKind, { name, events, first, last, bytes_out }: EntityRow): Output<typeof EntityItem> {
  return { kind, name, events, first_time: first, last_time: last, bytes_out };
}

function toCompanion({ name, events, last }: { name: string; events: number; last: number }) {
  return { name, events, last_time: last };
}

/** Per rule and group the totals of periods, each with what the ones before it led to expect. */
function expectedOf(
  plans: readonly CorrelationPlan[],
  profiles: readonly ProfileRow[],
): Output<typeof EntityDetail>["expected"] {
  const groups = Map.groupBy(profiles, ({ correlation, group }) => `${correlation}\0${group}`);
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows;
    const plan = plans.find(({ id }) => id === first?.correlation);
    if (first === undefined || plan?.baseline == null) return [];
    const factor = Math.min(...plan.conditions.map(({ value }) => value));
    return [
      {
        rule: plan.conclusion?.rule ?? plan.id,
        title: plan.conclusion?.title ?? plan.id,
        measure: plan.baseline.measure,
        period_ms: plan.windowMs,
        group: JSON.parse(first.group) as string[],
        points: rows.map((row, index) => ({
          time: row.period,
          total: row.total,
          ...bandOf(
            rows.slice(0, index),
            row.period - (plan.baseline?.historyMs ?? 0),
            factor,
            plan.baseline?.minimum ?? 0,
          ),
          suspect: row.suspect === 1,
        })),
      },
    ];
  });
}

/** Median of the earlier periods, and the value from which on the deviation rule speaks. */
function bandOf(
  before: readonly ProfileRow[],
  since: number,
  factor: number,
  minimum: number,
): { expected: number | null; upper: number | null } {
  const values = before.filter(({ period, suspect }) => suspect === 0 && period >= since).map(({ total }) => total);
  if (values.length < FEWEST_PERIODS) return { expected: null, upper: null };
  const expected = median(values);
  const spread = Math.max(
    1.4826 * median(values.map((value) => Math.abs(value - expected))),
    LEAST_SPREAD * expected,
    1,
  );
  return { expected, upper: Math.max(minimum, expected + factor * spread) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
