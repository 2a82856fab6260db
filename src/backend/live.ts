/** What a running pipeline says of itself: for `/status`, `/readyz` and `/metrics`. */
import type { SourceHealth } from "../pipeline/collect/intake.ts";
import { laneOf } from "../pipeline/lanes.ts";
import type { LiveEngine } from "../pipeline/live.ts";
import type { Histogram } from "../pipeline/live-progress.ts";
import type { SourceSupervisor } from "../pipeline/live-sources.ts";
import type { ReceiverStatus } from "../pipeline/notify/queue.ts";
import type { MetricFamily } from "../pipeline/serve/backend.ts";
import type { Output, Status } from "../pipeline/serve/contract.ts";

type StatusParts = Output<typeof Status>;

export interface LiveState {
  sources(): StatusParts["sources"];
  status(): StatusParts["live"];
  configuration(): StatusParts["configuration"];
  notify(): StatusParts["notify"];
  /** What keeps it from taking anything in, or from getting on; null when nothing does. */
  problem(): string | null;
  metrics(): MetricFamily[];
}

/** Lines wait to be stored, and none was for so long. */
const COMMIT_STALLED_MS = 30_000;
/** Conclusions of a large load take their time; longer than this they are stuck. */
const CONCLUDE_STALLED_MS = 180_000;
const SHOWN_GAPS = 20;
/** Sources with a line of their own in the metrics; the rest are one. */
const MOST_LABELS = 200;
const STATES = ["starting", "running", "failing", "stopped"] as const;

/** What runs beside the pipeline. */
export interface LiveCompany {
  /** Until every source has been tried once. */
  readonly starting: () => boolean;
  readonly configuration: () => StatusParts["configuration"];
  readonly receivers: () => readonly ReceiverStatus[];
}

export function liveState(
  engine: LiveEngine,
  supervisor: SourceSupervisor,
  { starting, configuration, receivers }: LiveCompany,
): LiveState {
  const problem = (): string | null => {
    const { problem: full, commitStalledMs, concludeStalledMs, waitingBytes } = engine.status();
    if (full !== null) return full;
    if (starting()) return "starting: not all sources have been tried";
    if (commitStalledMs > COMMIT_STALLED_MS)
      return `nothing was stored for ${seconds(commitStalledMs)} though ${waitingBytes} bytes wait`;
    if (concludeStalledMs > CONCLUDE_STALLED_MS) return `nothing was concluded for ${seconds(concludeStalledMs)}`;
    return null;
  };
  return {
    problem,
    configuration,
    notify: () => receivers().map((receiver) => ({ ...receiver, given_up: [...receiver.given_up] })),
    sources: () =>
      [...supervisor.health()].map(([id, health]) => {
        const progress = engine.progress.of(id);
        return {
          id,
          received: health.received,
          lag_ms: health.lagMs ?? progress.lagMs,
          last_event_time: progress.newestTime,
          gaps: health.gaps.slice(-SHOWN_GAPS).map(({ from, until }) => ({ from, until })),
          lane: laneOf(id),
          health: health.state,
          last_error: health.problem?.slice(0, 500) ?? null,
          rejected: progress.rejected,
          dropped: health.dropped,
        };
      }),
    status: () => {
      const { received, rejected, waitingBytes, concludedAt } = engine.status();
      const { visible } = engine.progress;
      return {
        received,
        rejected,
        waiting_bytes: waitingBytes,
        concluded_at: concludedAt,
        visible_p50_ms: quantileMs(visible, 0.5),
        visible_p99_ms: quantileMs(visible, 0.99),
        problem: problem(),
      };
    },
    metrics: () => [...metricsOf(engine, supervisor.health()), ...receiverMetrics(receivers())],
  };
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** The least bound under which that share of the values is; null when there is none. */
function quantileMs({ bounds, counts, count }: Histogram, share: number): number | null {
  const at = counts.findIndex((below) => below >= share * count);
  return count === 0 || at === -1 ? null : (bounds[at] as number) * 1000;
}

function metricsOf(engine: LiveEngine, health: ReadonlyMap<string, SourceHealth>): MetricFamily[] {
  const { waitingBytes, commitStalledMs, concludeStalledMs, problem } = engine.status();
  const { progress } = engine;
  const shown = [...health].slice(0, MOST_LABELS);
  const rest = [...health].slice(MOST_LABELS);
  /** One sample a source, the rest together. */
  const bySource = (
    name: string,
    help: string,
    type: "counter" | "gauge",
    value: (id: string, of: SourceHealth) => number | null,
  ): MetricFamily => {
    const samples = shown.flatMap(([source, of]) => {
      const own = value(source, of);
      return own === null ? [] : [{ labels: { source }, value: own }];
    });
    const others = rest.reduce((sum, [source, of]) => sum + (value(source, of) ?? 0), 0);
    if (rest.length > 0 && type === "counter") samples.push({ labels: { source: "other" }, value: others });
    return { name: `sallyport_intake_${name}`, help, type, samples };
  };
  return [
    bySource("received_total", "Records handed over by a source and stored", "counter", (_, of) => of.received),
    bySource("events_total", "Events read from a source", "counter", (id) => progress.of(id).events),
    bySource("bytes_total", "Bytes of lines from a source", "counter", (id) => progress.of(id).bytes),
    bySource("rejected_total", "Lines that could not be read", "counter", (id) => progress.of(id).rejected),
    bySource("dropped_total", "Records that came and were lost", "counter", (_, of) => of.dropped),
    bySource("refused_total", "Batches given back, to be offered again", "counter", (id) => progress.of(id).refused),
    bySource("gaps", "Spans in which something was missed", "gauge", (_, of) => of.gaps.length),
    bySource("lag_seconds", "How far a source is behind", "gauge", (id, of) => {
      const lag = of.lagMs ?? progress.of(id).lagMs;
      return lag === null ? null : lag / 1000;
    }),
    bySource("up", "1 while a source can receive", "gauge", (_, { state }) => (state === "running" ? 1 : 0)),
    {
      name: "sallyport_intake_sources",
      help: "Sources by state",
      type: "gauge",
      samples: STATES.map((state) => ({
        labels: { state },
        value: [...health.values()].filter((of) => of.state === state).length,
      })),
    },
    single("queue_bytes", "Bytes of lines that wait to be stored", waitingBytes),
    single("commit_stalled_seconds", "Since when lines wait and none was stored", commitStalledMs / 1000),
    single("conclude_stalled_seconds", "Since when conclusions are due and none was made", concludeStalledMs / 1000),
    single("refusing", "1 while nothing is taken in", problem === null ? 0 : 1),
    histogram("commit_duration_seconds", "Time to read and store what waited", progress.commits),
    histogram("conclude_duration_seconds", "Time to bring incidents up to date", progress.conclusions),
    histogram("visible_delay_seconds", "From a batch's coming to what it led to being visible", progress.visible),
  ];
}

function receiverMetrics(receivers: readonly ReceiverStatus[]): MetricFamily[] {
  const shown = receivers.slice(0, MOST_LABELS);
  const by = (
    name: string,
    help: string,
    type: "counter" | "gauge",
    value: (of: ReceiverStatus) => number,
  ): MetricFamily => ({
    name: `sallyport_notify_${name}`,
    help,
    type,
    samples: shown.map((of) => ({ labels: { receiver: of.id }, value: value(of) })),
  });
  return [
    by("sent_total", "Notices a receiver has taken", "counter", ({ sent }) => sent),
    by("failed_total", "Notices given up", "counter", ({ failed }) => failed),
    by("waiting", "Notices on their way", "gauge", ({ waiting }) => waiting),
  ];
}

function single(name: string, help: string, value: number): MetricFamily {
  return { name: `sallyport_intake_${name}`, help, type: "gauge", samples: [{ labels: {}, value }] };
}

function histogram(name: string, help: string, { bounds, counts, count, sum }: Histogram): MetricFamily {
  return {
    name: `sallyport_intake_${name}`,
    help,
    type: "histogram",
    samples: [
      ...bounds.map((bound, index) => ({
        suffix: "_bucket" as const,
        labels: { le: String(bound) },
        value: counts[index] ?? 0,
      })),
      { suffix: "_bucket", labels: { le: "+Inf" }, value: count },
      { suffix: "_sum", labels: {}, value: sum },
      { suffix: "_count", labels: {}, value: count },
    ],
  };
}
