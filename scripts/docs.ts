/**
 * Writes docs/reference/ from what the product itself declares: source maps, context fields, detections, the policy's schema,
 * the command line. With --check nothing is written; exit code 1 when a committed page differs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLinePage } from "./docs/command-line.ts";
import { configurationPage, configurationSchema } from "./docs/configuration.ts";
import { contextPage } from "./docs/context.ts";
import { detectionPages, detectionsPage } from "./docs/detections.ts";
import { evasionsPage } from "./docs/evasions.ts";
import { policyPage } from "./docs/policy.ts";
import { sourcePages, sourcesPage } from "./docs/sources.ts";
import { visibilityPage } from "./docs/visibility.ts";

const folder = new URL("../docs/reference/", import.meta.url);

const pages: Record<string, () => string> = {
  "README.md": index,
  "command-line.md": commandLinePage,
  "configuration.md": configurationPage,
  "context.md": contextPage,
  "detections.md": detectionsPage,
  ...detectionPages(),
  "evasions.md": evasionsPage,
  "policy.md": policyPage,
  "sallyport.schema.json": configurationSchema,
  "sources.md": sourcesPage,
  ...sourcePages(),
  "visibility.md": visibilityPage,
};

const NOTE = "<!-- Written by `npm run docs`; do not edit. -->";

function index(): string {
  return `# Reference

- [Command line](command-line.md)
- [Log sources](sources.md): what is recognised, and what each source cannot tell
- [Context fields](context.md): what a rule may ask besides the event itself
- [Detections](detections.md): what is detected, how it is triaged, and its blind spots
- [What shows where](visibility.md): behaviours by kind of log
- [Evasions](evasions.md): ways around the detections, and what becomes of them
- [Configuration](configuration.md): every key of \`sallyport.yaml\`; [the same as JSON Schema](sallyport.schema.json)
- [Policy](policy.md): every key of \`policy.yaml\`
- [Errors](../errors.md)
`;
}

function main(check: boolean): void {
  const stale: string[] = [];
  for (const name of ["sources/", "detections/"]) mkdirSync(new URL(name, folder), { recursive: true });
  for (const [name, write] of Object.entries(pages)) {
    const file = new URL(name, folder);
    const text = name.endsWith(".json") ? write() : `${NOTE}\n\n${write().trimEnd()}\n`;
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    stale.push(name);
    if (!check) writeFileSync(file, text);
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const name = relative(fileURLToPath(folder), join(entry.parentPath, entry.name)).replaceAll("\\", "/");
    if (entry.isDirectory() || Object.hasOwn(pages, name)) continue;
    stale.push(name);
    if (!check) rmSync(new URL(name, folder));
  }
  if (check && stale.length > 0) {
    console.error(`docs/reference is not what the sources say: ${stale.join(", ")}; run npm run docs`);
    process.exitCode = 1;
  }
}

main(process.argv.includes("--check"));
