/** One sentence for an incident: who moved what where, how. */
import { formatBytes, formatDuration } from "../../model/units.ts";

export interface TitleFacts {
  readonly actor: string | null;
  readonly host: string | null;
  /** Of the client, where nothing else is known. */
  readonly address: string | null;
  readonly destination: string | null;
  /** How many destinations there are. */
  readonly destinations: number;
  readonly bytesOut: number | null;
  readonly spanMs: number;
}

type Phrase = (facts: TitleFacts, where: string, amount: string) => string;

/** What the story did, most telling first: the first behaviour that applies makes the sentence. A comma opens what is said of the destination. */
const DEEDS: readonly (readonly [behaviour: string, phrase: Phrase, clause?: string])[] = [
  ["esxi-datastore-upload", (_, where, amount) => `sent ${amount} from a hypervisor to ${where}`],
  ["private-to-public-crossing", (_, where) => `read private repositories and wrote to the public ${where}`],
  ["mirror-migration", (_, where) => `copied whole repositories to ${where}`],
  ["sensitive-content-pushed", (_, where) => `pushed sensitive files to ${where}`, ", which others can read"],
  ["workflow-exfiltration", (_, where) => `ran a workflow that can hand out the secrets of ${where}`],
  ["runner-registration", (_, where) => `registered a runner for ${where}`],
  [
    "repository-create-burst",
    (facts) =>
      `created ${facts.destinations > 1 ? facts.destinations : "several"} repositories in ${formatDuration(facts.spanMs)}`,
  ],
  ["create-repository-then-write", (_, where) => `created ${where} and wrote to it at once`],
  [
    "low-and-slow",
    (facts, where, amount) => `sent ${amount} to ${where} in small pieces over ${formatDuration(facts.spanMs)}`,
  ],
  [
    "push-to-unsanctioned-repository",
    (_, where, amount) => `pushed ${amount} to ${where}`,
    ", which policy does not sanction",
  ],
  [
    "unsanctioned-forge",
    (_, where, amount) => `sent ${amount} to ${where}`,
    ", a code host that policy does not allow",
  ],
  ["git-data-api-upload", (_, where, amount) => `wrote ${amount} into ${where} through the Git data API`],
  ["gist-or-snippet-upload", (_, where, amount) => `uploaded ${amount} as a gist or snippet to ${where}`],
  ["side-channel-upload", (_, where, amount) => `uploaded ${amount} to ${where} beside the repository's history`],
  ["api-upload", (_, where, amount) => `uploaded ${amount} to ${where} through the API`],
  ["exposure-change", (_, where) => `opened ${where} to outsiders`],
  [
    "bulk-clone",
    (facts) =>
      `cloned ${facts.destinations > 1 ? `${facts.destinations} repositories` : "many repositories"} in ${formatDuration(facts.spanMs)}`,
  ],
  ["stage-then-send", (_, where, amount) => `gathered files and sent ${amount} to ${where}`],
  ["token-polling", (_, where) => `polls ${where} at fixed intervals`],
  ["supply-chain-ancestry", (_, where) => `let a package's script write to ${where}`],
  [
    "credential-access",
    (facts) => `read or searched for repository credentials${facts.host === null ? "" : ` on ${facts.host}`}`,
  ],
  ["defences-disabled", (_, where) => `switched off protection of ${where}`],
  [
    "volume-anomaly",
    (facts, where, amount) =>
      `sent ${amount} to ${where} ${facts.spanMs < 1_000 ? "at once" : `within ${formatDuration(facts.spanMs)}`}`,
  ],
  ["unexpected-application", (_, where) => `reached ${where} with a program that has no business there`],
  [
    "unsanctioned-source-host",
    (facts, where) => `used ${where} from ${facts.host ?? "a machine"}`,
    ", which policy does not let do that",
  ],
  ["first-seen-access", (_, where) => `used ${where} for the first time`],
  ["off-hours-activity", (_, where) => `wrote to ${where} outside work hours`],
];

/** What came before it. */
const BEFORE: readonly (readonly [behaviour: string, words: string])[] = [
  ["credential-access", "read repository credentials, then"],
  ["stage-then-send", "gathered files, then"],
];

/** How it was done. */
const MANNERS: readonly (readonly [behaviour: string, manner: string, applies?: (facts: TitleFacts) => boolean])[] = [
  ["supply-chain-ancestry", "from a package's script"],
  ["unexpected-application", "with a program that has no business there"],
  ["unsanctioned-source-host", "from a machine that may not"],
  ["off-hours-activity", "outside work hours"],
  ["first-seen-access", "from a new address", ({ host }) => host === null],
];

/** @param behaviours of the incident; @param fallback title of its strongest finding, for rules that name no behaviour */
export function titleOf(behaviours: ReadonlySet<string>, facts: TitleFacts, fallback: string): string {
  const who = whoOf(facts);
  const deed = DEEDS.find(([behaviour]) => behaviours.has(behaviour));
  if (deed === undefined) return `${who}: ${fallback}`;
  const [main, phrase, clause = ""] = deed;
  const where =
    facts.destination === null
      ? "a code host"
      : facts.destinations > 1
        ? `${facts.destination} and ${facts.destinations - 1} more`
        : facts.destination;
  const amount = facts.bytesOut === null || facts.bytesOut === 0 ? "data" : formatBytes(facts.bytesOut);
  const before = BEFORE.find(([behaviour]) => behaviours.has(behaviour) && behaviour !== main);
  const manner = MANNERS.find(
    ([behaviour, , applies]) => behaviours.has(behaviour) && behaviour !== main && (applies?.(facts) ?? true),
  );
  return (
    [who, before?.[1], phrase(facts, where, amount), manner?.[1]].filter((part) => part !== undefined).join(" ") +
    clause
  );
}

/** A local account says little without its machine. */
function whoOf({ actor, host, address }: TitleFacts): string {
  if (actor === null)
    return host !== null ? `Somebody on ${host}` : address !== null ? `Somebody at ${address}` : "Somebody";
  return actor.includes("@") || host === null ? actor : `${actor} on ${host}`;
}
