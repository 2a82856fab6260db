/** One sentence for an incident: who moved what where, how. */
import { formatBytes, formatDuration } from "../../model/units.ts";

export interface TitleFacts {
  readonly actor: string | null;
  readonly host: string | null;
  readonly destination: string | null;
  /** How many destinations there are. */
  readonly destinations: number;
  readonly bytesOut: number | null;
  readonly count: number;
  readonly spanMs: number;
}

type Phrase = (facts: TitleFacts, where: string, amount: string) => string;

/** What the incident's main behaviour did, most telling first: the first that applies makes the sentence. */
const PHRASES: readonly (readonly [behaviour: string, phrase: Phrase])[] = [
  ["esxi-datastore-upload", (_, where, amount) => `sent ${amount} of a datastore to ${where}`],
  ["private-to-public-crossing", (_, where) => `read private repositories and wrote to the public ${where}`],
  ["mirror-migration", (_, where) => `copied repositories into ${where}`],
  ["exposure-change", (_, where) => `opened ${where} to outsiders`],
  ["workflow-exfiltration", (_, where) => `added a workflow that hands out secrets to ${where}`],
  ["runner-registration", (_, where) => `registered a runner for ${where}`],
  ["repository-create-burst", (facts) => `created ${facts.destinations > 1 ? facts.destinations : "several"} repositories in ${formatDuration(facts.spanMs)}`],
  ["create-repository-then-write", (_, where) => `created ${where} and wrote to it at once`],
  ["push-to-unsanctioned-repository", (_, where, amount) => `pushed ${amount} to ${where}, which policy does not sanction`],
  ["unsanctioned-forge", (_, where, amount) => `sent ${amount} to ${where}, a code host that policy does not sanction`],
  ["git-data-api-upload", (_, where, amount) => `wrote ${amount} into ${where} through the Git data API`],
  ["gist-or-snippet-upload", (_, where, amount) => `uploaded ${amount} as a gist or snippet to ${where}`],
  ["api-upload", (_, where, amount) => `uploaded ${amount} to ${where} through the API`],
  ["side-channel-upload", (_, where, amount) => `uploaded ${amount} to ${where} beside the repository`],
  ["bulk-clone", (facts) => `cloned ${facts.destinations > 1 ? `${facts.destinations} repositories` : "many repositories"} in ${formatDuration(facts.spanMs)}`],
  ["low-and-slow", (facts, where, amount) => `sent ${amount} to ${where} in small pieces over ${formatDuration(facts.spanMs)}`],
  ["stage-then-send", (_, where, amount) => `packed files and sent ${amount} to ${where}`],
  ["sensitive-content-pushed", (_, where) => `pushed sensitive content to ${where}`],
  ["credential-access", (facts) => `read repository credentials${facts.host === null ? "" : ` on ${facts.host}`}`],
  ["supply-chain-ancestry", (_, where) => `let a package manager's script write to ${where}`],
  ["token-polling", (_, where) => `polls ${where} at fixed intervals`],
  ["defences-disabled", (_, where) => `switched off protection of ${where}`],
  ["unsanctioned-source-host", (facts, where) => `used ${where} from ${facts.host ?? "a host"} that may not talk to repositories`],
  ["volume-anomaly", (_, where, amount) => `sent ${amount} to ${where}, far more than usual`],
  ["unexpected-application", (_, where) => `used ${where} from an application that has no business there`],
  ["first-seen-access", (_, where) => `used ${where} for the first time`],
  ["off-hours-activity", (_, where) => `wrote to ${where} outside work hours`],
];

/** How it was done, added where a second behaviour tells it. */
const MANNERS: readonly (readonly [behaviour: string, manner: string])[] = [
  ["stage-then-send", "after packing files"],
  ["credential-access", "after reading repository credentials"],
  ["unsanctioned-source-host", "from a host that may not talk to repositories"],
  ["supply-chain-ancestry", "from a package manager's script"],
  ["off-hours-activity", "outside work hours"],
];

/** @param behaviours of the incident; @param fallback title of its strongest finding, for rules that name no behaviour */
export function titleOf(behaviours: ReadonlySet<string>, facts: TitleFacts, fallback: string): string {
  const main = PHRASES.find(([behaviour]) => behaviours.has(behaviour));
  const who = facts.actor ?? (facts.host === null ? "Somebody" : `Somebody on ${facts.host}`);
  if (main === undefined) return `${who}: ${fallback}`;
  const where = facts.destination === null ? "a code host" : facts.destinations > 1 ? `${facts.destination} and ${facts.destinations - 1} more` : facts.destination;
  const amount = facts.bytesOut === null ? "data" : formatBytes(facts.bytesOut);
  const manner = MANNERS.find(([behaviour]) => behaviours.has(behaviour) && behaviour !== main[0]);
  return `${who} ${main[1](facts, where, amount)}${manner === undefined ? "" : ` ${manner[1]}`}`;
}
