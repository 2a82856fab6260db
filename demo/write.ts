/** The only file of the generator that touches the disk. */
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateCompany, type CompanyOptions, type StoryLabel } from "./generate.ts";
import { mixedStreams, type MixedOptions } from "./mixed-events.ts";

/** Writes a company's logs under `logs/` and its policy as `policy.yaml`; returns what the stories were. */
export function writeCompany(folder: string, options: CompanyOptions): readonly StoryLabel[] {
  const company = generateCompany(options);
  const files = new Map<string, number>();
  try {
    for (const { path, text } of company.pieces()) {
      let file = files.get(path);
      if (file === undefined) {
        const target = join(folder, "logs", path);
        mkdirSync(dirname(target), { recursive: true });
        files.set(path, (file = openSync(target, "w")));
      }
      writeFileSync(file, text);
    }
  } finally {
    for (const file of files.values()) closeSync(file);
  }
  writeFileSync(join(folder, "policy.yaml"), company.policy);
  return company.labels;
}

/** Writes the benchmark's events, one file a source; returns the paths written. */
export function writeMixedEvents(folder: string, options: MixedOptions): string[] {
  return mixedStreams(options).map(({ path, content }) => writeFile(join(folder, path), content));
}

function writeFile(path: string, content: Iterable<string>): string {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "w");
  try {
    for (const piece of content) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
  return path;
}
