/** A store served over HTTP until the process is told to stop: what `demo` ends in. */
import { fileURLToPath } from "node:url";
import { createBackend } from "../backend/index.ts";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { systemClock } from "../model/ports.ts";
import { parseRuleFiles, planSetOf } from "../pipeline/detect/detector.ts";
import { Store } from "../pipeline/persist/store.ts";
import { startServer, type RunningServer } from "../pipeline/serve/server.ts";
import { makeFirstToken, type FirstToken } from "./first-token.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** Where the console and the API are when nothing else is said. */
export const LISTEN = "127.0.0.1:8440";
/** Stopping takes no longer, whatever is still open. */
const STOP_WITHIN_MS = 900;

export interface ServeOptions {
  readonly store: string;
  readonly policy: string | null;
  readonly listen: string;
}

/**
 * Serves until SIGINT or SIGTERM, then closes everything.
 * @param signal ends it as well, for tests
 * @throws {ListenError | StoreLockedError | StoreUnavailableError}
 */
export async function serveStore(terminal: Terminal, options: ServeOptions, signal?: AbortSignal): Promise<void> {
  const store = await Store.open(options.store);
  const reader = store.openReader();
  let server: RunningServer | null = null;
  let first: FirstToken | null = null;
  try {
    const policy = options.policy === null ? null : loadPolicy(options.policy);
    const documents = parseRuleFiles(loadRules([DETECTIONS]));
    const content = { catalogue: loadCatalogue(), policy, documents, planSet: planSetOf(documents, policy) };
    const backend = createBackend({ store, reader, content: () => content, clock: systemClock });
    server = await startServer({
      backend,
      clock: systemClock,
      version: VERSION,
      listen: options.listen,
      consoleFolder: consoleFolder(),
      beforeListening: async (access) => {
        first = await makeFirstToken(access, store.folder);
      },
    });
    welcome(terminal, server, first);
    await stopped(signal);
    terminal.note("Stopping.");
  } finally {
    const closing = (async (): Promise<void> => {
      await server?.close();
      await reader.close();
      await store.close();
    })();
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref())]);
  }
}

/** The built console beside the sources, or beside what was built of them. */
export function consoleFolder(): string {
  return fileURLToPath(
    new URL(import.meta.url.endsWith(".ts") ? "../../console/dist" : "../../../console/dist", import.meta.url),
  );
}

/** Prints how to get in. @param first made by this start; null when an earlier one did */
export function welcome(terminal: Terminal, server: RunningServer, first: FirstToken | null): void {
  const { paint } = terminal;
  terminal.line("");
  terminal.line(`Console and API on ${paint.strong(server.address)}`);
  const link = server.signInLink("local");
  if (link !== null) terminal.line(`  sign in (once)  ${link}`);
  if (first !== null) {
    terminal.line(`  API token       ${first.token}`);
    terminal.line(paint.faint(`                  also in ${first.path}`));
  }
  terminal.line(paint.faint("Ctrl-C stops."));
}

function stopped(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
  });
}
