/**
 * A command line -> the code host it sends to or reads from.
 *
 * Known programs are read by their own grammar; shells are opened and what they run is read; anything else, scripts
 * included, is searched for URLs of code hosts. Of several destinations the one that moves most counts.
 */
import { parseGitAddress } from "../git-address.ts";
import { isForgePath, isSsh, locateHost, locateRepository, locateUrl, type Located } from "../locate.ts";
import type { Operation } from "../routes.ts";
import { unknownForge, type Site, type Sites } from "../sites.ts";
import { readForgeClient, readHuggingFace } from "./forge.ts";
import { isGitSubcommand, readGit, readOtherVersionControl, readRemoteHelper, readSsh } from "./git.ts";
import { isWebCmdlet, readCode, readCurl, readHttpie, readWebCmdlet, readWget } from "./http.ts";
import { locateNamed } from "./named.ts";
import { PUBLISHING_TOOLS, readPublisher } from "./registry.ts";
import type { CommandSighting, Visibility } from "./sighting.ts";
import { MAX_LINE, splitCommands } from "./words.ts";

export interface CommandReading {
  readonly located: Located;
  readonly visibility: Visibility;
}

/** Most telling first. */
const RANK: Readonly<Record<Operation, number>> = {
  push: 0,
  upload: 1,
  create: 2,
  share: 3,
  delete: 4,
  change: 5,
  fetch: 6,
  read: 7,
  connect: 8,
  resolve: 9,
  unknown: 10,
};

/** Without one of these no program below can name a code host. */
const RELEVANT =
  /:\/\/|@|\bg(?:it|h|lab)\b|git-|curl|wget|invoke-|irm|iwr|hugging|\bhf\b|publish|push|upload|-e(?:nc|c|ncodedcommand)?\s|https?\b|xh\b|plink|ssh|codecommit/i;

const MAX_DEPTH = 4;
const MAX_COMMANDS = 256;
const MAX_SIGHTINGS = 256;

/**
 * @param line the command line, or the text of a script
 * @param program name of the image, or the original name in its resources: tells renamed programs
 * @param siteOf the code host of a name, or null
 */
export function createCommandReader(
  sites: Sites,
): (line: string, program: string, siteOf: (host: string) => Site | null) => CommandReading | null {
  return (line, program, siteOf) => {
    const text = line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line;
    if (!RELEVANT.test(text)) return null;
    let best: CommandReading | null = null;
    for (const sighting of readLine(text, toolName(program), 0).slice(0, MAX_SIGHTINGS)) {
      const located = locate(sighting, sites, siteOf);
      if (located === null) continue;
      if (best === null || better(located, best.located))
        best = { located, visibility: sighting.kind === "repository" ? "unknown" : (sighting.visibility ?? "unknown") };
    }
    return best;
  };
}

function better(candidate: Located, current: Located): boolean {
  const difference = RANK[candidate.operation] - RANK[current.operation];
  return difference < 0 || (difference === 0 && current.name === "" && candidate.name !== "");
}

function locate(sighting: CommandSighting, sites: Sites, siteOf: (host: string) => Site | null): Located | null {
  if (sighting.kind === "named") {
    const site = siteOf(sighting.host);
    return site === null ? null : locateNamed(site, sighting);
  }
  const { address } = sighting;
  const known = siteOf(address.host);
  // git is certain to speak to a repository; a request shows by its path.
  const isForge = known !== null || sighting.kind === "repository" || isForgePath(address.path);
  if (!isForge) return null;
  const site = known ?? unknownForge(address.host, "unknown-forge");
  if (sighting.kind === "repository") return locateRepository(site, address.scheme, address.path, sighting.operation);
  if (isSsh(address.scheme) && sighting.operation === "connect") return locateHost(site, "connect", 22);
  const located = locateUrl(sites, site, address.scheme, sighting.method, address.path, address.query);
  return sighting.operation === undefined ? located : { ...located, operation: sighting.operation };
}

function readLine(line: string, program: string, depth: number): CommandSighting[] {
  const sightings: CommandSighting[] = [];
  for (const [index, words] of splitCommands(line).slice(0, MAX_COMMANDS).entries())
    sightings.push(...readWords(words, index === 0 ? program : "", depth));
  return sightings;
}

const SHELLS: ReadonlySet<string> = new Set([
  "sh",
  "bash",
  "zsh",
  "dash",
  "ksh",
  "fish",
  "ash",
  "busybox",
  "cmd",
  "powershell",
  "pwsh",
  "wsl",
  "osascript",
  "su",
  "runuser",
  "script",
]);
/** Programs that run the one named after their own options. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "sudo",
  "doas",
  "env",
  "nohup",
  "time",
  "timeout",
  "nice",
  "ionice",
  "xargs",
  "exec",
  "command",
  "start",
  "setsid",
  "stdbuf",
  "winpty",
  "call",
  "caffeinate",
  "strace",
  "proxychains",
  "proxychains4",
  "torsocks",
  "flatpak-spawn",
  "parallel",
  "watch",
  "chronic",
  "unbuffer",
  "npx",
  "bunx",
  "uvx",
  "pipx",
]);
function readWords(words: readonly string[], program: string, depth: number): CommandSighting[] {
  const found = findProgram(words, program);
  const { tool, args, environment } = found;
  if (SHELLS.has(tool)) return readShell(tool, args, depth);
  if (WRAPPERS.has(tool)) return readWrapped(args, depth);

  const read = TOOLS.get(tool);
  if (read !== undefined) return read(args, environment);
  if (words.some(isWebCmdlet)) return readWebCmdlet(words).concat(readCode(words.join(" ")));
  // git under another name: its verbs with an address git would take
  const verb = args.findIndex((arg) => !arg.startsWith("-"));
  if (verb !== -1 && isGitSubcommand(args[verb]?.toLowerCase() ?? "") && args.some((arg) => isRepositoryAddress(arg)))
    return readGit(args);
  return readCode(words.join(" "));
}

type ReadTool = (args: readonly string[], environment: ReadonlyMap<string, string>) => CommandSighting[];

const TOOLS: ReadonlyMap<string, ReadTool> = new Map<string, ReadTool>([
  ...names("git jgit hub", readGit),
  ...names("git-push git-clone git-fetch git-send-pack git-fetch-pack git-ls-remote", null),
  ...names("git-remote-https git-remote-http git-remote-ftp", readRemoteHelper),
  ...names("ssh plink tortoiseplink autossh", readSsh),
  ...names("hg svn bzr brz fossil", readOtherVersionControl),
  ...names("curl", readCurl),
  ...names("wget wget2", readWget),
  ...names("http https xh", readHttpie),
  ...names("hf huggingface-cli", readHuggingFace),
  ["gh", (args, environment) => readForgeClient("gh", args, environment.get("GH_HOST") ?? null)],
  ["glab", (args, environment) => readForgeClient("glab", args, environment.get("GITLAB_HOST") ?? null)],
  ...PUBLISHING_TOOLS.map((tool): [string, ReadTool] => [tool, (args) => readPublisher(tool, args)]),
  // What a browser opens is read, whatever it does there later.
  ...names("chrome firefox msedge safari brave opera iexplore chromium open xdg-open explorer", (args) =>
    readCode(args.join(" ")).map((sighting) =>
      sighting.kind === "request" ? { ...sighting, method: "GET" } : sighting,
    ),
  ),
]);

/** null: the name itself holds the verb, `git-push`. */
function names(list: string, read: ReadTool | null): [string, ReadTool][] {
  return list.split(" ").map((name) => [name, read ?? ((args) => readGit([name.slice(4), ...args]))]);
}

interface Program {
  readonly tool: string;
  readonly args: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
}

/** The program's name by its first word, or by its image where the word is a path with blanks or another name. */
function findProgram(words: readonly string[], program: string): Program {
  const environment = new Map<string, string>();
  let at = 0;
  for (; at < words.length; at += 1) {
    const assignment = /^([A-Za-z_][A-Za-z0-9_]{0,63})=(.*)$/s.exec(words[at] ?? "");
    if (assignment === null) break;
    environment.set(assignment[1] ?? "", assignment[2] ?? "");
  }
  const own = toolName(words[at] ?? "");
  if (program === "" || own === program || isKnown(own)) return { tool: own, args: words.slice(at + 1), environment };
  // `C:\Program Files\Git\cmd\git.exe push` without quotes: the name ends some words later.
  if (/^[A-Za-z]:\\/.test(words[at] ?? "")) {
    for (let next = at + 1; next < Math.min(words.length, at + 6); next += 1)
      if (toolName(words[next] ?? "") === program) return { tool: program, args: words.slice(next + 1), environment };
  }
  return { tool: isKnown(program) ? program : own, args: words.slice(at + 1), environment };
}

/** @param program name of an image, in any case, with or without `.exe` */
export function isTool(program: string): boolean {
  return isKnown(toolName(program));
}

function isKnown(tool: string): boolean {
  return TOOLS.has(tool) || SHELLS.has(tool) || WRAPPERS.has(tool);
}

/** `C:\Tools\Git.EXE` -> `git`, `/usr/bin/python3.11` -> `python3.11`. */
function toolName(word: string): string {
  const name = word.slice(Math.max(word.lastIndexOf("/"), word.lastIndexOf("\\")) + 1).toLowerCase();
  return name.replace(/\.(?:exe|cmd|bat|com|ps1)$/, "");
}

/** What follows -c, /c or -Command is a command line of its own; -EncodedCommand is one in base64. */
function readShell(tool: string, args: readonly string[], depth: number): CommandSighting[] {
  if (depth >= MAX_DEPTH) return readCode(args.join(" "));
  const isPowerShell = tool === "powershell" || tool === "pwsh";
  const at = args.findIndex((arg) =>
    (isPowerShell ? /^[-/](?:c|co.*|e|ec|en.*)$/i : /^(?:-[a-z]*c|\/c|\/k|-e|--command|--exec)$/i).test(arg),
  );
  if (at === -1)
    return tool === "wsl" || isPowerShell
      ? readLine(args.filter((arg) => !arg.startsWith("-")).join(" "), "", depth + 1)
      : readCode(args.join(" "));
  const rest = args.slice(at + 1);
  if (isPowerShell && /^[-/]e/i.test(args[at] ?? "")) return readLine(decodeCommand(rest[0] ?? ""), "", depth + 1);
  // One word that holds blanks was quoted; several are the command itself.
  const [only] = rest;
  if (only === undefined) return [];
  return only.includes(" ") || only.includes("\n") ? readLine(only, "", depth + 1) : readWords(rest, "", depth + 1);
}

/** PowerShell's base64 of UTF-16. */
function decodeCommand(text: string): string {
  if (!/^[A-Za-z0-9+/=]{8,32768}$/.test(text)) return "";
  return Buffer.from(text, "base64").toString("utf16le");
}

function readWrapped(args: readonly string[], depth: number): CommandSighting[] {
  if (depth >= MAX_DEPTH) return readCode(args.join(" "));
  // Options, their numbers and assignments of the wrapper come first; the command begins at the first known name.
  const known = args.findIndex((arg, index) => index < 8 && isKnown(toolName(arg)));
  const first = known !== -1 ? known : args.findIndex((arg) => !arg.startsWith("-") && !/^\d/.test(arg));
  return first === -1
    ? []
    : readWords(
        [...args.slice(0, first).filter((arg) => /^[A-Za-z_]\w*=/.test(arg)), ...args.slice(first)],
        "",
        depth + 1,
      );
}

function isRepositoryAddress(word: string): boolean {
  const address = parseGitAddress(word);
  return (
    address !== null &&
    (isSsh(address.scheme) || /\.git\/?$/.test(address.path) || /^(?:https?|git)$/.test(address.scheme)) &&
    address.path.length > 1
  );
}
