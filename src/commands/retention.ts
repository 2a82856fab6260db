/** `retention show|apply` and `purge`: what is deleted, when, and about whom. */
import { printable } from "../model/printable.ts";
import { formatDuration } from "../model/units.ts";
import { openAdministration, type InstallationOptions } from "./administration.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface RetentionOptions extends InstallationOptions {
  readonly output?: "table" | "json";
}

/** @returns the exit code */
export async function showRetention(terminal: Terminal, options: RetentionOptions): Promise<number> {
  const administration = await openAdministration(options);
  try {
    const { items } = await administration.ask("showRetention", {});
    if (options.output === "json") terminal.line(JSON.stringify(items));
    else
      for (const { kind, keep_ms, before, due, held } of items)
        terminal.line(
          `${kind.padEnd(14)} ${(keep_ms === null ? "for ever" : formatDuration(keep_ms)).padStart(9)}  ${
            before === null ? "" : `before ${new Date(before).toISOString().slice(0, 10)}: ${number(due)} due`
          }${held > 0 ? `, ${number(held)} of them held by open incidents` : ""}`.trimEnd(),
        );
    return EXIT.done;
  } finally {
    await administration.close();
  }
}

export async function applyRetention(
  terminal: Terminal,
  options: RetentionOptions & { readonly withOpen?: boolean },
): Promise<number> {
  const administration = await openAdministration(options);
  try {
    const { deleted } = await administration.ask("applyRetention", { body: { with_open: options.withOpen ?? false } });
    if (options.output === "json") terminal.line(JSON.stringify(deleted));
    else if (deleted.length === 0) terminal.line("Nothing was due.");
    else for (const { kind, rows } of deleted) terminal.line(`${kind.padEnd(14)} ${number(rows)} deleted`);
    return EXIT.done;
  } finally {
    await administration.close();
  }
}

export interface PurgeCommandOptions extends InstallationOptions {
  readonly user: readonly string[];
  readonly reason: string;
  readonly withIncidents?: boolean;
  readonly dryRun?: boolean;
  readonly output?: "table" | "json";
}

/** Deletes what is stored about a person. */
export async function purge(terminal: Terminal, options: PurgeCommandOptions): Promise<number> {
  const administration = await openAdministration(options);
  try {
    const counts = await administration.ask("purge", {
      body: {
        names: [...options.user],
        reason: options.reason,
        incidents: options.withIncidents ?? false,
        dry_run: options.dryRun ?? false,
      },
    });
    if (options.output === "json") {
      terminal.line(JSON.stringify(counts));
      return EXIT.done;
    }
    const { held, left, ...deleted } = counts;
    const people = options.user.map(printable).join(", ");
    terminal.line(`${options.dryRun === true ? "Would be deleted" : "Deleted"} about ${people}:`);
    for (const [what, rows] of Object.entries(deleted))
      if (rows > 0) terminal.line(`  ${what.padEnd(12)} ${number(rows)}`);
    if (Object.values(deleted).every((rows) => rows === 0)) terminal.line("  nothing");
    if (left > 0)
      terminal.line(
        `${number(left)} incidents stay${held > 0 ? `, and ${number(held)} events that open ones rest on` : ""}: close them, or delete those about this person alone with --with-incidents.`,
      );
    return EXIT.done;
  } finally {
    await administration.close();
  }
}

function number(value: number): string {
  return value.toLocaleString("en");
}
