/** For the tests of sources: an intake that keeps what it is given, refuses when told to, and checks what holds for every batch. */
import { IntakeBusyError, StoreUnavailableError } from "../../../model/errors.ts";
import type {
  Checkpoints,
  CoverageGap,
  Intake,
  LiveSource,
  RecordBatch,
  RejectedRecord,
  SourcePorts,
} from "../intake.ts";

export class FakeIntake implements Intake {
  readonly batches: RecordBatch[] = [];
  readonly rejected: RejectedRecord[] = [];
  readonly gaps: CoverageGap[] = [];
  /** Lines in the order they were stored. */
  readonly lines: string[] = [];
  readonly linesOf = new Map<string, string[]>();
  /** What the next offers end in. */
  mood: "stores" | "busy" | "fails" | "hangs" = "stores";
  refused = 0;
  readonly #hanging: (() => void)[] = [];

  async offer(batch: RecordBatch): Promise<void> {
    if (batch.bytes.at(-1) !== 0x0a) throw new Error("a batch does not end in a line end");
    if (batch.bytes.length > 8 << 20) throw new Error("a batch of over 8 MiB");
    const lines = Buffer.from(batch.bytes).toString("utf8").split("\n").slice(0, -1);
    // As the engine hands the bytes to a thread: gone whatever comes of it, unless refused at once.
    if (this.mood !== "busy") batch.bytes.fill(0x78);
    if (this.mood === "hangs") await new Promise<void>((resolve) => this.#hanging.push(resolve));
    if (this.mood === "busy") {
      this.refused += 1;
      throw new IntakeBusyError("the store cannot follow", 20);
    }
    if (this.mood === "fails") {
      this.refused += 1;
      throw new StoreUnavailableError("the store does not answer");
    }
    this.batches.push({ ...batch, bytes: new Uint8Array(0) });
    this.lines.push(...lines);
    const stream = this.linesOf.get(batch.stream) ?? [];
    this.linesOf.set(batch.stream, stream);
    stream.push(...lines);
  }

  reject(record: RejectedRecord): void {
    this.rejected.push(record);
  }

  async tellGap(gap: CoverageGap): Promise<void> {
    if (this.mood === "fails") throw new StoreUnavailableError("the store does not answer");
    this.gaps.push(gap);
  }

  /** Lets the hanging offers end, as the mood is by then. */
  release(mood: FakeIntake["mood"] = "stores"): void {
    this.mood = mood;
    for (const resume of this.#hanging.splice(0)) resume();
  }
}

export class FakeCheckpoints implements Checkpoints {
  readonly values = new Map<string, string>();

  async read(name: string): Promise<string | null> {
    return this.values.get(name) ?? null;
  }

  async readAll(prefix: string): Promise<ReadonlyMap<string, string>> {
    return new Map([...this.values].filter(([name]) => name.startsWith(prefix)));
  }

  async write(name: string, position: string): Promise<void> {
    this.values.set(name, position);
  }
}

export interface FakePorts extends SourcePorts {
  readonly intake: FakeIntake;
  readonly checkpoints: FakeCheckpoints;
  readonly logged: string[];
}

export function fakePorts(checkpoints = new FakeCheckpoints(), now: () => number = Date.now): FakePorts {
  const logged: string[] = [];
  const log: SourcePorts["log"] = (level, message) => logged.push(`${level} ${message}`);
  return { intake: new FakeIntake(), checkpoints, now, log, logged };
}

/** Waits until it holds. @throws when it does not within ten seconds */
export async function until(holds: () => boolean, what = "a condition"): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited ten seconds for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs `during` while the source is at work. */
export async function running<S extends LiveSource>(source: S, during: (source: S) => Promise<void>): Promise<void> {
  await source.start();
  try {
    await during(source);
  } finally {
    await source.stop();
  }
}
