/** An incident as a person reads it: the sentence, why, what was seen when, what could not be seen, what to do. */
import type { Incident, Severity } from "../model/incident.ts";
import { formatBytes } from "../model/units.ts";
import type { Paint, Terminal } from "./terminal.ts";
import { printable, printableCut } from "../model/printable.ts";

const MOST_TIMELINE = 12;
const MOST_NAMES = 6;

export function paintSeverity(paint: Paint, severity: Severity): (text: string) => string {
  if (severity === "critical" || severity === "high") return (text) => paint.strong(paint.bad(text));
  return severity === "medium" ? paint.warn : paint.faint;
}

/** 1774000000000 -> "2026-03-20 09:46:40Z" */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

export function showIncident(terminal: Terminal, incident: Incident): void {
  const { paint, width } = terminal;
  const severity = paintSeverity(paint, incident.severity);
  const label = (name: string): string => paint.faint(name.padEnd(9));
  terminal.line(
    `${severity(incident.severity.toUpperCase())} ${severity(String(incident.risk_score))}  ${paint.strong(printable(incident.title))}`,
  );
  terminal.line(`  ${label("incident")} ${incident.uid}`);
  terminal.line(`  ${label("when")} ${formatTime(incident.first_time)} to ${formatTime(incident.last_time)}`);
  const named = (name: string, values: readonly string[]): void => {
    if (values.length === 0) return;
    const more = values.length > MOST_NAMES ? ` and ${values.length - MOST_NAMES} more` : "";
    terminal.line(`  ${label(name)} ${values.slice(0, MOST_NAMES).map(printable).join(", ")}${more}`);
  };
  named("who", incident.actors);
  named("from", [...incident.hosts, ...incident.addresses]);
  named(
    "to",
    incident.destination_details.map(
      ({ name, verdict, look_alike_of }) =>
        `${name} (${verdict}${look_alike_of === null ? "" : `, looks like ${look_alike_of}`})`,
    ),
  );
  terminal.line(
    `  ${label("bytes out")} ${incident.bytes_out === null ? "not told by any source" : formatBytes(incident.bytes_out)}`,
  );
  terminal.line(`  ${label("why")}`);
  for (const { text, points } of incident.reasons)
    terminal.line(`    ${paint.strong(`+${String(points).padStart(2)}`)} ${printable(text)}`);
  terminal.line(`  ${label("seen")}`);
  for (const { time, lane, text } of incident.timeline.slice(0, MOST_TIMELINE)) {
    terminal.line(`    ${formatTime(time)}  ${lane.padEnd(10)} ${printableCut(text, Math.max(40, width - 40))}`);
  }
  if (incident.timeline.length > MOST_TIMELINE)
    terminal.line(
      paint.faint(
        `    and ${incident.timeline.length - MOST_TIMELINE} more: sallyport incident show ${incident.uid.slice(0, 8)} -o ndjson`,
      ),
    );
  if (incident.blind_spots.length > 0) {
    terminal.line(`  ${label("not seen")}`);
    for (const { text } of incident.blind_spots) terminal.line(`    ${paint.warn("·")} ${printable(text)}`);
  }
  if (incident.next_steps.length > 0) {
    terminal.line(`  ${label("next")}`);
    for (const text of incident.next_steps) terminal.line(`    ${paint.good("→")} ${printable(text)}`);
  }
  const tags = [...incident.behaviours, ...incident.analytics, ...incident.attack];
  terminal.line(`  ${paint.faint(tags.map(printable).join(" · "))}`);
}

/** One line per incident. */
export function showIncidentRow(terminal: Terminal, incident: Incident): void {
  const severity = paintSeverity(terminal.paint, incident.severity);
  const { width } = terminal;
  terminal.line(
    `${incident.uid.slice(0, 8)}  ${severity(`${incident.severity.padEnd(13)} ${String(incident.risk_score).padStart(3)}`)}  ${formatTime(incident.first_time)}  ${printableCut(incident.title, Math.max(40, width - 52))}`,
  );
}
