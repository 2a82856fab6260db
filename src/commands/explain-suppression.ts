/** What suppressions have to do with an incident: what of its story they cover, and by whose decision. */
import type { Finding, Incident } from "../model/incident.ts";
import { printable, printableCut } from "../model/printable.ts";
import { describeScope } from "../model/suppression.ts";
import { groupFindings, STORY_GAP_MS } from "../pipeline/escalate/group.ts";
import { compileSuppressions } from "../pipeline/escalate/suppress.ts";
import { readFindings } from "../pipeline/persist/findings.ts";
import type { Store } from "../pipeline/persist/store.ts";
import { readSuppressions } from "../pipeline/persist/suppression.ts";
import { formatTime, paintSeverity } from "./show-incident.ts";
import type { Terminal } from "./terminal.ts";

const SHOWN = 20;

export async function explainSuppression(terminal: Terminal, store: Store, incident: Incident): Promise<void> {
  const suppressions = await readSuppressions(store);
  const coveredBy = compileSuppressions(suppressions);
  const story = await storyOf(store, incident);
  const covered = story.flatMap((finding) => {
    const by = coveredBy(finding);
    return by.length === 0 ? [] : [{ finding, by }];
  });
  const { paint } = terminal;
  const label = `${paint.faint("hidden".padEnd(9))} `;
  if (covered.length === 0) return terminal.line(`  ${label}nothing of this story`);
  const whole = covered.length === story.length;
  terminal.line(
    `  ${label}${whole ? "all of it: it does not appear among incidents" : `${covered.length} more ${covered.length === 1 ? "finding" : "findings"} of this story, adding nothing to its score`}`,
  );
  for (const { finding, by } of covered.slice(0, SHOWN))
    terminal.line(
      `    ${formatTime(finding.time)}  ${paintSeverity(paint, finding.severity)(finding.severity)}  ${printableCut(finding.reason, 120)} ${paint.faint(`suppressed by ${by.map((uid) => uid.slice(0, 8)).join(", ")}`)}`,
    );
  if (covered.length > SHOWN) terminal.line(paint.faint(`    and ${covered.length - SHOWN} more`));
  const deciding = new Set(covered.flatMap(({ by }) => by));
  for (const { uid, scope, reason, owner, until } of suppressions.filter((each) => deciding.has(each.uid)))
    terminal.line(
      `    ${uid.slice(0, 8)}  ${printable(describeScope(scope))} until ${formatTime(until)}: ${printable(reason)} ${paint.faint(`(${printable(owner)})`)}`,
    );
}

/** Findings that would tell one story with the incident's, were none suppressed. */
async function storyOf(store: Store, { findings, first_time, last_time }: Incident): Promise<readonly Finding[]> {
  const own = new Set(findings.map(({ uid }) => uid));
  const around = await readFindings(store, { from: first_time - STORY_GAP_MS, until: last_time + STORY_GAP_MS + 1 });
  return groupFindings(around)
    .filter((story) => story.some(({ uid }) => own.has(uid)))
    .flat();
}
