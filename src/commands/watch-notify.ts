/** Receivers as configured -> those who are told. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { BackendContent } from "../backend/index.ts";
import type { Configuration } from "../content/configuration/index.ts";
import { resolveNotify } from "../content/configuration/notify.ts";
import type { Clock } from "../model/ports.ts";
import { createNotifier, type Notifier, type NotifyTarget } from "../pipeline/notify/notifier.ts";
import { createOutbox } from "../pipeline/persist/outbox.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import type { Store } from "../pipeline/persist/store.ts";
import { VERSION } from "./version.ts";
import type { Log } from "./watch-log.ts";

/** @throws {InvalidConfigError} when a secret cannot be read */
export function resolvedReceivers({ notify }: Configuration): NotifyTarget[] {
  return resolveNotify(notify);
}

export interface NotifyParts {
  readonly store: Store;
  readonly reader: StoreReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the server listens. */
  readonly address: string;
}

/** @throws {InvalidConfigError} when a secret or a certificate cannot be read */
export function startNotifier(
  configuration: Configuration,
  { policy }: BackendContent,
  { store, reader, clock, log, address }: NotifyParts,
): Promise<Notifier> {
  return createNotifier({
    outbox: createOutbox(store, reader),
    entries: resolvedReceivers(configuration),
    policy,
    clock,
    baseUrl: configuration.access?.public_url ?? address,
    log,
    hostname: hostname(),
    version: VERSION,
    readFile: (path) => readFileSync(path, "utf8"),
  });
}
