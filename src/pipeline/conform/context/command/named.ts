/** Names that a tool resolves on its own host, placed there. */
import { pathSegments } from "../git-address.ts";
import type { Located } from "../locate.ts";
import type { Site } from "../sites.ts";
import type { CommandSighting } from "./sighting.ts";

type NamedSighting = Extract<CommandSighting, { kind: "named" }>;

export function locateNamed(site: Site, { name, endpoint, operation }: NamedSighting): Located {
  const host = endpoint === "gist" ? site.gistHost : site.host;
  const segments = pathSegments(name);
  const none: Located = { site, host, endpoint, operation, owner: null, repository: null, name: "" };
  if (segments.length === 0) return none;
  if (endpoint === "gist") return { ...none, repository: segments.join("/"), name: segments.join("/") };
  if (endpoint === "registry") {
    const matched = site.grammar?.route("registry", ["v2", ...segments, "manifests", "latest"], "PUT", null) ?? null;
    if (matched !== null) return { ...none, owner: matched.owner, repository: matched.repository, name: matched.name };
  }
  const named = site.grammar?.repository(segments, site.owner) ?? null;
  return named === null ? none : { ...none, ...named };
}
