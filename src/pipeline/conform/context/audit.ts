/**
 * Audit logs and webhooks of code hosts -> the repository they speak of.
 *
 * `api.operation` is the product's own name of the action; what it does is the catalogue's to say. The host is the one
 * the event names (an Enterprise Server, a webhook's address); where it names none, the service's own, unless policy
 * names exactly one host of that product.
 */
import type { DestinationContext, OcsfEvent, OcsfResource } from "../../../model/activity.ts";
import type { Catalogue, Service } from "../../../model/catalogue.ts";
import { compilePattern } from "../../../model/pattern.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { normaliseHost, pathSegments } from "./git-address.ts";
import { locateUrl, type Located } from "./locate.ts";
import type { Operation } from "./routes.ts";
import type { Site, Sites } from "./sites.ts";

export interface AuditReading {
  readonly located: Located;
  readonly visibility: DestinationContext["visibility"];
}

const CACHED = 5_000;

interface AuditedService {
  readonly service: Service;
  operation(name: string): Operation;
}

export function createAudit(catalogue: Catalogue, sites: Sites): (event: OcsfEvent) => AuditReading | null {
  const byProduct = new Map<string, AuditedService>();
  for (const service of catalogue.services) {
    if (service.audit === undefined) continue;
    const rules = service.audit.operations.map(({ match, operation }) => ({
      pattern: compilePattern(match),
      operation,
    }));
    const cache = new BoundedCache<Operation>(CACHED);
    const audited: AuditedService = {
      service,
      operation: (name) =>
        cache.get(name) ??
        cache.set(name, rules.find(({ pattern }) => pattern.matches(name.slice(0, 256)))?.operation ?? "unknown"),
    };
    for (const product of service.audit.products) byProduct.set(product, audited);
  }
  const ownHosts = new Map(
    [...new Set(byProduct.values())].map(({ service }) => [service.id, hostWithoutName(service, sites)]),
  );

  return (event) => {
    const api = event.api;
    if (api === undefined) return null;
    const audited =
      byProduct.get(api.service?.name?.toLowerCase() ?? "") ?? byProduct.get(event.metadata.product.name.toLowerCase());
    if (audited === undefined) return null;
    const site = siteOf(event, audited.service, sites) ?? ownHosts.get(audited.service.id) ?? null;
    if (site === null) return null;

    const request = api.operation === "api.request" ? requestOf(event, site, sites) : null;
    const located =
      request ?? locatedResource(site, subjectOf(event), operationOf(event, audited.operation(api.operation)), event);
    return { located, visibility: visibilityOf(event) };
  };
}

/** The server the event came from, when it is a code host. */
function siteOf(event: OcsfEvent, service: Service, sites: Sites): Site | null {
  for (const hostname of [event.dst_endpoint?.hostname, event.http_request?.url?.hostname, event.url?.hostname]) {
    if (hostname === undefined) continue;
    const host = normaliseHost(hostname);
    if (host === null) continue;
    const site = sites.site(host) ?? siteOfBareName(host, service, sites);
    if (site !== null) return site;
    // A server nobody named is one all the same: its audit log proves it.
    return serverOf(host, service, sites);
  }
  return null;
}

function serverOf(host: string, service: Service, sites: Sites): Site {
  const grammar = sites.siteOfService(service.id)?.grammar ?? null;
  return { service: "self-hosted", kind: "code-host", role: "web", host, gistHost: host, owner: null, grammar };
}

/** Servers write their bare name: it is the host policy names with that first label, or the only one of the product. */
function siteOfBareName(host: string, service: Service, sites: Sites): Site | null {
  if (host.includes(".")) return null;
  const own = sites.named.filter((name) => !sites.isCatalogued(name));
  const named = own.filter((name) => name.startsWith(`${host}.`));
  const candidates = named.length > 0 ? named : own.filter((name) => isOfProduct(name, service, sites));
  const [only, ...others] = candidates;
  return only !== undefined && others.length === 0 ? sites.site(only) : null;
}

function hostWithoutName(service: Service, sites: Sites): Site | null {
  const [only, ...others] = sites.named.filter((name) => isOfProduct(name, service, sites));
  if (only !== undefined && others.length === 0) return sites.site(only);
  const nameless = sites.allowed.filter((name) => sites.site(name)?.service === "self-hosted");
  // Policy allows one server of no known product and not the product's own: `code.acme.example` keeps this log.
  const product = `${service.id.split("-")[0] ?? service.id}-`;
  const runsAnywhere = sites.selfHosted.some((own) => own.service.startsWith(product));
  if (runsAnywhere && nameless.length === 1 && !sites.allowed.includes(service.host))
    return serverOf(nameless[0] as string, service, sites);
  // A product without a host of its own is called by its name.
  return sites.siteOfService(service.id) ?? serverOf(service.labels?.[0] ?? service.id, service, sites);
}

/** `github.acme.example` for GitHub: the same product under another name. */
function isOfProduct(name: string, service: Service, sites: Sites): boolean {
  const product = service.id.split("-")[0] ?? service.id;
  const site = sites.site(name);
  return (
    site !== null &&
    (site.service === service.id || site.service.startsWith(`${product}-`) || name.split(/[.-]/).includes(product))
  );
}

/** A REST call in the audit stream: read like the request itself. GitHub's paths leave out where the API is mounted. */
function requestOf(event: OcsfEvent, site: Site, sites: Sites): Located | null {
  const url = event.http_request?.url;
  if (url?.path === undefined) return null;
  const isGithub = event.metadata.product.name === "GitHub";
  const path = isGithub ? url.path.replace(/^\/api\/v3(?=\/)/, "") : url.path;
  return locateUrl(
    sites,
    isGithub ? { ...site, role: "api" } : site,
    "https",
    event.http_request?.http_method?.toUpperCase() ?? null,
    path,
    url.query_string ?? "",
  );
}

const SUBJECT_TYPES: ReadonlySet<string> = new Set(["repository", "gist", "snippet"]);
/** What holds repositories. */
const OWNER_TYPES: ReadonlySet<string> = new Set(["organization", "group", "workspace", "project", "namespace"]);

function subjectOf({ resources, unmapped }: OcsfEvent): OcsfResource | undefined {
  // A transfer whose size is known is a network event, which has no resources.
  const name = resources === undefined ? unmapped?.["repo_name"] : undefined;
  if (typeof name === "string") return { name, type: "repository" };
  return resources?.find(({ type }) => type !== undefined && SUBJECT_TYPES.has(type.toLowerCase())) ?? resources?.[0];
}

function locatedResource(
  site: Site,
  resource: OcsfResource | undefined,
  operation: Operation,
  event: OcsfEvent,
): Located {
  const type = resource?.type?.toLowerCase() ?? "";
  const segments = pathSegments(resource?.name ?? "");
  const last = segments.at(-1);
  const ssh = event.unmapped?.["transport_protocol_name"] === "ssh";
  const endpoint = operation !== "push" && operation !== "fetch" ? "api" : ssh ? "ssh" : "git";
  if (type === "gist") {
    const name = resource?.owner?.name?.toLowerCase() ?? last ?? "";
    return {
      site,
      host: site.gistHost,
      endpoint: "gist",
      operation,
      owner: resource?.owner?.name === undefined ? null : name,
      repository: resource?.owner?.name === undefined && last !== undefined ? last : null,
      name,
    };
  }
  if (OWNER_TYPES.has(type)) {
    const owner = segments.length === 0 ? null : segments.join("/");
    return { site, host: site.host, endpoint, operation, owner, repository: null, name: owner ?? "" };
  }
  if (last === undefined || (!SUBJECT_TYPES.has(type) && segments.length < 2))
    return { site, host: site.host, endpoint, operation, owner: null, repository: null, name: "" };
  const repository = last.endsWith(".git") ? last.slice(0, -4) : last;
  const owner = segments.length > 1 ? segments.slice(0, -1).join("/") : null;
  return {
    site,
    host: site.host,
    endpoint,
    operation,
    owner,
    repository,
    name: owner === null ? repository : `${owner}/${repository}`,
  };
}

/** Names of changes among which visibility may be; Bitbucket says only that a repository was updated or modified, and both states. */
const CHANGES_VISIBILITY = /access|visib|publici|privacy|updat|modifi|edited/i;

/** GitLab tells push from fetch in the record; a change of visibility is a share when it opens the repository. */
function operationOf(event: OcsfEvent, byName: Operation): Operation {
  const git = event.unmapped?.["git_operation"];
  if (git === "push") return "push";
  if (git === "fetch" || git === "clone") return "fetch";
  if (byName !== "change") return byName;
  const unmapped = event.unmapped;
  const opened = unmapped?.["visibility"] === "public" && (unmapped["previous_visibility"] ?? "private") !== "public";
  const concernsVisibility =
    CHANGES_VISIBILITY.test(event.api?.operation ?? "") && unmapped?.["previous_visibility"] !== undefined;
  return opened && concernsVisibility ? "share" : byName;
}

function visibilityOf(event: OcsfEvent): DestinationContext["visibility"] {
  const visibility = event.unmapped?.["visibility"];
  if (visibility === "public") return "public";
  if (visibility === "private" || visibility === "internal") return "private";
  const isPublic = event.unmapped?.["repository_public"];
  return isPublic === true ? "public" : isPublic === false ? "private" : "unknown";
}
