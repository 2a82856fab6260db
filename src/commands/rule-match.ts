/** `rule match`: rules over events as they are, without conforming them. */
import { loadRules } from "../content/load-rules.ts";
import { formatPlace, UsageError } from "../model/errors.ts";
import { printable } from "../model/printable.ts";
import { isRejected, openChunks } from "../pipeline/collect/chunks.ts";
import { listInputs } from "../pipeline/collect/inputs.ts";
import { readLines } from "../pipeline/collect/lines.ts";
import { compileRules, parseSigma, rawEventOptions } from "../pipeline/detect/sigma/index.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** @returns the exit code; 3 when lines were no JSON objects or a rule was switched off */
export async function matchRules(
  terminal: Terminal,
  named: string | undefined,
  options: { rules: readonly string[] },
): Promise<number> {
  // `--rules DIR… EVENTS`: the last path is the events.
  const rules = named === undefined ? options.rules.slice(0, -1) : options.rules;
  const events = named ?? options.rules.at(-1);
  if (events === undefined || rules.length === 0)
    throw new UsageError("name the rules and the events: sallyport rule match --rules rules/ events.ndjson");

  let switchedOff = 0;
  // One broken rule among thousands must not keep the others from running.
  const documents = loadRules(rules).flatMap(({ file, text }) => {
    const parsed = parseSigma(text, file);
    for (const { severity, message, place } of parsed.issues) {
      if (severity !== "error") continue;
      switchedOff += 1;
      terminal.note(
        terminal.notePaint.bad(`${printable(formatPlace(place))}: ${printable(message)}; the rule is left out`),
      );
    }
    return parsed.documents;
  });
  if (documents.length === 0) terminal.note(terminal.notePaint.bad("no rules are loaded: nothing can match"));
  const ruleSet = compileRules(documents, {
    ...rawEventOptions(),
    onDisabled: (rule, reason) => {
      switchedOff += 1;
      terminal.note(terminal.notePaint.bad(`rule ${printable(rule.title)} was switched off: ${printable(reason)}`));
    },
  });
  const { files, unreadable } = await listInputs([events]);
  const file = files[0];
  if (file === undefined) throw unreadable[0] ?? new UsageError(`${events} cannot be read`);

  let lines = 0;
  let matches = 0;
  let skipped = 0;
  const skip = (line: number, reason: string): void => {
    skipped += 1;
    if (skipped <= 20) terminal.note(`${printable(file.path)}:${line}: ${printable(reason)}`);
  };
  for await (const item of openChunks(file)) {
    if (isRejected(item)) {
      skip(item.line, item.reason);
      continue;
    }
    const out: string[] = [];
    const lineOf = (index: number): number => item.lineNumbers?.[index] ?? item.firstLine + index;
    readLines(
      item.bytes,
      (text, index) => {
        lines += 1;
        const event = parse(text);
        if (event === null) return skip(lineOf(index), "not a JSON object");
        // Reframed documents have no lines of their own: their records are counted.
        const number = item.lineNumbers === null ? lineOf(index) - 1 : lines - 1;
        for (const rule of ruleSet.match(event)) {
          matches += 1;
          out.push(`${JSON.stringify({ line: number, rule: rule.id })}\n`);
        }
      },
      (index, reason) => skip(lineOf(index), reason),
    );
    if (out.length > 0) await terminal.write(out.join(""));
  }
  terminal.note(
    `${lines.toLocaleString("en")} events, ${matches.toLocaleString("en")} matches${skipped > 0 ? `, ${skipped} lines skipped` : ""}`,
  );
  return skipped > 0 || switchedOff > 0 ? EXIT.partly : EXIT.done;
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}
