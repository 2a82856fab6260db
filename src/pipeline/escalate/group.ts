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
  "root", "system", "administrator", "admin", "local service", "network service", "localsystem", "nobody", "daemon", "unknown", "anonymous", "-", "ubuntu", "ec2-user", "vagrant", "guest",
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
    // A shared sanctioned repository connects everybody; only a foreign owner points at one story.
    if (destination_owner !== "" && verdict !== "sanctioned") destinations.add(destination);
  }
  return { finding, actors, hosts, addresses, destinations };
}

const meets = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean => [...a].some((value) => b.has(value));

/** Two people are never one story because they share a machine; an unnamed one may be either. */
const compatible = (a: Entities, b: Entities): boolean => a.actors.size === 0 || b.actors.size === 0 || meets(a.actors, b.actors);

function connected(a: Entities, b: Entities): boolean {
  const apart = Math.max(a.finding.first_time, b.finding.first_time) - Math.min(a.finding.time, b.finding.time);
  if (apart > STORY_GAP_MS) return false;
  if (meets(a.actors, b.actors) || meets(a.destinations, b.destinations)) return true;
  if (!compatible(a, b)) return false;
  if (meets(a.hosts, b.hosts)) return true;
  // Behind one address may be many machines: it only connects where a machine is not named on both sides.
  return meets(a.addresses, b.addresses) && (a.hosts.size === 0 || b.hosts.size === 0);
}

/** Findings of each story in order of time; stories in order of their first finding. */
export function groupFindings(findings: readonly Finding[]): Finding[][] {
  const nodes = findings
    .map(entitiesOf)
    .toSorted((a, b) => a.finding.first_time - b.finding.first_time || (a.finding.uid < b.finding.uid ? -1 : 1));
  const parent = nodes.map((_, index) => index);
  const root = (index: number): number => {
    let at = index;
    while (parent[at] !== at) at = parent[at] = parent[parent[at] as number] as number;
    return at;
  };

  // Only findings that share a key can be connected: compare within each key's bucket.
  const buckets = new Map<string, number[]>();
  nodes.forEach((node, index) => {
    const keys = [
      ...[...node.actors].map((value) => `actor ${value}`),
      ...[...node.hosts].map((value) => `host ${value}`),
      ...[...node.addresses].map((value) => `address ${value}`),
      ...[...node.destinations].map((value) => `destination ${value}`),
    ];
    for (const key of keys) {
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [index]);
      else bucket.push(index);
    }
  });
  for (const bucket of buckets.values()) {
    for (let later = 1; later < bucket.length; later += 1) {
      for (let earlier = later - 1; earlier >= 0; earlier -= 1) {
        const a = bucket[earlier] as number;
        const b = bucket[later] as number;
        if (root(a) !== root(b) && connected(nodes[a] as Entities, nodes[b] as Entities)) parent[Math.max(root(a), root(b))] = Math.min(root(a), root(b));
      }
    }
  }

  const stories = new Map<number, Finding[]>();
  nodes.forEach(({ finding }, index) => {
    const story = stories.get(root(index));
    if (story === undefined) stories.set(root(index), [finding]);
    else story.push(finding);
  });
  return [...stories.values()];
}
