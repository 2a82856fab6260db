import { expect, test } from "vitest";
import { MIXED_SOURCES, mixedEvents, mixedStreams } from "./mixed-events.ts";

const options = { count: 4_000, seed: 7 };

test("the same seed gives the same bytes, another seed others", () => {
  const text = (seed: number): string => [...mixedEvents({ ...options, seed })].map((event) => event.line).join("\n");
  expect(text(7)).toBe(text(7));
  expect(text(7)).not.toBe(text(8));
});

test("the shares and the average size are those of the benchmark", () => {
  const counts = new Map<string, number>();
  let bytes = 0;
  for (const { source, line } of mixedEvents(options)) {
    counts.set(source, (counts.get(source) ?? 0) + 1);
    bytes += Buffer.byteLength(line) + 1;
  }
  expect(Object.fromEntries(counts)).toEqual({
    "zeek-http": 1000,
    "zeek-dns": 1000,
    squid: 800,
    sysmon: 600,
    "github-audit": 400,
    okta: 200,
  });
  expect(bytes / options.count).toBeGreaterThan(700);
  expect(bytes / options.count).toBeLessThan(850);
});

test("one stream a source holds exactly the lines of the interleaved stream", () => {
  const together = [...mixedEvents(options)];
  for (const { source, content } of mixedStreams(options)) {
    const lines = [...content].join("").trimEnd().split("\n");
    expect(lines).toEqual(together.filter((event) => event.source === source).map((event) => event.line));
  }
  expect(mixedStreams(options).map((stream) => stream.source)).toEqual([...MIXED_SOURCES]);
});

test("every line is one line, JSON where the source writes JSON, and times increase", () => {
  let last = 0;
  for (const { source, line } of mixedEvents(options)) {
    expect(line).not.toMatch(/[\r\n]/);
    const time =
      source === "squid" ? Number(line.slice(0, 14)) * 1000 : timeOf(JSON.parse(line) as Record<string, unknown>);
    expect(time).toBeGreaterThanOrEqual(last - 1);
    last = time;
  }
});

function timeOf(entry: Record<string, unknown>): number {
  const stamp = entry["@timestamp"] ?? entry["published"] ?? Number(entry["ts"]) * 1000;
  return typeof stamp === "string" ? Date.parse(stamp) : Number(stamp);
}
