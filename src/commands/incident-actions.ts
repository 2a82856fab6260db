/** `incident assign|note|close|reopen`: the same actions as in the console, by the user of this machine. */
import { hostname, userInfo } from "node:os";
import { UsageError } from "../model/errors.ts";
import { systemClock } from "../model/ports.ts";
import { printable } from "../model/printable.ts";
import { readActions, stateOf, writeAction, type NewAction } from "../pipeline/persist/actions.ts";
import { readIncident } from "../pipeline/persist/findings.ts";
import { EXIT } from "./exit-codes.ts";
import { openExisting } from "./incident.ts";
import type { Terminal } from "./terminal.ts";

/**
 * @param action an assignee that is empty stands for the user of this machine
 * @returns the exit code
 */
export async function actOn(terminal: Terminal, uid: string, action: NewAction, folder: string): Promise<number> {
  const store = await openExisting(folder);
  try {
    const incident = await readIncident(store, uid);
    if (incident === null)
      throw new UsageError(
        `no incident has the uid ${uid}, or more than one begins with it: sallyport incident list --store ${folder}`,
      );
    const user = userInfo().username;
    const before = await readActions(store, incident.uid);
    const was = stateOf(incident.uid, before);
    const written = await writeAction(
      store,
      incident.uid,
      action.kind === "assign" && action.assignee === "" ? { kind: "assign", assignee: user } : action,
      { before, origin: { actor: user, via: "command-line", address: hostname() }, now: systemClock.now() },
    );
    const is = stateOf(incident.uid, [...before, written]);
    terminal.line(`${incident.uid.slice(0, 8)}  ${printable(incident.title)}`);
    const told = (name: string, from: string | null, to: string | null): void => {
      if (from !== to) terminal.line(`  ${name.padEnd(11)} ${printable(from ?? "none")} → ${printable(to ?? "none")}`);
    };
    told("state", was.state, is.state);
    told("assignee", was.assignee, is.assignee);
    told("disposition", was.disposition, is.disposition);
    if (written.text !== null) terminal.line(`  ${"note".padEnd(11)} ${printable(written.text)}`);
    terminal.line(terminal.paint.faint(`  by ${printable(user)} at ${new Date(written.time).toISOString()}`));
    return EXIT.done;
  } finally {
    await store.close();
  }
}
