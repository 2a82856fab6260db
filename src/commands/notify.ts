/** `notify test|list`: whether receivers can be told, and what they were told. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { loadConfiguration, type Configuration } from "../content/configuration/index.ts";
import { resolveNotify } from "../content/configuration/notify.ts";
import { StoreLockedError, UsageError } from "../model/errors.ts";
import type { Incident } from "../model/incident.ts";
import type { Notice, OutboxEntry } from "../model/notification.ts";
import { systemClock } from "../model/ports.ts";
import { printable } from "../model/printable.ts";
import { connectReceiver, type NotifyTarget } from "../pipeline/notify/notifier.ts";
import type { ReceiverStatus } from "../pipeline/notify/queue.ts";
import type { Outcome } from "../pipeline/notify/receiver.ts";
import { deliveryId } from "../pipeline/notify/route.ts";
import { createOutbox } from "../pipeline/persist/outbox.ts";
import { EXIT } from "./exit-codes.ts";
import { openExisting } from "./incident.ts";
import { formatTime } from "./show-incident.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

export interface NotifyListOptions {
  readonly config: string;
  readonly output: "table" | "ndjson";
}

const ATTEMPT_MS = 60_000;
const MOST_DEAD = 1_000;

/** @returns the exit code: 69 when a receiver did not take it */
export async function testReceivers(terminal: Terminal, config: string, id: string | undefined): Promise<number> {
  const configuration = loadConfiguration(config);
  const entries = resolveNotify(configuration.notify);
  const chosen = id === undefined ? entries : entries.filter((entry) => entry.id === id);
  if (chosen.length === 0) {
    const known = entries.map((entry) => entry.id).join(", ");
    throw new UsageError(
      id === undefined || known === ""
        ? `${config} names no receivers: write some under notify`
        : `no receiver is named ${id}; there are ${known}`,
    );
  }
  const now = systemClock.now();
  const outcomes = await Promise.all(chosen.map((entry) => attempt(entry, configuration, now)));
  for (const [index, { result, answer }] of outcomes.entries()) {
    const entry = chosen[index];
    if (entry === undefined) continue;
    const { good, bad } = terminal.paint;
    const said = result === "delivered" ? good("delivered") : bad(result === "refused" ? "refused" : "failed");
    terminal.line(`${entry.id} (${entry.type})  ${said}  ${printable(answer)}`);
  }
  return outcomes.every(({ result }) => result === "delivered") ? EXIT.done : EXIT.unavailable;
}

async function attempt(entry: NotifyTarget, configuration: Configuration, now: number): Promise<Outcome> {
  const incident = testIncident(now);
  const delivery = deliveryId(entry.id, incident.uid, `test:${now}`);
  const notice: Notice = {
    delivery,
    change: "new",
    previous_severity: null,
    thread: incident.uid,
    merged: [],
    incident,
    state: "open",
    assignee: null,
    disposition: null,
    test: true,
  };
  try {
    const receiver = connectReceiver(entry, {
      clock: systemClock,
      baseUrl: null,
      hostname: hostname(),
      version: VERSION,
      readFile: (path) => readFileSync(path, "utf8"),
    });
    return await receiver.deliver(notice, {
      delivery,
      again: false,
      reference: "",
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
  } catch (error) {
    return { result: "failed", answer: error instanceof Error ? error.message : String(error) };
  }
}

/** Of the lowest severity, and of nobody: whoever is woken by it can tell. */
function testIncident(now: number): Incident {
  return {
    schema_version: 1,
    uid: `test-${now}`,
    title: "This is a test by `sallyport notify test`: nothing has happened",
    severity: "informational",
    risk_score: 0,
    reasons: [{ text: "somebody tries whether notifications arrive", points: 0, finding: "test" }],
    first_time: now,
    last_time: now,
    actors: [],
    hosts: [],
    addresses: [],
    destinations: [],
    bytes_out: null,
    behaviours: [],
    analytics: [],
    attack: [],
    findings: [],
    visibility: { endpoint: "nothing", network: "nothing", identity: "nothing", repository: "nothing" },
    destination_details: [],
    blind_spots: [],
    next_steps: [],
    timeline: [],
  };
}

export async function listNotifications(terminal: Terminal, { config, output }: NotifyListOptions): Promise<number> {
  const configuration = loadConfiguration(config);
  let store;
  try {
    store = await openExisting(configuration.store);
  } catch (error) {
    if (!(error instanceof StoreLockedError)) throw error;
    return listFromStatus(terminal, configuration, output, error);
  }
  const reader = store.openReader();
  try {
    const outbox = createOutbox(store, reader);
    const [counts, waiting, dead] = [await outbox.counts(), await outbox.waiting(), await outbox.dead(MOST_DEAD)];
    if (output === "ndjson") {
      for (const entry of [...dead, ...waiting]) terminal.line(JSON.stringify(entry));
      return EXIT.done;
    }
    const receivers = new Set([...resolveIds(configuration), ...counts.map(({ receiver }) => receiver)]);
    if (receivers.size === 0) terminal.line("No receivers.");
    for (const id of receivers) {
      const count = (state: string): number =>
        counts.find((each) => each.receiver === id && each.state === state)?.entries ?? 0;
      terminal.line(summary(id, count("sent"), count("waiting"), count("dead")));
    }
    for (const entry of dead) terminal.line(`  ${terminal.paint.bad("given up")}  ${rowOf(entry)}`);
    for (const entry of waiting) terminal.line(`  ${terminal.paint.warn("waiting")}   ${rowOf(entry)}`);
    return EXIT.done;
  } finally {
    await reader.close();
    await store.close();
  }
}

function summary(id: string, sent: number, waiting: number, dead: number): string {
  return `${printable(id)}  ${sent} sent, ${waiting} waiting, ${dead} given up`;
}

function rowOf({ receiver, incident, change, severity, created, attempts, answer }: OutboxEntry): string {
  const said = answer === "" ? "" : `: ${answer}`;
  return printable(
    `${formatTime(created)}  ${receiver}  ${incident}  ${change} (${severity}), ${attempts} attempts${said}`,
  );
}

function resolveIds({ notify }: Configuration): string[] {
  return notify.map(({ id, type }, index) => id ?? `${type}-${index + 1}`);
}

/** The store belongs to the running installation: it is asked what it says of itself. */
async function listFromStatus(
  terminal: Terminal,
  configuration: Configuration,
  output: "table" | "ndjson",
  locked: StoreLockedError,
): Promise<number> {
  const receivers = await askStatus(configuration);
  if (receivers === null) throw locked;
  for (const receiver of receivers) {
    if (output === "ndjson") terminal.line(JSON.stringify(receiver));
    else {
      terminal.line(summary(receiver.id, receiver.sent, receiver.waiting, receiver.failed));
      if (receiver.last_error !== null) terminal.line(`  last error  ${printable(receiver.last_error)}`);
      for (const { incident, change, time, answer } of receiver.given_up ?? [])
        terminal.line(
          `  ${terminal.paint.bad("given up")}  ${printable(`${formatTime(time)}  ${incident}  ${change}: ${answer}`)}`,
        );
    }
  }
  if (receivers.length === 0) terminal.line("No receivers.");
  return EXIT.done;
}

/** With the token of the first start, where it is still there. */
async function askStatus({ listen, tls, store }: Configuration): Promise<ReceiverStatus[] | null> {
  try {
    const address = listen.replace(/^(?:0\.0\.0\.0|\[::\])?:/, "127.0.0.1:");
    const token = readFileSync(join(store, "first-token"), "utf8").trim();
    const answer = await fetch(`${tls === undefined ? "http" : "https"}://${address}/status`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) return null;
    const status = (await answer.json()) as { notify?: ReceiverStatus[] };
    return status.notify ?? null;
  } catch {
    return null;
  }
}
