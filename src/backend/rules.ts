/** Rules: what they need, what they found, and how often they were right. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { DETECTIONS } from "../content/load-rules.ts";
import { describeRules, type ListedRule } from "../pipeline/rule-catalogue.ts";
import { findIncidents } from "../pipeline/persist/incident-queries.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import { readHitDays, readHits, readJudgements, readSources } from "../pipeline/persist/source-queries.ts";
import type { Handlers, Output, RuleDetail, RuleItem } from "../pipeline/serve/contract.ts";
import { decodeCursor, toPage } from "../pipeline/serve/cursor.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import { toReference } from "./incident-items.ts";
import type { BackendContent, Surroundings } from "./index.ts";

const SHOWN_EXAMPLE = 20_000;
const MOST_INCIDENTS = 50;

type RuleHandlers = Pick<Handlers, "listRules" | "getRule">;

export function ruleHandlers({ reader, content }: Surroundings): RuleHandlers {
  return {
    listRules: async ({ query: { cursor }, limit }) => {
      const [after] = cursor === undefined ? [""] : decodeCursor(cursor, ["string"] as const);
      const rules = await observedRules(reader, content());
      return toPage(
        rules.filter(({ id }) => id > after),
        limit,
        (rule) => rule,
        ({ id }) => [id],
      );
    },

    getRule: async ({ parameters: { id } }) => {
      const rule = (await observedRules(reader, content())).find((each) => each.id === id);
      if (rule === undefined) throw new ProblemError("not-found", `no rule has the id ${id}`);
      const events = rule.kind === "event" ? [id] : rule.rules;
      const [days, incidents] = await Promise.all([
        readHitDays(reader, events, id),
        findIncidents(reader, { rule: [id] }, { order: "time", after: null, limit: MOST_INCIDENTS }),
      ]);
      const path = rulesOf(content()).find((each) => each.id === id)?.file ?? "";
      return {
        ...rule,
        text: existsSync(path) ? readFileSync(path, "utf8") : "",
        days,
        examples: examplesOf(path),
        incidents: incidents.map(toReference),
      };
    },
  };
}

const described = new WeakMap<BackendContent["documents"], readonly ListedRule[]>();

/** The rules of the running content; describing them once is enough. */
export function rulesOf({ documents }: BackendContent): readonly ListedRule[] {
  let rules = described.get(documents);
  if (rules === undefined)
    described.set(documents, (rules = describeRules(documents).toSorted((a, b) => (a.id < b.id ? -1 : 1))));
  return rules;
}

/** In order of id. */
export async function observedRules(reader: StoreReader, content: BackendContent): Promise<Output<typeof RuleItem>[]> {
  const [hits, judgements, sources] = await Promise.all([
    readHits(reader),
    readJudgements(reader),
    readSources(reader),
  ]);
  const byRule = new Map(hits.map((row) => [row.rule, row]));
  const judged = Map.groupBy(judgements, ({ rule }) => rule);
  const arriving = new Set(sources.map(({ source }) => source));
  return rulesOf(content).map((rule) => {
    const own = byRule.get(rule.id);
    // A correlation matches as often as the rules it stands on.
    const below = rule.rules.flatMap((id) => byRule.get(id) ?? []);
    const matches = (own?.matches ?? 0) + below.reduce((sum, row) => sum + row.matches, 0);
    const last = Math.max(0, own?.last ?? 0, ...(own === undefined ? below.map((row) => row.last) : []));
    return {
      ...rule,
      file: shownFile(rule.file),
      delivering: rule.sources.filter((source) => arriving.has(source)),
      matches,
      findings: own?.findings ?? 0,
      last_time: last === 0 ? null : last,
      judged: judgementOf(judged.get(rule.id) ?? []),
    };
  });
}

/** Below the product's folder or the one it was started in; from elsewhere the last two names: where a home lies is nobody's business. */
function shownFile(file: string): string {
  for (const folder of [dirname(DETECTIONS), process.cwd()]) {
    const below = relative(folder, file);
    if (!below.startsWith("..") && !isAbsolute(below)) return below.split(sep).join("/");
  }
  return file.split(sep).slice(-2).join("/");
}

function judgementOf(rows: readonly { disposition: string; incidents: number }[]): Output<typeof RuleItem>["judged"] {
  const judged = { confirmed: 0, benign: 0, wrong: 0, open: 0 };
  for (const { disposition, incidents } of rows) {
    if (disposition.startsWith("tp-")) judged.confirmed += incidents;
    else if (disposition === "benign-authorised") judged.benign += incidents;
    else if (disposition.startsWith("fp-")) judged.wrong += incidents;
    else if (disposition === "") judged.open += incidents;
  }
  return judged;
}

/** Logs beside the rule, named by what they must do. */
function examplesOf(ruleFile: string): Output<typeof RuleDetail>["examples"] {
  const folder = join(dirname(ruleFile), "examples");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .filter((name) => /^(?:fires|quiet)-[\w.-]+$/.test(name))
    .map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return {
        name,
        fires: name.startsWith("fires-"),
        events: text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
        text: text.slice(0, SHOWN_EXAMPLE).toWellFormed(),
      };
    });
}
