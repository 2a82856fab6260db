/**
 * The sources of a running installation: started, tried again while they cannot start, exchanged when the configuration changes.
 * What happens to one concerns no other.
 */
import { InvalidConfigError } from "../model/errors.ts";
import type { Checkpoints, Intake, LiveSource, SourceHealth, SourcePorts } from "./collect/intake.ts";
import { readCheckpoint, readCheckpoints, writeCheckpoint } from "./persist/checkpoint.ts";
import type { Store } from "./persist/store.ts";

/** A source as it is wanted. */
export interface SourceSpec {
  readonly id: string;
  /** Differs when the source has to be made anew: settings and secrets. No secret can be read off it. */
  readonly fingerprint: string;
  /** @throws {InvalidConfigError} when its settings or secrets are of no use */
  readonly create: (ports: SourcePorts) => LiveSource;
}

export interface SupervisorOptions {
  readonly intakeOf: (id: string) => Intake;
  readonly checkpoints: Checkpoints;
  readonly now: () => number;
  readonly log: (level: "info" | "warn" | "error", message: string) => void;
  /** Between tries to start; doubles up to a minute. Default 1 s. */
  readonly retryMs?: number;
}

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
const NOT_STARTED: SourceHealth = {
  state: "starting",
  problem: null,
  received: 0,
  dropped: 0,
  lagMs: null,
  gaps: [],
};

export class SourceSupervisor {
  readonly #options: SupervisorOptions;
  readonly #sources = new Map<string, SupervisedSource>();
  #changing: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Makes the running sources those of the list: what is not in it is stopped, what differs is made anew, what is the same is not
   * touched. Resolves when each has been tried once.
   */
  apply(specs: readonly SourceSpec[]): Promise<void> {
    this.#changing = this.#changing.then(async () => {
      const wanted = new Map(specs.map((spec) => [spec.id, spec]));
      const ending = [...this.#sources].filter(([id, { fingerprint }]) => wanted.get(id)?.fingerprint !== fingerprint);
      // Before anything starts: one may take over the address of another.
      await Promise.all(
        ending.map(async ([id, source]) => {
          await source.stop();
          this.#sources.delete(id);
          this.#options.log("info", `source ${id}: ${wanted.has(id) ? "starts anew: it was changed" : "removed"}`);
        }),
      );
      const starting: SupervisedSource[] = [];
      for (const spec of specs) {
        if (this.#sources.has(spec.id)) continue;
        const source = new SupervisedSource(spec, this.#options);
        this.#sources.set(spec.id, source);
        starting.push(source);
      }
      await Promise.all(starting.map((source) => source.start()));
    });
    return this.#changing;
  }

  /** By id, in the order they were first configured. */
  health(): ReadonlyMap<string, SourceHealth> {
    return new Map([...this.#sources].map(([id, source]) => [id, source.health()]));
  }

  /** Resolves when no source takes anything any more and all that was offered has been acknowledged or given back. */
  stop(): Promise<void> {
    return this.apply([]);
  }
}

class SupervisedSource {
  readonly fingerprint: string;
  readonly #spec: SourceSpec;
  readonly #options: SupervisorOptions;
  #source: LiveSource | null = null;
  /** Why it did not start. */
  #problem: string | null = null;
  #tries = 0;
  #retry: NodeJS.Timeout | null = null;
  #starting: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(spec: SourceSpec, options: SupervisorOptions) {
    this.fingerprint = spec.fingerprint;
    this.#spec = spec;
    this.#options = options;
  }

  start(): Promise<void> {
    this.#starting = this.#try();
    return this.#starting;
  }

  async #try(): Promise<void> {
    const { id, create } = this.#spec;
    const { intakeOf, checkpoints, now, log } = this.#options;
    let source: LiveSource | null = null;
    try {
      source = create({ intake: intakeOf(id), checkpoints, now, log });
      await source.start();
      this.#source = source;
      if (this.#problem !== null) log("info", `source ${id}: has started`);
      this.#problem = null;
    } catch (error) {
      await source?.stop().catch(() => {});
      const message = error instanceof Error ? error.message : String(error);
      const waitMs = Math.min(LONGEST_RETRY_MS, (this.#options.retryMs ?? RETRY_MS) * 2 ** Math.min(this.#tries, 10));
      if (message !== this.#problem)
        log(
          "error",
          `source ${id}: does not start: ${message}${error instanceof InvalidConfigError ? "" : "; it is tried again"}`,
        );
      this.#problem = message;
      this.#tries += 1;
      if (!this.#stopping) this.#retry = setTimeout(() => void this.start(), waitMs);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#starting;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#source?.stop().catch((error: unknown) => {
      this.#options.log("error", `source ${this.#spec.id}: did not stop as it should: ${String(error)}`);
    });
  }

  health(): SourceHealth {
    if (this.#source !== null) return this.#source.health();
    return this.#problem === null ? NOT_STARTED : { ...NOT_STARTED, state: "failing", problem: this.#problem };
  }
}

/** Positions of sources, kept in the store. */
export function storeCheckpoints(store: Store, now: () => number): Checkpoints {
  let version = 0;
  return {
    read: (name) => readCheckpoint(store, name),
    readAll: (prefix) => readCheckpoints(store, prefix),
    write: (name, position) => {
      // Of two in the same millisecond the later one counts, also after a clock that was set back.
      version = Math.max(version + 1, now());
      return writeCheckpoint(store, name, position, version);
    },
  };
}
