/** What arrives, what could not be read, and the numbers of it. */
import { maps } from "../pipeline/conform/index.ts";
import { laneOf } from "../pipeline/lanes.ts";
import { countIncidents } from "../pipeline/persist/incident-queries.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import {
  countQuarantined,
  findQuarantined,
  readCounts,
  readLoneGaps,
  readSourceHours,
  readSources,
  type SourceRow,
} from "../pipeline/persist/source-queries.ts";
import type { MetricFamily } from "../pipeline/serve/backend.ts";
import type { Handlers } from "../pipeline/serve/contract.ts";
import { decodeCursor, toPage } from "../pipeline/serve/cursor.ts";
import type { Surroundings } from "./index.ts";

const SHOWN_DAYS = 7;
const MOST_REASONS = 10_000;
/** Sources with a line of their own in the metrics; the rest are one. */
const MOST_LABELS = 200;

type SourceHandlers = Pick<Handlers, "listSources" | "listQuarantine" | "countQuarantine">;

export function sourceHandlers({ reader }: Surroundings): SourceHandlers {
  const titles = new Map(maps.map(({ id, title }) => [id, title]));
  return {
    listSources: async ({ query: { cursor }, limit }) => {
      const [after] = cursor === undefined ? [""] : decodeCursor(cursor, ["string"] as const);
      const sources = await readSources(reader);
      const newest = Math.max(0, ...sources.map(({ last }) => last));
      const hours = Map.groupBy(await readSourceHours(reader, newest, SHOWN_DAYS), ({ source }) => source);
      const lone = [...(await readLoneGaps(reader, sources))].map(([source, gaps]) => gapsAlone(source, gaps));
      const rows = [...sources, ...lone]
        .filter(({ source }) => source > after)
        .toSorted((a, b) => (a.source < b.source ? -1 : 1));
      return toPage(
        rows,
        limit,
        (row) => ({
          id: row.source,
          title: titles.get(row.source) ?? row.source,
          lane: laneOf(row.source),
          received: row.events,
          bytes: row.bytes,
          first_event_time: row.first,
          last_event_time: row.last,
          // Nothing of it is stored: whether anything is missing since, nobody can say.
          behind_ms: row.events === 0 ? 0 : newest - row.last,
          with_actor: row.with_actor / Math.max(1, row.events),
          with_bytes_out: row.with_bytes_out / Math.max(1, row.events),
          with_url: row.with_url / Math.max(1, row.events),
          pause_ms: row.pause,
          gaps: row.gaps,
          hours: (hours.get(row.source) ?? []).map(({ time, events }) => ({ time, events })),
        }),
        ({ source }) => [source],
      );
    },

    listQuarantine: async ({ query: { file = [], reason = [], text = "", cursor }, limit }) => {
      const after = cursor === undefined ? null : decodeCursor(cursor, ["string", "number", "string"] as const);
      const rows = await findQuarantined(reader, { files: file, reasons: reason, text }, { after, limit: limit + 1 });
      return toPage(
        rows,
        limit,
        ({ file: path, line, reason: why, excerpt }) => ({ file: path, line, reason: why, excerpt }),
        ({ file: of, line, uid }) => [of, line, uid],
      );
    },

    countQuarantine: async ({ query: { cursor }, limit }) => {
      const [skipped] = cursor === undefined ? [0] : decodeCursor(cursor, ["number"] as const);
      const rows = await countQuarantined(reader, MOST_REASONS);
      const begin = Math.max(0, Math.trunc(skipped));
      return toPage(
        rows.slice(begin),
        limit,
        (row) => row,
        () => [begin + limit],
      );
    },
  };
}

/** A live source whose lines are stored under other names, or that never delivered any, but that has told what it missed. */
function gapsAlone(source: string, gaps: SourceRow["gaps"]): SourceRow {
  const end = Math.max(0, ...gaps.map(({ until }) => until));
  const nothing = { events: 0, bytes: 0, with_actor: 0, with_bytes_out: 0, with_url: 0, pause: 0 };
  return { source, ...nothing, first: end, last: end, gaps };
}

/** Numbers of the store for Prometheus. */
export async function readMetrics(reader: StoreReader): Promise<MetricFamily[]> {
  const [counts, sources, incidents] = await Promise.all([
    readCounts(reader),
    readSources(reader),
    countIncidents(reader, {}),
  ]);
  const { bytes_on_disk, ...rows } = counts;
  const known = sources.toSorted((a, b) => b.events - a.events);
  const shown = known.slice(0, MOST_LABELS);
  const rest = known.slice(MOST_LABELS).reduce((sum, { events }) => sum + events, 0);
  return [
    {
      name: "sallyport_store_rows",
      help: "Rows of the store",
      type: "gauge",
      samples: Object.entries(rows).map(([table, value]) => ({ labels: { table }, value })),
    },
    {
      name: "sallyport_store_bytes",
      help: "Bytes of the store on disk",
      type: "gauge",
      samples: [{ labels: {}, value: bytes_on_disk }],
    },
    {
      name: "sallyport_source_events_total",
      help: "Events stored, by source",
      type: "counter",
      samples: [
        ...shown.map(({ source, events }) => ({ labels: { source }, value: events })),
        ...(rest > 0 ? [{ labels: { source: "other" }, value: rest }] : []),
      ],
    },
    {
      name: "sallyport_source_last_event_timestamp_seconds",
      help: "Time of the newest event, by source",
      type: "gauge",
      samples: shown.map(({ source, last }) => ({ labels: { source }, value: last / 1000 })),
    },
    {
      name: "sallyport_incidents",
      help: "Incidents by state",
      type: "gauge",
      samples: ["open", "closed", "suppressed"].map((state) => ({
        labels: { state },
        value: incidents.states.get(state) ?? 0,
      })),
    },
    {
      name: "sallyport_incidents_by_severity",
      help: "Incidents by severity",
      type: "gauge",
      samples: ["informational", "low", "medium", "high", "critical"].map((severity) => ({
        labels: { severity },
        value: incidents.severities.get(severity) ?? 0,
      })),
    },
  ];
}
