/**
 * What looks most like data leaving and is work all the same: projects outside that are read and built, archives packed before a
 * push to the own repository, screenshots on issues, servers that look for updates, releases by hand. Not part of the demo's week.
 */
import { fetch, push, remoteOf } from "../actions/git.ts";
import { browserOf, openPage } from "../actions/browse.ts";
import { HOUR, MINUTE, SECOND } from "../clock.ts";
import { hostNamed, type Person } from "../company.ts";
import type { Random } from "../random.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { githubAudit, githubPushHook, personAtGithub, type GithubActor } from "../sensors/repository.ts";
import { server } from "../servers.ts";
import { at, isOff, privateRepositories, type World } from "../world.ts";
import type { Life } from "./index.ts";

const PROJECTS = [
  "kestrel-labs/kestrel-parser",
  "open-invoice/invoice-kit",
  "tidewater/charts",
  "mirabell/forms",
] as const;

export const temptingWork: Life = (world, day, random) => {
  if (!world.varied) return;
  serversLookForUpdates(world, day, random.fork("updates", day));
  if (isOff(world, day)) return;
  const developers = world.company.people.filter(({ developer }) => developer);
  const others = world.company.people.filter(({ developer }) => !developer);
  for (const person of developers) {
    const own = random.fork("developer", person.number, day);
    if (own.chance(0.45)) readProjectOutside(world, day, person, own);
    if (own.chance(0.2)) packThenPush(world, day, person, own);
    if (own.chance(0.15)) installThenPush(world, day, person, own);
    if (own.chance(0.06)) releaseByHand(world, day, person, own);
    if (own.chance(0.04)) bigPush(world, day, person, own);
  }
  for (const person of others) {
    const own = random.fork("other", person.number, day);
    if (own.chance(0.25)) screenshotOnIssue(world, day, person, own);
    if (own.chance(0.3)) pageLeftOpen(world, day, person, own);
  }
  releaseBot(world, day, random.fork("bot", day));
};

function shellOf(person: Person, random: Random): ReturnType<typeof session> {
  const windows = person.workstation.os === "windows";
  return session(
    person.workstation,
    person.account,
    random,
    windows ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined,
  );
}

function readProjectOutside(world: World, day: number, person: Person, random: Random): void {
  const [owner, name] = random.pick(PROJECTS).split("/") as [string, string];
  const work = {
    time: at(world, day, 9.5 + random.next() * 7, person.office),
    shell: shellOf(person, random),
    user: person.account.name,
    remote: { host: random.pick(["github.com", "github.com", "gitlab.com", "codeberg.org"]), owner, name, owned: null },
    transport: "https" as const,
    bytes: random.size(5_000_000, 1.2),
    actor: null,
    random,
  };
  if (random.chance(0.5)) fetch(world, { ...work, clone: true });
  else fetch(world, { ...work, arguments: ["fetch", "upstream"] });
}

function packThenPush(world: World, day: number, person: Person, random: Random): void {
  const windows = person.workstation.os === "windows";
  const time = at(world, day, 10 + random.next() * 6, person.office);
  const shell = shellOf(person, random);
  const repository = random.pick(privateRepositories(world));
  startProcess(world, {
    time,
    parent: shell,
    image: windows ? "C:\\Windows\\System32\\tar.exe" : "/usr/bin/tar",
    argv: [windows ? "tar.exe" : "tar", "-czf", "fixtures.tgz", "fixtures"],
    random,
  });
  push(world, {
    time: time + random.int(2, 25) * MINUTE,
    shell,
    user: person.account.name,
    remote: remoteOf(repository),
    transport: random.pick(["https", "ssh"]),
    bytes: random.size(700_000, 1),
    actor: personAtGithub(world, person, person.workstation, "git/2.47.1"),
    random,
  });
}

function installThenPush(world: World, day: number, person: Person, random: Random): void {
  const host = person.workstation;
  const windows = host.os === "windows";
  const time = at(world, day, 10 + random.next() * 6, person.office);
  const shell = shellOf(person, random);
  const npm = startProcess(world, {
    time,
    parent: shell,
    image: windows ? "C:\\Program Files\\nodejs\\node.exe" : "/usr/bin/node",
    argv: [windows ? "node.exe" : "node", "npm-cli.js", "install"],
    random,
  });
  const [owner, name] = random.pick(PROJECTS).split("/") as [string, string];
  fetch(world, {
    time: time + 5 * SECOND,
    shell: npm,
    user: person.account.name,
    remote: { host: "github.com", owner, name, owned: null },
    transport: "https",
    bytes: 900_000,
    actor: null,
    arguments: ["ls-remote", `https://github.com/${owner}/${name}.git`],
    random,
  });
  push(world, {
    time: time + 4 * MINUTE,
    shell,
    user: person.account.name,
    remote: remoteOf(random.pick(privateRepositories(world))),
    transport: "https",
    bytes: random.size(20_000, 1),
    actor: personAtGithub(world, person, host, "git/2.47.1"),
    random,
  });
}

function releaseByHand(world: World, day: number, person: Person, random: Random): void {
  const host = person.workstation;
  const windows = host.os === "windows";
  const repository = random.pick(privateRepositories(world));
  const path = `/repos/${repository.owner}/${repository.name}/releases`;
  const time = at(world, day, 14 + random.next() * 2, person.office);
  const gh = startProcess(world, {
    time,
    parent: shellOf(person, random),
    image: windows ? "C:\\Program Files\\GitHub CLI\\gh.exe" : "/usr/bin/gh",
    argv: [
      windows ? "gh.exe" : "gh",
      "release",
      "create",
      "v1.2.3",
      "dist.zip",
      "--repo",
      `${repository.owner}/${repository.name}`,
    ],
    random,
  });
  const common = { host, user: person.account.name, process: gh, userAgent: "GitHub CLI 2.65.0", random };
  overTls(world, {
    ...common,
    time: time + 400,
    server: server("api.github.com"),
    requests: [{ method: "POST", path, sent: 700, received: 2_900, status: 201 }],
  });
  overTls(world, {
    ...common,
    time: time + 2 * SECOND,
    server: server("uploads.github.com"),
    requests: [
      {
        method: "POST",
        path: `${path}/${random.int(1e8, 9e8)}/assets?name=dist.zip`,
        sent: random.size(6_000_000, 0.6),
        received: 1_500,
        status: 201,
      },
    ],
  });
}

function bigPush(world: World, day: number, person: Person, random: Random): void {
  push(world, {
    time: at(world, day, 11 + random.next() * 5, person.office),
    shell: shellOf(person, random),
    user: person.account.name,
    remote: remoteOf(random.pick(privateRepositories(world))),
    transport: random.pick(["https", "ssh"]),
    bytes: random.int(60_000_000, 220_000_000),
    actor: personAtGithub(world, person, person.workstation, "git/2.47.1"),
    random,
  });
}

/** Somebody in another team reports a fault, with a picture. */
function screenshotOnIssue(world: World, day: number, person: Person, random: Random): void {
  const repository = random.pick(privateRepositories(world));
  const time = at(world, day, 9.5 + random.next() * 7, person.office);
  const browser = browserOf(person.workstation, person, random);
  openPage(world, time, browser, server("github.com"), `/${repository.owner}/${repository.name}/issues/new`, random, [
    { method: "POST", path: "/upload/policies/assets", sent: 900, received: 1_800, status: 201, after: 30_000 },
    {
      method: "POST",
      path: `/${repository.owner}/${repository.name}/issues`,
      sent: random.size(3_000, 0.7),
      received: 4_000,
      status: 302,
      after: 40_000,
    },
  ]);
  overTls(world, {
    time: time + 33 * SECOND,
    host: person.workstation,
    user: person.account.name,
    process: null,
    server: server("github-production-user-asset-6210df.s3.amazonaws.com"),
    requests: [{ method: "POST", path: "/", sent: random.size(700_000, 0.8), received: 0, status: 204 }],
    userAgent: "Mozilla/5.0",
    random,
  });
}

/** A page of the code host stays open all day and asks for news. */
function pageLeftOpen(world: World, day: number, person: Person, random: Random): void {
  const browser = browserOf(person.workstation, person, random);
  const from = at(world, day, 8.5 + random.next(), person.office);
  for (let time = from; time < from + 9 * HOUR; time += random.int(9, 22) * MINUTE)
    openPage(world, time, browser, server("github.com"), "/notifications", random);
}

/** A monitoring program and an installer on servers ask for the newest release, every hour and once a night. */
function serversLookForUpdates(world: World, day: number, random: Random): void {
  const watcher = hostNamed(world.company, "erp-01");
  const common = { user: null, process: null, userAgent: "node-exporter-updater/1.4", random };
  for (let hour = 0; hour < 24; hour++)
    overTls(world, {
      ...common,
      host: watcher,
      time: day + hour * HOUR + random.int(0, 50) * MINUTE,
      server: server("api.github.com"),
      requests: [{ method: "GET", path: "/repos/tidewater/charts/releases/latest", received: 9_000 }],
    });
  overTls(world, {
    ...common,
    host: hostNamed(world.company, "db-01"),
    time: at(world, day, 4.2),
    server: server("github.com"),
    requests: [
      { method: "GET", path: "/tidewater/charts/releases/download/v2.1/charts.tgz", status: 302, received: 0 },
    ],
  });
  overTls(world, {
    ...common,
    host: hostNamed(world.company, "db-01"),
    time: at(world, day, 4.2) + SECOND,
    server: server("objects.githubusercontent.com"),
    requests: [{ method: "GET", path: "/github-production-release-asset/1", received: 30_000_000 }],
  });
}

/** A release program of the pipeline writes the change log and the tag. */
function releaseBot(world: World, day: number, random: Random): void {
  const bot = world.company.services.actions;
  const repository = random.pick(privateRepositories(world));
  const actor: GithubActor = {
    login: bot,
    ip: "192.0.2.201",
    country: "US",
    userAgent: "git/2.48.1",
    credential: {
      hash: `${random.alphanumeric(43)}=`,
      id: random.int(600_000_000, 699_999_999),
      type: "GitHub App server-to-server token",
      scopes: "",
    },
  };
  const time = at(world, day, 12 + random.next() * 9);
  const more = { transport_protocol: 1, transport_protocol_name: "http" };
  githubAudit(world, { time, action: "git.push", actor, repository, more, random });
  githubPushHook(world, {
    time: time + 400,
    actor,
    repository,
    ref: "refs/heads/main",
    message: "chore(release): 2.4.0",
    modified: ["CHANGELOG.md", "package.json"],
    random,
  });
}
