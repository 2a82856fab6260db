/**
 * Tells receivers of incidents that are new, more severe or closed.
 *
 * What to tell is worked out from the store: every incident that changed, against what each receiver was told of it. It is
 * written into the outbox before anything is sent and marked there afterwards, so that a process that ends at any moment loses
 * nothing, and what was marked is never sent again. In between the same delivery may be sent twice, under the same id.
 */
import type { Clock } from "../../model/ports.ts";
import type { Policy } from "../../model/policy.ts";
import type { ChangedIncident, Outbox, OutboxEntry } from "../../model/notification.ts";
import { Guard, type Resolve } from "./guard.ts";
import { RECEIVER_KINDS } from "./kinds/index.ts";
import { Pause } from "./pause.ts";
import { ReceiverQueue, type Log, type ReceiverStatus } from "./queue.ts";
import type { Receiver, ReceiverPorts } from "./receiver.ts";
import { createPlanner, type Planned, type Planner, type Route } from "./route.ts";

/** One receiver, as the configuration resolves it. */
export interface NotifyTarget extends Route {
  readonly type: string;
  /** Settings of its kind, with its secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly allow_private?: boolean | undefined;
  /** ms */
  readonly give_up_after?: number | undefined;
}

export interface NotifierOptions {
  readonly outbox: Outbox;
  readonly entries: readonly NotifyTarget[];
  /** Tells who is in which team. */
  readonly policy: Policy | null;
  readonly clock: Clock;
  /** Where people reach the console, such as `https://sallyport.acme.example`; null: messages carry no links. */
  readonly baseUrl: string | null;
  readonly log: Log;
  readonly hostname: string;
  readonly version: string;
  readonly readFile: (path: string) => string;
  readonly random?: () => number;
  /** For tests: names are resolved by this. */
  readonly resolve?: Resolve;
}

export interface Notifier {
  /** Something about incidents may have changed. */
  concluded(): void;
  /** Takes up other receivers; those whose id stays go on where they were. */
  apply(entries: readonly NotifyTarget[], policy: Policy | null): Promise<void>;
  /** Sends what is due, for at most five seconds; the rest waits for the next start. */
  close(): Promise<void>;
  status(): readonly ReceiverStatus[];
}

/** Incidents may have become visible later than they are dated: the notifier looks back that far. */
const OVERLAP_MS = 10 * 60_000;
/** A look at the store at least so often: what analysts do on the command line wakes nobody. */
const LOOK_MS = 5_000;
/** Between two looks, however often it is woken. */
const LEAST_MS = 250;
const CLOSE_MS = 5_000;
const MOST_DEAD = 1_000;
const MARK = "seen";

/** @returns when it is on disk from when on each receiver is told */
export async function createNotifier(options: NotifierOptions): Promise<Notifier> {
  const notifier = new RunningNotifier(options);
  await notifier.start();
  return notifier;
}

/** Connects an entry to what it is delivered by. @throws {InvalidConfigError} when a certificate cannot be read */
export function connectReceiver(
  entry: NotifyTarget,
  options: Pick<NotifierOptions, "clock" | "baseUrl" | "hostname" | "version" | "readFile" | "resolve">,
): Receiver {
  const kind = RECEIVER_KINDS.find(({ type }) => type === entry.type);
  if (kind === undefined) throw new RangeError(`there is no receiver of type ${entry.type}`);
  const ports: ReceiverPorts = {
    clock: options.clock,
    guard: new Guard({
      allowPrivate: entry.allow_private ?? false,
      named: kind.hosts(entry.settings),
      resolve: options.resolve,
    }),
    hostname: options.hostname,
    version: options.version,
    link: (uid) =>
      options.baseUrl === null ? null : `${options.baseUrl.replace(/\/+$/, "")}/incidents/${encodeURIComponent(uid)}`,
    readFile: options.readFile,
  };
  return kind.connect(entry.settings, ports);
}

interface Target {
  readonly entry: NotifyTarget;
  readonly planner: Planner;
  readonly queue: ReceiverQueue;
  /** Incidents that have not changed since then are none of its business, ms since 1970 UTC. */
  readonly since: number;
}

class RunningNotifier implements Notifier {
  readonly #options: NotifierOptions;
  #targets: Target[] = [];
  /** What was looked at already: uid -> fingerprint. */
  #known = new Map<string, string>();
  #mark = 0;
  #stopping = false;
  readonly #pause = new Pause();
  #running: Promise<void> = Promise.resolve();
  /** One thing after the other: looking, and taking up other receivers. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { outbox, clock, entries, policy } = this.#options;
    this.#mark = Math.min((await outbox.readMark(MARK)) ?? clock.now(), clock.now());
    await this.apply(entries, policy);
    this.#running = this.#run();
  }

  concluded(): void {
    this.#pause.wake();
  }

  apply(entries: readonly NotifyTarget[], policy: Policy | null): Promise<void> {
    return this.#inTurn(() => this.#apply(entries, policy));
  }

  status(): readonly ReceiverStatus[] {
    return this.#targets.map(({ queue }) => queue.status());
  }

  async close(): Promise<void> {
    const until = performance.now() + CLOSE_MS;
    this.#stopping = true;
    this.#pause.wake();
    await this.#running;
    await this.#inTurn(() => this.#look()).catch((error: Error) => this.#options.log("error", error.message));
    await Promise.all(this.#targets.map(({ queue }) => queue.close(Math.max(0, until - performance.now()))));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #apply(entries: readonly NotifyTarget[], policy: Policy | null): Promise<void> {
    const { outbox, clock, log, random = Math.random } = this.#options;
    // Before anything is stopped: an entry that cannot be connected leaves all as it was.
    const connected = entries.map((entry) => ({ entry, receiver: connectReceiver(entry, this.#options) }));
    await Promise.all(this.#targets.map(({ queue }) => queue.close(CLOSE_MS)));
    this.#targets = [];
    const [counts, waiting, dead] = [await outbox.counts(), await outbox.waiting(), await outbox.dead(MOST_DEAD)];
    const count = (id: string, wanted: string): number =>
      counts.find(({ receiver, state }) => receiver === id && state === wanted)?.entries ?? 0;
    for (const { entry, receiver } of connected) {
      const { id, type } = entry;
      const first = await outbox.readMark(`since:${id}`);
      const since = Math.min(first ?? clock.now(), clock.now());
      if (first === null) await outbox.writeMark(`since:${id}`, since);
      const queue = new ReceiverQueue({
        id,
        type,
        receiver,
        outbox,
        clock,
        random,
        log,
        giveUpAfterMs: entry.give_up_after ?? 3 * 86_400_000,
        sent: count(id, "sent"),
        failed: count(id, "dead"),
        dead: dead.filter((each) => each.receiver === id),
      });
      queue.add(
        waiting.filter((each) => each.receiver === id),
        true,
      );
      this.#targets.push({ entry, queue, since, planner: createPlanner(entry, policy) });
    }
    this.#known.clear();
    this.#pause.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const begun = performance.now();
      await this.#inTurn(() => this.#look()).catch((error: Error) =>
        this.#options.log("error", `notifications wait: ${error.message}`),
      );
      for (const { queue } of this.#targets) queue.wake();
      await this.#pause.sleep(LOOK_MS);
      const rest = LEAST_MS - (performance.now() - begun);
      if (rest > 0 && !this.#stopping) await new Promise((resolve) => setTimeout(resolve, rest));
    }
  }

  /** Writes down what is to be told of all that changed, then hands it to the queues. */
  async #look(): Promise<void> {
    if (this.#targets.length === 0) return;
    const { outbox, clock } = this.#options;
    const now = clock.now();
    const changed = await outbox.changedSince(this.#mark - OVERLAP_MS);
    const fresh = changed.filter(({ uid, fingerprint }) => this.#known.get(uid) !== fingerprint);
    for (let at = 0; at < fresh.length; at += 100) await this.#tell(fresh.slice(at, at + 100), now);
    this.#known = new Map(changed.map(({ uid, fingerprint }) => [uid, fingerprint]));
    // Up to what was seen, not up to now: what is being concluded is dated when that began. Nor beyond the clock, which may be set back.
    const seen = Math.min(now, Math.max(this.#mark, ...fresh.map(({ written }) => written)));
    if (seen > this.#mark) await outbox.writeMark(MARK, seen);
    this.#mark = seen;
  }

  async #tell(changed: readonly ChangedIncident[], now: number): Promise<void> {
    const { outbox } = this.#options;
    const incidents = await outbox.incidents(changed.map(({ uid }) => uid));
    const told = await outbox.entriesAbout(
      incidents.flatMap(({ incident, ancestors }) => [incident.uid, ...ancestors]),
    );
    const byIncident = Map.groupBy(told, ({ incident }) => incident);
    const planned: { readonly target: Target; readonly plan: Planned }[] = [];
    for (const each of incidents) {
      const about = [...each.ancestors, each.incident.uid]
        .flatMap((uid) => byIncident.get(uid) ?? [])
        .toSorted((a, b) => a.created - b.created);
      for (const target of this.#targets) {
        if (each.changed < target.since && !about.some(({ receiver }) => receiver === target.entry.id)) continue;
        const plan = target.planner(each, about, now);
        if (plan !== null) planned.push({ target, plan });
      }
    }
    if (planned.length === 0) return;
    await outbox.add(planned.map(({ plan }) => plan));
    for (const [queue, plans] of Map.groupBy(planned, ({ target }) => target.queue)) {
      const entries: OutboxEntry[] = plans.map(({ plan }) => plan.entry).filter(({ state }) => state === "waiting");
      queue.add(entries, false);
    }
  }
}
