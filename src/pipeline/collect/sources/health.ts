/** What a source has to say of itself, kept while it works. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CoverageGap, SourceHealth, SourcePorts } from "../intake.ts";

/** Older ones are dropped: `/status` is read by people. */
const MAX_GAPS = 100;

export class HealthBook {
  state: SourceHealth["state"] = "starting";
  received = 0;
  dropped = 0;
  /** When the source had last read all there was, ms since 1970 UTC; null where it cannot know. */
  readUpTo: number | null = null;
  readonly #problems = new Map<string, string>();
  readonly #gaps: { from: number; until: number; reason: string }[] = [];

  /** One problem of each subject stands at a time; null: it is over. */
  setProblem(subject: string, problem: string | null): void {
    if (problem === null) this.#problems.delete(subject);
    else this.#problems.set(subject, problem);
  }

  hasProblem(subject: string): boolean {
    return this.#problems.has(subject);
  }

  /** Problems of subjects that `stands` denies are over. */
  keepProblems(stands: (subject: string) => boolean): void {
    for (const subject of this.#problems.keys()) if (!stands(subject)) this.#problems.delete(subject);
  }

  addGap(from: number, until: number, reason: string): void {
    this.#gaps.push({ from, until, reason });
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  /** @param now ms since 1970 UTC; needed only where `readUpTo` is kept */
  report(now = 0): SourceHealth {
    const problems = [...this.#problems.values()];
    const more = problems.length > 3 ? `, and ${problems.length - 3} more` : "";
    return {
      state: this.state === "running" && problems.length > 0 ? "failing" : this.state,
      problem: problems.length === 0 ? null : problems.slice(0, 3).join("; ") + more,
      received: this.received,
      dropped: this.dropped,
      lagMs: this.readUpTo === null ? null : Math.max(0, now - this.readUpTo),
      gaps: [...this.#gaps],
    };
  }
}

const TRIES = 30;
const BETWEEN_TRIES_MS = 10_000;

/** Notes a gap at once, and puts it into the store as soon as that takes it; for sources that cannot wait for it. */
export function noteGap(ports: SourcePorts, health: HealthBook, gap: CoverageGap): void {
  health.addGap(gap.from, gap.until, gap.reason);
  const write = async (): Promise<void> => {
    for (let turn = 1; ; turn += 1) {
      try {
        return await ports.intake.tellGap(gap);
      } catch (error) {
        if (turn === TRIES) throw error;
        await sleep(BETWEEN_TRIES_MS, undefined, { ref: false });
      }
    }
  };
  write().catch((error: unknown) =>
    ports.log(
      "error",
      `${gap.collector}: a gap is not stored: ${error instanceof Error ? error.message : String(error)}`,
    ),
  );
}
