/** `watch`: a running installation. Joins the store, the pipeline, the sources, the notifications and the server. */
import type { Terminal } from "./terminal.ts";
import { withPlace } from "./check.ts";
import { examineConfiguration } from "./examine-configuration.ts";
import { EXIT } from "./exit-codes.ts";
import { welcome } from "./serve-store.ts";
import { Installation } from "./watch-installation.ts";
import { createLog, type Log, type LogFormat } from "./watch-log.ts";
import { ChangeWatcher } from "./watch-changes.ts";

export interface WatchOptions {
  readonly config: string;
  /** For people on a terminal and JSON otherwise, when left out. */
  readonly logFormat?: LogFormat;
  readonly quiet?: boolean;
}

/** What is not acknowledged by then comes again from its source. */
const STOP_WITHIN_MS = 9_500;

/**
 * Runs until SIGINT or SIGTERM.
 * @returns the exit code; 78 when the configuration has a mistake
 * @throws {StoreLockedError | StoreUnavailableError | ListenError} when it cannot start
 */
export async function watch(terminal: Terminal, { config, logFormat, quiet = false }: WatchOptions): Promise<number> {
  const log = createLog({
    format: logFormat ?? (process.stderr.isTTY ? "human" : "json"),
    paint: terminal.notePaint,
    write: (text) => void process.stderr.write(text),
    now: () => Date.now(),
    quiet,
  });
  const { configuration, content, errors, warnings } = examineConfiguration(config);
  for (const { message, place } of warnings) log("warn", withPlace(message, place));
  if (configuration === null || content === null) {
    for (const error of errors) log("error", error.message, { code: error.code });
    return EXIT.invalid;
  }
  const stopping = untilStopped(log);
  const installation = await Installation.start(configuration, content, log);
  const watcher = new ChangeWatcher(configuration, (why) => installation.reload(why));
  const hangUp = (): void => watcher.now("SIGHUP");
  process.on("SIGHUP", hangUp);
  try {
    welcome(terminal, installation.server, installation.firstToken);
    await stopping;
  } finally {
    process.off("SIGHUP", hangUp);
    watcher.close();
  }
  log("info", "stopping: taking nothing more, storing what came");
  const begun = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), STOP_WITHIN_MS)));
  const outcome = await Promise.race([installation.stop(), late]);
  clearTimeout(timer);
  if (outcome === "late") {
    // Everything acknowledged is on disk, and so is the note of what is still to be concluded.
    log("warn", `not everything had ended after ${STOP_WITHIN_MS / 1000} s: the next start goes on from there`);
    process.exit(EXIT.done);
  }
  log("info", `stopped in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return EXIT.done;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilStopped(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) {
        log("warn", `${signal} again: ending at once`);
        process.exit(signal === "SIGINT" ? 130 : 143);
      }
      asked = true;
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
