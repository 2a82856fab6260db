/** `rule hunt`: event rules over what a store holds. `rule sql`: the query a rule becomes. */
import { existsSync } from "node:fs";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { loadRules } from "../content/load-rules.ts";
import { UsageError } from "../model/errors.ts";
import { printable } from "../model/printable.ts";
import { parseRuleFiles } from "../pipeline/detect/detector.ts";
import { createHunt, ruleSql } from "../pipeline/hunt.ts";
import { Store } from "../pipeline/persist/store.ts";
import { emitMatchRows, type OutputFormat } from "./emit.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface HuntOptions {
  readonly store: string;
  readonly rules: readonly string[];
  /** ISO 8601; the store's beginning when left out. */
  readonly from?: string;
  /** ISO 8601, not included; the store's end when left out. */
  readonly until?: string;
  readonly policy?: string;
  readonly output: OutputFormat;
}

/** Times the store can hold. */
const EVER = { from: 0, until: 4_102_444_800_000 };

/** @returns the exit code; 3 when stored lines could not be read again or a rule was switched off */
export async function huntRules(terminal: Terminal, options: HuntOptions): Promise<number> {
  if (!existsSync(options.store)) throw new UsageError(`there is no store ${printable(options.store)}`);
  const range = {
    from: options.from === undefined ? EVER.from : timeOf(options.from, "--from"),
    until: options.until === undefined ? EVER.until : timeOf(options.until, "--until"),
  };
  if (range.from >= range.until) throw new UsageError("--from must lie before --until");
  const documents = parseRuleFiles(loadRules(options.rules));
  const hunt = createHunt(documents, {
    catalogue: loadCatalogue(),
    policy: options.policy === undefined ? null : loadPolicy(options.policy),
  });
  const correlations = documents.filter(({ kind }) => kind === "correlation").length;
  terminal.note(
    `${hunt.translated.length} rules as SQL, ${hunt.streamed.size} on the stored lines${correlations === 0 ? "" : `; ${correlations} correlations are left to scan`}`,
  );
  if (hunt.withoutPolicy > 0)
    terminal.note(
      terminal.notePaint.warn(
        `${hunt.withoutPolicy} rules read context that policy decides: name it with --policy to judge as scan does`,
      ),
    );
  const store = await Store.open(options.store);
  let count = 0;
  try {
    let first = true;
    for await (const matches of hunt.matches(store, range)) {
      count += matches.length;
      await emitMatchRows(terminal, options.output, matches, first);
      first = false;
    }
  } finally {
    await store.close();
  }
  for (const [{ title }, reason] of hunt.disabled)
    terminal.note(terminal.notePaint.bad(`rule ${printable(title)} was switched off: ${printable(reason)}`));
  if (hunt.unreadable > 0)
    terminal.note(terminal.notePaint.warn(`${hunt.unreadable} stored lines cannot be read by this release`));
  terminal.note(`${count.toLocaleString("en")} matches`);
  return hunt.disabled.size > 0 || hunt.unreadable > 0 ? EXIT.partly : EXIT.done;
}

/** ms since 1970 UTC; a date alone is its midnight, a time without zone is UTC. */
function timeOf(text: string, option: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  const time = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? "Z"}`);
  if (Number.isNaN(time))
    throw new UsageError(`${option} ${printable(text)}: write a time as 2026-03-18 or 2026-03-18T10:00:00Z`);
  return time;
}

/** Prints for every event rule of the file its query, or the reason there is none. */
export async function printRuleSql(
  terminal: Terminal,
  paths: readonly string[],
  options: { policy?: string },
): Promise<number> {
  const policy = options.policy === undefined ? null : loadPolicy(options.policy);
  const documents = parseRuleFiles(loadRules(paths));
  const texts = documents.flatMap((document) => {
    if (document.kind === "filter") return [];
    const heading = `-- ${comment(document.title)} (${comment(document.id)})`;
    if (document.kind === "correlation")
      return [`${heading}\n-- a correlation: it reads the match table, and only scan evaluates it\n`];
    const result = ruleSql(document, documents, policy);
    if ("reason" in result)
      return [`${heading}\n-- no SQL, because ${comment(result.reason)}; rule hunt evaluates it on the stored lines\n`];
    return [
      `${heading}\nSELECT time, source, if(\`metadata.uid\` = '', lower(hex(id)), \`metadata.uid\`) AS activity_uid, raw_data\nFROM activity\nWHERE ${result.sql}\nORDER BY time, id;\n`,
    ];
  });
  await terminal.write(texts.join("\n"));
  return EXIT.done;
}

/** Text of a rule that stays within its comment line. */
function comment(text: string): string {
  return printable(text).replaceAll(/\s+/g, " ");
}
