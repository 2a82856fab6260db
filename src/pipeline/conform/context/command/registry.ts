/** Tools that publish packages and images. */
import { parseUrl } from "../git-address.ts";
import { parseOptions, type CommandSighting } from "./sighting.ts";

const VALUES: ReadonlySet<string> = new Set([
  "--registry",
  "--repository-url",
  "--repository",
  "-r",
  "--index-url",
  "--publish-url",
  "--source",
  "-s",
  "--tag",
  "--access",
  "--otp",
  "-u",
  "--username",
  "-p",
  "--password",
  "--token",
  "-t",
  "-f",
  "--file",
  "-k",
  "--api-key",
  "--host",
  "--key",
]);

interface Publisher {
  /** Verbs, or sequences of them, that publish. */
  readonly verbs: readonly string[];
  readonly host: string;
  /** Options that name another registry. */
  readonly registry: readonly string[];
}

const PUBLISHERS: ReadonlyMap<string, Publisher> = new Map<string, Publisher>([
  ...["npm", "pnpm", "yarn", "bun", "lerna"].map(
    (tool) =>
      [tool, { verbs: ["publish", "npm publish"], host: "registry.npmjs.org", registry: ["--registry"] }] as [
        string,
        Publisher,
      ],
  ),
  ["twine", { verbs: ["upload"], host: "upload.pypi.org", registry: ["--repository-url"] }],
  ["uv", { verbs: ["publish"], host: "upload.pypi.org", registry: ["--publish-url"] }],
  ["poetry", { verbs: ["publish"], host: "upload.pypi.org", registry: [] }],
  ["flit", { verbs: ["publish"], host: "upload.pypi.org", registry: [] }],
  ["hatch", { verbs: ["publish"], host: "upload.pypi.org", registry: [] }],
  ["cargo", { verbs: ["publish"], host: "crates.io", registry: [] }],
  ["gem", { verbs: ["push"], host: "rubygems.org", registry: ["--host"] }],
  ["nuget", { verbs: ["push"], host: "www.nuget.org", registry: ["-source", "-Source", "--source", "-s"] }],
  ["dotnet", { verbs: ["nuget push"], host: "www.nuget.org", registry: ["--source", "-s"] }],
]);

const IMAGE_TOOLS: ReadonlySet<string> = new Set([
  "docker",
  "podman",
  "buildah",
  "nerdctl",
  "skopeo",
  "crane",
  "oras",
  "helm",
]);

export const PUBLISHING_TOOLS: readonly string[] = [...PUBLISHERS.keys(), ...IMAGE_TOOLS];

/** @param args what follows the tool's name */
export function readPublisher(tool: string, args: readonly string[]): CommandSighting[] {
  if (IMAGE_TOOLS.has(tool)) return readImagePush(tool, args);
  const publisher = PUBLISHERS.get(tool);
  if (publisher === undefined) return [];
  const options = parseOptions(args, new Set([...VALUES, ...publisher.registry]));
  const words = options.words.join(" ");
  if (!publisher.verbs.some((verb) => words === verb || words.startsWith(`${verb} `))) return [];
  const other = options.get(...publisher.registry);
  const address = other === undefined ? null : parseUrl(other);
  return [
    { kind: "named", host: address?.host ?? publisher.host, name: "", endpoint: "registry", operation: "upload" },
  ];
}

/** `docker push ghcr.io/owner/image:tag`, `skopeo copy … docker://…`, `helm push chart oci://…`. */
function readImagePush(tool: string, args: readonly string[]): CommandSighting[] {
  const options = parseOptions(
    args,
    new Set([
      "--config",
      "-H",
      "--host",
      "-t",
      "--tag",
      "-f",
      "--file",
      "--platform",
      "--authfile",
      "--src-creds",
      "--dest-creds",
      "--creds",
      "-u",
      "-p",
    ]),
  );
  const [verb = "", ...words] = options.words;
  let reference: string | undefined;
  if (verb === "push")
    reference = tool === "crane" || tool === "helm" ? words.at(-1) : tool === "buildah" ? words.at(-1) : words[0];
  else if (verb === "image" && words[0] === "push") reference = words[1];
  else if ((tool === "skopeo" && verb === "copy") || (tool === "crane" && verb === "copy")) reference = words.at(-1);
  // buildx build --push -t …
  else if (tool === "docker" && options.has("--push")) reference = options.get("-t", "--tag");
  if (reference === undefined) return [];
  const digest = reference.indexOf("@sha256:");
  const image = (digest === -1 ? reference : reference.slice(0, digest)).replace(/^(?:docker|oci):\/\//, "");
  const parts = image.split("/").filter(Boolean);
  const first = parts[0] ?? "";
  const isHost = parts.length > 1 && (first.includes(".") || first.includes(":") || first === "localhost");
  const host = isHost ? first.replace(/:\d+$/, "").toLowerCase() : "docker.io";
  const name = (isHost ? parts.slice(1) : parts).join("/").replace(/:[^:/]*$/, "");
  return [{ kind: "named", host, name: name.includes("/") ? name : "", endpoint: "registry", operation: "upload" }];
}
