/** The only file of the generator that touches the disk. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { mixedStreams, type MixedOptions } from "./mixed-events.ts";

/** Writes the benchmark's events, one file a source; returns the paths written. */
export function writeMixedEvents(folder: string, options: MixedOptions): string[] {
  return mixedStreams(options).map(({ path, content }) => writeFile(join(folder, path), content));
}

function writeFile(path: string, content: Iterable<string>): string {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "w");
  try {
    for (const piece of content) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
  return path;
}
