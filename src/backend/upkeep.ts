/** Retention, deletion and backups: the same for the API and for the command line, each written down. */
import { hash } from "node:crypto";
import { join } from "node:path";
import { SallyportError } from "../model/errors.ts";
import type { Clock } from "../model/ports.ts";
import { writeAudit } from "../pipeline/persist/audit.ts";
import { backUp } from "../pipeline/persist/backup.ts";
import { purgePerson } from "../pipeline/persist/purge.ts";
import { applyRetention, planRetention, type RetentionSettings } from "../pipeline/persist/retention.ts";
import type { Store } from "../pipeline/persist/store.ts";
import type { AdminCall, UpkeepHandlers } from "../pipeline/serve/access-handlers.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";

export interface UpkeepOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly retention: () => RetentionSettings;
  /** Below which folder backups go that the API asks for. */
  readonly backupFolder: string;
  /** Of the product. */
  readonly version: string;
  /** Until what is deleted is off the disk; a server lets the store do it in its own time. */
  readonly wait: boolean;
}

export function upkeepHandlers(options: UpkeepOptions): UpkeepHandlers {
  const { store, clock, wait } = options;
  const record = (
    { caller }: Pick<AdminCall<"listUsers">, "caller">,
    kind: string,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> =>
    writeAudit(
      store,
      { kind, origin: { actor: caller.name, via: caller.via, address: caller.address }, details },
      clock.now(),
    );
  return {
    showRetention: async () => ({ items: await planRetention(store, options.retention(), clock.now()), next: null }),

    applyRetention: async (call) => {
      const withOpen = call.body.with_open ?? false;
      const deleted = await applyRetention(store, options.retention(), { now: clock.now(), wait, withOpen });
      await record(call, "retention.apply", { deleted, with_open: withOpen });
      return { deleted };
    },

    purge: async (call) => {
      const { names, reason, incidents = false, dry_run: dryRun = false } = call.body;
      const counts = await purgePerson(store, names, { incidents, dryRun, wait });
      // Whom it was about is kept as a hash: enough to show that a request was carried out, and no more.
      const people = names.map((name) => hash("sha256", name.toLowerCase(), "hex").slice(0, 16));
      if (!dryRun) await record(call, "purge", { people, reason, ...counts });
      return counts;
    },

    backUp: async (call) => {
      const { name } = call.body;
      try {
        const { version: product } = options;
        const made = await backUp(store, join(options.backupFolder, name), { product, now: clock.now() });
        await record(call, "backup", { folder: made.folder, files: made.files, bytes: made.bytes });
        return made;
      } catch (error) {
        if (error instanceof SallyportError && error.code === "usage.invalid")
          throw new ProblemError("request.invalid", `there is a backup ${name} already`, { cause: error });
        throw error;
      }
    },
  };
}
