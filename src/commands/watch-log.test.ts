import { expect, test } from "vitest";
import { openTerminal } from "./terminal.ts";
import { createLog, type LogOptions } from "./watch-log.ts";

function logging(over: Partial<LogOptions> = {}): {
  log: ReturnType<typeof createLog>;
  lines: string[];
  clock: { now: number };
} {
  const lines: string[] = [];
  const clock = { now: Date.UTC(2026, 2, 20, 9, 30) };
  const { notePaint: paint } = openTerminal({ color: false });
  const log = createLog({ format: "json", paint, write: (text) => lines.push(text), now: () => clock.now, ...over });
  return { log, lines, clock };
}

test("a JSON object a line, whatever the text holds", () => {
  const { log, lines } = logging();
  log("warn", 'a\nb "c" \u001b[2J \ud800', { source: "net" });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.match(/\n/g)).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    time: "2026-03-20T09:30:00.000Z",
    level: "warn",
    message: 'a\nb "c" \u001b[2J \ufffd',
    source: "net",
  });
});

test("a line for people, that cannot steer the terminal", () => {
  const { log, lines } = logging({ format: "human" });
  log("error", "x\u001b[31my\nz", { file: "a\rb" });
  expect(lines).toEqual(["09:30:00.000 error x⟦ESC⟧[31my⟦LF⟧z file=a⟦CR⟧b\n"]);
});

test("what comes again and again is counted", () => {
  const { log, lines, clock } = logging();
  for (let time = 0; time < 100; time += 1) {
    clock.now += 100;
    log("error", "no space");
  }
  log("error", "something else");
  clock.now += 10_000;
  log("error", "no space");
  expect(lines.map((line) => JSON.parse(line) as { message: string; repeated?: number })).toMatchObject([
    { message: "no space" },
    { message: "something else" },
    { message: "no space", repeated: 99 },
  ]);
});

test("quiet leaves warnings and errors", () => {
  const { log, lines } = logging({ quiet: true });
  log("info", "a");
  log("warn", "b");
  expect(lines).toHaveLength(1);
});
