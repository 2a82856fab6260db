/**
 * git at work: the programs it starts, the requests it sends, and what the code host records of it when the repository is
 * the organisation's own.
 */
import type { Repository } from "../company.ts";
import type { Random } from "../random.ts";
import { startProcess, type Process } from "../sensors/endpoint.ts";
import { overSsh, overTls, type Request } from "../sensors/network.ts";
import { githubAudit, githubPushHook, gitlabAudit, gitlabProject, type GithubActor } from "../sensors/repository.ts";
import { internalServer, server, type Server } from "../servers.ts";
import type { World } from "../world.ts";

/** A repository anywhere: `owned` where the organisation's own audit log sees it. */
interface Remote {
  readonly host: string;
  readonly owner: string;
  readonly name: string;
  readonly owned: Repository | null;
}

export type Transport = "https" | "ssh";

interface GitWork {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly shell: Process;
  /** Account name the proxy knows. */
  readonly user: string | null;
  readonly remote: Remote;
  readonly transport: Transport;
  /** Size of the pack, bytes. */
  readonly bytes: number;
  /** Who it is for the organisation's code host; null for others. */
  readonly actor: GithubActor | null;
  /** Arguments after `git`; chosen to fit when absent. */
  readonly arguments?: readonly string[];
  readonly cwd?: string;
  readonly random: Random;
}

export interface Push extends GitWork {
  readonly branch?: string;
  readonly message?: string;
  readonly added?: readonly string[];
  readonly modified?: readonly string[];
  readonly forced?: boolean;
  readonly created?: boolean;
}

export function remoteOf(repository: Repository): Remote {
  return { host: repository.host, owner: repository.owner, name: repository.name, owned: repository };
}

function remoteUrl(remote: Remote, transport: Transport): string {
  return transport === "https"
    ? `https://${remote.host}/${remote.owner}/${remote.name}.git`
    : `git@${remote.host}:${remote.owner}/${remote.name}.git`;
}

/** `git push`; returns when it is done. */
export function push(world: World, work: Push): number {
  const { random, remote } = work;
  const branch = work.branch ?? "main";
  const process = startGit(world, work, work.arguments ?? ["push", "origin", branch]);
  const done = transfer(world, work, process, "git-receive-pack", work.bytes, random.int(300, 900));
  if (remote.owned === null) return done;
  if (remote.host === world.company.profile.gitlab) recordAtGitlab(world, work, "git-receive-pack", done);
  else if (work.actor !== null) {
    githubAudit(world, {
      time: done,
      action: "git.push",
      actor: work.actor,
      repository: remote.owned,
      more: protocol(work.transport),
      random,
    });
    githubPushHook(world, {
      time: done + 400,
      actor: work.actor,
      repository: remote.owned,
      ref: branch.startsWith("refs/") ? branch : `refs/heads/${branch}`,
      message: work.message ?? random.pick(COMMIT_MESSAGES),
      added: work.added,
      modified: work.modified ?? [random.pick(SOURCE_FILES)],
      forced: work.forced,
      created: work.created,
      random,
    });
  }
  return done;
}

/** `git clone`, or `git fetch` where the copy exists already; returns when it is done. */
export function fetch(world: World, work: GitWork & { readonly clone?: boolean }): number {
  const { random, remote } = work;
  const url = remoteUrl(remote, work.transport);
  const process = startGit(
    world,
    work,
    work.arguments ?? (work.clone === true ? ["clone", url] : ["fetch", "--prune", "origin"]),
  );
  const done = transfer(world, work, process, "git-upload-pack", random.int(600, 4_000), work.bytes);
  if (remote.owned === null) return done;
  if (remote.host === world.company.profile.gitlab) recordAtGitlab(world, work, "git-upload-pack", done);
  else if (work.actor !== null) {
    githubAudit(world, {
      time: done,
      action: work.clone === true ? "git.clone" : "git.fetch",
      actor: work.actor,
      repository: remote.owned,
      more: protocol(work.transport),
      random,
    });
  }
  return done;
}

function startGit(world: World, work: GitWork, rest: readonly string[]): Process {
  const { shell, random } = work;
  const windows = shell.host.os === "windows";
  return startProcess(world, {
    time: work.time,
    parent: shell,
    image: windows ? "C:\\Program Files\\Git\\mingw64\\bin\\git.exe" : "/usr/bin/git",
    argv: [windows ? "git.exe" : "git", ...rest],
    cwd: work.cwd,
    random,
  });
}

function transfer(
  world: World,
  work: GitWork,
  git: Process,
  service: "git-receive-pack" | "git-upload-pack",
  sent: number,
  received: number,
): number {
  const { remote, random, transport } = work;
  const windows = git.host.os === "windows";
  const time = work.time + random.int(20, 120);
  const path = `/${remote.owner}/${remote.name}.git`;
  const common = { host: git.host, user: work.user, server: serverOf(world, remote.host), random };
  if (transport === "ssh") {
    const command = `${service} '${path.slice(1)}'`;
    const ssh = startProcess(world, {
      time,
      parent: git,
      image: windows ? "C:\\Program Files\\Git\\usr\\bin\\ssh.exe" : "/usr/bin/ssh",
      argv: [windows ? "ssh.exe" : "/usr/bin/ssh", "-o", "SendEnv=GIT_PROTOCOL", `git@${remote.host}`, command],
      random,
    });
    return overSsh(world, {
      ...common,
      time: time + 15,
      server: serverOf(world, remote.host, 22),
      process: ssh,
      sent,
      received,
    });
  }
  const helper = startProcess(world, {
    time,
    parent: git,
    image: windows
      ? "C:\\Program Files\\Git\\mingw64\\libexec\\git-core\\git-remote-https.exe"
      : "/usr/lib/git-core/git-remote-https",
    argv: [
      windows ? "git-remote-https.exe" : "/usr/lib/git-core/git-remote-https",
      "origin",
      remoteUrl(remote, "https"),
    ],
    random,
  });
  const requests: Request[] = [
    { method: "GET", path: `${path}/info/refs?service=${service}`, status: 401, received: 26, type: "text/plain" },
    {
      method: "GET",
      path: `${path}/info/refs?service=${service}`,
      received: random.int(700, 9_000),
      type: `application/x-${service}-advertisement`,
    },
    { method: "POST", path: `${path}/${service}`, sent, received, type: `application/x-${service}-result` },
  ];
  return overTls(world, { ...common, time: time + 15, process: helper, requests, userAgent: "git/2.47.1" });
}

function serverOf(world: World, host: string, port = 443): Server {
  return host === world.company.profile.gitlab ? { ...internalServer(world, "gitlab"), port } : server(host, port);
}

function protocol(transport: Transport): Record<string, unknown> {
  return {
    transport_protocol: transport === "https" ? 1 : 2,
    transport_protocol_name: transport === "https" ? "http" : "ssh",
  };
}

function recordAtGitlab(
  world: World,
  work: GitWork,
  action: "git-receive-pack" | "git-upload-pack",
  time: number,
): void {
  const { account, host } = work.shell;
  const person = world.company.people.find((candidate) => candidate.account.name === account.name);
  gitlabAudit(world, {
    time,
    eventType: "repository_git_operation",
    author: { id: 1_000 + account.uid, name: person?.name ?? account.name, email: person?.email ?? null },
    ip: host.ip,
    ...gitlabProject(world, work.remote.owned as Repository),
    message: { protocol: work.transport === "ssh" ? "ssh" : "http", action },
    random: work.random,
  });
}

const COMMIT_MESSAGES = [
  "Round amounts half to even",
  "Retry settlement on timeout",
  "Move the fee table to configuration",
  "Drop the unused column",
  "Test refunds in two currencies",
  "Log the request id",
  "Update the guide for on-call",
  "Cache exchange rates for an hour",
  "Make the export stable",
  "Name the states of an order",
] as const;

const SOURCE_FILES = [
  "src/ledger.ts",
  "src/routes/refund.ts",
  "internal/rates/cache.go",
  "README.md",
  "docs/on-call.md",
  "lib/export.py",
  "test/refund.test.ts",
  "deploy/values.yaml",
] as const;
