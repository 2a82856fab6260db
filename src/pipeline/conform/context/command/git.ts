/** `git …`, its helper programs, and the SSH commands it starts. */
import { parseGitAddress, parseUrl, type GitAddress } from "../git-address.ts";
import type { Operation } from "../routes.ts";
import { parseOptions, type CommandSighting } from "./sighting.ts";

/** Global options that take the next word. */
const GLOBAL: ReadonlySet<string> = new Set([
  "-C",
  "-c",
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--exec-path",
  "--super-prefix",
  "--config-env",
  "--attr-source",
]);

const SUBCOMMANDS: ReadonlyMap<string, Operation> = new Map([
  ["push", "push"],
  ["send-pack", "push"],
  ["http-push", "push"],
  ["clone", "fetch"],
  ["fetch", "fetch"],
  ["pull", "fetch"],
  ["fetch-pack", "fetch"],
  ["http-fetch", "fetch"],
  ["archive", "fetch"],
  ["ls-remote", "read"],
  ["remote", "unknown"],
  ["submodule", "fetch"],
  ["subtree", "unknown"],
  ["config", "unknown"],
  ["lfs", "unknown"],
  ["svn", "unknown"],
  ["request-pull", "read"],
  ["remote-https", "unknown"],
  ["remote-http", "unknown"],
]);

/** Options of the subcommands that take the next word; a value that looks like an address must not pass for one. */
const VALUES: ReadonlySet<string> = new Set([
  "-b",
  "--branch",
  "-o",
  "--push-option",
  "--origin",
  "-u",
  "--upload-pack",
  "--depth",
  "--reference",
  "--template",
  "--config",
  "-j",
  "--jobs",
  "--receive-pack",
  "--exec",
  "--repo",
  "--remote",
  "-t",
  "-m",
  "--filter",
]);

const MAX_SETTINGS = 64;

/** Is the word a subcommand that moves or names repositories? For programs that are git under another name. */
export function isGitSubcommand(word: string): boolean {
  return SUBCOMMANDS.has(word);
}

/** @param args what follows `git` */
export function readGit(args: readonly string[]): CommandSighting[] {
  const settings: string[] = [];
  let at = 0;
  while (at < args.length) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("-")) break;
    const setting = arg === "-c" ? (args[at + 1] ?? "") : arg.startsWith("-c") ? arg.slice(2) : null;
    if (setting !== null && settings.length < MAX_SETTINGS) settings.push(setting);
    at += GLOBAL.has(arg) ? 2 : 1;
  }
  const subcommand = args[at]?.toLowerCase() ?? "";
  const operation = SUBCOMMANDS.get(subcommand);
  if (operation === undefined) return [];

  const options = parseOptions(
    args.slice(at + 1),
    new Set([...VALUES].filter((name) => !(subcommand === "push" && name === "-u"))),
  );
  const rewrites = settings.flatMap(readRewrite);
  const words = [
    ...options.words,
    ...[options.get("--repo"), options.get("--remote")].filter((word) => word !== undefined && word !== ""),
  ] as string[];
  const sightings: CommandSighting[] = [];
  const add = (text: string, doing: Operation): void => {
    const address = addressOf(rewrite(text, rewrites));
    if (address !== null) sightings.push({ kind: "repository", address, operation: doing });
  };

  if (subcommand === "remote") {
    if (/^(?:add|set-url)$/i.test(words[0] ?? "")) for (const word of words.slice(1)) add(word, "unknown");
    return sightings;
  }
  if (subcommand === "subtree") {
    const doing: Operation = words[0] === "push" ? "push" : "fetch";
    for (const word of words.slice(1)) add(word, doing);
    return sightings;
  }
  if (subcommand === "config") {
    for (const [index, word] of words.entries()) {
      // git config url.BASE.insteadOf PREFIX, git config remote.origin.url URL
      const rule = readRewrite(`${word}=${words[index + 1] ?? ""}`)[0];
      if (rule !== undefined) add(rule.base, "unknown");
      else if (/^remote\..{1,200}\.(?:push)?url$/i.test(word)) add(words[index + 1] ?? "", "unknown");
    }
    return sightings;
  }
  const doing = subcommand === "lfs" ? (words[0] === "push" ? "push" : "fetch") : operation;
  // The first address is the repository; what follows is refs and folders.
  for (const word of subcommand === "lfs" || subcommand === "submodule" ? words.slice(1) : words) {
    if (sightings.length === 0) add(word, doing);
  }
  for (const setting of settings) {
    const url = /^remote\..{1,200}\.(?:push)?url=(.+)$/is.exec(setting)?.[1];
    if (sightings.length === 0 && url !== undefined) add(url, doing);
  }
  // `git -c url.X.insteadOf=Y push`: whatever the remote is called, it goes to X.
  if (sightings.length === 0) for (const { base } of rewrites) if (sightings.length === 0) add(base, doing);
  return sightings;
}

/** `git-remote-https origin https://…`, which git starts for every transfer in either direction. */
export function readRemoteHelper(args: readonly string[]): CommandSighting[] {
  for (const word of args.toReversed()) {
    const address = parseUrl(word);
    if (address !== null) return [{ kind: "repository", address, operation: "unknown" }];
  }
  return [];
}

const SSH_VALUES: ReadonlySet<string> = new Set([..."BbcDEeFIiJLlmOopQRSWw"].map((letter) => `-${letter}`));

/** `ssh -p 443 git@host git-receive-pack 'owner/name.git'`; plain sessions count on code hosts only. */
export function readSsh(args: readonly string[]): CommandSighting[] {
  let at = 0;
  let port: number | null = null;
  while (at < args.length) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("-")) break;
    // PuTTY's plink writes -P for the port and takes -batch, -ssh and the like alone.
    if (/^-[pP]\d/.test(arg)) port = Number(arg.slice(2));
    else if (/^-[pP]$/.test(arg)) port = Number(args[at + 1]);
    const takesNext = SSH_VALUES.has(arg) || arg === "-p" || arg === "-P" || arg === "-pw" || arg === "-hostkey";
    at += takesNext ? 2 : 1;
  }
  const target = args[at];
  if (target === undefined) return [];
  const base = target.includes("://") ? parseUrl(target) : parseGitAddress(`${target.replaceAll("/", "")}:x`);
  if (base === null) return [];
  const address: GitAddress = {
    ...base,
    scheme: "ssh",
    port: base.port ?? (port !== null && Number.isInteger(port) ? port : null),
    path: "",
    query: "",
  };

  const remote = args.slice(at + 1).join(" ");
  const command =
    /^\s*(?:git[- ](receive-pack|upload-pack|upload-archive)|git-lfs-authenticate|git-lfs-transfer)\s+['"]?([^'"\s]{1,1024})['"]?(?:\s+(upload|download))?/.exec(
      remote.slice(0, 4096),
    );
  if (command === null) return [{ kind: "request", address, method: null, operation: "connect" }];
  const [, pack, path = "", direction] = command;
  const operation: Operation =
    pack === "receive-pack" ? "push" : pack === undefined ? (direction === "upload" ? "upload" : "fetch") : "fetch";
  return [{ kind: "repository", address: { ...address, path: path.startsWith("/") ? path : `/${path}` }, operation }];
}

/** Mercurial, Subversion, Bazaar and Fossil: the same verbs, other names. */
export function readOtherVersionControl(args: readonly string[]): CommandSighting[] {
  const verb = args.find((arg) => !arg.startsWith("-"))?.toLowerCase() ?? "";
  const operation: Operation | undefined = /^(?:push|commit|ci|import|sync)$/.test(verb)
    ? "push"
    : /^(?:clone|pull|checkout|co|export|branch|update|outgoing|incoming|open)$/.test(verb)
      ? "fetch"
      : undefined;
  if (operation === undefined) return [];
  for (const arg of args) {
    const address = parseUrl(arg);
    if (address !== null) return [{ kind: "repository", address, operation }];
  }
  return [];
}

interface Rewrite {
  readonly base: string;
  readonly prefix: string;
}

/** `url.BASE.insteadOf=PREFIX` and `pushInsteadOf`. */
function readRewrite(setting: string): Rewrite[] {
  const match = /^url\.(.{1,2000})\.(?:push)?insteadof=(.*)$/is.exec(setting);
  return match === null ? [] : [{ base: match[1] ?? "", prefix: match[2] ?? "" }];
}

function rewrite(text: string, rewrites: readonly Rewrite[]): string {
  let best: Rewrite | null = null;
  for (const rule of rewrites)
    if (
      rule.prefix !== "" &&
      text.startsWith(rule.prefix) &&
      (best === null || rule.prefix.length > best.prefix.length)
    )
      best = rule;
  return best === null ? text : best.base + text.slice(best.prefix.length);
}

/** An address git would take, remote helpers (`codecommit::`, `ext::`) included as far as they name a URL. */
function addressOf(text: string): GitAddress | null {
  const helper = /^codecommit::([a-z0-9-]{1,40}):\/\/(?:[^@\s/]{1,200}@)?([^\s/]{1,200})$/i.exec(text);
  if (helper !== null) return parseUrl(`https://git-codecommit.${helper[1]}.amazonaws.com/v1/repos/${helper[2]}`);
  const address = parseGitAddress(
    text.startsWith("hg::") || text.startsWith("gcrypt::") ? text.slice(text.indexOf("::") + 2) : text,
  );
  return address !== null && address.scheme === "file" ? null : address;
}
