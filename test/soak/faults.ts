/** What can happen to a process besides its end, while it is under load. */
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Installation } from "./installation.ts";
import type { Load } from "./run.ts";

/** Killed at random moments. @returns from each start to the first event that each source that answers has acknowledged, ms */
export async function killRepeatedly(
  installation: Installation,
  load: Load,
  {
    kills,
    seed,
    liveMs,
    onRound,
  }: { kills: number; seed: number; liveMs: number; onRound?: (round: number, ms: number) => void },
): Promise<number[]> {
  const random = generator(seed);
  const acceptedAfter: number[] = [];
  // The first start makes the store.
  await load.startAndAccept();
  for (let round = 1; round <= kills; round += 1) {
    await wait(random() * liveMs);
    await installation.kill();
    const ms = await load.startAndAccept();
    acceptedAfter.push(ms);
    onRound?.(round, ms);
  }
  await wait(liveMs);
  return acceptedAfter;
}

/** Stands still again and again, as a process does whose disk or processor is taken away from it. */
export async function standStill(installation: Installation, load: Load, times: number, ms: number): Promise<void> {
  await load.startAndAccept();
  for (let time = 0; time < times; time += 1) {
    await wait(ms / 2);
    installation.signal("SIGSTOP");
    await wait(ms);
    installation.signal("SIGCONT");
    await load.accepted();
  }
}

/**
 * The disk of the store is filled by somebody else and freed again.
 * @returns how long after it was freed events were taken again, ms
 */
export async function fillTheDisk(installation: Installation, load: Load, fullForMs: number): Promise<number> {
  await load.startAndAccept();
  await wait(500);
  const filler = join(installation.store, "filler");
  const { bavail, bsize } = statfsSync(installation.store);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
  await wait(fullForMs);
  rmSync(filler);
  return load.accepted();
}

/** Far below what the engine keeps in reserve. */
const LEFT_BYTES = 60 << 20;

/** A disk of its own for the store; null where none may be made. Unmounted by the function that comes back. */
export function ownDisk(folder: string, mebibytes: number): (() => void) | null {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  return () => void execFileSync("umount", ["-l", folder], { stdio: "ignore" });
}

/**
 * Some connections send as fast as they are read.
 * @returns lines that were sent, and the longest that a source which answers let its sender wait meanwhile, ms
 */
export async function flood(
  installation: Installation,
  load: Load,
  { connections, forMs }: { connections: number; forMs: number },
): Promise<{ lines: number; longestWait: number }> {
  await load.startAndAccept();
  let lines = 0;
  let flooding = true;
  const block = Array.from(
    { length: 200 },
    (_, index) => `<134>1 2026-03-16T10:00:00Z fw-${index} kernel - - - flood ${index} ${"x".repeat(200)}\n`,
  ).join("");
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(installation.ports.syslog, "127.0.0.1");
    const pour = (): void => {
      while (flooding && !socket.destroyed) {
        lines += 200;
        if (!socket.write(block)) break;
      }
    };
    socket.on("connect", pour);
    socket.on("drain", pour);
    socket.on("error", () => {});
    return socket;
  });
  let longestWait = 0;
  const until = performance.now() + forMs;
  while (performance.now() < until) longestWait = Math.max(longestWait, await load.accepted());
  flooding = false;
  for (const socket of sockets) socket.destroy();
  return { lines, longestWait };
}

/** Mulberry32: the same moments for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
