/** `rule check`: every mistake in rule files with its place, its code and what to write instead. */
import { loadRules } from "../content/load-rules.ts";
import { formatPlace, InvalidRuleError } from "../model/errors.ts";
import { printable } from "../model/printable.ts";
import { buildPlans } from "../pipeline/detect/correlate/plans.ts";
import { checkSigma, ISSUE_CODES, type SigmaDocument } from "../pipeline/detect/sigma/index.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** One line of `-o json`. */
interface Problem {
  /** A key of ISSUE_CODES, or `rule.invalid`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** What to do, in words, perhaps with the YAML to write; empty when the message says it. */
  readonly fix: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** @returns the exit code: 78 when there are errors */
export async function checkRules(
  terminal: Terminal,
  paths: readonly string[],
  { output, strict = false }: { output: "table" | "json" | "sarif"; strict?: boolean },
): Promise<number> {
  const files = new Map(loadRules(paths).map((each) => [each.file, each]));
  const { documents, issues } = checkSigma([...files.values()], { strict });
  const problems: Problem[] = issues.map(({ place, ...issue }) => ({
    ...issue,
    file: place.file,
    line: place.line,
    column: place.column,
  }));
  if (problems.every(({ severity }) => severity !== "error")) problems.push(...unplanned(documents));

  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (output === "json") await terminal.write(`${JSON.stringify(problems, null, 2)}\n`);
  else if (output === "sarif") await terminal.write(sarif(problems));
  else for (const problem of problems) print(terminal, problem);
  if (files.size === 0)
    terminal.note(
      terminal.notePaint.bad(`no rule files (.yml, .yaml) in ${paths.map(printable).join(", ")}: nothing was checked`),
    );
  terminal.note(`${documents.length} documents, ${errors} errors, ${problems.length - errors} warnings`);
  return errors > 0 ? EXIT.invalid : EXIT.done;
}

function print(terminal: Terminal, { code, severity, message, fix, ...place }: Problem): void {
  const paint = severity === "error" ? terminal.paint.bad : terminal.paint.warn;
  terminal.line(`${printable(formatPlace(place))}: ${paint(severity)}: ${printable(message)} [${code}]`);
  if (fix === "") return;
  const [first = "", ...more] = fix.split("\n");
  terminal.line(`  ${terminal.paint.good("fix")}: ${printable(first)}`);
  for (const line of more) terminal.line(`    ${printable(line)}`);
}

/** What Sigma allows and the correlations or `sallyport` blocks of Sallyport do not. */
function unplanned(documents: readonly SigmaDocument[]): Problem[] {
  try {
    buildPlans(documents);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidRuleError)) throw error;
    const { file = "", line, column } = error.place ?? {};
    const where = error.place === undefined ? "" : `${formatPlace(error.place)}: `;
    const message = error.message.startsWith(where) ? error.message.slice(where.length) : error.message;
    return [{ code: error.code, severity: "error", message, fix: "", file, line, column }];
  }
}

/** @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
function sarif(problems: readonly Problem[]): string {
  const codes = [...new Set(problems.map(({ code }) => code))].toSorted();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "sallyport", version: VERSION, rules: codes.map(describe) } },
        results: problems.map(({ code, severity, message, fix, file, line, column }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: severity,
          message: { text: fix === "" ? message : `${message}\n${fix}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file) },
                region: { startLine: line ?? 1, ...(column === undefined ? {} : { startColumn: column }) },
              },
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function describe(code: string): object {
  const [, meaning] = Object.hasOwn(ISSUE_CODES, code) ? ISSUE_CODES[code as keyof typeof ISSUE_CODES] : [];
  return { id: code, ...(meaning === undefined ? {} : { shortDescription: { text: meaning } }) };
}
