/** Developers: fetching in the morning, pushing during the day, reviewing, asking the API from editor and command line. */
import { push, remoteOf, fetch, type Transport } from "../actions/git.ts";
import type { Person, Repository } from "../company.ts";
import type { Random } from "../random.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { browser } from "../sensors/identity.ts";
import { overTls } from "../sensors/network.ts";
import { githubAudit, personAtGithub } from "../sensors/repository.ts";
import { server } from "../servers.ts";
import { at, isOff, hostsOf, type World } from "../world.ts";
import type { Life } from "./index.ts";

export const development: Life = (world, day, random) => {
  for (const person of world.company.people) {
    if (!person.developer) continue;
    const own = random.fork(person.number, day);
    if (own.chance(isOff(world, day) ? 0.94 : 0.06)) continue;
    dayOf(world, day, person, own, isOff(world, day));
  }
};

function dayOf(world: World, day: number, person: Person, random: Random, weekend: boolean): void {
  const { office } = person;
  const mine = random.fork("repositories").sample(ownRepositories(world, person), 4);
  const transport: Transport = person.number % 3 === 0 ? "ssh" : "https";
  for (const repository of mine) {
    gitWork(world, at(world, day, 8.6 + random.next() * 1.2, office), person, repository, transport, "fetch", random);
  }
  for (let round = weekend ? 1 : random.int(2, 5); round > 0; round--) {
    const time = at(world, day, 10 + random.next() * 7.5, office);
    const repository = random.pick(mine);
    const pushed = gitWork(world, time, person, repository, transport, "push", random);
    if (repository.host === "github.com" && random.chance(0.6))
      review(world, pushed + random.int(40_000, 400_000), person, repository, random);
  }
  for (let call = random.int(2, 6); call > 0; call--)
    askApi(world, at(world, day, 9.5 + random.next() * 8, office), person, random.pick(mine), random);
}

/** The same few repositories every day, so that habits can be learnt. */
function ownRepositories(world: World, person: Person): Repository[] {
  const stable = world.random.fork("habits", person.number);
  const candidates = world.company.repositories.filter((repository) =>
    person.team === "data-science" ? true : repository.owner !== "data" && repository.owner !== "hr",
  );
  return stable.sample(candidates, 5);
}

function gitWork(
  world: World,
  time: number,
  person: Person,
  repository: Repository,
  transport: Transport,
  kind: "fetch" | "push",
  random: Random,
): number {
  // a third of the engineers work on the shared machines in the data centre
  const shared = hostsOf(world, "dev-");
  const host =
    person.office === "head" && person.number % 3 === 2 && person.workstation.os === "linux"
      ? (shared[person.number % shared.length] ?? person.workstation)
      : person.workstation;
  const shell = session(
    host,
    person.account,
    random,
    host.os === "windows" ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined,
  );
  const actor = personAtGithub(
    world,
    person,
    host,
    transport === "ssh" ? "git/2.47.1" : `git/2.47.1${host.os === "windows" ? ".windows.1" : ""}`,
  );
  const cwd =
    host.os === "windows"
      ? `C:\\Users\\${person.account.name}\\src\\${repository.name}\\`
      : `/home/${person.account.name}/src/${repository.name}`;
  const work = { time, shell, user: person.account.name, remote: remoteOf(repository), transport, actor, cwd, random };
  const branch = `${person.account.name}/${random.pick(["fix", "feature", "tidy"])}-${random.int(100, 999)}`;
  return kind === "fetch"
    ? fetch(world, { ...work, bytes: random.size(60_000, 1.3) })
    : push(world, { ...work, bytes: random.size(14_000, 1.4), branch, created: random.chance(0.4) });
}

function review(world: World, time: number, person: Person, repository: Repository, random: Random): void {
  const host = person.workstation;
  const actor = { ...personAtGithub(world, person, host, browser(host.os === "windows")), credential: null };
  const more = {
    pull_request_id: 2_000_000_000 + random.int(0, 99_999_999),
    pull_request_title: "Review",
    pull_request_url: `https://github.com/${world.company.profile.slug}/${repository.name}/pull/${random.int(20, 900)}`,
  };
  githubAudit(world, { time, action: "pull_request.create", actor, repository, more, random });
  if (random.chance(0.7))
    githubAudit(world, {
      time: time + random.int(600_000, 5_400_000),
      action: "pull_request.merge",
      actor,
      repository,
      more,
      random,
    });
}

/** The command line or the editor asks for the state of checks; it only reads. */
function askApi(world: World, time: number, person: Person, repository: Repository, random: Random): void {
  const host = person.workstation;
  const windows = host.os === "windows";
  const shell = session(
    host,
    person.account,
    random,
    windows ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined,
  );
  const number = random.int(20, 900);
  const image = windows ? "C:\\Program Files\\GitHub CLI\\gh.exe" : "/usr/bin/gh";
  const process = startProcess(world, {
    time,
    parent: shell,
    image,
    argv: [windows ? "gh.exe" : "gh", "pr", "checks", String(number)],
    random,
  });
  const requests = [
    {
      method: "POST",
      path: "/graphql",
      sent: random.size(1_400, 0.4),
      received: random.size(6_000),
      type: "application/json",
    },
    {
      method: "GET",
      path: `/repos/${world.company.profile.slug}/${repository.name}/commits/${random.hex(40)}/check-runs`,
      received: random.size(9_000),
      type: "application/json",
    },
  ];
  overTls(world, {
    time: time + 30,
    host,
    user: person.account.name,
    process,
    server: server("api.github.com"),
    requests,
    userAgent: "GitHub CLI 2.65.0",
    random,
  });
}
