/**
 * Event -> the code host it concerns, from the most to the least precise sign:
 * repository audit, URL, TLS server name, destination host name, DNS question, command line, destination address.
 */
import type { DestinationContext, OcsfEvent } from "../../../model/activity.ts";
import type { Catalogue } from "../../../model/catalogue.ts";
import type { Policy } from "../../../model/policy.ts";
import { AddressRanges, normaliseAddress } from "./address-ranges.ts";
import { createAudit } from "./audit.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { createCommandReader, isTool } from "./command/index.ts";
import { normaliseHost, parseUrl } from "./git-address.ts";
import { isForgePath, locateHost, locateUrl, type Located } from "./locate.ts";
import { createLookAlikes, type LookAlikes } from "./look-alike.ts";
import { hostOfPattern, unknownForge, type Site, type Sites } from "./sites.ts";

/** A destination found, before policy judges it. */
export interface Sighting {
  readonly located: Located;
  readonly seenBy: DestinationContext["seen_by"];
  readonly visibility: DestinationContext["visibility"];
  readonly lookAlikeOf: string | null;
}

export interface Destinations {
  find(event: OcsfEvent): Sighting | null;
  /** Catalogue id of the object storage the event talks to, or null. */
  storage(event: OcsfEvent): string | null;
}

const DNS_ACTIVITY = 4003;
const PROCESS_ACTIVITY = 1007;
const SCRIPT_ACTIVITY = 1009;
const LAUNCH = 1;
const INBOUND = 1;
const CACHED_URLS = 20_000;
const CACHED_COMMANDS = 5_000;

/** Requests of git clients, whatever the host. */
const GIT_AGENT = /^(?:git\/|git-lfs\/|jgit\/|go-git\/|libgit2|isomorphic-git|dulwich\/)/i;
export function createDestinations(catalogue: Catalogue, policy: Policy | null, sites: Sites): Destinations {
  const audit = createAudit(catalogue, sites);
  const lookAlikes = lookAlikesOf(policy);
  const ranges = providerRanges(catalogue, sites);
  const readCommand = createCommandReader(sites);
  const urls = new BoundedCache<Located | null>(CACHED_URLS);
  const commands = new BoundedCache<Sighting | null>(CACHED_COMMANDS);
  const hosts = new BoundedCache<Site | null>(CACHED_URLS);
  const programs = new BoundedCache<boolean>(CACHED_COMMANDS);

  /** The site of a host, also when it only imitates one. */
  const siteOf = (hostname: string): Site | null => {
    const known = hosts.get(hostname);
    if (known !== undefined) return known;
    const host = normaliseHost(hostname);
    if (host === null) return hosts.set(hostname, null);
    const site = sites.site(host);
    if (site !== null) return hosts.set(hostname, site);
    const imitates = !sites.isCatalogued(host) && lookAlikes.ofHost(host) !== null;
    return hosts.set(hostname, imitates ? unknownForge(host, "look-alike") : null);
  };
  const sighting = (
    located: Located,
    seenBy: Sighting["seenBy"],
    visibility: Sighting["visibility"] = "unknown",
  ): Sighting => ({
    located,
    seenBy,
    visibility,
    lookAlikeOf: imitated(located, lookAlikes),
  });

  const byUrl = (event: OcsfEvent): Sighting | null => {
    const request = event.http_request;
    const url = request?.url ?? event.url;
    if (url === undefined) return null;
    let hostname = url.hostname;
    let path = url.path;
    let query = url.query_string ?? "";
    let scheme = url.scheme ?? "http";
    if (hostname === undefined && url.url_string !== undefined) {
      const parsed = parseUrl(url.url_string);
      // Of a path alone, as a web server writes it, the server is the host.
      if (parsed !== null) ({ host: hostname, path, query, scheme } = parsed);
      else hostname = event.dst_endpoint?.hostname;
    }
    if (hostname === undefined) return null;
    const method = request?.http_method ?? null;
    const site = siteOf(hostname);
    if (site === null && !isForgeRequest(path, request?.user_agent)) return null;

    const tunnel = method === "CONNECT" || ((path === undefined || path === "") && url.scheme === undefined);
    if (tunnel) {
      const located = site ?? forgeOf(hostname);
      return located === null ? null : sighting(locateHost(located, "connect", url.port), "hostname");
    }
    const key = `${method} ${scheme} ${hostname} ${path} ${query.length > 256 ? query.slice(0, 256) : query}`;
    const known = urls.get(key);
    const located =
      known !== undefined
        ? known
        : urls.set(key, locateRequest(sites, site ?? forgeOf(hostname), scheme, method, path ?? "", query));
    return located === null ? null : sighting(located, "url");
  };

  const byHost = (event: OcsfEvent): Sighting | null => {
    const endpoint = event.dst_endpoint;
    const name = event.tls?.sni;
    if (name !== undefined) {
      const site = siteOf(name);
      if (site !== null) return sighting(locateHost(site, "connect", endpoint?.port), "sni");
    }
    if (endpoint === undefined || event.connection_info?.direction_id === INBOUND) return null;
    for (const hostname of [endpoint.hostname, endpoint.domain]) {
      const site = hostname === undefined ? null : siteOf(hostname);
      if (site !== null) return sighting(locateHost(site, "connect", endpoint.port), "hostname");
    }
    return null;
  };

  const byAddress = (event: OcsfEvent): Sighting | null => {
    const endpoint = event.dst_endpoint;
    if (endpoint?.ip === undefined || event.connection_info?.direction_id === INBOUND) return null;
    // Many names share an address: where the event tells the name, that decides.
    if (
      (event.tls?.sni ??
        event.http_request?.url?.hostname ??
        event.url?.hostname ??
        endpoint.hostname ??
        endpoint.ip) !== endpoint.ip
    )
      return null;
    const site = ranges.find(normaliseAddress(endpoint.ip));
    return site === null ? null : sighting(locateHost(site, "connect", endpoint.port), "address");
  };

  const byCommand = (event: OcsfEvent): Sighting | null => {
    const process = event.class_uid === PROCESS_ACTIVITY && event.activity_id === LAUNCH ? event.process : undefined;
    const line =
      process?.cmd_line ?? (event.class_uid === SCRIPT_ACTIVITY ? event.script?.script_content.value : undefined);
    if (line === undefined) return null;
    const original = event.unmapped?.["OriginalFileName"];
    const program = typeof original === "string" ? original : (process?.file?.name ?? process?.name ?? "");
    // The image's name matters only where it is a tool's: then a renamed one is told by it.
    const key = (programs.get(program) ?? programs.set(program, isTool(program))) ? `${program}\n${line}` : line;
    const known = commands.get(key);
    if (known !== undefined) return known;
    const found = readCommand(line, program, siteOf);
    return commands.set(key, found === null ? null : sighting(found.located, "command-line", found.visibility));
  };

  return {
    find: (event) => {
      const reading = audit(event);
      if (reading !== null) return sighting(reading.located, "audit", reading.visibility);
      if (event.class_uid === DNS_ACTIVITY) {
        const hostname = event.query?.hostname;
        const site = hostname === undefined ? null : siteOf(hostname);
        return site === null ? null : sighting(locateHost(site, "resolve", undefined), "dns");
      }
      return byUrl(event) ?? byHost(event) ?? byCommand(event) ?? byAddress(event);
    },
    storage: (event) => {
      const hostname =
        event.http_request?.url?.hostname ?? event.tls?.sni ?? event.dst_endpoint?.hostname ?? event.query?.hostname;
      return hostname === undefined ? null : sites.objectStorage(hostname);
    },
  };
}

function isForgeRequest(path: string | undefined, agent: string | undefined): boolean {
  return (agent !== undefined && GIT_AGENT.test(agent)) || (path !== undefined && isForgePath(path));
}

function forgeOf(hostname: string): Site | null {
  const host = normaliseHost(hostname);
  return host === null ? null : unknownForge(host, "unknown-forge");
}

function locateRequest(
  sites: Sites,
  site: Site | null,
  scheme: string,
  method: string | null,
  path: string,
  query: string,
): Located | null {
  return site === null
    ? null
    : locateUrl(sites, site, scheme, method === null ? null : method.toUpperCase(), path, query);
}

function lookAlikesOf(policy: Policy | null): LookAlikes {
  const patterns = (policy?.sanctioned?.repositories ?? []).map((pattern) => pattern.toLowerCase());
  const plain = (text: string | undefined): text is string => text !== undefined && text !== "" && !/[*?]/.test(text);
  const hosts = new Set(
    [...patterns.map(hostOfPattern), ...(policy?.RepoDomainList ?? []).map((host) => host.toLowerCase())].filter(plain),
  );
  const owners = patterns
    .map((pattern) => ({ host: hostOfPattern(pattern), owner: pattern.split("/")[1] }))
    .filter((entry): entry is { host: string; owner: string } => plain(entry.host) && plain(entry.owner));
  return createLookAlikes([...hosts], owners);
}

function imitated(located: Located, lookAlikes: LookAlikes): string | null {
  if (located.site.service === "look-alike") return lookAlikes.ofHost(located.host);
  const owner = located.owner?.split("/")[0];
  return owner === undefined || owner === "" ? null : lookAlikes.ofOwner(located.host, owner);
}

function providerRanges(catalogue: Catalogue, sites: Sites): AddressRanges<Site> {
  const ranges = new AddressRanges<Site>();
  for (const service of catalogue.services) {
    for (const { role, cidrs } of service.ranges ?? []) {
      const own = sites.siteOfService(service.id);
      const host = own?.host ?? service.host.replace(/^\{[a-z]+\}\./, "");
      const site: Site =
        own === null
          ? { service: service.id, kind: service.kind, role, host, gistHost: host, owner: null, grammar: null }
          : { ...own, role };
      for (const cidr of cidrs) ranges.add(cidr, site);
    }
  }
  return ranges;
}
