/** Command-line clients of code hosts: GitHub's gh and hub, GitLab's glab, Hugging Face's hf. */
import { parseGitAddress, parseUrl, type GitAddress } from "../git-address.ts";
import type { Endpoint, Operation } from "../routes.ts";
import { parseOptions, type CommandSighting, type Options, type Visibility } from "./sighting.ts";

type Client = "gh" | "glab";

const VALUES: ReadonlySet<string> = new Set([
  "-R",
  "--repo",
  "-X",
  "--method",
  "-f",
  "-F",
  "--field",
  "--raw-field",
  "--input",
  "-H",
  "--header",
  "--hostname",
  "-d",
  "--description",
  "--desc",
  "-t",
  "--title",
  "-n",
  "--notes",
  "--notes-file",
  "-r",
  "--remote",
  "-s",
  "--source",
  "--target",
  "-D",
  "--dir",
  "-p",
  "--pattern",
  "--name",
  "--filename",
  "--clone-dir",
  "--visibility",
  "--template",
  "--team",
  "--org",
  "-g",
  "--group",
  "-B",
  "--base",
  "--body",
  "-b",
  "-q",
  "--jq",
  "--cache",
  "-A",
  "--archive",
  "-O",
  "--output",
  "-L",
  "--limit",
]);

const DEFAULT_HOST: Readonly<Record<Client, string>> = { gh: "github.com", glab: "gitlab.com" };

/** @param host from GH_HOST or GITLAB_HOST before the command, or null */
export function readForgeClient(client: Client, args: readonly string[], host: string | null): CommandSighting[] {
  const options = parseOptions(args, new Set([...VALUES].filter((name) => !(args[0] === "gist" && name === "-p"))));
  const [noun = "", verb = "", ...words] = options.words;
  const repository = options.get("-R", "--repo") ?? "";
  const where = options.get("--hostname") ?? host ?? DEFAULT_HOST[client];
  const visibility = visibilityOf(options);

  const named = (text: string, operation: Operation, endpoint: Endpoint = "api"): CommandSighting[] => {
    const address = text.includes("://") || text.includes("@") ? parseGitAddress(text) : null;
    if (address !== null) return [{ kind: "repository", address, operation }];
    const parts = text.split("/").filter(Boolean);
    // `host/owner/name` names its own host.
    const own = parts.length > 2 && (parts[0] ?? "").includes(".") ? parts.shift() : undefined;
    // A bare name belongs to whoever is signed in.
    const name = parts.length > 1 ? parts.join("/") : "";
    return [{ kind: "named", host: (own ?? where).toLowerCase(), name, endpoint, operation, visibility }];
  };

  switch (noun) {
    case "api":
      return apiRequest(client, options, where);
    case "repo":
    case "project":
      return readRepository(verb, words, repository, options, named);
    case "gist":
      return verb === "create" || verb === "edit"
        ? [
            {
              kind: "named",
              host: gistHost(where),
              name: "",
              endpoint: "gist",
              operation: "upload",
              visibility: options.has("--public", "-p") ? "public" : "private",
            },
          ]
        : readGist(verb, words, where);
    case "snippet":
      return verb === "create"
        ? [{ kind: "named", host: where, name: "-/snippets", endpoint: "gist", operation: "upload", visibility }]
        : [];
    case "release":
      if (verb === "upload" || (verb === "create" && words.length > 1)) return named(repository, "upload", "upload");
      return verb === "download" ? named(repository, "fetch") : verb === "create" ? named(repository, "change") : [];
    case "run":
      return verb === "download" ? named(repository, "fetch") : [];
    case "pr":
    case "mr":
    case "issue":
    case "workflow":
    case "secret":
    case "variable":
    case "ssh-key":
    case "deploy-key":
      return /^(?:create|new|comment|note|run|set|add|merge|edit)$/.test(verb) ? named(repository, "change") : [];
    default:
      return [];
  }
}

function readRepository(
  verb: string,
  words: readonly string[],
  repository: string,
  options: Options,
  named: (text: string, operation: Operation, endpoint?: Endpoint) => CommandSighting[],
): CommandSighting[] {
  const [first = ""] = words;
  const group = options.get("-g", "--group");
  const target = group === undefined || first.includes("/") ? first : `${group}/${first || "-"}`;
  switch (verb) {
    case "create":
    case "new":
      return named(target, options.has("--push") ? "push" : "create", options.has("--push") ? "git" : "api");
    case "fork":
      return named(
        options.get("--org") === undefined ? "" : `${options.get("--org")}/${first.split("/").at(-1) ?? ""}`,
        "create",
      );
    case "clone":
    case "archive":
      return named(first, "fetch", "git");
    case "sync":
    case "mirror":
      return named(options.get("--target") ?? first, "push", "git");
    case "edit":
    case "update":
      return named(first || repository, visibilityOf(options) === "public" ? "share" : "change");
    case "delete":
      return named(first || repository, "delete");
    case "view":
      return named(first || repository, "read");
    case "transfer":
    case "rename":
      return named(repository || first, "change");
    default:
      return [];
  }
}

function readGist(verb: string, words: readonly string[], where: string): CommandSighting[] {
  const operation: Operation | null =
    verb === "clone" || verb === "view" ? "read" : verb === "delete" ? "delete" : null;
  if (operation === null) return [];
  const id = words[0]?.split("/").at(-1) ?? "";
  return [
    {
      kind: "named",
      host: gistHost(where),
      name: /^[0-9a-f]{20,32}$/i.test(id) ? id : "",
      endpoint: "gist",
      operation,
    },
  ];
}

function gistHost(host: string): string {
  return host === "github.com" ? "gist.github.com" : `gist.${host}`;
}

/** `gh api -X PUT repos/o/r/contents/x`: a field makes it a POST, as gh does. */
function apiRequest(client: Client, options: Options, host: string): CommandSighting[] {
  const endpoint = options.words[1];
  if (endpoint === undefined) return [];
  const sends = options.has("-f", "-F", "--field", "--raw-field", "--input");
  const method = options.get("-X", "--method")?.toUpperCase() ?? (sends || endpoint === "graphql" ? "POST" : "GET");
  const base =
    client === "glab"
      ? `https://${host}/api/v4/`
      : host === "github.com" || host.endsWith(".ghe.com")
        ? `https://api.${host}/`
        : `https://${host}/api/v3/`;
  const address: GitAddress | null = parseUrl(endpoint) ?? parseUrl(base + endpoint.replace(/^\/+/, ""));
  if (address === null) return [];
  const fields = [
    ...options.all("-f"),
    ...options.all("-F"),
    ...options.all("--field"),
    ...options.all("--raw-field"),
  ].join(" ");
  const visibility: Visibility | undefined = /\bprivate=false|\bvisibility=public/i.test(fields)
    ? "public"
    : /\bprivate=true|\bvisibility=(?:private|internal)/i.test(fields)
      ? "private"
      : undefined;
  return [
    {
      kind: "request",
      address,
      method,
      operation: method === "PATCH" && visibility === "public" ? "share" : undefined,
      visibility,
    },
  ];
}

function visibilityOf(options: Options): Visibility | undefined {
  const named = options.get("--visibility")?.toLowerCase();
  if (options.has("--public") || named === "public") return "public";
  return options.has("--private", "--internal") || named === "private" || named === "internal" ? "private" : undefined;
}

const HF_VALUES: ReadonlySet<string> = new Set([
  "--repo-type",
  "--type",
  "--token",
  "--revision",
  "--commit-message",
  "--commit-description",
  "--include",
  "--exclude",
  "--delete",
  "--organization",
  "--space_sdk",
  "--space-sdk",
  "--num-workers",
  "--local-dir",
  "--cache-dir",
  "--every",
]);

/** `hf upload owner/name ./folder --repo-type dataset`. */
export function readHuggingFace(args: readonly string[]): CommandSighting[] {
  const options = parseOptions(args, HF_VALUES);
  const [first = "", second = "", third = ""] = options.words;
  const type = (options.get("--repo-type", "--type") ?? "model").replace(/s$/, "");
  const prefix = type === "dataset" ? "datasets/" : type === "space" ? "spaces/" : "";
  const visibility: Visibility | undefined = options.has("--private") ? "private" : undefined;
  const sighting = (name: string, operation: Operation): CommandSighting[] => [
    {
      kind: "named",
      host: "huggingface.co",
      name: name.includes("/") ? prefix + name : "",
      endpoint: "api",
      operation,
      visibility,
    },
  ];
  switch (first) {
    case "upload":
    case "upload-large-folder":
      return sighting(second, "upload");
    case "download":
      return sighting(second, "fetch");
    case "repo":
    case "repos": {
      const organization = options.get("--organization");
      const name = organization === undefined || third.includes("/") ? third : `${organization}/${third}`;
      return second === "create" ? sighting(name, "create") : second === "delete" ? sighting(name, "delete") : [];
    }
    default:
      return [];
  }
}
