/** `explain`: one line through every step, in words; or one incident with what stands behind it. */
import { existsSync } from "node:fs";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import type { Activity, OcsfEvent } from "../model/activity.ts";
import { MalformedInputError, UsageError } from "../model/errors.ts";
import type { Lane } from "../model/incident.ts";
import { printable, printableCut } from "../model/printable.ts";
import { isRejected, openChunks } from "../pipeline/collect/chunks.ts";
import { listInputs } from "../pipeline/collect/inputs.ts";
import { readLines } from "../pipeline/collect/lines.ts";
import type { ConformEnvironment, SourceMap } from "../pipeline/conform/define-map.ts";
import { createContextBuilder } from "../pipeline/conform/context/index.ts";
import { findMap, openStream } from "../pipeline/conform/index.ts";
import { createDetector, parseRuleFiles, type Detector } from "../pipeline/detect/detector.ts";
import type { Explanation, ExplanationNode } from "../pipeline/detect/sigma/index.ts";
import { EXIT } from "./exit-codes.ts";
import { explainSuppression } from "./explain-suppression.ts";
import { showOne } from "./incident.ts";
import { formatTime } from "./show-incident.ts";
import type { Terminal } from "./terminal.ts";

export interface ExplainOptions {
  readonly source?: string;
  readonly policy?: string;
  readonly rules?: readonly string[];
  readonly store?: string;
  readonly all?: boolean;
}

interface Conformed {
  readonly event: OcsfEvent;
  readonly map: SourceMap;
}

interface Reading {
  readonly events: readonly Conformed[];
  readonly reason: string;
  readonly errors: readonly MalformedInputError[];
}

/** A record of several lines has ended long before this many further lines. */
const LOOK_AHEAD = 500;

/** @returns the exit code */
export async function explain(terminal: Terminal, what: string, options: ExplainOptions): Promise<number> {
  const { source = "auto" } = options;
  if (source !== "auto") findMap(source);
  const place = /^(.+):(\d+)$/s.exec(what);
  if (place !== null && existsSync(place[1] as string))
    return explainReading(terminal, await readFileLine(place[1] as string, Number(place[2]), source), options);
  if (/^[0-9a-f]{6,32}$/.test(what)) {
    if (options.store === undefined)
      throw new UsageError(`to explain incident ${what} name its store: sallyport explain ${what} --store FOLDER`);
    return showOne(terminal, what, { store: options.store, output: "table", after: explainSuppression });
  }
  return explainReading(terminal, readRawLine(what, source), options);
}

function readRawLine(line: string, source: string): Reading {
  const events: Conformed[] = [];
  const errors: MalformedInputError[] = [];
  const stream = openStream({
    source,
    environment: { fileModifiedTime: Date.now(), fileName: "" },
    emit: (event, map) => events.push({ event, map }),
    reject: (_, error) => errors.push(error),
  });
  line.split("\n").forEach((part, index) => stream.push(part, index + 1));
  stream.flush();
  return { events, errors, reason: stream.reason };
}

/** Reads the file from its start, since header lines and neighbours decide what a line means. */
async function readFileLine(path: string, wanted: number, source: string): Promise<Reading> {
  const { files, unreadable } = await listInputs([path]);
  const file = files[0];
  if (file === undefined) throw unreadable[0] ?? new UsageError(`${path} cannot be read`);
  const environment: ConformEnvironment = { fileModifiedTime: file.modifiedTime, fileName: file.name };
  const events: Conformed[] = [];
  const errors: MalformedInputError[] = [];
  let text: string | null = null;
  let after = 0;
  const stream = openStream({
    source,
    environment,
    emit: (event, map, line) => {
      if (line === wanted || (text !== null && event.raw_data?.includes(text) === true)) events.push({ event, map });
    },
    reject: (line, error) => line === wanted && void errors.push(error),
  });
  reading: for await (const item of openChunks(file)) {
    if (isRejected(item)) {
      if (item.line === wanted) errors.push(new MalformedInputError(item.reason));
      continue;
    }
    const lineOf = (index: number): number => item.lineNumbers?.[index] ?? item.firstLine + index;
    readLines(
      item.bytes,
      (line, index) => {
        const number = lineOf(index);
        if (number === wanted) text = line;
        if (number > wanted) after += 1;
        if (after <= LOOK_AHEAD) stream.push(line, number);
      },
      (index, reason) => lineOf(index) === wanted && void errors.push(new MalformedInputError(reason)),
    );
    if (after > LOOK_AHEAD) break reading;
  }
  stream.flush();
  if (text === null && errors.length === 0) throw new UsageError(`${path} has no line ${wanted}, or it is empty`);
  return { events, errors, reason: stream.reason };
}

function explainReading(terminal: Terminal, { events, errors, reason }: Reading, options: ExplainOptions): number {
  const { paint } = terminal;
  terminal.line(`${paint.strong("recognised as")}  ${printable(reason)}`);
  for (const error of errors) terminal.line(`${paint.bad("skipped")}  ${printable(error.message)}`);
  if (events.length === 0) {
    if (errors.length === 0)
      terminal.line(
        "The line is no activity: a header, a comment, or a kind of record that tells nothing about repositories.",
      );
    return errors.length > 0 ? EXIT.partly : EXIT.done;
  }
  const catalogue = loadCatalogue();
  const policy = options.policy === undefined ? null : loadPolicy(options.policy);
  const detector = createDetector(
    parseRuleFiles([...loadRules([DETECTIONS]), ...loadRules(options.rules ?? [])]),
    policy,
  );
  const context = createContextBuilder(catalogue, policy);
  events.forEach(({ event, map }, index) => {
    if (index > 0) terminal.line();
    explainActivity(
      terminal,
      { source: map.id, event, context: context(event) },
      map.lane,
      detector,
      options.all === true,
    );
  });
  if (policy === null)
    terminal.line(paint.faint("No policy was named (--policy): nothing is sanctioned or unsanctioned."));
  return EXIT.done;
}

function explainActivity(terminal: Terminal, activity: Activity, lane: Lane, detector: Detector, all: boolean): void {
  const { paint } = terminal;
  const { event, context } = activity;
  const row = (name: string, value: string): void => terminal.line(`  ${paint.faint(name.padEnd(14))} ${value}`);

  terminal.line(
    `${paint.strong("activity")}  ${event.class_name ?? event.class_uid}: ${event.activity_name ?? event.activity_id} (OCSF ${event.class_uid}), ${lane}`,
  );
  row("time", formatTime(event.time));
  for (const [name, value] of fieldsOf(event)) row(name, printableCut(value, 160));

  terminal.line(paint.strong("context"));
  const { actor, host, address, destination } = context;
  row(
    "actor",
    actor.name === null
      ? "not named"
      : `${printable(actor.names.join(", "))}${actor.service_account ? ", a service account" : ""}${sanction(actor.sanctioned)}`,
  );
  row(
    "host",
    host.name === null
      ? "not named"
      : `${printable(host.name)}${host.role === null ? "" : `, ${printable(host.role)}`}${sanction(host.sanctioned)}`,
  );
  row("address", address.ip === null ? "not named" : `${address.ip}${sanction(address.sanctioned)}`);
  row(
    "destination",
    destination === null
      ? "no code host"
      : `${printable(destination.name)}, ${destination.operation} at the ${destination.endpoint} end point, ${destination.verdict}; seen by ${destination.seen_by}${destination.look_alike_of === null ? "" : `, looks like ${printable(destination.look_alike_of)}`}`,
  );
  row("work hours", context.work_hours === null ? "policy states none" : context.work_hours ? "within" : "outside");
  if (context.sensitive_path) row("path", "lies under sensitive_paths");

  const explanations = detector.documents.flatMap((document) =>
    document.kind === "rule" ? [detector.ruleSet.explain(activity, document)] : [],
  );
  const held = explanations.filter((explanation) => explanation.held);
  const asked = explanations.filter((explanation) => explanation.applies && !explanation.held);
  const near = asked.filter(({ conditions }) => conditions.some(partlyHeld));
  terminal.line(
    paint.strong(
      `rules: ${held.length} match, ${near.length} came close, ${asked.length - near.length} do not match, ${explanations.length - held.length - asked.length} are for other logs`,
    ),
  );
  for (const explanation of held) showExplanation(terminal, explanation, paint.good("match   "), detector);
  for (const explanation of near) showExplanation(terminal, explanation, paint.warn("close   "), detector);
  for (const explanation of asked.filter((each) => !near.includes(each)))
    terminal.line(
      `  ${paint.faint("no      ")} ${printable(explanation.rule.title)}: ${printableCut(explanation.reason, 160)}`,
    );
  if (all)
    for (const explanation of explanations.filter(({ applies, held: holds }) => !applies && !holds))
      terminal.line(
        `  ${paint.faint("other   ")} ${printable(explanation.rule.title)}: ${printableCut(explanation.reason, 160)}`,
      );
}

function sanction(sanctioned: boolean | null): string {
  return sanctioned === null ? "" : sanctioned ? ", sanctioned" : ", not sanctioned";
}

/** Some selection of the condition holds. */
function partlyHeld(node: ExplanationNode): boolean {
  return node.children.length === 0 ? node.held : node.children.some(partlyHeld);
}

function showExplanation(
  terminal: Terminal,
  { rule, reason, conditions }: Explanation,
  label: string,
  detector: Detector,
): void {
  const { paint } = terminal;
  terminal.line(`  ${label} ${printable(rule.title)}: ${printableCut(reason, 160)}`);
  const show = (node: ExplanationNode, depth: number): void => {
    terminal.line(
      `  ${" ".repeat(9 + depth * 2)}${node.held ? paint.good("+") : paint.bad("-")} ${printableCut(node.text, 120)}${node.value === null ? "" : paint.faint(` (seen: ${printableCut(node.value, 80)})`)}`,
    );
    for (const child of node.children) show(child, depth + 1);
  };
  for (const condition of conditions) show(condition, 0);
  const above = [...detector.planSet.plans.values()].filter(
    (plan) => plan.conclusion !== null && plan.rules.includes(rule.id) && !plan.id.endsWith("#alert"),
  );
  for (const plan of above)
    terminal.line(
      `  ${" ".repeat(9)}${paint.faint(`counts towards: ${printable(plan.conclusion?.title ?? plan.id)} (${plan.type})`)}`,
    );
}

/** What a reader wants to see of the event, by OCSF path. */
function fieldsOf(event: OcsfEvent): [string, string][] {
  const fields: [string, unknown][] = [
    ["operation", event.api?.operation],
    [
      "resource",
      event.resources
        ?.map(({ name }) => name)
        .filter((name) => name !== undefined)
        .join(", "),
    ],
    ["method", event.http_request?.http_method],
    ["url", event.http_request?.url?.url_string ?? event.url?.url_string],
    ["user agent", event.http_request?.user_agent],
    ["query", event.query?.hostname],
    ["tls.sni", event.tls?.sni],
    ["process", event.process?.file?.path ?? event.process?.name],
    ["command line", event.process?.cmd_line],
    ["parent", event.process?.parent_process?.cmd_line ?? event.process?.parent_process?.file?.path],
    ["file", event.file?.path],
    ["user", event.actor?.user?.name ?? event.user?.name],
    ["device", event.device?.hostname],
    ["from", event.src_endpoint?.ip ?? event.src_endpoint?.hostname],
    [
      "to",
      [event.dst_endpoint?.hostname ?? event.dst_endpoint?.ip, event.dst_endpoint?.port]
        .filter((part) => part !== undefined)
        .join(":"),
    ],
    ["bytes out", event.traffic?.bytes_out],
    ["bytes in", event.traffic?.bytes_in],
    ["disposition", event.disposition],
    ["status", event.status],
  ];
  return fields.flatMap(([name, value]) =>
    value === undefined || value === null || value === "" ? [] : [[name, String(value)] satisfies [string, string]],
  );
}
