/** Server-sent events: every incident that is new or has changed, as long as somebody listens. */
import type { ServerResponse } from "node:http";
import type { Backend, ChangeMarks } from "./backend.ts";

/** How often the store is asked, ms; an incident is visible that much later at most. */
const INTERVAL_MS = 1_000;
/** Proxies end connections that are silent for longer. */
const KEEP_ALIVE_MS = 15_000;
const MOST_LISTENERS = 100;
/** A listener that does not read is let go when this much waits for it. */
const MOST_WAITING_BYTES = 4 << 20;

export class IncidentStream {
  readonly #backend: Backend;
  readonly #listeners = new Set<ServerResponse>();
  #marks: ChangeMarks | null = null;
  #timer: NodeJS.Timeout | null = null;
  #asking = false;
  #spoke = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get isFull(): boolean {
    return this.#listeners.size >= MOST_LISTENERS;
  }

  /**
   * @param response its header has been written
   * @param since marks the listener saw last (Last-Event-ID); null: from now on
   */
  async add(response: ServerResponse, since: string | null): Promise<void> {
    this.#listeners.add(response);
    response.on("close", () => {
      this.#listeners.delete(response);
      if (this.#listeners.size === 0) this.#stop();
    });
    response.write("retry: 2000\n\n");
    const known = parseMarks(since);
    const changes = await this.#backend.changes(known);
    this.#send(response, changes);
    // Where the listener stands, should its connection break before anything happens.
    response.write(`id: ${changes.marks.version}.${changes.marks.acted}\nevent: mark\ndata: {}\n\n`);
    this.#marks ??= changes.marks;
    this.#timer ??= setInterval(() => void this.ask(), INTERVAL_MS);
  }

  /** Asks at once: something has changed. */
  async ask(): Promise<void> {
    if (this.#asking || this.#marks === null) return;
    this.#asking = true;
    try {
      const changes = await this.#backend.changes(this.#marks);
      this.#marks = changes.marks;
      const now = performance.now();
      const keepAlive = now - this.#spoke > KEEP_ALIVE_MS;
      if (changes.incidents.length > 0 || changes.tooMany || keepAlive) this.#spoke = now;
      for (const listener of this.#listeners) {
        if (keepAlive) listener.write(":\n\n");
        this.#send(listener, changes);
      }
    } catch {
      // The store does not answer now: the next question may find it again.
    } finally {
      this.#asking = false;
    }
  }

  #send(listener: ServerResponse, { incidents, marks, tooMany }: Awaited<ReturnType<Backend["changes"]>>): void {
    if (listener.writableLength > MOST_WAITING_BYTES) {
      listener.destroy();
      return;
    }
    const id = `${marks.version}.${marks.acted}`;
    if (tooMany) listener.write(`id: ${id}\nevent: reset\ndata: {}\n\n`);
    // JSON has no line ends outside its strings, and inside them they are escaped.
    for (const incident of incidents)
      listener.write(`id: ${id}\nevent: incident\ndata: ${JSON.stringify(incident)}\n\n`);
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#marks = null;
  }

  close(): void {
    this.#stop();
    for (const listener of this.#listeners) listener.destroy();
    this.#listeners.clear();
  }
}

function parseMarks(id: string | null): ChangeMarks | null {
  const parts = /^(\d{1,15})\.(\d{1,15})$/.exec(id ?? "");
  return parts === null ? null : { version: Number(parts[1]), acted: Number(parts[2]) };
}
