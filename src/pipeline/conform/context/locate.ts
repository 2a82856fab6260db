/**
 * An address on a code host -> what it names and what a request there does.
 *
 * git's own requests are read here, because they are the same on every host:
 * - `GET …/info/refs?service=git-receive-pack` counts as a push: a client asks for it only to push, and where only the
 *   first request gets through a proxy it is all that shows. `git-upload-pack` likewise is a fetch.
 * - `POST …/info/lfs/objects/batch` announces LFS objects, in either direction: its operation is unknown. `PUT` of an
 *   object and `POST …/info/lfs/verify` (sent only after an upload) are uploads.
 */
import type { Role } from "../../../model/catalogue.ts";
import { pathSegments } from "./git-address.ts";
import { defaultOperation, type Endpoint, type Matched, type Named, type Operation } from "./routes.ts";
import type { Site, Sites } from "./sites.ts";

export interface Located extends Named {
  readonly site: Site;
  /** The destination's host: the site's own, or that of its gists. */
  readonly host: string;
  readonly endpoint: Endpoint;
  readonly operation: Operation;
}

const ENDPOINT_OF_ROLE: Readonly<Record<Role, Endpoint>> = {
  web: "web",
  api: "api",
  git: "git",
  upload: "upload",
  raw: "raw",
  lfs: "lfs",
  gist: "gist",
  ssh: "ssh",
  ssh_over_443: "ssh",
  registry: "registry",
  pages: "web",
  workspace: "web",
};

const NOTHING: Named = { owner: null, repository: null, name: "" };

/** The host alone is known: a lookup, a connection, a tunnel. Which of a host's services was meant shows only where it has one. */
export function locateHost(site: Site, operation: Operation, port: number | undefined): Located {
  const ssh = port === 22 || site.role === "ssh" || site.role === "ssh_over_443";
  const endpoint = ssh ? "ssh" : site.role === "web" ? "unknown" : ENDPOINT_OF_ROLE[site.role];
  return { site, host: site.host, endpoint, operation, ...NOTHING };
}

/**
 * @param scheme `http`, `https`, `ssh`, `git`…
 * @param method upper case; null when it does not show
 * @param path as in the request; its case and encoding do not matter
 */
export function locateUrl(
  sites: Sites,
  site: Site,
  scheme: string,
  method: string | null,
  path: string,
  query: string,
): Located {
  const segments = pathSegments(path);
  if (isSsh(scheme))
    return { site, host: site.host, endpoint: "ssh", operation: "unknown", ...repositoryOf(site, segments) };
  if (method === "CONNECT") return locateHost(site, "connect", undefined);

  const git = readGitRequest(segments, query, method);
  if (git !== null) {
    const named = repositoryOf(site, git.repository);
    return { site, host: site.host, endpoint: git.endpoint, operation: git.operation, ...named };
  }
  if (scheme === "git")
    return { site, host: site.host, endpoint: "git", operation: "unknown", ...repositoryOf(site, segments) };

  const matched = routeOf(sites, site, segments, method);
  if (matched === null)
    return {
      site,
      host: site.host,
      endpoint: ENDPOINT_OF_ROLE[site.role],
      operation: defaultOperation(method),
      ...NOTHING,
    };
  const { role, ...rest } = matched;
  const endpoint = matched.endpoint ?? ENDPOINT_OF_ROLE[role];
  const isRepositoryOfHost = matched.owner !== null && matched.repository !== null;
  // A gist found through the API carries the name of the gist host; a project's own snippet that of the project.
  const host = endpoint === "gist" && !(isRepositoryOfHost && role !== "gist") ? site.gistHost : site.host;
  return { ...rest, site, host, endpoint };
}

/** A repository's address in a git command. */
export function locateRepository(site: Site, scheme: string, path: string, operation: Operation): Located {
  const endpoint: Endpoint = isSsh(scheme) ? "ssh" : site.role === "gist" ? "gist" : "git";
  return { site, host: site.host, endpoint, operation, ...repositoryOf(site, pathSegments(path)) };
}

export function isSsh(scheme: string): boolean {
  return scheme === "ssh" || scheme === "git+ssh" || scheme === "ssh+git" || scheme === "sftp" || scheme === "svn+ssh";
}

function repositoryOf(site: Site, segments: readonly string[]): Named {
  if (site.grammar === null) return repositoryByShape(segments);
  if (site.role !== "gist") return site.grammar.repository(segments, site.owner) ?? NOTHING;
  const gist = site.grammar.route("gist", segments, null, site.owner);
  return gist === null ? NOTHING : { owner: gist.owner, repository: gist.repository, name: gist.name };
}

function routeOf(
  sites: Sites,
  site: Site,
  segments: readonly string[],
  method: string | null,
): (Matched & { role: Role }) | null {
  if (site.grammar === null) return routeByShape(sites, segments, method);
  if (site.role === "web") {
    for (const mount of site.grammar.mounts) {
      if (!startsWith(segments, mount.segments)) continue;
      const matched = site.grammar.route(mount.role, segments.slice(mount.segments.length), method, site.owner);
      if (matched !== null) return { ...matched, role: mount.role };
    }
  }
  const matched = site.grammar.route(site.role, segments, method, site.owner);
  return matched === null ? null : { ...matched, role: site.role };
}

interface GitRequest {
  readonly repository: readonly string[];
  readonly endpoint: Endpoint;
  readonly operation: Operation;
}

/** The requests git and git-lfs make, on any host. */
function readGitRequest(segments: readonly string[], query: string, method: string | null): GitRequest | null {
  const last = segments.at(-1);
  if (last === "git-receive-pack") return { repository: segments.slice(0, -1), endpoint: "git", operation: "push" };
  if (last === "git-upload-pack") return { repository: segments.slice(0, -1), endpoint: "git", operation: "fetch" };
  if (last === "refs" && segments.at(-2) === "info") {
    const push = /(?:^|&)service=git-receive-pack(?:&|$)/i.test(query.slice(0, 512));
    return { repository: segments.slice(0, -2), endpoint: "git", operation: push ? "push" : "fetch" };
  }
  const info = segments.lastIndexOf("info");
  if (info > 0 && segments[info + 1] === "lfs") {
    const upload = method === "PUT" || (method === "POST" && segments[info + 2] === "verify");
    const operation: Operation = upload ? "upload" : method === "GET" ? "fetch" : "unknown";
    return { repository: segments.slice(0, info), endpoint: "lfs", operation };
  }
  const objects = segments.lastIndexOf("gitlab-lfs");
  if (objects > 0 && segments[objects + 1] === "objects") {
    return {
      repository: segments.slice(0, objects),
      endpoint: "lfs",
      operation: method === "PUT" ? "upload" : method === "GET" ? "fetch" : "unknown",
    };
  }
  return null;
}

/** Folders that forges put before a repository's own path. */
const PREFIXES: ReadonlySet<string> = new Set(["scm", "git", "a", "r", "cgit", "gitweb", "srv", "repos"]);

/** On a host of unknown make: the last segment is the repository, the others its owner. */
function repositoryByShape(segments: readonly string[]): Named {
  const own =
    segments.length > 2 && PREFIXES.has(segments[0] ?? "")
      ? segments.slice(1)
      : segments.filter((segment) => segment !== "_git");
  const last = own.at(-1);
  if (last === undefined) return NOTHING;
  const repository = last.endsWith(".git") ? last.slice(0, -4) : last;
  const owner = own.length > 1 ? own.slice(0, -1).join("/") : null;
  return { owner, repository, name: owner === null ? repository : `${owner}/${repository}` };
}

/** Requests to the APIs of the forges that run anywhere: only paths that no other product is likely to have. */
const API_SHAPE =
  /^\/?(?:api\/v4\/(?:projects|snippets|groups)(?:\/|$)|api\/v1\/(?:repos\/[^/]+\/[^/]+\/|user\/repos$|orgs\/[^/]+\/repos$)|api\/v3\/(?:repos\/[^/]+\/[^/]+|user\/repos|gists)|rest\/api\/[\d.]+\/projects\/[^/]+\/repos)/;

/** What only requests of git have in their path. */
const GIT_PATH = /git-receive-pack|git-upload-pack|\/info\/refs|\/info\/lfs\/|\/gitlab-lfs\/objects\//i;

/** Does a request to a host nobody named speak to a forge? */
export function isForgePath(path: string): boolean {
  return GIT_PATH.test(path.slice(0, 2048)) || hasApiShape(path);
}

function hasApiShape(path: string): boolean {
  return API_SHAPE.test(path.slice(0, 1024).toLowerCase());
}

function routeByShape(
  sites: Sites,
  segments: readonly string[],
  method: string | null,
): (Matched & { role: Role }) | null {
  if (hasApiShape(segments.map((segment) => segment.replaceAll("/", "%2f")).join("/"))) {
    for (const { grammar } of sites.selfHosted) {
      for (const mount of grammar.mounts) {
        if (mount.role !== "api" || !startsWith(segments, mount.segments)) continue;
        const matched = grammar.route("api", segments.slice(mount.segments.length), method, null);
        if (matched !== null) return { ...matched, role: "api" };
      }
    }
  }
  const [owner, repository] = segments;
  if (owner === undefined) return null;
  const name = repository === undefined ? owner : `${owner}/${repository}`;
  return {
    owner,
    repository: repository ?? null,
    name,
    endpoint: null,
    operation: defaultOperation(method),
    role: "web",
  };
}

function startsWith(segments: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= segments.length && prefix.every((word, index) => word === segments[index]);
}
