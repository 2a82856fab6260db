/** Path templates of a catalogue grammar, compiled, and what a path says by them. */
import type { Grammar, Role, Route } from "../../../model/catalogue.ts";
import type { DestinationContext } from "../../../model/activity.ts";

export type Operation = DestinationContext["operation"];
export type Endpoint = DestinationContext["endpoint"];

/** What a template found: owner and repository as the service writes them, lower case; null where it does not show. */
export interface Named {
  readonly owner: string | null;
  readonly repository: string | null;
  /** What follows the host in the destination's name; empty when only the host shows. */
  readonly name: string;
}

export interface Matched extends Named {
  readonly endpoint: Endpoint | null;
  readonly operation: Operation;
}

export interface CompiledGrammar {
  /** By a repository's path in git addresses; null when no template fits. */
  repository(segments: readonly string[], owner: string | null): Named | null;
  /** By the first route for the role that fits; null when none does. */
  route(role: Role, segments: readonly string[], method: string | null, owner: string | null): Matched | null;
  /** Where a host of the web role serves another role: segments of the mount, longest first. */
  readonly mounts: readonly { readonly role: Role; readonly segments: readonly string[] }[];
}

type Segment =
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "any" }
  | { readonly kind: "capture"; readonly name: string }
  | { readonly kind: "project" };

interface Template {
  readonly segments: readonly Segment[];
  /** Ends with `**`. */
  readonly rest: boolean;
  readonly name: string | null;
}

interface CompiledRoute extends Template {
  readonly roles: ReadonlySet<Role>;
  readonly endpoint: Endpoint | null;
  readonly methods: ReadonlyMap<string, Operation>;
  readonly any: Operation | null;
}

export function compileGrammar(grammar: Grammar): CompiledGrammar {
  const repositories = grammar.repository.map((entry) =>
    typeof entry === "string" ? compileTemplate(entry, null) : compileTemplate(entry.path, entry.name),
  );
  const routes = grammar.routes.map(compileRoute);
  const reserved: ReadonlySet<string> = new Set((grammar.reserved ?? []).map((word) => word.toLowerCase()));
  const mounts = Object.entries(grammar.mounts ?? {})
    .map(([role, path]) => ({ role: role as Role, segments: path.toLowerCase().split("/").filter(Boolean) }))
    .toSorted((a, b) => b.segments.length - a.segments.length);

  return {
    mounts,
    repository(segments, owner) {
      for (const template of repositories) {
        const captures = matchTemplate(template, segments, owner, NONE);
        if (captures !== null) return nameOf(captures, template.name);
      }
      return null;
    },
    route(role, segments, method, owner) {
      for (const route of routes) {
        if (!route.roles.has(role)) continue;
        const captures = matchTemplate(route, segments, owner, role === "web" ? reserved : NONE);
        if (captures === null) continue;
        const operation =
          (method === null ? undefined : route.methods.get(method)) ?? route.any ?? defaultOperation(method);
        return { ...nameOf(captures, route.name), endpoint: route.endpoint, operation };
      }
      return null;
    },
  };
}

/** What a request does when nothing more is known of its path. */
export function defaultOperation(method: string | null): Operation {
  switch (method) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
      return "read";
    case "POST":
    case "PUT":
    case "PATCH":
      return "change";
    case "DELETE":
      return "delete";
    case "CONNECT":
      return "connect";
    default:
      return "unknown";
  }
}

const NONE: ReadonlySet<string> = new Set();

function compileRoute(route: Route): CompiledRoute {
  const methods = new Map<string, Operation>();
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const) {
    const operation = route[method];
    if (operation !== undefined) methods.set(method, operation);
  }
  const roles = new Set(Array.isArray(route.on) ? route.on : [route.on]);
  return {
    ...compileTemplate(route.path, route.name ?? null),
    roles,
    endpoint: route.endpoint ?? null,
    methods,
    any: route.any ?? null,
  };
}

function compileTemplate(path: string, name: string | null): Template {
  const words = path.toLowerCase().split("/").filter(Boolean);
  const rest = words.at(-1) === "**";
  const segments = (rest ? words.slice(0, -1) : words).map((word): Segment => {
    if (word === "*") return { kind: "any" };
    if (word === "{project...}") return { kind: "project" };
    if (word.startsWith("{") && word.endsWith("}")) return { kind: "capture", name: word.slice(1, -1) };
    return { kind: "word", text: word };
  });
  return { segments, rest, name };
}

interface Captures {
  readonly owners: string[];
  repository: string | null;
  id: string | null;
}

function matchTemplate(
  template: Template,
  segments: readonly string[],
  owner: string | null,
  reserved: ReadonlySet<string>,
): Captures | null {
  const captures: Captures = { owners: owner === null ? [] : [owner], repository: null, id: null };
  let at = 0;
  for (let index = 0; index < template.segments.length; index += 1) {
    const wanted = template.segments[index];
    const segment = segments[at];
    if (wanted === undefined || segment === undefined) return null;
    if (wanted.kind === "word") {
      if (wanted.text !== segment) return null;
      at += 1;
    } else if (wanted.kind === "any") at += 1;
    else if (at === 0 && reserved.has(segment)) return null;
    else if (wanted.kind === "capture") {
      if (!capture(captures, wanted.name, segment)) return null;
      at += 1;
    } else {
      const next = template.segments[index + 1];
      // At least owner and name; up to the word that follows, or all that is left.
      const end = next?.kind === "word" ? segments.indexOf(next.text, at + 2) : segments.length;
      if (end < at + 2) return null;
      captures.owners.push(...segments.slice(at, end - 1));
      captures.repository = repositoryName(segments[end - 1] ?? "");
      at = end;
    }
  }
  return at === segments.length || template.rest ? captures : null;
}

function capture(captures: Captures, name: string, segment: string): boolean {
  switch (name) {
    case "owner":
      captures.owners.push(segment);
      return true;
    case "repository":
      captures.repository = repositoryName(segment);
      return captures.repository !== "";
    case "project": {
      // A whole path in one segment, with its slashes encoded; a number names a project without telling which.
      const parts = segment.replaceAll("%2f", "/").split("/").filter(Boolean);
      const last = parts.pop();
      if (last === undefined) return false;
      captures.owners.push(...parts);
      if (parts.length > 0 || !/^\d+$/.test(last)) captures.repository = repositoryName(last);
      return true;
    }
    case "gist":
      // 20 or 32 hexadecimal digits are an id, so were plain numbers; anything else is a person.
      if (/^(?:[0-9a-f]{20}|[0-9a-f]{32}|\d{1,9})(?:\.git)?$/.test(segment)) captures.id = repositoryName(segment);
      else captures.owners.push(segment);
      return true;
    default:
      captures.id = repositoryName(segment);
      return true;
  }
}

/** Without `.git`; a wiki belongs to its repository. */
function repositoryName(segment: string): string {
  const name = segment.endsWith(".git") ? segment.slice(0, -4) : segment;
  return name.endsWith(".wiki") ? name.slice(0, -5) : name;
}

function nameOf({ owners, repository, id }: Captures, template: string | null): Named {
  const owner = owners.length === 0 ? null : owners.join("/");
  if (template === null) {
    const name = [owner, repository].filter((part) => part !== null).join("/");
    return { owner, repository, name };
  }
  const values: Readonly<Record<string, string | null>> = { owner, repository, id, gist: owner ?? id };
  // A function, because a replacement text would give `$&` in a hostile name a meaning.
  const name = template.replaceAll(/\{([a-z]+)\}/g, (_, key: string) => values[key] ?? "");
  if (name === "") return { owner: null, repository: null, name };
  if (name === owner) return { owner, repository: null, name };
  // Snippets and gists: the whole path is the thing itself.
  return { owner, repository: template.includes("{repository}") ? repository : name, name };
}
