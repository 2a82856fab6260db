/** What stood ahead of a line in its stream changes what reading it costs, never what it is: alone it is the same. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Dice } from "../../../test/dice.ts";
import { everything } from "../../../test/extent.ts";
import { isStateful } from "./define-map.ts";
import { maps, openStream } from "./index.ts";

const golden = new URL("./golden/", import.meta.url);
const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "x.log" };
const TIME = "2026-03-20T10:07:14.000Z";

/** As shippers write them; the first two have the same keys, the last but one stands around another. */
const WRAPPERS: readonly ((line: string) => string)[] = [
  (line) => JSON.stringify({ "@timestamp": TIME, message: line, host: { name: "gate-1" } }),
  (line) => JSON.stringify({ "@timestamp": TIME, message: `${line}\n`, host: "gate-2" }),
  (line) => JSON.stringify({ log: line, stream: "stdout", time: TIME }),
  (line) => JSON.stringify({ event: line.startsWith("{") ? (tryJson(line) ?? line) : line, sourcetype: "x" }),
  (line) => JSON.stringify({ log: JSON.stringify({ message: line, tag: "t" }), stream: "stderr", time: TIME }),
  (line) => line,
];

const LINES = maps
  .filter((map) => !isStateful(map))
  .flatMap(({ id }) => {
    const folder = new URL(`${id}/`, golden);
    return readdirSync(folder)
      .filter((name) => name.endsWith(".in"))
      .flatMap((name) => readFileSync(new URL(name, folder), "utf8").split("\n"))
      .filter((line) => line !== "" && line.length < 4_000);
  });

const SEEDS = Array.from({ length: everything ? 40 : 5 }, (_, n) => n + 1);

/** What becomes of each line: source and id of its events, or why it is refused. */
function told(lines: readonly string[]): string[] {
  const results = lines.map((): string[] => []);
  const stream = openStream({
    source: "auto",
    environment,
    emit: ({ metadata }, map, line) => void results[line]!.push(`${map.id} ${metadata.uid}`),
    reject: (line, { message }) => void results[line]!.push(message),
  });
  lines.forEach((line, number) => stream.push(line, number));
  stream.flush();
  return results.map((result) => result.join("\n"));
}

describe("a line is what it is alone", () => {
  test.each(SEEDS)("whatever was ahead of it, wrapped or not (seed %i)", (seed) => {
    const dice = new Dice(seed);
    const lines: string[] = [];
    while (lines.length < 800) {
      // Runs of one source in one wrapper are what streams are made of.
      const from = dice.below(LINES.length);
      const wrap = dice.of(WRAPPERS);
      const run = LINES.slice(from, from + 1 + dice.below(6));
      for (const line of run) lines.push((dice.below(8) === 0 ? dice.of(WRAPPERS) : wrap)(line));
    }
    const together = told(lines);
    const differing = lines.filter((line, index) => told([line])[0] !== together[index]);
    expect(differing).toEqual([]);
  });
});

function tryJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
