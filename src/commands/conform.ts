/** `conform`: logs in, OCSF activities out, one JSON object a line, in input order. */
import { printable, printableCut } from "../model/printable.ts";
import { isRejected, openChunks } from "../pipeline/collect/chunks.ts";
import { listInputs, type InputFile } from "../pipeline/collect/inputs.ts";
import { readLines } from "../pipeline/collect/lines.ts";
import { findMap, openStream } from "../pipeline/conform/index.ts";
import { UsageError } from "../model/errors.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface ConformOptions {
  readonly source?: string;
}

const SHOWN_PER_FILE = 20;

/** @returns the exit code */
export async function conform(
  terminal: Terminal,
  paths: readonly string[],
  { source = "auto" }: ConformOptions,
): Promise<number> {
  if (source !== "auto") findMap(source);
  const { files, unreadable } = await listInputs(paths);
  for (const error of unreadable) terminal.note(terminal.notePaint.warn(printable(error.message)));
  if (
    files.length === 0 &&
    unreadable.length > 0 &&
    unreadable.every(({ cause }) => (cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT")
  ) {
    throw new UsageError(`nothing to conform: ${paths.map(printable).join(", ")} does not exist`);
  }
  let events = 0;
  let rejected = 0;
  for (const file of files) {
    const result = await conformFile(terminal, file, source);
    events += result.events;
    rejected += result.rejected;
  }
  terminal.note(
    `${events.toLocaleString("en")} activities${rejected > 0 ? `, ${rejected.toLocaleString("en")} lines skipped` : ""}`,
  );
  return rejected > 0 || unreadable.length > 0 ? EXIT.partly : EXIT.done;
}

async function conformFile(
  terminal: Terminal,
  file: InputFile,
  source: string,
): Promise<{ events: number; rejected: number }> {
  let events = 0;
  let rejected = 0;
  let out: string[] = [];
  const reject = (line: number, reason: string, excerpt: string): void => {
    rejected += 1;
    if (rejected <= SHOWN_PER_FILE)
      terminal.note(
        `${printable(file.path)}:${line}: ${printable(reason)}${excerpt === "" ? "" : ` | ${printableCut(excerpt, 80)}`}`,
      );
  };
  const stream = openStream({
    source,
    environment: { fileModifiedTime: file.modifiedTime, fileName: file.name },
    emit: (event) => {
      events += 1;
      out.push(JSON.stringify(event));
    },
    reject: (line, error, text) => reject(line, error.message, text),
  });
  const drain = async (): Promise<void> => {
    if (out.length === 0) return;
    const text = `${out.join("\n")}\n`;
    out = [];
    await terminal.write(text);
  };
  for await (const item of openChunks(file)) {
    if (isRejected(item)) {
      reject(item.line, item.reason, item.excerpt);
      continue;
    }
    const lineOf = (index: number): number => item.lineNumbers?.[index] ?? item.firstLine + index;
    readLines(
      item.bytes,
      (line, index) => stream.push(line, lineOf(index)),
      (index, reason, excerpt) => reject(lineOf(index), reason, excerpt),
    );
    await drain();
  }
  stream.flush();
  await drain();
  if (rejected > SHOWN_PER_FILE)
    terminal.note(`${printable(file.path)}: and ${rejected - SHOWN_PER_FILE} more lines skipped`);
  if (events + rejected > 0)
    terminal.note(terminal.notePaint.faint(`${printable(file.path)}: ${printable(stream.reason)}`));
  return { events, rejected };
}
