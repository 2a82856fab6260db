/** `rule check`: every mistake in rule files with its place, its code and what to write instead. */
import { loadRules } from "../content/load-rules.ts";
import { formatPlace, InvalidRuleError } from "../model/errors.ts";
import { printable } from "../model/printable.ts";
import { buildPlans } from "../pipeline/detect/correlate/plans.ts";
import { parseSigma, type SigmaDocument } from "../pipeline/detect/sigma/index.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

interface Problem {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
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
  const documents: SigmaDocument[] = [];
  const problems: Problem[] = [];
  for (const { file, text } of loadRules(paths)) {
    const parsed = parseSigma(text, file);
    documents.push(...parsed.documents);
    for (const { code, severity, message, place } of parsed.issues) {
      problems.push({ code, severity, message, file: place.file, line: place.line, column: place.column });
    }
  }
  problems.push(...duplicates(documents), ...(strict ? extensions(documents) : []));
  // What holds only for all documents together: correlations name rules that exist, `sallyport` blocks validate.
  if (problems.every(({ severity }) => severity !== "error")) problems.push(...together(documents));

  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (output === "json") await terminal.write(`${JSON.stringify(problems, null, 2)}\n`);
  else if (output === "sarif") await terminal.write(sarif(problems));
  else {
    for (const { code, severity, message, ...place } of problems) {
      const paint = severity === "error" ? terminal.paint.bad : terminal.paint.warn;
      terminal.line(`${printable(formatPlace(place))}: ${paint(severity)}: ${printable(message)} [${code}]`);
    }
  }
  terminal.note(`${documents.length} documents, ${errors} errors, ${problems.length - errors} warnings`);
  return errors > 0 ? EXIT.invalid : EXIT.done;
}

function problemAt(document: SigmaDocument, code: string, message: string): Problem {
  const { file, line, column } = document.place;
  return { code, severity: "error", message, file, line, column };
}

/** The second document with an id or a name is the one to mend. */
function duplicates(documents: readonly SigmaDocument[]): Problem[] {
  const seen = new Map<string, SigmaDocument>();
  return documents.flatMap((document) => {
    const keys = [document.uuid, document.name].filter((key) => key !== null);
    const earlier = keys.map((key) => seen.get(key)).find((other) => other !== undefined);
    for (const key of keys) if (!seen.has(key)) seen.set(key, document);
    if (earlier === undefined) return [];
    return [
      problemAt(
        document,
        "id.duplicate",
        `has the id or name of ${formatPlace(earlier.place)}; give it one of its own`,
      ),
    ];
  });
}

function extensions(documents: readonly SigmaDocument[]): Problem[] {
  return documents.flatMap((document) => {
    const found: Problem[] = [];
    if (Object.keys(document.custom).length > 0) {
      found.push(
        problemAt(
          document,
          "extension.strict",
          "`sallyport` is no attribute of the Sigma specification; remove it, or check without --strict",
        ),
      );
    }
    if (document.kind === "correlation" && (document.type === "first_seen" || document.type === "deviation")) {
      found.push(
        problemAt(document, "extension.strict", `${document.type} is no correlation type of the Sigma specification`),
      );
    }
    return found;
  });
}

function together(documents: readonly SigmaDocument[]): Problem[] {
  try {
    buildPlans(documents);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidRuleError)) throw error;
    const { file = "", line, column } = error.place ?? {};
    return [{ code: error.code, severity: "error", message: error.message, file, line, column }];
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
        tool: { driver: { name: "sallyport", version: VERSION, rules: codes.map((id) => ({ id })) } },
        results: problems.map(({ code, severity, message, file, line, column }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: severity,
          message: { text: message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: file },
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
