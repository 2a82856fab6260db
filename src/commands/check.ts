/** `check`: whether `watch` would run with a configuration, and everything that is wrong with it. */
import { formatPlace, type Place, type SallyportError } from "../model/errors.ts";
import { printable } from "../model/printable.ts";
import { examineConfiguration, type Examination } from "./examine-configuration.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface CheckOptions {
  readonly config: string;
  readonly output: "table" | "json";
  /** End with 78 also when there are only warnings. */
  readonly strict?: boolean;
}

/** @returns the exit code: 78 when there is an error */
export async function check(terminal: Terminal, { config, output, strict }: CheckOptions): Promise<number> {
  const examined = examineConfiguration(config);
  const { errors, warnings } = examined;
  if (output === "json") await terminal.write(`${JSON.stringify(asJson(config, examined), null, 2)}\n`);
  else {
    const { paint } = terminal;
    for (const error of errors) terminal.line(`${paint.bad("error")}    ${printable(error.message)} [${error.code}]`);
    for (const { message, place } of warnings)
      terminal.line(`${paint.warn("warning")}  ${printable(withPlace(message, place))}`);
    terminal.line(printable(summary(config, examined)));
  }
  return errors.length > 0 || (strict === true && warnings.length > 0) ? EXIT.invalid : EXIT.done;
}

export function withPlace(message: string, place: Place | undefined): string {
  return place === undefined ? message : `${formatPlace(place)}: ${message}`;
}

const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

function summary(config: string, { configuration, content, errors, warnings }: Examination): string {
  if (configuration === null || content === null) return `${config}: ${many(errors.length, "error")}`;
  const { sources, policy, files } = configuration;
  const rules = content.documents.filter(({ kind }) => kind !== "filter").length;
  const parts = [many(sources.length, "source"), many(rules, "rule"), policy === undefined ? "no policy" : "policy"];
  const more = files.length > 1 ? `, ${many(files.length - 1, "drop-in file")}` : "";
  const doubts = warnings.length > 0 ? `; ${many(warnings.length, "warning")}` : "";
  return `${config}: ready to run: ${parts.join(", ")}${more}${doubts}`;
}

function asJson(config: string, { configuration, content, errors, warnings }: Examination) {
  return {
    schema_version: 1,
    file: config,
    valid: errors.length === 0,
    errors: errors.map((error) => ({ code: error.code, message: ownMessage(error), ...flat(error.place) })),
    warnings: warnings.map(({ message, place }) => ({ message, ...flat(place) })),
    files: configuration?.files ?? [],
    sources: configuration?.sources.map(({ id, type }) => ({ id, type })) ?? [],
    rules: content?.documents.length ?? null,
  };
}

/** Without the place, which stands in fields of its own. */
function ownMessage({ message, place }: SallyportError): string {
  const prefix = place === undefined ? "" : `${formatPlace(place)}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}

function flat(place: Place | undefined): { file: string | null; line: number | null; column: number | null } {
  return { file: place?.file ?? null, line: place?.line ?? null, column: place?.column ?? null };
}
