/** Host name -> which service answers there, as what: the built-in catalogue first, then the hosts that policy names. */
import type { Catalogue, Role, Service } from "../../../model/catalogue.ts";
import { compilePattern, type Pattern } from "../../../model/pattern.ts";
import type { Policy } from "../../../model/policy.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { compileGrammar, type CompiledGrammar } from "./routes.ts";

/** One host, seen as an end point of a service. */
export interface Site {
  /** Catalogue id, `self-hosted` for a host that only policy names. */
  readonly service: string;
  readonly kind: Service["kind"];
  readonly role: Role;
  /** The name destinations carry. */
  readonly host: string;
  /** The name its gists carry. */
  readonly gistHost: string;
  /** Read from the host name itself, as on visualstudio.com. */
  readonly owner: string | null;
  /** null: the product is not known; addresses are read by their shape. */
  readonly grammar: CompiledGrammar | null;
}

export interface Sites {
  /** @param host lower case, without trailing dot; null for a host that is no code host as far as anybody said */
  site(host: string): Site | null;
  /** The site of a service's own name. */
  siteOfService(service: string): Site | null;
  /** Catalogue id of the object storage, or null. */
  objectStorage(host: string): string | null;
  /** In the built-in catalogue, as any service: such a name imitates nobody. */
  isCatalogued(host: string): boolean;
  /** Hosts named by policy, exactly; lower case. */
  readonly named: readonly string[];
  /** Those of them where repositories are allowed. */
  readonly allowed: readonly string[];
  /** Grammars of products that run anywhere, for addresses that are known by shape alone. */
  readonly selfHosted: readonly { readonly service: string; readonly grammar: CompiledGrammar }[];
}

interface Entry {
  readonly service: Service;
  readonly role: Role | null;
  readonly labels: readonly string[];
}

const CACHED_HOSTS = 20_000;
const MAX_HOST = 253;

export function createSites(catalogue: Catalogue, policy: Policy | null): Sites {
  const grammars = new Map(Object.entries(catalogue.grammars).map(([id, grammar]) => [id, compileGrammar(grammar)]));
  const exact = new Map<string, Entry>();
  const bySuffix = new Map<string, Entry[]>();
  const services = new Map<string, Service>();
  for (const service of catalogue.services) {
    services.set(service.id, service);
    for (const host of service.excluded ?? []) addHost(exact, bySuffix, host, service, null);
    for (const [role, hosts] of Object.entries(service.hosts))
      for (const host of hosts) addHost(exact, bySuffix, host, service, role as Role);
  }
  const storage = new Map<string, { labels: readonly string[]; id: string }[]>();
  for (const { id, hosts } of catalogue.object_storage) {
    for (const host of hosts) pushTo(storage, literalSuffix(host), { labels: host.split("."), id });
  }

  const names = namedHosts(policy);
  const products = catalogue.services.filter((service) => service.self_hosted === true);
  const declared = (host: string): Site | null => {
    const parent = names.exact.has(host) || names.patterns.some((pattern) => pattern.matches(host)) ? host : null;
    if (parent !== null) return declaredSite(parent, "web");
    const dot = host.indexOf(".");
    const role = PREFIX_ROLES.get(host.slice(0, dot));
    const rest = host.slice(dot + 1);
    if (role !== undefined && names.exact.has(rest)) return declaredSite(rest, role);
    for (let at = dot; at !== -1; at = host.indexOf(".", at + 1))
      if (names.domains.has(host.slice(at + 1))) return declaredSite(host, "web");
    return null;
  };
  const declaredSite = (host: string, role: Role): Site => {
    const product = productOf(host, products);
    const grammar = product === null ? null : (grammars.get(product.grammar) ?? null);
    return {
      service: product?.id ?? "self-hosted",
      kind: "code-host",
      role,
      host,
      gistHost: host,
      owner: null,
      grammar,
    };
  };

  const fromCatalogue = (host: string): Site | null | undefined => {
    const found = find(host, exact, bySuffix);
    if (found === undefined) return undefined;
    const { entry, captures } = found;
    if (entry.role === null) return null;
    return siteOf(entry.service, entry.role, host, captures, grammars);
  };

  const cache = new BoundedCache<Site | null>(CACHED_HOSTS);
  const storageCache = new BoundedCache<string | null>(CACHED_HOSTS);
  return {
    site: (host) => {
      const known = cache.get(host);
      return known !== undefined ? known : cache.set(host, fromCatalogue(host) ?? declared(host));
    },
    siteOfService: (id) => {
      const service = services.get(id);
      return service === undefined || service.host.includes("{")
        ? null
        : siteOf(service, "web", service.host, NO_CAPTURES, grammars);
    },
    objectStorage: (host) => {
      if (host.length > MAX_HOST) return null;
      const known = storageCache.get(host);
      return known !== undefined ? known : storageCache.set(host, findStorage(host, storage));
    },
    isCatalogued: (host) => fromCatalogue(host) !== undefined,
    named: [...names.exact],
    allowed: [...names.allowed],
    selfHosted: products.flatMap((service) => {
      const grammar = grammars.get(service.grammar);
      return grammar === undefined ? [] : [{ service: service.id, grammar }];
    }),
  };
}

const NO_CAPTURES: ReadonlyMap<string, string> = new Map();

function siteOf(
  service: Service,
  role: Role,
  host: string,
  captures: ReadonlyMap<string, string>,
  grammars: ReadonlyMap<string, CompiledGrammar>,
): Site {
  const fill = (template: string): string =>
    template.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) =>
      name === "host" ? host : (captures.get(name) ?? whole),
    );
  const own = fill(service.host);
  const gist = service.canonical?.gist;
  const gistHost = gist === undefined ? own : fill(gist);
  return {
    service: service.id,
    kind: service.kind,
    role,
    host: role === "gist" ? gistHost : own,
    gistHost,
    owner: captures.get("owner") ?? null,
    grammar: grammars.get(service.grammar) ?? null,
  };
}

function addHost(
  exact: Map<string, Entry>,
  bySuffix: Map<string, Entry[]>,
  host: string,
  service: Service,
  role: Role | null,
): void {
  const entry: Entry = { service, role, labels: host.split(".") };
  if (/[*{]/.test(host)) pushTo(bySuffix, literalSuffix(host), entry);
  else exact.set(host, entry);
}

function pushTo<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

/** The labels after the last one that stands for others. */
function literalSuffix(host: string): string {
  const labels = host.split(".");
  const last = labels.findLastIndex((label) => label.startsWith("*") || label.startsWith("{"));
  return labels.slice(last + 1).join(".");
}

function find(
  host: string,
  exact: ReadonlyMap<string, Entry>,
  bySuffix: ReadonlyMap<string, readonly Entry[]>,
): { entry: Entry; captures: ReadonlyMap<string, string> } | undefined {
  const entry = exact.get(host);
  if (entry !== undefined) return { entry, captures: NO_CAPTURES };
  let labels: readonly string[] | null = null;
  for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
    const entries = bySuffix.get(host.slice(dot + 1));
    if (entries === undefined) continue;
    labels ??= host.split(".");
    // Names with more labels of their own are more precise than `*.name`.
    let best: { entry: Entry; captures: ReadonlyMap<string, string> } | undefined;
    for (const candidate of entries) {
      const captures = matchLabels(candidate.labels, labels);
      if (captures !== null && (best === undefined || precision(candidate) > precision(best.entry)))
        best = { entry: candidate, captures };
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

function precision({ labels }: Entry): number {
  return labels.length - (labels[0] === "*" ? 1.5 : 0);
}

function matchLabels(pattern: readonly string[], labels: readonly string[]): ReadonlyMap<string, string> | null {
  const open = pattern[0] === "*";
  if (open ? labels.length < pattern.length : labels.length !== pattern.length) return null;
  const shift = labels.length - pattern.length;
  let captures: Map<string, string> | null = null;
  for (let index = open ? 1 : 0; index < pattern.length; index += 1) {
    const wanted = pattern[index] ?? "";
    const label = labels[index + shift] ?? "";
    if (wanted.startsWith("{")) (captures ??= new Map()).set(wanted.slice(1, -1), label);
    else if (wanted !== label) return null;
  }
  return captures ?? NO_CAPTURES;
}

function findStorage(
  name: string,
  storage: ReadonlyMap<string, readonly { labels: readonly string[]; id: string }[]>,
): string | null {
  const labels = name.toLowerCase().split(".");
  for (let at = 0; at < labels.length; at += 1) {
    for (const entry of storage.get(labels.slice(at).join(".")) ?? [])
      if (matchLabels(entry.labels, labels) !== null) return entry.id;
  }
  return null;
}

/** A host nobody named: known by the shape of what is sent there, or because it imitates a sanctioned one. */
export function unknownForge(host: string, service: "unknown-forge" | "look-alike"): Site {
  return { service, kind: "code-host", role: "web", host, gistHost: host, owner: null, grammar: null };
}

const PREFIX_ROLES: ReadonlyMap<string, Role> = new Map([
  ["api", "api"],
  ["uploads", "upload"],
  ["raw", "raw"],
  ["codeload", "raw"],
  ["lfs", "lfs"],
  ["gist", "gist"],
  ["ssh", "ssh_over_443"],
  ["altssh", "ssh_over_443"],
  ["registry", "registry"],
  ["containers", "registry"],
  ["pages", "pages"],
  ["www", "web"],
]);

interface NamedHosts {
  readonly exact: ReadonlySet<string>;
  readonly allowed: ReadonlySet<string>;
  readonly patterns: readonly Pattern[];
  /** Of MonitoredDomains: with their subdomains. */
  readonly domains: ReadonlySet<string>;
}

/** Every host policy calls a code host: sanctioned or merely monitored. */
function namedHosts(policy: Policy | null): NamedHosts {
  const sanctioned = policy?.sanctioned;
  const repositories = [
    ...(sanctioned?.repositories ?? []),
    ...(sanctioned?.hosts ?? []).flatMap((entry) => entry.repositories ?? []),
    ...(sanctioned?.service_accounts ?? []).flatMap((entry) => entry.repositories ?? []),
  ];
  const hosts = [
    ...repositories.map(hostOfPattern),
    ...(policy?.RepoDomainList ?? []),
    ...(policy?.MonitoredDomains ?? []),
  ].map((host) => host.toLowerCase());
  const domains = new Set((policy?.MonitoredDomains ?? []).map((host) => host.toLowerCase()));
  const exact = new Set<string>();
  const allowed = new Set<string>();
  const patterns: Pattern[] = [];
  for (const host of hosts) {
    if (!/[*?]/.test(host)) {
      exact.add(host);
      if (!domains.has(host)) allowed.add(host);
    }
    // A pattern with no name in it (`*`) says nothing about hosts.
    else if (/[a-z0-9]\.[a-z0-9]/.test(host)) patterns.push(compilePattern(host));
  }
  return { exact, allowed, patterns, domains };
}

/** The host part of `host/owner/name`. */
export function hostOfPattern(pattern: string): string {
  const slash = pattern.indexOf("/");
  return slash === -1 ? pattern : pattern.slice(0, slash);
}

/** The product a host name suggests: `gitlab.acme.example`, `acme-gitea.example`. */
function productOf(host: string, products: readonly Service[]): Service | null {
  const words = new Set(host.split(/[.-]/));
  return products.find((service) => service.labels?.some((label) => words.has(label))) ?? null;
}
