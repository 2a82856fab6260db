/** Worker threads that are started before it is known what they will work with. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ProcessorOptions } from "./processor.ts";
import type { ToWorker } from "./worker.ts";

/** More would wait for the store. */
const MOST_WORKERS = 8;

export class WorkerPool {
  readonly workers: readonly Worker[];
  #configured = false;

  /** @param count threads; one a core when left out */
  constructor(count: number = Math.min(availableParallelism(), MOST_WORKERS)) {
    const url = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
    this.workers = Array.from(
      { length: Math.max(1, count) },
      // Lines and events live for a moment: a young generation that fits the processor's cache collects them for least.
      () => new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: 16 } }),
    );
  }

  get configured(): boolean {
    return this.#configured;
  }

  /**
   * Tells every worker what to work with; comes before all other messages.
   * @param name sets the blocks of this pool apart from those of others
   */
  configure(options: Omit<ProcessorOptions, "name">, name = "scan"): void {
    this.#configured = true;
    for (const [index, worker] of this.workers.entries()) {
      const message: ToWorker = { type: "configure", options: { ...options, name: `${process.pid}-${name}-${index}` } };
      worker.postMessage(message);
    }
  }

  /** Ends all threads at once; again is harmless. */
  async terminate(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
