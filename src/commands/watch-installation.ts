/** The parts of a running installation, from the store to the server, and how they take up another configuration. */
import { createBackend, type BackendContent } from "../backend/index.ts";
import { liveState, type LiveState } from "../backend/live.ts";
import type { Configuration } from "../content/configuration/index.ts";
import { retentionSettings } from "../content/configuration/retention.ts";
import { systemClock } from "../model/ports.ts";
import { LiveEngine } from "../pipeline/live.ts";
import type { Notifier } from "../pipeline/notify/notifier.ts";
import { SourceSupervisor, storeCheckpoints } from "../pipeline/live-sources.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import type { RetentionSettings } from "../pipeline/persist/retention.ts";
import { RetentionSchedule } from "../pipeline/persist/retention-schedule.ts";
import { Store } from "../pipeline/persist/store.ts";
import { startServer, type RunningServer } from "../pipeline/serve/server.ts";
import { withPlace } from "./check.ts";
import { examineConfiguration } from "./examine-configuration.ts";
import { makeFirstToken, type FirstToken } from "./first-token.ts";
import { consoleFolder } from "./serve-store.ts";
import { VERSION } from "./version.ts";
import type { Log } from "./watch-log.ts";
import { resolvedReceivers, startNotifier } from "./watch-notify.ts";
import { serverOptionsOf } from "./watch-server.ts";
import { sourceSpecs } from "./watch-sources.ts";

/** Sections that are read at the start alone. */
const FIXED = ["store", "listen", "tls", "allowed_hosts", "access"] as const;

interface Parts {
  readonly store: Store;
  readonly reader: StoreReader;
  readonly engine: LiveEngine;
  readonly sources: SourceSupervisor;
  readonly schedule: RetentionSchedule;
  readonly server: RunningServer;
  readonly notifier: Notifier;
  readonly firstToken: FirstToken | null;
}

export class Installation {
  readonly #parts: Parts;
  readonly #log: Log;
  readonly #current: Current;

  private constructor(parts: Parts, current: Current, log: Log) {
    this.#parts = parts;
    this.#current = current;
    this.#log = log;
  }

  /** @throws {StoreLockedError | StoreUnavailableError | ListenError} and everything that was opened is closed */
  static async start(configuration: Configuration, content: BackendContent, log: Log): Promise<Installation> {
    const opened: (() => Promise<void>)[] = [];
    const clock = systemClock;
    const now = (): number => clock.now();
    try {
      const store = await Store.open(configuration.store);
      opened.push(() => store.close());
      for (const { table, part, reason } of store.detachedParts)
        log("error", `a part of ${table} is broken and was set aside (${part}: ${reason}): collect its time again`);
      const current = new Current(configuration, content, clock.now());
      let server: RunningServer | null = null;
      let notifier: Notifier | null = null;
      let firstToken: FirstToken | null = null;
      const engine = await LiveEngine.start({
        ...content,
        store,
        clock,
        log,
        onConcluded: () => {
          server?.notify();
          notifier?.concluded();
        },
      });
      opened.push(() => engine.stop());
      const sources = new SourceSupervisor({
        intakeOf: (id) => engine.intakeOf(id),
        checkpoints: storeCheckpoints(store, now),
        now,
        log,
      });
      opened.push(() => sources.stop());
      const reader = store.openReader();
      opened.push(() => reader.close());
      const live: LiveState = liveState(engine, sources, {
        starting: () => !current.begun,
        configuration: () => current.state(),
        receivers: () => notifier?.status() ?? [],
      });
      const retention = (): RetentionSettings => retentionSettings(current.configuration.retention);
      const schedule = new RetentionSchedule({ store, settings: retention, clock, log });
      opened.push(() => schedule.close());
      const backend = createBackend({
        store,
        reader,
        content: () => current.content,
        clock,
        live,
        retention,
        version: VERSION,
      });
      server = await startServer({
        ...serverOptionsOf(configuration),
        backend,
        clock,
        log,
        version: VERSION,
        consoleFolder: consoleFolder(),
        beforeListening: async (access) => {
          firstToken = await makeFirstToken(access, store.folder);
        },
      });
      const running = server;
      opened.push(() => running.close());
      const telling = (notifier = await startNotifier(configuration, content, {
        store,
        reader,
        clock,
        log,
        address: server.address,
      }));
      opened.push(() => telling.close());
      await sources.apply(sourceSpecs(configuration.sources));
      current.begun = true;
      const { rules, sources: configured } = configuration;
      log("info", `running: ${configured.length} sources, ${content.documents.length} rules`, {
        file: configuration.file,
        store: store.folder,
        listen: server.address,
        rule_folders: rules.length,
      });
      return new Installation({ store, reader, engine, sources, schedule, server, notifier, firstToken }, current, log);
    } catch (error) {
      for (const close of opened.toReversed()) await close().catch(() => {});
      throw error;
    }
  }

  get server(): RunningServer {
    return this.#parts.server;
  }

  /** Made by this start; null when an earlier one did. */
  get firstToken(): FirstToken | null {
    return this.#parts.firstToken;
  }

  /**
   * Takes up what the files say now; when there is a mistake in them, nothing changes but what `/status` says.
   * @param why for the log
   * @returns the configuration that runs from now on
   */
  async reload(why: string): Promise<Configuration> {
    const before = this.#current.configuration;
    try {
      const { configuration, content, errors, warnings } = examineConfiguration(before.file);
      for (const { message, place } of warnings) this.#log("warn", withPlace(message, place));
      if (configuration === null || content === null) {
        for (const error of errors) this.#log("error", error.message, { code: error.code });
        const [first] = errors;
        this.#current.refuse(first?.message ?? "it cannot be read", systemClock.now());
        this.#log("error", `not taken up (${why}): ${errors.length} mistakes; what was running goes on`);
        return before;
      }
      const receivers = resolvedReceivers(configuration);
      this.#parts.engine.judgeBy(content);
      this.#current.take(configuration, content, systemClock.now());
      const fixed = FIXED.filter((key) => JSON.stringify(configuration[key]) !== JSON.stringify(before[key]));
      if (fixed.length > 0) this.#log("warn", `${fixed.join(", ")}: taken up at the next start only`);
      await this.#parts.sources.apply(sourceSpecs(configuration.sources));
      await this.#parts.notifier.apply(receivers, content.policy);
      this.#log(
        "info",
        `taken up (${why}): ${configuration.sources.length} sources, ${content.documents.length} rules`,
      );
      return configuration;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#current.refuse(message, systemClock.now());
      this.#log("error", `not taken up (${why}): ${message}; what was running goes on`);
      return before;
    }
  }

  /** Stores what came, concludes and closes everything. What was not acknowledged comes again from its source. */
  async stop(): Promise<void> {
    const { sources, engine, schedule, notifier, server, reader, store } = this.#parts;
    await sources.stop();
    await engine.stop();
    await schedule.close();
    await Promise.all([notifier.close(), server.close()]);
    await reader.close();
    await store.close();
  }
}

/** What runs, and whether what the files say is that. */
class Current {
  configuration: Configuration;
  content: BackendContent;
  /** Every source has been tried once. */
  begun = false;
  #takenAt: number;
  #refused: { readonly problem: string; readonly at: number } | null = null;

  constructor(configuration: Configuration, content: BackendContent, now: number) {
    this.configuration = configuration;
    this.content = content;
    this.#takenAt = now;
  }

  take(configuration: Configuration, content: BackendContent, now: number): void {
    this.configuration = configuration;
    this.content = content;
    this.#takenAt = now;
    this.#refused = null;
  }

  refuse(problem: string, now: number): void {
    this.#refused = { problem, at: now };
  }

  state(): { file: string; loaded: number; problem: string | null; refused: number | null } {
    return {
      file: this.configuration.file,
      loaded: this.#takenAt,
      problem: this.#refused?.problem ?? null,
      refused: this.#refused?.at ?? null,
    };
  }
}
