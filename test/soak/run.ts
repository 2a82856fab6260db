/** An installation under load: started, disturbed by whoever calls, stopped in an orderly way and judged. */
import { setTimeout as wait } from "node:timers/promises";
import type { Installation } from "./installation.ts";
import { createSenders, type Sender } from "./senders.ts";
import { judge, type Judgement } from "./tally.ts";

export interface RunOptions {
  /** Between two batches of a sender, ms. */
  readonly pauseMs?: number;
  /** Names of senders; all when left out. */
  readonly only?: readonly string[];
}

export interface RunResult extends Judgement {
  readonly stop: { readonly code: number | null; readonly ms: number };
}

export interface Load {
  readonly senders: readonly Sender[];
  /** Starts the installation; resolves with how long it took until each kind of source that answers has acknowledged something, ms. */
  startAndAccept(): Promise<number>;
  /** Waits until each of them has acknowledged something from now on. @returns ms */
  accepted(withinMs?: number): Promise<number>;
}

/** Kinds whose acknowledgement says that events are taken; files are acknowledged by whoever writes them, syslog by nobody. */
const ANSWERING = new Set(["hec", "ndjson", "bulk", "webhook", "gitlab"]);
const WITHIN_MS = 60_000;

/** Ends with an orderly stop, after which everything acknowledged has to be in the store exactly once. */
export async function underLoad(
  installation: Installation,
  disturb: (load: Load) => Promise<void>,
  { pauseMs = 10, only }: RunOptions = {},
): Promise<RunResult> {
  const senders = createSenders(installation).filter(({ name }) => only?.includes(name) ?? true);
  const answering = senders.filter(({ name }) => ANSWERING.has(name));
  const accepted = async (since: number, withinMs: number): Promise<number> => {
    while (performance.now() - since < withinMs) {
      if (answering.every(({ lastAcknowledged }) => lastAcknowledged > since)) return performance.now() - since;
      await wait(5);
    }
    const silent = answering.filter(({ lastAcknowledged }) => lastAcknowledged <= since).map(({ name }) => name);
    throw new Error(`nothing was accepted by ${silent.join(", ")} within ${withinMs} ms:\n${installation.log}`);
  };
  const end = new AbortController();
  const load = Promise.all(senders.map((sender) => keepSending(sender, end.signal, pauseMs)));
  try {
    await disturb({
      senders,
      startAndAccept: () => {
        const begun = performance.now();
        installation.start();
        return accepted(begun, WITHIN_MS);
      },
      accepted: (withinMs = WITHIN_MS) => accepted(performance.now(), withinMs),
    });
  } finally {
    end.abort();
    await load;
    for (const sender of senders) sender.close();
  }
  await caughtUp(installation);
  const stop = await installation.stop();
  return { ...(await judge(installation.store, senders)), stop };
}

async function keepSending(sender: Sender, until: AbortSignal, pauseMs: number): Promise<void> {
  while (!until.aborted) {
    await sender.send(until);
    await wait(pauseMs);
  }
}

/** Waits until the number of activities has not changed for a second. */
async function caughtUp(installation: Installation): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  let last = -1;
  while (performance.now() < until) {
    const { store } = await installation.status();
    if (store.activities === last) return;
    last = store.activities;
    await wait(1_000);
  }
}
