import { afterEach, expect, test } from "vitest";
import { ListenError } from "../model/errors.ts";
import type { LiveSource, SourceHealth } from "./collect/intake.ts";
import { fakePorts, until } from "./collect/sources/testing.ts";
import { SourceSupervisor, type SourceSpec } from "./live-sources.ts";

/** Starts as often as it is let; tells what happens to it. */
class FakeSource implements LiveSource {
  readonly id: string;
  readonly #events: string[];
  readonly #fails: () => boolean;
  #state: SourceHealth["state"] = "starting";

  constructor(id: string, events: string[], fails: () => boolean) {
    this.id = id;
    this.#events = events;
    this.#fails = fails;
  }

  async start(): Promise<void> {
    if (this.#fails()) throw new ListenError("127.0.0.1:1 is taken");
    this.#state = "running";
    this.#events.push(`${this.id} started`);
  }

  async stop(): Promise<void> {
    if (this.#state === "running") this.#events.push(`${this.id} stopped`);
    this.#state = "stopped";
  }

  health(): SourceHealth {
    return { state: this.#state, problem: null, received: 0, dropped: 0, lagMs: null, gaps: [] };
  }
}

let supervisor: SourceSupervisor;
const events: string[] = [];
const failing = new Set<string>();
const logged: string[] = [];

function make(): void {
  events.length = 0;
  logged.length = 0;
  failing.clear();
  const ports = fakePorts();
  supervisor = new SourceSupervisor({
    intakeOf: () => ports.intake,
    checkpoints: ports.checkpoints,
    now: ports.now,
    log: (level, message) => logged.push(`${level} ${message}`),
    retryMs: 10,
  });
}
afterEach(() => supervisor.stop());

const spec = (id: string, fingerprint = "1"): SourceSpec => ({
  id,
  fingerprint,
  create: () => new FakeSource(id, events, () => failing.has(id)),
});
const states = (): Record<string, string> =>
  Object.fromEntries([...supervisor.health()].map(([id, { state }]) => [id, state]));

test("what is the same is not touched; what ended has stopped before anything starts", async () => {
  make();
  await supervisor.apply([spec("a"), spec("b"), spec("c")]);
  expect(states()).toEqual({ a: "running", b: "running", c: "running" });
  events.length = 0;
  await supervisor.apply([spec("a"), spec("b", "2"), spec("d")]);
  expect(events.toSorted()).toEqual(["b started", "b stopped", "c stopped", "d started"]);
  expect(Math.max(events.indexOf("b stopped"), events.indexOf("c stopped"))).toBeLessThan(
    Math.min(events.indexOf("b started"), events.indexOf("d started")),
  );
});

test("a source that does not start is told once, tried again, and stops no other", async () => {
  make();
  failing.add("a");
  await supervisor.apply([spec("a"), spec("b")]);
  expect(states()).toEqual({ a: "failing", b: "running" });
  expect(supervisor.health().get("a")?.problem).toBe("127.0.0.1:1 is taken");
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(logged.filter((line) => line.includes("does not start"))).toHaveLength(1);
  failing.delete("a");
  await until(() => states()["a"] === "running", "the start");
  expect(logged).toContain("info source a: has started");
});

test("a source that is removed while it cannot start is not tried again", async () => {
  make();
  failing.add("a");
  await supervisor.apply([spec("a")]);
  await supervisor.apply([]);
  failing.delete("a");
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(events).toEqual([]);
});

test("changes that come together are made one after the other", async () => {
  make();
  await Promise.all([supervisor.apply([spec("a")]), supervisor.apply([spec("a", "2")]), supervisor.apply([spec("b")])]);
  expect(events).toEqual(["a started", "a stopped", "a started", "a stopped", "b started"]);
});
