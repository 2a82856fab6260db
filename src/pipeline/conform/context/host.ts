/** Which machine: its name by the event or by inventory, its role and standing by `sanctioned.hosts`. */
import type { HostContext, OcsfEvent } from "../../../model/activity.ts";
import { compilePattern } from "../../../model/pattern.ts";
import type { Policy } from "../../../model/policy.ts";
import { normaliseAddress } from "./address-ranges.ts";
import { BoundedCache } from "./bounded-cache.ts";
import type { Located } from "./locate.ts";
import { compileRepositories, type RepositoryPatterns } from "./verdict.ts";

interface KnownHost {
  readonly context: HostContext;
  /** The only repositories the machine may talk to, where policy names them. */
  readonly repositories: RepositoryPatterns | null;
  readonly unfit: HostContext;
}

export interface Hosts {
  /** The machine's own name as the event gives it, or by inventory; lower case, without domain suffix. */
  name(event: OcsfEvent, address: string | null): string | null;
  host(name: string | null, destination: Located | null): HostContext;
  /** Who sits at the address, by inventory. */
  userAt(address: string | null): string | null;
}

const CACHED = 20_000;
const NO_HOST: HostContext = { name: null, role: null, sanctioned: null };

export function createHosts(policy: Policy | null): Hosts {
  const listed = policy?.sanctioned?.hosts;
  const entries = (listed ?? []).map(({ match, role, repositories }) => ({
    pattern: compilePattern(match),
    role: role ?? null,
    repositories: repositories === undefined ? null : compileRepositories(repositories),
  }));
  const inventory = new Map(
    (policy?.inventory ?? []).map(({ address, host, user }) => [
      normaliseAddress(address),
      { host: host === undefined ? null : shortName(host), user: user ?? null },
    ]),
  );
  const shortNames = new BoundedCache<string>(CACHED);
  const known = new BoundedCache<KnownHost>(CACHED);

  const build = (name: string): KnownHost => {
    const entry = entries.find(({ pattern }) => pattern.matches(name));
    const context: HostContext = {
      name,
      role: entry?.role ?? null,
      sanctioned: listed === undefined ? null : entry !== undefined,
    };
    return { context, repositories: entry?.repositories ?? null, unfit: { ...context, sanctioned: false } };
  };
  return {
    name: (event, address) => {
      const own = event.device?.hostname ?? event.device?.name;
      const byInventory = inventory.size > 0 && address !== null ? (inventory.get(address)?.host ?? null) : null;
      const hostname =
        own !== undefined && own !== "unknown" ? own : byInventory === null ? event.src_endpoint?.hostname : undefined;
      if (hostname === undefined) return byInventory;
      const short = shortNames.get(hostname) ?? shortNames.set(hostname, shortName(hostname));
      return short === "" ? byInventory : short;
    },
    host: (name, destination) => {
      if (name === null) return NO_HOST;
      const host = known.get(name) ?? known.set(name, build(name));
      return host.repositories !== null && destination !== null && host.repositories.coverage(destination) === "none"
        ? host.unfit
        : host.context;
    },
    userAt: (address) => (inventory.size > 0 && address !== null ? (inventory.get(address)?.user ?? null) : null),
  };
}

/** `WS-017.acme.example.` -> `ws-017`; an address stays whole. */
export function shortName(hostname: string): string {
  const name = hostname.slice(0, 255).toLowerCase();
  if (/^[\d.]+$/.test(name) || name.includes(":")) return name;
  const dot = name.indexOf(".");
  return dot === -1 ? name : name.slice(0, dot);
}
