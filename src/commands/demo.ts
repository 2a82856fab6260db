/** `demo`: a week of an invented company's logs through the whole pipeline, ending in explained incidents and a console to look at them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCompany } from "../../demo/write.ts";
import { systemClock } from "../model/ports.ts";
import { EXIT } from "./exit-codes.ts";
import { scan } from "./scan.ts";
import { LISTEN, serveStore } from "./serve-store.ts";
import type { Terminal } from "./terminal.ts";

export interface DemoOptions {
  readonly days: number;
  /** Keep the logs, the policy and the store in this folder instead of a temporary one. */
  readonly keep?: string;
  /** false: end after printing the incidents. */
  readonly console: boolean;
  readonly listen?: string;
}

const DAY_MS = 86_400_000;
/** The same company every time: what a newcomer sees is what the documentation shows. */
const SEED = 1;

/** @returns the exit code */
export async function demo(
  terminal: Terminal,
  { days, keep, console: serves, listen = LISTEN }: DemoOptions,
): Promise<number> {
  const folder = keep ?? mkdtempSync(join(tmpdir(), "sallyport-demo-"));
  try {
    terminal.note(
      `Acme, an invented company: ${days} days of its proxy, sensor, DNS, endpoint, sign-in and repository logs.`,
    );
    writeCompany(folder, { seed: SEED, start: lastMonday(systemClock.now(), days), days });
    const code = await scan(terminal, [join(folder, "logs")], {
      policy: join(folder, "policy.yaml"),
      store: join(folder, "store"),
    });
    if (serves && (code === EXIT.done || code === EXIT.partly))
      await serveStore(terminal, { store: join(folder, "store"), policy: join(folder, "policy.yaml"), listen });
    if (keep !== undefined)
      terminal.note(`Logs, policy and store are in ${keep}: sallyport incident list --store ${join(keep, "store")}`);
    return code === EXIT.partly ? EXIT.done : code;
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Midnight UTC of the latest Monday that lies at least `days` back: recent times, but none in the future. */
function lastMonday(now: number, days: number): number {
  const midnight = Math.floor((now - days * DAY_MS) / DAY_MS) * DAY_MS;
  const weekday = new Date(midnight).getUTCDay();
  return midnight - ((weekday + 6) % 7) * DAY_MS;
}
