/** Applies retention once a day while an installation runs. */
import type { Clock } from "../../model/ports.ts";
import { writeAudit } from "./audit.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { applyRetention, type RetentionSettings } from "./retention.ts";
import type { Store } from "./store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LAST_RUN = "retention-run";
/** A start is busy with what came in meanwhile. */
const FIRST_LOOK_MS = 5 * 60_000;

export interface RetentionScheduleOptions {
  readonly store: Store;
  /** May change with a reload of the configuration. */
  readonly settings: () => RetentionSettings;
  readonly clock: Clock;
  readonly log: (level: "info" | "warn" | "error", message: string) => void;
}

export class RetentionSchedule {
  readonly #options: RetentionScheduleOptions;
  #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RetentionScheduleOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#look(), FIRST_LOOK_MS);
    this.#timer.unref();
  }

  #look(): void {
    this.#running = this.runIfDue();
    void this.#running.finally(() => {
      this.#timer = setTimeout(() => this.#look(), HOUR_MS);
      this.#timer.unref();
    });
  }

  /** Deletes what is due if that was last done a day ago or longer. Failures are logged, and tried again an hour later. */
  async runIfDue(): Promise<void> {
    const { store, settings, clock, log } = this.#options;
    try {
      const now = clock.now();
      const last = Number((await readCheckpoint(store, LAST_RUN)) ?? 0);
      // A clock that was set back must not put it off for ever.
      if (last <= now && now - last < DAY_MS) return;
      const deleted = await applyRetention(store, settings(), { now, wait: false });
      await writeCheckpoint(store, LAST_RUN, String(now), now);
      if (deleted.length === 0) return;
      log("info", `retention: deleted ${deleted.map(({ kind, rows }) => `${rows} of ${kind}`).join(", ")}`);
      const origin = { actor: "sallyport", via: "command-line", address: null } as const;
      await writeAudit(store, { kind: "retention.apply", origin, details: { deleted } }, now);
    } catch (error) {
      log("error", `retention failed and is tried again: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
  }
}

/** When retention was last applied by the schedule, ms; null: never. */
export async function lastRetention(store: Store): Promise<number | null> {
  const last = await readCheckpoint(store, LAST_RUN);
  return last === null ? null : Number(last);
}
