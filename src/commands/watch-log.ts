/** What a running installation says, on standard error: lines for people on a terminal, JSON for programs. */
import { printable } from "../model/printable.ts";
import type { Paint } from "./terminal.ts";

export type LogLevel = "info" | "warn" | "error";
export type LogFormat = "human" | "json";
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface LogOptions {
  readonly format: LogFormat;
  readonly paint: Paint;
  readonly write: (text: string) => void;
  readonly now: () => number;
  /** Warnings and errors only. */
  readonly quiet?: boolean;
}

const MAX_MESSAGE = 4_000;
/** A message that comes again within this is counted, not written. */
const REPEAT_MS = 10_000;
const MOST_REMEMBERED = 500;

/** Messages may hold text of logs and of files: it cannot move the cursor or make lines of its own. */
export function createLog({ format, paint, write, now, quiet = false }: LogOptions): Log {
  const recent = new Map<string, { at: number; held: number }>();

  const put = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): void => {
    const text = message.slice(0, MAX_MESSAGE);
    const time = new Date(now()).toISOString();
    if (format === "json") {
      write(`${JSON.stringify({ time, level, message: text.toWellFormed(), ...fields })}\n`);
      return;
    }
    const colour = level === "error" ? paint.bad : level === "warn" ? paint.warn : paint.faint;
    const more = Object.entries(fields).map(([key, value]) => ` ${key}=${printable(String(value))}`);
    write(
      `${paint.faint(time.slice(11, 23))} ${colour(level.padEnd(5))} ${printable(text)}${paint.faint(more.join(""))}\n`,
    );
  };

  return (level, message, fields = {}) => {
    if (quiet && level === "info") return;
    const key = `${level}\0${message}`;
    const earlier = recent.get(key);
    if (earlier !== undefined && now() - earlier.at < REPEAT_MS && now() >= earlier.at) {
      earlier.held += 1;
      return;
    }
    if (recent.size >= MOST_REMEMBERED) recent.clear();
    recent.set(key, { at: now(), held: 0 });
    put(level, message, earlier === undefined || earlier.held === 0 ? fields : { ...fields, repeated: earlier.held });
  };
}
