/**
 * Which findings tell one story: those about the same actor, host, address or foreign destination, close in time.
 *
 * A pure function of the set of findings: the order they come in changes nothing.
 */
import type { Finding } from "../../model/incident.ts";

/** Findings further apart than this are separate stories unless something between them connects them. */
export const STORY_GAP_MS = 12 * 3_600_000;

/** Accounts that exist on every machine: the name says nothing about who it was. */
const GENERIC_ACCOUNTS: ReadonlySet<string> = new Set([
  "root",
  "system",
  "administrator",
  "admin",
  "local service",
  "network service",
  "localsystem",
  "nobody",
  "daemon",
  "unknown",
  "anonymous",
  "-",
  "ubuntu",
  "ec2-user",
  "vagrant",
  "guest",
]);

interface Entities {
  readonly finding: Finding;
  readonly actors: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
  readonly addresses: ReadonlySet<string>;
  readonly destinations: ReadonlySet<string>;
}

/** The name without its domain, so that `alice` and `alice@acme.example` are one person; null for generic accounts. */
function actorKey(name: string): string | null {
  const at = name.indexOf("@");
  const local = (at > 0 ? name.slice(0, at) : name).replace(/^.*\\/, "");
  return local === "" || GENERIC_ACCOUNTS.has(local) || local.endsWith("$") ? null : local;
}

function entitiesOf(finding: Finding): Entities {
  const actors = new Set<string>();
  const hosts = new Set<string>();
  const addresses = new Set<string>();
  const destinations = new Set<string>();
  for (const { actor, actor_names, host, address, destination, destination_owner, verdict } of finding.evidence) {
    for (const name of actor === "" ? actor_names : [actor, ...actor_names]) {
      const key = actorKey(name);
      if (key !== null) actors.add(key);
    }
    if (host !== "") hosts.add(host);
    if (address !== "") addresses.add(address);
    // A repository of ours, or one nobody has judged, connects everybody who works on it; only a foreign one points at a story.
    if (destination_owner !== "" && verdict === "unsanctioned") destinations.add(destination);
  }
  return { finding, actors, hosts, addresses, destinations };
}

function meets<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  for (const value of a) if (b.has(value)) return true;
  return false;
}

/** What goes on a little every day is one story, though each day is a finding of its own. */
function near(a: Finding, b: Finding): boolean {
  const apart = Math.max(a.first_time, b.first_time) - Math.min(a.time, b.time);
  if (apart <= STORY_GAP_MS) return true;
  return (
    apart <= a.reach_ms &&
    a.rule === b.rule &&
    a.group.length === b.group.length &&
    a.group.every((value, index) => value === b.group[index])
  );
}

/** Behind one address may be many machines: it only connects where a machine is not named on both sides. */
const shareMachine = (a: Entities, b: Entities): boolean =>
  meets(a.hosts, b.hosts) || (meets(a.addresses, b.addresses) && (a.hosts.size === 0 || b.hosts.size === 0));

/** Sets of findings that are merged pair by pair, each with the people it names. */
class Stories {
  readonly #parent: number[];
  readonly #actors: Set<string>[];

  constructor(nodes: readonly Entities[]) {
    this.#parent = nodes.map((_, index) => index);
    this.#actors = nodes.map(({ actors }) => new Set(actors));
  }

  root(index: number): number {
    let at = index;
    while (this.#parent[at] !== at) at = this.#parent[at] = this.#parent[this.#parent[at] as number] as number;
    return at;
  }

  actors(index: number): ReadonlySet<string> {
    return this.#actors[this.root(index)] as ReadonlySet<string>;
  }

  merge(a: number, b: number): void {
    const kept = Math.min(this.root(a), this.root(b));
    const gone = Math.max(this.root(a), this.root(b));
    if (kept === gone) return;
    this.#parent[gone] = kept;
    for (const actor of this.#actors[gone] ?? []) this.#actors[kept]?.add(actor);
  }
}

/** Findings of each story in order of time; stories in order of their first finding. */
export function groupFindings(findings: readonly Finding[]): Finding[][] {
  const nodes = findings
    .map(entitiesOf)
    .toSorted((a, b) => a.finding.first_time - b.finding.first_time || (a.finding.uid < b.finding.uid ? -1 : 1));
  const stories = new Stories(nodes);

  // Who and where to say for certain what belongs together. A machine does so only where that joins no two people.
  forPairs(
    nodes,
    ({ actors, destinations }) => [...keys("actor", actors), ...keys("destination", destinations)],
    (a, b) => {
      if (near((nodes[a] as Entities).finding, (nodes[b] as Entities).finding)) stories.merge(a, b);
    },
  );
  forPairs(
    nodes,
    ({ hosts, addresses }) => [...keys("host", hosts), ...keys("address", addresses)],
    (a, b) => {
      if (stories.root(a) === stories.root(b)) return;
      const [one, other] = [stories.actors(a), stories.actors(b)];
      const compatible = one.size === 0 || other.size === 0 || meets(one, other);
      if (
        compatible &&
        near((nodes[a] as Entities).finding, (nodes[b] as Entities).finding) &&
        shareMachine(nodes[a] as Entities, nodes[b] as Entities)
      )
        stories.merge(a, b);
    },
  );

  const grouped = new Map<number, Finding[]>();
  nodes.forEach(({ finding }, index) => {
    const story = grouped.get(stories.root(index));
    if (story === undefined) grouped.set(stories.root(index), [finding]);
    else story.push(finding);
  });
  return [...grouped.values()];
}

const keys = (kind: string, values: ReadonlySet<string>): string[] => [...values].map((value) => `${kind} ${value}`);

/** Calls `visit` for the pairs that share a key, the nearer ones first; only these can belong together. */
function forPairs(
  nodes: readonly Entities[],
  keysOf: (node: Entities) => readonly string[],
  visit: (earlier: number, later: number) => void,
): void {
  const buckets = new Map<string, number[]>();
  nodes.forEach((node, index) => {
    for (const key of keysOf(node)) {
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [index]);
      else bucket.push(index);
    }
  });
  for (const key of [...buckets.keys()].toSorted()) {
    const bucket = buckets.get(key) as number[];
    for (let later = 1; later < bucket.length; later += 1) {
      for (let earlier = later - 1; earlier >= 0; earlier -= 1)
        visit(bucket[earlier] as number, bucket[later] as number);
    }
  }
}
