/** `simulate`: labelled telemetry of an invented company at work, with and without data leaving through code repositories. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planStories } from "../../demo/plan.ts";
import { drawProfile, FORMATS, type Formats } from "../../demo/profile.ts";
import { writeCompany } from "../../demo/write.ts";
import { UsageError } from "../model/errors.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface SimulateOptions {
  readonly out: string;
  readonly seed: number;
  readonly days: number;
  readonly people: number;
  /** all, none, or ids of stories divided by commas. */
  readonly stories: string;
  /** Products the logs come from, divided by commas; drawn from the seed where none is named. */
  readonly formats?: string;
  /** First day, YYYY-MM-DD. */
  readonly start: string;
}

/** Stories need somebody for each part. */
const FEWEST_PEOPLE = 16;

/**
 * @returns the exit code
 * @throws {UsageError} for a story, a format, a day or a folder that cannot be
 */
export async function simulate(terminal: Terminal, options: SimulateOptions): Promise<number> {
  const problem = problemOf(options);
  if (problem !== null) throw new UsageError(problem);
  const { out, seed, days, people, stories } = options;
  const start = Date.parse(`${options.start}T00:00:00Z`);
  const profile = drawProfile(seed, start, days, chosenFormats(options.formats) as Partial<Formats>);
  const plan =
    stories === "none"
      ? []
      : planStories({ seed, start, days, profile, ...(stories === "all" ? {} : { ids: stories.split(",") }) });
  mkdirSync(out, { recursive: true });
  const company = { seed, start, days, people, profile, stories: plan, varied: true, skip: true };
  const labels = writeCompany(out, company);
  writeFileSync(join(out, "labels.ndjson"), labels.map((label) => `${JSON.stringify(label)}\n`).join(""));
  const told = plan.length === labels.length ? "" : `; ${plan.length - labels.length} left out for want of people`;
  terminal.note(
    `${profile.name}, an invented company: ${people} people, ${days} days from ${options.start}, ${labels.length} stories${told}.`,
  );
  terminal.note(`Logs in ${join(out, "logs")}, what happened in labels.ndjson, what is sanctioned in policy.yaml:`);
  terminal.line(`sallyport scan ${join(out, "logs")} --policy ${join(out, "policy.yaml")}`);
  return EXIT.done;
}

function problemOf({ out, people, stories, formats, start }: SimulateOptions): string | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(start) || Number.isNaN(Date.parse(`${start}T00:00:00Z`)))
    return `--start ${start}: write a day as YYYY-MM-DD`;
  if (people < FEWEST_PEOPLE) return `--people ${people}: a company has ${FEWEST_PEOPLE} people or more`;
  const chosen = chosenFormats(formats);
  if (typeof chosen === "string")
    return `--formats: no format ${chosen}; there are ${Object.values(FORMATS).flat().join(", ")}`;
  if (entriesOf(out) > 0) return `${out} is not empty; old and new logs would mix`;
  return storyProblem(stories);
}

function entriesOf(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

function storyProblem(wanted: string): string | null {
  if (wanted === "all" || wanted === "none") return null;
  try {
    planStories({ seed: 1, start: 0, days: 1, profile: drawProfile(1, 0, 1), ids: wanted.split(",") });
    return null;
  } catch (error) {
    if (error instanceof RangeError) return `--stories: ${error.message}`;
    throw error;
  }
}

/** Formats by kind, or the name that is none. */
function chosenFormats(text: string | undefined): Partial<Formats> | string {
  const chosen: Partial<Record<keyof Formats, string>> = {};
  for (const name of text?.split(",") ?? []) {
    const kind = (Object.keys(FORMATS) as (keyof Formats)[]).find((candidate) =>
      (FORMATS[candidate] as readonly string[]).includes(name),
    );
    if (kind === undefined) return name;
    chosen[kind] = name;
  }
  return chosen as Partial<Formats>;
}
