/**
 * What a person has to know about a change to act on it: who, from where, where to, how much, why, how sure, what next.
 * Plain text, safe to show and bounded; each format adds the escapes of its own.
 */
import type { Severity } from "../../model/incident.ts";
import type { Change, Notice } from "../../model/notification.ts";
import { printable, printableCut } from "../../model/printable.ts";
import { formatBytes } from "../../model/units.ts";

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Of a list, so many are named. */
const MOST_NAMES = 5;
const MOST_REASONS = 5;
const MOST_STEPS = 3;
const MAX_NAME = 120;
const MAX_LINE = 300;

const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  new: "New",
  raised: "Raised",
  closed: "Closed",
  reopened: "Open again",
};

/** "New · high", "Raised from medium to critical", "Closed · benign-authorised". */
export function changeOf(notice: Notice): string {
  const { change, incident, previous_severity: before, disposition } = notice;
  const words = CHANGE_WORDS[change];
  const text =
    change === "raised" && before !== null
      ? `${words} from ${before} to ${incident.severity}`
      : change === "closed" && disposition !== null
        ? `${words} · ${printableCut(disposition, MAX_NAME)}`
        : `${words} · ${incident.severity}`;
  return notice.test ? `TEST · ${text}` : text;
}

/** The incident's sentence on one line. */
export function titleOf(notice: Notice, width: number): string {
  // Receivers refuse empty texts.
  const title = notice.incident.title.trim() === "" ? `Incident ${notice.incident.uid}` : notice.incident.title;
  return printableCut(`${notice.test ? "TEST: " : ""}${title}`, width);
}

/** What is known, in the order in which it is asked for. */
export function factsOf({ incident, state, assignee }: Notice): Fact[] {
  const facts: Fact[] = [{ name: "Risk", value: `${incident.risk_score} of 100 (${incident.severity})` }];
  const add = (name: string, values: readonly string[]): void => {
    const told = values.filter((value) => value.trim() !== "");
    if (told.length > 0) facts.push({ name, value: listOf(told) });
  };
  add("Who", incident.actors);
  add("Host", incident.hosts);
  add("Address", incident.addresses);
  add("Destination", incident.destinations);
  if (incident.bytes_out !== null) facts.push({ name: "Sent", value: formatBytes(incident.bytes_out) });
  facts.push({ name: "When", value: spanOf(incident.first_time, incident.last_time) });
  add("Behaviour", incident.behaviours);
  add("ATT&CK", incident.attack);
  if (assignee !== null) facts.push({ name: "Assigned to", value: printableCut(assignee, MAX_NAME) });
  if (state === "closed") facts.push({ name: "State", value: "closed" });
  return facts;
}

/** The strongest reasons: "+30 first push by this user to an unsanctioned owner". */
export function reasonsOf({ incident }: Notice): string[] {
  const strongest = incident.reasons.toSorted((a, b) => b.points - a.points).slice(0, MOST_REASONS);
  return strongest.map(({ points, text }) => printableCut(`+${points} ${text}`, MAX_LINE));
}

export function nextStepsOf({ incident }: Notice): string[] {
  return incident.next_steps
    .filter((step) => step.trim() !== "")
    .slice(0, MOST_STEPS)
    .map((step) => printableCut(step, MAX_LINE));
}

/** A line of a digest. */
export function lineOf(notice: Notice, width: number): string {
  return printableCut(`${changeOf(notice)} · ${notice.incident.risk_score} · ${notice.incident.title}`, width);
}

/** "7 changes of 5 incidents: 1 critical, 4 high". */
export function summaryOf(notices: readonly Notice[]): string {
  const latest = new Map(notices.map(({ incident }) => [incident.uid, incident.severity]));
  const counts = new Map<Severity, number>();
  for (const severity of latest.values()) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  const order: readonly Severity[] = ["critical", "high", "medium", "low", "informational"];
  const parts = order.flatMap((severity) =>
    counts.has(severity) ? [`${String(counts.get(severity))} ${severity}`] : [],
  );
  const incidents = `${latest.size} ${latest.size === 1 ? "incident" : "incidents"}`;
  const changes = notices.length === latest.size ? incidents : `${notices.length} changes of ${incidents}`;
  return `${changes}: ${parts.join(", ")}`;
}

/** Times as ISO 8601 to the second, UTC. */
export function isoTime(ms: number): string {
  const valid = Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? ms : 0;
  return `${new Date(valid).toISOString().slice(0, 19)}Z`;
}

function spanOf(first: number, last: number): string {
  const from = isoTime(first);
  const until = isoTime(last);
  return from === until ? from : `${from} to ${until}`;
}

function listOf(values: readonly string[]): string {
  const named = values.slice(0, MOST_NAMES).map((value) => printableCut(value, MAX_NAME));
  const more = values.length - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}

/** Everything at once, for formats of one text: title, facts, reasons, next steps, link. */
export function plainText(notice: Notice, link: string | null): string {
  const section = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", name, ...lines.map((line) => `- ${line}`)];
  return [
    titleOf(notice, MAX_LINE),
    changeOf(notice),
    "",
    ...factsOf(notice).map(({ name, value }) => `${name}: ${value}`),
    ...section("Why", reasonsOf(notice)),
    ...section("What next", nextStepsOf(notice)),
    ...(link === null ? [] : ["", printable(link)]),
    "",
  ].join("\n");
}
