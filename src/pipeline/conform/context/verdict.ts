/**
 * Is a destination sanctioned? By `sanctioned.repositories` first, which is the more precise, then by RepoDomainList.
 *
 * - The repository shows: a pattern matches it -> sanctioned; policy lists repositories and none matches -> unsanctioned.
 * - Only the owner shows: a pattern takes in everything of that owner -> sanctioned; one takes in some of it -> unknown;
 *   none -> unsanctioned.
 * - Only the host shows: a pattern takes in the whole host -> sanctioned; a pattern or RepoDomainList names the host ->
 *   unknown; neither -> unsanctioned.
 * - Policy has RepoDomainList but no repositories: hosts outside the list are unsanctioned, inside it everything is
 *   unknown, because an allowed host holds strangers' repositories too.
 * - Registries of packages and images are no code hosts: RepoDomainList says nothing of them, and reading from one is
 *   unknown at worst. What is published there is judged like a repository.
 * - Gists and snippets belong to persons: allowing `github.com` does not allow `gist.github.com`.
 * - Policy has neither list, or there is no policy: everything is unknown, without exception.
 */
import type { DestinationContext } from "../../../model/activity.ts";
import { compilePattern, type Coverage, type Pattern } from "../../../model/pattern.ts";
import type { Policy } from "../../../model/policy.ts";
import type { Located } from "./locate.ts";

type Verdict = DestinationContext["verdict"];

export interface RepositoryPatterns {
  /** How much of what is known of the destination the patterns take in. */
  coverage(located: Located): Coverage;
}

export function compileRepositories(patterns: readonly string[]): RepositoryPatterns {
  // A bare host is the same as everything on it.
  const compiled = patterns.map((pattern) => compilePattern(pattern.includes("/") ? pattern : `${pattern}/*`));
  return {
    coverage: (located) => {
      if (located.repository !== null) return matchesAny(compiled, `${located.host}/${located.name}`) ? "all" : "none";
      // A gist or an owner named as it stands.
      if (located.name !== "" && matchesAny(compiled, `${located.host}/${located.name}`)) return "all";
      const prefix = located.name === "" ? `${located.host}/` : `${located.host}/${located.name}/`;
      let best: Coverage = "none";
      for (const pattern of compiled) {
        const coverage = pattern.coverage(prefix);
        if (coverage === "all") return "all";
        if (coverage === "some") best = "some";
      }
      return best;
    },
  };
}

function matchesAny(patterns: readonly Pattern[], value: string): boolean {
  return patterns.some((pattern) => pattern.matches(value));
}

export function createVerdict(policy: Policy | null): (located: Located) => Verdict {
  const repositories = policy?.sanctioned?.repositories;
  const domains = policy?.RepoDomainList;
  if (repositories === undefined && domains === undefined) return () => "unknown";

  const sanctioned = compileRepositories(repositories ?? []);
  const allowed = (domains ?? []).map(compilePattern);
  return (located) => {
    const coverage = sanctioned.coverage(located);
    if (coverage === "all") return "sanctioned";
    if (coverage === "some") return "unknown";
    if (located.site.kind === "registry")
      return repositories !== undefined && isPublication(located) ? "unsanctioned" : "unknown";
    const isAllowed = matchesAny(allowed, located.host);
    if (repositories === undefined || located.name === "") return isAllowed ? "unknown" : "unsanctioned";
    return "unsanctioned";
  };
}

/** Whether policy lets anything go to the host at all; null where policy names neither hosts nor repositories, and for registries. */
export function createHostAllowed(policy: Policy | null): (located: Located) => boolean | null {
  const repositories = policy?.sanctioned?.repositories;
  const domains = policy?.RepoDomainList;
  if (repositories === undefined && domains === undefined) return () => null;
  const allowed = [...(domains ?? []), ...(repositories ?? []).map((pattern) => pattern.split("/")[0] ?? pattern)].map(
    compilePattern,
  );
  return (located) => {
    if (located.site.kind === "registry") return null;
    if (matchesAny(allowed, located.host)) return true;
    // Gists live on a host of their own, but belong to the code host that is allowed.
    const parent = located.host.slice(located.host.indexOf(".") + 1);
    return located.endpoint === "gist" && matchesAny(allowed, parent);
  };
}

function isPublication({ operation }: Located): boolean {
  return operation === "push" || operation === "upload" || operation === "create" || operation === "share";
}
