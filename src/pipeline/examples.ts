/** Example logs of a rule through the whole pipeline, each for itself. */
import type { Catalogue } from "../model/catalogue.ts";
import type { Finding } from "../model/incident.ts";
import type { Policy } from "../model/policy.ts";
import { isRejected, openChunks } from "./collect/chunks.ts";
import { listInputs } from "./collect/inputs.ts";
import { conclude } from "./conclude.ts";
import { parseRuleFiles, planSetOf, type RuleFile } from "./detect/detector.ts";
import { endpointSources, laneOf } from "./lanes.ts";
import { readFindings } from "./persist/findings.ts";
import type { Store } from "./persist/store.ts";
import { Processor, type ChunkResult, type RejectedLine } from "./processor.ts";

export interface ExampleResult {
  readonly file: string;
  readonly events: number;
  readonly findings: readonly Finding[];
  readonly rejected: readonly RejectedLine[];
}

const TABLES = [
  "activity",
  "match",
  "first_seen",
  "profile",
  "binding",
  "checkpoint",
  "heartbeat",
  "finding",
  "incident",
] as const;

/**
 * @param store emptied before every example
 * @param content the rules under test; findings of no other rules are seen
 */
export async function* testExamples(
  store: Store,
  files: readonly string[],
  content: { catalogue: Catalogue; policy: Policy | null; rules: readonly RuleFile[] },
): AsyncGenerator<ExampleResult> {
  const documents = parseRuleFiles(content.rules);
  const planSet = planSetOf(documents, content.policy);
  const processor = new Processor({
    ...content,
    documents,
    spoolFolder: store.spoolFolder,
    name: `${process.pid}-example`,
  });
  for (const path of files) {
    await empty(store);
    const results: ChunkResult[] = [];
    const rejected: RejectedLine[] = [];
    const { files: inputs, unreadable } = await listInputs([path]);
    if (unreadable[0] !== undefined) throw unreadable[0];
    for (const input of inputs) {
      processor.open({
        file: 0,
        source: "auto",
        expected: null,
        environment: { fileModifiedTime: input.modifiedTime, fileName: input.name },
      });
      for await (const item of openChunks(input)) {
        if (isRejected(item)) rejected.push(item);
        else results.push(processor.process({ ...item, file: 0 }));
      }
    }
    const blocks = [...results.flatMap((result) => result.blocks), ...processor.flush()];
    for (const block of blocks) await store.insert(block);
    rejected.push(...results.flatMap((result) => result.rejected));
    const matched = blocks.filter(({ table }) => table === "match");
    const activities = blocks.filter(({ table }) => table === "activity");
    if (activities.length > 0) {
      await conclude(store, {
        planSet,
        due: {
          activities: spanOf(activities),
          matches: matched.length === 0 ? null : spanOf(matched),
          rules: [...new Set(results.flatMap(({ matches }) => Object.keys(matches)))],
        },
        laneOf,
        endpointSources,
        now: 1,
      });
    }
    yield {
      file: path,
      events: results.reduce((sum, { events }) => sum + events, 0),
      findings: await readFindings(store, { from: 0, until: Number.MAX_SAFE_INTEGER }),
      rejected,
    };
  }
}

async function empty(store: Store): Promise<void> {
  const filled = await store.rows<{ name: string }>(
    "SELECT DISTINCT table AS name FROM system.parts WHERE database = currentDatabase() AND active AND has({tables:Array(String)}, table)",
    { tables: [...TABLES] },
  );
  for (const { name } of filled) await store.command(`TRUNCATE TABLE ${name}`);
}

function spanOf(blocks: readonly { readonly minTime: number; readonly maxTime: number }[]): {
  from: number;
  until: number;
} {
  return {
    from: Math.min(...blocks.map(({ minTime }) => minTime)),
    until: Math.max(...blocks.map(({ maxTime }) => maxTime)) + 1,
  };
}
