/**
 * The stage on which evasions are played: Acme on one working day, with nobody else about, and the few moves that make up
 * most of them.
 */
import { MINUTE, SECOND } from "../clock.ts";
import { buildCompany, hostNamed, type Host, type Person, type Repository } from "../company.ts";
import type { Lane } from "../log-book.ts";
import { Random } from "../random.ts";
import { session, startProcess, type Process } from "../sensors/endpoint.ts";
import { githubAudit, personAtGithub, type GithubActor } from "../sensors/repository.ts";
import { overTls, type Request } from "../sensors/network.ts";
import { server, type Server } from "../servers.ts";
import { at, createWorld, privateRepositories, type World } from "../world.ts";

/** Wednesday 2026-03-18: the third day of the logs. */
const START = Date.UTC(2026, 2, 16);
const DAY = START + 2 * 86_400_000;

export interface Scene {
  readonly world: World;
  readonly random: Random;
  /** A developer on Linux. */
  readonly developer: Person;
  /** A developer on Windows. */
  readonly windowsDeveloper: Person;
  /** Somebody in finance, on Windows. */
  readonly clerk: Person;
  /** A private repository of the organisation. */
  readonly repository: Repository;
  /** The moment at the office's clocks; hours may have fractions. */
  readonly time: (hour: number, daysLater?: number) => number;
  readonly host: (key: string) => Host;
}

export interface Example {
  /** The kinds of logs that show it; each example is limited to what they would hold. */
  readonly lanes: readonly Lane[];
  readonly play: (scene: Scene) => void;
}

export interface Evasion {
  /** `E1` to `E36`. */
  readonly id: string;
  readonly title: string;
  /** What is left to see. */
  readonly signal: string;
  /** Behaviours that tell of it; none where it is blind. */
  readonly behaviours: readonly string[];
  /** By name: `seen-…` leads to a finding, `unseen-…` to none, and a table says so. */
  readonly examples: Readonly<Record<string, Example>>;
  /** What stays hidden, in a sentence. */
  readonly limits: string;
}

/** The lines that an example leaves in the logs that show it, source after source. */
export function linesOf({ lanes, play }: Example): string[] {
  const world = createWorld(buildCompany(1, 20), 1, START, 7, false);
  const people = world.company.people.filter(({ office }) => office === "head");
  const pick = (fits: (person: Person) => boolean): Person => {
    const found = people.find(fits);
    if (found === undefined) throw new RangeError("nobody plays that part");
    return found;
  };
  const scene: Scene = {
    world,
    random: new Random("evasion"),
    developer: pick(({ team, workstation }) => team === "engineering" && workstation.os === "linux"),
    windowsDeveloper: pick(({ team, workstation }) => team === "engineering" && workstation.os === "windows"),
    clerk: pick(({ team }) => team === "finance"),
    repository: privateRepositories(world)[0] as Repository,
    time: (hour, daysLater = 0) => at(world, DAY + daysLater * 86_400_000, hour),
    host: (key) => hostNamed(world.company, key),
  };
  world.book.trace(new Set(lanes), () => play(scene));
  return [...world.book.take(Number.POSITIVE_INFINITY)].flatMap(({ text }) => text.trimEnd().split("\n"));
}

/** A program that somebody starts in a shell. */
export function run(
  { world, random }: Scene,
  person: Person,
  time: number,
  argv: readonly string[],
  more: {
    readonly image?: string;
    readonly originalName?: string;
    readonly parent?: Process;
    readonly host?: Host;
  } = {},
): Process {
  const host = more.host ?? person.workstation;
  const name = argv[0] as string;
  const parent =
    more.parent ??
    session(host, person.account, random, host.os === "windows" ? "C:\\Windows\\System32\\cmd.exe" : undefined);
  const image = more.image ?? (host.os === "windows" ? `C:\\Program Files\\Tools\\${name}` : `/usr/bin/${name}`);
  return startProcess(world, {
    time,
    parent,
    image,
    argv,
    random,
    ...(more.originalName === undefined ? {} : { originalName: more.originalName }),
  });
}

/** Requests over one TLS connection of a person's machine, or of another. */
export function send(
  { world, random }: Scene,
  from: Person | Host,
  time: number,
  target: string | Server,
  requests: readonly Request[],
  more: { readonly userAgent?: string; readonly process?: Process } = {},
): void {
  const person = "workstation" in from ? from : null;
  overTls(world, {
    time,
    host: person?.workstation ?? (from as Host),
    user: person?.account.name ?? null,
    process: more.process ?? null,
    server: typeof target === "string" ? server(target) : target,
    requests,
    ...(more.userAgent === undefined ? {} : { userAgent: more.userAgent }),
    random,
  });
}

export function post(path: string, sent: number, more: Partial<Request> = {}): Request {
  return { method: "POST", path, status: 201, sent, received: 1_500, type: "application/json", ...more };
}

/** git's requests for a push. */
export function pushRequests(path: string, sent: number): Request[] {
  return [
    { method: "GET", path: `/${path}.git/info/refs?service=git-receive-pack`, received: 900 },
    {
      method: "POST",
      path: `/${path}.git/git-receive-pack`,
      sent,
      received: 300,
      type: "application/x-git-receive-pack-result",
    },
  ];
}

/** An action of the developer's account in the organisation's audit log. */
export function audit(
  scene: Scene,
  time: number,
  action: string,
  more: Readonly<Record<string, unknown>> = {},
  actor: Partial<GithubActor> = {},
  repository: Repository | null = scene.repository,
): void {
  const { world, random, developer } = scene;
  githubAudit(world, {
    time,
    action,
    actor: { ...personAtGithub(world, developer, developer.workstation, "git/2.47.1"), ...actor },
    ...(repository === null ? {} : { repository }),
    more,
    random,
  });
}

export { MINUTE, SECOND };
