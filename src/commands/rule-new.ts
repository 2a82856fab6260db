/** `rule new`: a folder like those in detections/, which passes `rule check` and `rule test` as it is made. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { UsageError } from "../model/errors.ts";
import { printable } from "../model/printable.ts";
import { BEHAVIOURS } from "../pipeline/detect/correlate/plans.ts";
import { EXIT } from "./exit-codes.ts";
import { RULE_TEMPLATES, type RuleTemplate, type TemplateName } from "./rule-templates.ts";
import type { Terminal } from "./terminal.ts";

export const LOGSOURCES = Object.keys(RULE_TEMPLATES) as readonly TemplateName[];
export const DEFAULT_LOGSOURCE: TemplateName = "ocsf/http_activity";

export interface NewRuleOptions {
  /** From the folder's name when left out. */
  readonly title?: string;
  /** One of BEHAVIOURS; the rule claims none when left out. */
  readonly behaviour?: string;
  readonly logsource?: string;
}

/**
 * @param path folder to make; its name is lower case words joined by `-`
 * @returns the exit code
 * @throws {UsageError} when the folder is there already, or a name, title, behaviour or log source cannot be used
 */
export async function newRule(terminal: Terminal, path: string, options: NewRuleOptions): Promise<number> {
  const name = basename(path);
  if (!/^[a-z\d]+(?:-[a-z\d]+)*$/.test(name) || name.length > 64)
    throw new UsageError(
      `${printable(name)} is no name for a detection: write lower case words joined by -, for instance wiki-push`,
    );
  const { behaviour, logsource = DEFAULT_LOGSOURCE } = options;
  if (!isTemplate(logsource))
    throw new UsageError(`no template for ${printable(logsource)}; there are ${LOGSOURCES.join(", ")}`);
  if (behaviour !== undefined && !(BEHAVIOURS as readonly string[]).includes(behaviour))
    throw new UsageError(`${printable(behaviour)} is no behaviour; there are ${BEHAVIOURS.join(", ")}`);
  const title = options.title ?? `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("-", " ")}`;
  if (title.trim() === "" || title.length > 256 || /\p{Cc}/u.test(title))
    throw new UsageError("a title is one line of at most 256 characters");
  if (existsSync(path)) throw new UsageError(`${printable(path)} is there already`);

  const template: RuleTemplate = RULE_TEMPLATES[logsource];
  const files: [name: string, text: string][] = [
    ["rule.yml", ruleText({ title: title.trim(), id: randomUUID(), behaviour, template })],
    ...Object.entries(template.examples).map(([file, lines]): [string, string] => [
      join("examples", file),
      lines.map((line) => `${line}\n`).join(""),
    ]),
  ];
  mkdirSync(join(path, "examples"), { recursive: true });
  for (const [file, text] of files) {
    writeFileSync(join(path, file), text, { flag: "wx" });
    await terminal.write(`${join(path, file)}\n`);
  }
  terminal.note("Now change the selection and the examples, and run");
  terminal.note(`  sallyport rule check ${printable(path)}`);
  terminal.note(`  sallyport rule test ${printable(path)}`);
  return EXIT.done;
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(RULE_TEMPLATES, name);
}

/** How to write it: docs/detections.md. */
function ruleText({
  title,
  id,
  behaviour,
  template,
}: {
  title: string;
  id: string;
  behaviour: string | undefined;
  template: RuleTemplate;
}): string {
  const { description, logsource, selection, tags, reason } = template;
  return `title: ${stringify(title, { lineWidth: 0 }).trimEnd()}
id: ${id}
status: experimental
level: medium
description: ${description}
tags:
${tags.map((tag) => `  - ${tag}\n`).join("")}logsource: ${logsource}
detection:
  selection:
${selection.replace(/^/gm, "    ")}
  condition: selection
falsepositives:
  - Work with the partner that policy.yaml does not name yet
sallyport:
${behaviour === undefined ? "" : `  behaviours: [${behaviour}]\n`}  points: 40
  reason: "${reason}"
  next_steps:
    - Ask the person what was sent and why
`;
}
