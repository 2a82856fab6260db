/** Prometheus text format; every label has few values whatever is asked of the server. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { MetricFamily } from "./backend.ts";

const BOUNDS = [0.005, 0.025, 0.1, 0.3, 1, 3, 10];

interface RouteTimes {
  readonly buckets: number[];
  count: number;
  sum: number;
}

/** Counts requests by the address of the contract they were answered by. */
export class RequestMetrics {
  readonly #requests = new Map<string, { labels: Record<string, string>; value: number }>();
  readonly #times = new Map<string, RouteTimes>();
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });

  constructor() {
    this.#delay.enable();
  }

  /** @param route as the contract writes it; `other` for whatever is not in it */
  add(route: string, method: string, status: number, seconds: number): void {
    const verb = ["GET", "HEAD", "POST", "DELETE"].includes(method) ? method : "other";
    const group = `${Math.floor(status / 100)}xx`;
    const key = `${route}\0${verb}\0${group}`;
    const counted = this.#requests.get(key);
    if (counted === undefined) this.#requests.set(key, { labels: { route, method: verb, status: group }, value: 1 });
    else counted.value += 1;
    let times = this.#times.get(route);
    if (times === undefined) this.#times.set(route, (times = { buckets: BOUNDS.map(() => 0), count: 0, sum: 0 }));
    times.count += 1;
    times.sum += seconds;
    for (const [index, bound] of BOUNDS.entries())
      if (seconds <= bound) times.buckets[index] = (times.buckets[index] ?? 0) + 1;
  }

  /** @param version of the product */
  render(families: readonly MetricFamily[], version: string): string {
    const { user, system } = process.cpuUsage();
    const own: MetricFamily[] = [
      gauge("sallyport_build_info", "1, with the version", 1, { version }),
      { ...gauge("process_cpu_seconds_total", "CPU time", (user + system) / 1e6), type: "counter" },
      gauge("nodejs_heap_size_used_bytes", "Memory of the main thread's objects", process.memoryUsage().heapUsed),
      gauge("process_resident_memory_bytes", "Memory of the process", process.memoryUsage.rss()),
      gauge("process_start_time_seconds", "When the process started", (performance.timeOrigin ?? 0) / 1000),
      gauge(
        "nodejs_eventloop_delay_p99_seconds",
        "How late timers were since the last scrape",
        this.#delay.percentile(99) / 1e9,
      ),
      {
        name: "sallyport_http_requests_total",
        help: "Requests by address of the contract",
        type: "counter",
        samples: [...this.#requests.values()],
      },
    ];
    if (Number.isFinite(this.#delay.max))
      own.push(
        gauge(
          "nodejs_eventloop_delay_max_seconds",
          "How late a timer was at most since the last scrape",
          this.#delay.max / 1e9,
        ),
      );
    this.#delay.reset();
    return [...own, ...families].map(renderFamily).join("") + this.#renderTimes();
  }

  #renderTimes(): string {
    const name = "sallyport_http_request_duration_seconds";
    const lines = [`# HELP ${name} Time to answer`, `# TYPE ${name} histogram`];
    for (const [route, { buckets, count, sum }] of this.#times) {
      for (const [index, bound] of BOUNDS.entries())
        lines.push(`${name}_bucket${labelled({ route, le: String(bound) })} ${buckets[index]}`);
      lines.push(`${name}_bucket${labelled({ route, le: "+Inf" })} ${count}`);
      lines.push(`${name}_sum${labelled({ route })} ${sum}`, `${name}_count${labelled({ route })} ${count}`);
    }
    return `${lines.join("\n")}\n`;
  }

  stop(): void {
    this.#delay.disable();
  }
}

function gauge(name: string, help: string, value: number, labels: Record<string, string> = {}): MetricFamily {
  return { name, help, type: "gauge", samples: [{ labels, value: Number.isFinite(value) ? value : 0 }] };
}

function renderFamily({ name, help, type, samples }: MetricFamily): string {
  const lines = samples.map(({ suffix = "", labels, value }) => `${name}${suffix}${labelled(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([key, value]) =>
      `${key}="${value.slice(0, 200).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
